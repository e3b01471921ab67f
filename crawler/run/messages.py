"""What a crawl's process and the one that started it tell each other, and how it travels. Pure."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class CrawlOrder:
    """To a warm worker: crawl the run that was begun."""

    database: str
    run: str  # its token
    sources: tuple[str, ...] = ()  # names; whose waiting pages to fetch; none: those of all
    access: str = field(default="", repr=False)  # the text of a crawler.downloader.access.AccessPlan


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """The worker's event loop runs."""


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """How far a crawl is: counts that only grow."""

    feeds: int = 0
    feeds_done: int = 0
    feeds_failed: int = 0
    pages: int = 0
    pages_done: int = 0
    matched: int = 0
    past: int = 0  # pages that wait for a backfill


@dataclass(frozen=True, slots=True)
class LinkTaken:
    """The answer for a link has come, and nothing was made of it yet."""

    link: int


@dataclass(frozen=True, slots=True)
class LinkStored:
    """The outcome of a link is stored: what crashes the process from here on is another's doing."""

    link: int


@dataclass(frozen=True, slots=True)
class CrawlEnd:
    """A worker's crawl has ended; the worker lives on."""

    code: int  # as crawler/process/child.py ends
    said: str  # the last words; "" if all went well
    resident_mb: int
    reserved_mb: int  # address space


Message: TypeAlias = CrawlOrder | SignOfLife | CrawlProgress | LinkTaken | LinkStored | CrawlEnd

_KINDS: dict[str, Callable[..., Message]] = {
    kind.__name__: kind for kind in (CrawlOrder, SignOfLife, CrawlProgress, LinkTaken, LinkStored, CrawlEnd)
}


def line_of(message: Message) -> bytes:
    """The message as a line of JSON, with its end."""
    return json.dumps([type(message).__name__, asdict(message)]).encode() + b"\n"


def message_of(line: bytes) -> Message | None:
    """The message that a line holds; None if it holds none, as half a line of a process that was killed."""
    try:
        name, values = json.loads(line)
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        return _KINDS[name](**values)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
