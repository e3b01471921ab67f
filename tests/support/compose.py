"""Compose files as Compose reads them: variables in place, anchors and merges followed."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^{}]*))?\}")


def composition(path: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """What *path* says with *variables* in its environment."""
    found: dict[str, Any] = yaml.safe_load(interpolated(path.read_text("utf-8"), variables))
    return found


def interpolated(text: str, variables: Mapping[str, str]) -> str:
    """*text* with its variables in place: `${NAME}`, `${NAME:-default}`, `${NAME:?what to do}`, one in another too.

    Raises:
        ValueError: one that must be there is not.
    """

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found[1], found[2], found[3] or ""
        if variables.get(name):
            return variables[name]
        if kind == ":?":
            raise ValueError(f"{name}: {rest}")
        return rest

    while (inner := _VARIABLE.sub(value, text)) != text:
        text = inner
    return text


def variables_of(path: Path) -> set[str]:
    """The names of all variables that *path* asks for."""
    return set(re.findall(r"\$\{(\w+)", path.read_text("utf-8")))
