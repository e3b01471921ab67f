"""The tables of docs/settings.md, as declared; `python -m tests.support.setting_docs` writes them anew."""

import json
import re

from scheduler.config.settings import TABLES, Setting, settings_of
from tests.support.folders import ROOT

PAGE = ROOT / "docs" / "settings.md"
_BLOCK = re.compile(r"(<!-- settings: (?P<table>[a-z\[\]]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_settings(page: str) -> str:
    """*page* with every block between the markers as the settings are declared now."""
    return _BLOCK.sub(lambda block: f"{block[1]}{_markdown(block['table'])}{block[3]}", page)


def documented(page: str) -> list[str]:
    """The tables that *page* has a block for, in its order."""
    return [block["table"] for block in _BLOCK.finditer(page)]


def default_text(setting: Setting) -> str:
    """A default as the documentation writes it."""
    if setting.is_required:
        return "required"
    return "none" if setting.default is None else f"`{json.dumps(setting.default)}`"


def _markdown(table: str) -> str:
    rows = [
        f"| `{setting.name}` | {default_text(setting)} | {'a list, each ' * setting.many}{setting.kind.allowed} | "
        f"{setting.meaning} |"
        for setting in settings_of(TABLES["" if table == "file" else table])
    ]
    return "\n".join(["| setting | default | allowed | meaning |", "|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(with_settings(PAGE.read_text("utf-8")), "utf-8")
