"""An outlet for faults: something happens at its n-th request, and it knows what should be stored in the end."""

import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crawler.run.opening import CrawlSettings, save_settings
from storage import db
from storage.errors import StorageError
from storage.records.sources import FeedKind, Source
from storage.sources import sources
from storage.sources.sources import DeclaredFeed
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import Answer, FaultServer, serving

FEEDS = 3


class Hits(list[str]):
    """The paths that were asked for; *then* is called once, *after_s* seconds after the *moment*-th from now."""

    def __init__(self) -> None:
        super().__init__()
        self._at, self._after_s = -1, 0.0
        self._then: Callable[[], object] = lambda: None

    def arm(self, moment: int, then: Callable[[], object], after_s: float = 0.0) -> None:
        self._at, self._then, self._after_s = len(self) + moment, then, after_s

    def append(self, path: str) -> None:
        super().append(path)
        if len(self) == self._at:
            threading.Timer(self._after_s, self._then).start()


@dataclass
class Outlet:
    """Feeds, of which each has the pages that were published."""

    folder: Path
    server: FaultServer
    routes: dict[str, Answer]
    hits: Hits
    titles: set[str] = field(default_factory=set)

    @property
    def database(self) -> Path:
        return self.folder / "test.db"

    def publish(self, name: str, each: int = 2) -> None:
        """So many new pages in each feed."""
        for number in range(FEEDS):
            for page in range(each):
                title = f"{name} {number} {page}"
                self.titles.add(title)
                self.routes[f"/{number}/{title.replace(' ', '-')}"] = story(title)
            pages = {path: self.server.url(path) for path in self.routes if path.startswith(f"/{number}/")}
            self.routes[f"/feed/{number}"] = feed(pages)

    def feeds(self) -> list[str]:
        return [self.server.url(f"/feed/{number}") for number in range(FEEDS)]

    def declare(self) -> None:
        """Without a settings file, for crawls that no command starts."""
        with closing(db.connect(self.database)) as connection:
            save_settings(
                connection, CrawlSettings(delay=0, keep_all=True, allow_private=(self.server.place,))
            )
            declared = [DeclaredFeed(url, FeedKind.FEED) for url in self.feeds()]
            sources.sync(connection, [(Source("herald"), declared)])

    def write_settings(self, more: str = "") -> None:
        write_settings(
            self.folder, [{"name": "herald", "feeds": self.feeds()}], [self.server.place], more=more
        )

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with closing(db.connect(self.database, readonly=True)) as connection:
            return [dict(row) for row in connection.execute(sql).fetchall()]

    def stored(self) -> list[str]:
        """The headlines that are stored; none before there is a database."""
        try:
            return [row["title"] for row in self.rows("SELECT title FROM articles")]
        except (sqlite3.Error, StorageError):
            return []

    def said(self) -> str:
        """What the commands in the folder have printed."""
        return (self.folder / "output.txt").read_text()

    def let_time_pass(self, *, forgiving: bool = True) -> None:
        """Have all that waits be due; if *forgiving*, pages that were in hand at a crash are no suspects any more."""
        forgive = "UPDATE links SET attempts = 0 WHERE state = 'queued' AND reason = 'crashed'"
        with closing(db.connect(self.database)) as connection:
            for statement in (
                "UPDATE feeds SET next_due_at = NULL",
                *((forgive,) if forgiving else ()),
                "UPDATE polls SET next_due_at = :then, decided_by = 'test' WHERE next_due_at IS NULL",
                "UPDATE links SET next_try_at = :then WHERE state IN ('queued', 'failed') AND next_try_at IS NOT NULL",
            ):
                connection.execute(statement, {"then": "2020-01-01T00:00:00+00:00"})

    def check_whole(self) -> None:
        """All that was published is stored once, every feed was polled well, and nothing is held by a dead run."""
        assert sorted(self.stored()) == sorted(self.titles)
        assert self.rows("SELECT * FROM feeds WHERE last_ok_at IS NULL OR lease_token IS NOT NULL") == []
        assert self.rows("SELECT * FROM links WHERE state <> 'fetched'") == []
        assert self.rows("SELECT * FROM runs WHERE state = 'running'") == []
        assert self.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


@contextmanager
def outlet(folder: Path) -> Iterator[Outlet]:
    """An outlet on 127.0.0.1 while the block runs."""
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        server.hits = hits = Hits()
        found = Outlet(folder, server, routes, hits)
        found.publish("first")
        yield found


# Mounts, says so, and takes the disk away at the end of its input: when the test ends, and when it is killed, too.
_SMALL_DISK = 'mount -t tmpfs -o "size=$2m" tmpfs "$1" && echo mounted && cat && umount -l "$1"'


@contextmanager
def small_disk(folder: Path, *, mb: int) -> Iterator[None]:
    """A file system of its own in *folder*; the test is skipped where none may be mounted."""
    with subprocess.Popen(
        ["sh", "-c", _SMALL_DISK, "sh", folder, str(mb)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as keeper:
        said = keeper.stdout.readline()
        if said != "mounted\n":
            pytest.skip(f"no small disk can be mounted: {said.strip()}")
        yield
        keeper.stdin.close()
        assert keeper.wait(30) == 0
