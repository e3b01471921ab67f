"""The feeds of a source on its page: how they fare, when each is asked next and why then, its newest polls."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from storage.datasette.pages.rendering import Row, rows
from storage.datasette.pages.wording import clean, cut, short_time

# Of a source with more, those in trouble and those that were asked last.
FEEDS = 40
POLLS = 15
ROBOTS_CHARACTERS = 3_000
# Most sources have one server or two; a page stays below 150 kB.
SERVERS = 4
# The rules of `polls.decided_by`, as docs/sources.md explains them.
RULES = {
    "fixed": "every so often, as the settings say",
    "cron": "at the times that the settings say",
    "first": "nothing is known of it yet",
    "rate": "by how many new entries are expected at this hour",
    "window": "half of what it shows may be new by then",
    "quiet": "nothing new for two weeks",
    "push": "its hub sends what is new; this is a check",
    "hint": "its publisher says that it stays fresh so long",
    "outage": "our own network seemed to be down",
    "shortest": "no sooner than five minutes",
    "retry_after": "its server wished so",
    "error": "a mistake of seedwatch; its log says more",
    "failure": "an hour more for each failure",
}

_FEEDS = """
SELECT feeds.*, subscriptions.state AS hub, last.decided_by, last.outcome, last.status, last.detail
FROM feeds
LEFT JOIN subscriptions ON subscriptions.feed_id = feeds.id
LEFT JOIN polls AS last ON last.id = (SELECT max(id) FROM polls WHERE polls.feed_id = feeds.id)
WHERE feeds.source_id = :source
ORDER BY feeds.enabled DESC, feeds.last_error IS NULL, feeds.failures DESC, feeds.last_polled_at DESC, feeds.id
LIMIT :limit
"""
# The newest of each feed by the index (feed_id, id), and of these the newest.
_POLLS = """
SELECT polls.*, feeds.url
FROM json_each(:feeds) AS asked
JOIN feeds ON feeds.id = asked.value
JOIN polls ON polls.id IN (SELECT id FROM polls WHERE feed_id = feeds.id ORDER BY id DESC LIMIT :limit)
ORDER BY polls.id DESC
LIMIT :limit
"""
_ROBOTS = "SELECT * FROM robots_files WHERE place IN (SELECT value FROM json_each(:places)) ORDER BY place LIMIT :limit"
_HOSTS = "SELECT * FROM hosts WHERE host IN (SELECT value FROM json_each(:hosts))"


@dataclass(frozen=True, slots=True)
class PolledFeed:
    """A feed as the page of its source shows it."""

    id: int
    url: str
    kind: str
    origin: str
    state: str  # "asked", "off", "retired", "in hand"
    polled: str  # last look; "never"
    succeeded: str
    error: str  # of the last look; "" if it could be read
    failures: float
    next: str  # "at once", or when; "" for one that is not asked
    why: str  # why then
    entries: int | None
    a_day: float | None  # new entries that are expected
    hub: str  # what became of its subscription; "" without a hub


@dataclass(frozen=True, slots=True)
class ShownRobots:
    """The robots.txt of a server, as it was read last."""

    place: str  # scheme, host and port
    at: str
    status: int
    text: str  # its first ROBOTS_CHARACTERS; "" where the server has none

    @property
    def allows_all(self) -> bool:
        """Whether the server has none, which allows everything (RFC 9309, section 2.3.1.3)."""
        return 400 <= self.status < 500


@dataclass(frozen=True, slots=True)
class PollLine:
    """A look at a feed."""

    at: str
    url: str
    outcome: str
    status: int | None
    entries: int | None
    new: int | None
    detail: str
    is_well: bool


async def feed_lines(database: Any, source_id: int) -> list[PolledFeed]:
    """The feeds of a source, those that are not asked any more last, those in trouble first; at most FEEDS."""
    return [_feed(row) for row in await rows(database, _FEEDS, source=source_id, limit=FEEDS)]


async def poll_lines(database: Any, feeds: Sequence[PolledFeed]) -> list[PollLine]:
    """The newest POLLS looks at *feeds*, the newest first."""
    asked = json.dumps([feed.id for feed in feeds])
    return [_poll(row) for row in await rows(database, _POLLS, feeds=asked, limit=POLLS)]


async def host_notes(database: Any, addresses: Sequence[str]) -> list[str]:
    """What the hosts of *addresses* have asked for, in sentences."""
    names = sorted({name for address in addresses for name in _host_names(address)})
    found = await rows(database, _HOSTS, hosts=json.dumps(names))
    return [note for row in found for note in _notes(row)]


async def robots_of(database: Any, addresses: Sequence[str]) -> list[ShownRobots]:
    """The robots.txt of the servers of *addresses*, by server, at most SERVERS.

    Those that were never asked for are left out.
    """
    places = json.dumps(sorted({place for address in addresses if (place := _place(address))}))
    return [
        ShownRobots(
            place=clean(row["place"]),
            at=short_time(row["fetched_at"]),
            status=row["status"],
            text=cut(clean(_text(row["body"])), ROBOTS_CHARACTERS) if 200 <= row["status"] < 300 else "",
        )
        for row in await rows(database, _ROBOTS, places=places, limit=SERVERS)
    ]


def _text(body: object) -> str:
    return body[: 4 * ROBOTS_CHARACTERS].decode("utf-8", "replace") if isinstance(body, bytes) else ""


def _place(address: str) -> str:
    """Scheme, host and port of *address*, as `robots_files` has them; "" for what is no address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else ""


