"""The evidence of an event, written down as JSON, in words. Pure."""

import json
from collections.abc import Iterator
from datetime import datetime

_TOLD = frozenset({"at", "reason", "detail", "url", "status"})


def evidence_lines(detail: str | None) -> Iterator[str]:
    """What `article_events.detail` says, a look or a fact a line; text that is no JSON as it is."""
    evidence = read_evidence(detail)
    if not isinstance(evidence, dict):
        yield from () if evidence is None else (str(evidence),)
        return
    for name, value in evidence.items():
        label = name.replace("_", " ")
        if isinstance(value, list):
            yield from (f"{label}: {_flat(one)}" for one in value)
        elif value not in (None, "") and name != "at":  # the event has the time
            yield f"{label}: {_flat(value)}"


def read_evidence(detail: str | None) -> object:
    """The evidence as it was written down: what its JSON says, or words; None if there is none."""
    if detail is None or not detail.startswith(("{", "[")):
        return detail
    try:
        return json.loads(detail)
    except ValueError:
        return detail


def _flat(value: object) -> str:
    """A look, or another page: when, what came of it, where; anything else as it is."""
    if not isinstance(value, dict):
        return str(value)
    when = _time(str(value["at"])) if "at" in value else ""
    rest = [str(value[name]) for name in ("reason", "detail", "url") if value.get(name)]
    others = [
        f"{name} {part}" for name, part in value.items() if name not in _TOLD and part not in (None, "")
    ]
    return " ".join(part for part in (when, *rest, *others) if part)


def _time(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
    except ValueError:
        return text
