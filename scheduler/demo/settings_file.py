"""The seedwatch.toml of the demo: the press's outlets, one topic with three seeds and no query."""

import json
from pathlib import Path

from scheduler.demo.press import Outlet, Press

_HEAD = """\
# Written by `seedwatch demo`: the outlets of the bundled press, on this machine alone.
database = "demo.db"

[crawl]
delay = 0.05           # real outlets get a second
keep = "all"           # so that search and copies show all that was read
allow_private = {allowed}

[[topic]]
name = "strait-link"
title = "The Halmar–Osterby strait link"
seeds = [{seeds}]      # an article in English, one in Korean, one in Russian; no query
"""

_SOURCE = """
[[source]]
name = {name}
title = {title}
home = {home}
language = {language}
country = {country}
timezone = {timezone}
"""


def write_demo_settings(folder: Path, press: Press) -> Path:
    """Write the settings for *press* into *folder* and return the file."""
    seeds = Path(__file__).parent / "seeds"
    text = _HEAD.format(allowed=_quoted(list(press.addresses())), seeds=_quoted(str(seeds)))
    text += "".join(_source(outlet) for outlet in press.outlets)
    path = folder / "seedwatch.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _source(outlet: Outlet) -> str:
    """An outlet's table; without a feed it is left to the first crawl to find what can be polled."""
    table = _SOURCE.format(
        **{
            name: _quoted(getattr(outlet, name))
            for name in ("name", "title", "home", "language", "country", "timezone")
        }
    )
    if outlet.feed_url and outlet.kind != "sitemap":
        table += f"feeds = [{_quoted(outlet.feed_url)}]\n"
    return table


def _quoted(value: object) -> str:
    """A TOML string or array; JSON's are valid TOML."""
    return json.dumps(value, ensure_ascii=False)
