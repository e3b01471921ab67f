"""How our clock stood beside those of servers, at the last crawl that could tell."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.db import from_iso, to_iso
from storage.sources.runs import fact, set_fact

_FACT = "server_clock"
# Two minutes: what answers take on their way, and clocks that nobody steers, stay below.
WRONG_BY = timedelta(minutes=2)
_HOSTS = 3


@dataclass(frozen=True, slots=True)
class ServerClock:
    """Our clock beside those of servers."""

    at: datetime  # when the crawl ended
    hosts: int  # that were compared
    ahead_s: int  # ours before theirs, the median; negative: behind

    @property
    def is_wrong(self) -> bool:
        """Whether several servers agree that ours is."""
        return self.hosts >= _HOSTS and abs(self.ahead_s) > WRONG_BY.total_seconds()

    @property
    def difference(self) -> str:
        """In words, to be followed by what it is compared with: "3600 s behind"."""
        return f"{abs(self.ahead_s)} s {'ahead of' if self.ahead_s > 0 else 'behind'}"


def keep(connection: sqlite3.Connection, seen: ServerClock) -> None:
    """Keep it, in place of what was kept before."""
    set_fact(connection, _FACT, {"at": to_iso(seen.at), "hosts": seen.hosts, "ahead_s": seen.ahead_s})


def last(connection: sqlite3.Connection) -> ServerClock | None:
    """What was kept; None: nothing yet."""
    known = fact(connection, _FACT)
    at = from_iso(known["at"]) if known else None
    return ServerClock(at, known["hosts"], known["ahead_s"]) if at else None
