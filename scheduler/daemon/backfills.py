"""The past of sources: which lists a backfill begins with, and how long the rest of one takes at least."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urljoin

from crawler.cadence.due_rules import BACKFILL_RULES
from crawler.cadence.host_pauses import pace_s
from crawler.mail.address import is_mailbox
from crawler.mail.looks import FIRST_DAYS
from crawler.urls import politeness_key, url_key
from storage.db import transaction
from storage.errors import ConfigError
from storage.records.backfills import BackfillState, FurtherPage
from storage.records.sources import FeedKind, HostMemory
from storage.sources import backfills, sources


def begin_backfills(connection: sqlite3.Connection, names: Sequence[str], since: date, now: datetime) -> None:
    """Have the past of the sources *names* read as far back as *since*; nothing is fetched yet.

    Raises:
        ConfigError: one of them is disabled or has no address to begin with, and none was begun.
    """
    homes = {source.name: source.home for source in sources.all_sources(connection)}
    with transaction(connection):
        for name in dict.fromkeys(names):
            if name not in homes:
                raise ConfigError(f"the source {name!r} is disabled, and nothing is asked of it")
            polled = [(feed.url, feed.kind) for feed in sources.feeds_of(connection, [name])]
            if any(is_mailbox(url) for url, _ in polled):
                raise ConfigError(
                    f"the source {name!r} is a mailbox: of its folder the mails of the last {FIRST_DAYS} days are read "
                    "at first, and what comes from then on"
                )
            lists = first_lists(homes[name], polled)
            if not lists:
                raise ConfigError(f"the source {name!r} has neither `home` nor feeds to begin with")
            backfills.begin(connection, name, since, lists, now, BACKFILL_RULES)


def first_lists(home: str | None, feeds: Sequence[tuple[str, FeedKind]]) -> tuple[FurtherPage, ...]:
    """Where to begin: robots.txt of the site, then what is polled of the source; empty without any address."""
    places = [home] if home else [url for url, _ in feeds]
    origins = dict.fromkeys(urljoin(place, "/robots.txt") for place in places)
    begun = [FurtherPage(url, url_key(url), "robots") for url in origins]
    return tuple(begun + [FurtherPage(url, url_key(url), str(kind)) for url, kind in feeds])


def least_time(
    state: BackfillState, hosts: Mapping[str, HostMemory], delay_s: float, now: datetime
) -> timedelta:
    """How long the lists and pages that are known to wait take at the pace that the host is asked at."""
    memory = hosts.get(politeness_key(state.url), HostMemory(""))
    return timedelta(seconds=max(delay_s, pace_s(memory, now)) * (state.pages_waiting + state.lists_waiting))


def go_on(states: Iterable[BackfillState], names: Sequence[str], now: datetime) -> list[BackfillState]:
    """Those of *names* that may be asked for more now."""
    return [
        state
        for state in states
        if state.source in names
        and state.state == "running"
        and (state.next_at is None or state.next_at <= now)
    ]
