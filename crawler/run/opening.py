"""Opening a run: what the settings say of crawls, the run's row, and the lease of its feeds. I/O edge.

It loads no crawling library, so that the command line and the daemon stay small.
"""

import os
import secrets
import socket
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from crawler import clock
from crawler.cadence.due_rules import DUE_RULES
from storage import meta
from storage.records.sources import Feed
from storage.sources import links, runs, sources

# A crawl is ended long before (scheduler/daemon/child.py); a lease that outlives its crawl would only delay the next.
LEASE = timedelta(minutes=40)
# A child process writes it before the message with which it ends; what stands earlier on stderr is its log.
LAST_WORDS = "\x1e"
# Its exit codes when the database refused, when another process held it for too long, and when no process could be had
# to read pages.
REFUSED_CODE = 2
BUSY_CODE = 4
POOL_CODE = 5


@dataclass(frozen=True, slots=True)
class CrawlSettings:
    """What the settings say of crawls; kept in the database, where a crawl finds it."""

    contact: str = ""
    delay: float = 1.0
    keep_all: bool = False
    keep_off_topic_days: int = 30
    keep_pages: bool = False  # the bytes of pages of articles that match, too
    allow_private: tuple[str, ...] = ()
    public_url: str = ""  # where hubs reach the daemon, without a slash at its end; "": nowhere
    requests_per_host: int = 1  # at once; raised only where one server stands for many, in benchmarks


def save_settings(connection: sqlite3.Connection, settings: CrawlSettings) -> None:
    """Keep *settings* for the crawls to come; what the gate refused may pass when other addresses are allowed."""
    if load_settings(connection).allow_private != settings.allow_private:
        links.try_refused_again(connection, clock.now())
    values = {name: getattr(settings, name) for name in CrawlSettings.__dataclass_fields__}
    meta.put(connection, meta.CRAWL_SETTINGS, values)


def load_settings(connection: sqlite3.Connection) -> CrawlSettings:
    """The kept settings; the defaults if none were kept."""
    values = meta.get(connection, meta.CRAWL_SETTINGS)
    known = {name: value for name, value in values.items() if name in CrawlSettings.__dataclass_fields__}
    return replace(CrawlSettings(**known), allow_private=tuple(known.get("allow_private", ())))


def begin_run(
    connection: sqlite3.Connection, *, trigger: str, names: Sequence[str] = (), only_due: bool = True
) -> tuple[str, int, list[Feed]]:
    """A new run with the free feeds (of *names*; due ones if *only_due*) leased to it: token, row and feeds."""
    token = secrets.token_hex(8)
    now = clock.now()
    run_id = runs.begin(
        connection, trigger=trigger, token=token, now=now, host=socket.gethostname(), pid=os.getpid()
    )
    feeds = sources.claim(
        connection, token, DUE_RULES, now=now, until=now + LEASE, names=names, only_due=only_due
    )
    return token, run_id, feeds
