"""Every page that the start page leads to, one of each kind: a reader may press any link."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from lxml import html

from tests.support.datasette_data import fill
from tests.support.datasette_serving import get, opened
from tests.support.shared import once

_HOST = "http://localhost"
_KEY = re.compile(r"[\d,-]+(,\w+)?")
_NAMED = re.compile(
    r"^/-/(topic|coverage|source|saved|tag|read|revisions|story|kept|cite)/.+?(\.\w+(\.json)?)?$"
)


@dataclass(frozen=True, slots=True)
class LinkedPage:
    """What stands at an address that a page leads to."""

    address: str
    linked_by: str  # the page that led there first
    status: int
    kind: str  # its content type
    policy: str  # its Content-Security-Policy
    body: str

    @property
    def is_own(self) -> bool:
        """Whether it is a page of ours for people, none of Datasette's, and no data."""
        return self.address.startswith("/-/") and self.kind.startswith("text/html")


def linked_pages(datasette: Any, *starts: str) -> list[LinkedPage]:
    """The pages that *starts* lead to, over any number of links, each kind once, in the order in which they are met."""
    found, waiting, known = [], [(start, "") for start in starts], {_kind(start) for start in starts}
    while waiting:
        address, linked_by = waiting.pop(0)
        answer = get(datasette, address)
        kind = answer.headers.get("content-type", "")
        policy = answer.headers.get("content-security-policy", "")
        page = LinkedPage(address, linked_by, answer.status_code, kind, policy, answer.text)
        found.append(page)
        for link in _links(page):
            if _kind(link) not in known:
                known.add(_kind(link))
                waiting.append((link, address))
    return found


def pages_of_watch(factory: pytest.TempPathFactory) -> list[LinkedPage]:
    """Those of the filled database, found once in a test run; before a browser is driven, which has its own loop."""
    return once(factory, "linked-pages", _find)


def _find(folder: Path) -> list[LinkedPage]:
    with opened(fill(folder / "watch.db")) as datasette:
        return linked_pages(datasette, "/-/seedwatch", "/-/search?q=Moscow")


def _links(page: LinkedPage) -> Iterator[str]:
    """The addresses on this server that a page leads to."""
    if not page.kind.startswith("text/html"):
        return
    for link in html.fromstring(page.body).xpath("//a/@href | //link/@href | //iframe/@src | //script/@src"):
        address = urljoin(_HOST + page.address, link).partition("#")[0]
        if address.startswith(f"{_HOST}/"):
            yield address.removeprefix(_HOST)


def _kind(address: str) -> tuple[str, ...]:
    """What pages that differ in what they show, but not in how, have in common: the path without names and numbers.

    Of a page of ours the first thing that is asked for, too; Datasette's pages take any column there.
    """
    parts = urlsplit(address)
    named = _NAMED.match(parts.path)
    path = f"/-/{named[1]}/*{named[2] or ''}" if named else parts.path
    plain = "/".join("*" if _KEY.fullmatch(part) else part for part in path.split("/"))
    asked = sorted(key for key, _ in parse_qsl(parts.query)) if path.startswith("/-/") else []
    return plain, *asked