def is_plain(address: str) -> bool:
    """Whether an *address* is asked without encryption."""
    return address.lower().startswith("http://")


def _host_names(address: str) -> Iterator[str]:
    """What the host of *address* may be called in `hosts`: its registrable domain, or host:port."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return
    labels = (parts.hostname or "").split(".")
    for place in range(len(labels)):
        name = ".".join(labels[place:])
        yield f"{name}:{port}" if port else name


def _notes(row: Row) -> Iterator[str]:
    host = clean(row["host"])
    if row["paused_until"] and row["pauses"]:
        reason = f" ({clean(row['reason'])})" if row["reason"] else ""
        yield f"{host} asked to be left alone until {short_time(row['paused_until'])} UTC{reason}"
    if row["crawl_delay_s"]:
        yield f"the robots.txt of {host} asks for {row['crawl_delay_s']:g} s between two requests"
    if row["spacing_s"]:
        yield f"{host} is asked once in {row['spacing_s']:g} s, since it wanted fewer requests"


def _feed(row: Row) -> PolledFeed:
    is_asked = bool(row["enabled"]) and not row["retired_at"]
    state = "asked" if is_asked else ("retired" if row["retired_at"] else "off")
    return PolledFeed(
        id=row["id"],
        url=clean(row["url"]),
        kind=clean(row["kind"]),
        origin=clean(row["origin"]),
        state="in hand" if row["lease_token"] and is_asked else state,
        polled=_time(row["last_polled_at"]),
        succeeded=_time(row["last_ok_at"]),
        error=cut(clean(row["last_error"]), 200),
        failures=row["failures"],
        next=(short_time(row["next_due_at"]) if row["next_due_at"] else "at once") if is_asked else "",
        why=RULES.get(row["decided_by"], clean(row["decided_by"])) if is_asked else "",
        entries=row["entries"],
        a_day=row["rate_per_day"],
        hub=clean(row["hub"]),
    )


def _poll(row: Row) -> PollLine:
    return PollLine(
        at=short_time(row["polled_at"]),
        url=clean(row["url"]),
        outcome=clean(row["outcome"]).replace("_", " "),
        status=row["status"],
        entries=row["entries"],
        new=row["new_links"],
        detail=cut(clean(row["detail"]), 200),
        is_well=row["outcome"] in ("ok", "not_modified", "same_body"),
    )


def _time(stored: object) -> str:
    return short_time(stored) if stored else "never"
