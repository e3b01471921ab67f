"""The daemon's sign of life, once a minute in the database, and what is made of a missing one. I/O edge.

Two clocks are compared: the wall clock, by which feeds come due, and one that never steps. So sleep is told from a
clock that was set.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from crawler import clock
from crawler.cadence.clock_trust import LARGEST_STEP, at_sign_of_life, doubted
from scheduler.wording import counted
from storage import db, meta
from storage.errors import StorageError
from storage.health import gaps
from storage.health.gaps import Gap
from storage.records.health import ClockTrust
from storage.sources import sources

logger = logging.getLogger(__name__)

BEAT_S = 60
LOOK_S = 5.0
# Shorter ones are no news: a restart, an upgrade, a database in other hands.
SHORTEST_GAP = timedelta(minutes=5)
# A clock that is steered, not set, is off by less.
SMALLEST_STEP = timedelta(seconds=5)
# After a gap all is overdue at once: feeds take turns, half a second each, and the last one comes after ten minutes.
_APART, _WITHIN = timedelta(seconds=0.5), timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Moment:
    """Both clocks."""

    at: datetime
    elapsed_s: float  # of `clock.elapsed_s`

    @classmethod
    def now(cls) -> "Moment":
        """This moment."""
        return cls(clock.now(), clock.elapsed_s())


def clock_step(before: Moment, now: Moment) -> timedelta:
    """By how much the wall clock was set between two moments: positive if forward; small differences count as zero."""
    step = (now.at - before.at) - timedelta(seconds=now.elapsed_s - before.elapsed_s)
    return step if abs(step) >= SMALLEST_STEP else timedelta(0)


class Heartbeat:
    """Keeps the sign of life, writes down gaps, and brings feeds back into step after a gap or a set clock."""

    def __init__(self, tell: Callable[[str], None], on_step: Callable[[], None]) -> None:
        """*tell* gets a line for people; *on_step* is called when the clock was set."""
        self._tell, self._on_step = tell, on_step
        self._seen = self._written = Moment.now()

    @db.storage_errors
    def begin(self, connection: sqlite3.Connection, now: Moment) -> None:
        """The first beat: what happened since the last one of the daemon before."""
        with db.transaction(connection):  # a gap and the sign of life that ends it
            last = meta.get(connection, meta.HEARTBEAT)
            trust = meta.get(connection, meta.CLOCK_TRUST)
            _note_clock(connection, trust, now.at, was_set=False, is_continuous=False)
            # A crawl by hand may have run under a clock that was ahead, too.
            last = max((at for at in (last, trust.seen_at) if at is not None and at > now.at), default=last)
            if last is not None and now.at < last:
                gaps.shift_waits(connection, now.at, last - now.at)
                self._tell("the clock was set back: what waits was moved with it")
            elif last is not None and now.at - last >= SHORTEST_GAP:
                self._catch_up(connection, last, now.at, "off")
            self._write(connection, now)
        self._seen = now

    async def beat(self, database: Path) -> None:
        """Look at the clocks every few seconds, until cancelled; a busy database is tried again."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                # In a thread: it may have to wait for another process that writes.
                await asyncio.to_thread(self.look, database, Moment.now())
            except StorageError as error:  # the tick finds it too, and says so
                logger.debug("no sign of life was written: %s", error)

    @db.storage_errors
    def look(self, database: Path, now: Moment) -> None:
        """Compare the clocks with the last look, and write the sign of life where a minute has passed.

        Raises:
            StorageError: the database refused; the next look does the same again.
        """
        step = clock_step(self._seen, now)
        slept_s = now.elapsed_s - self._seen.elapsed_s
        has_gap = slept_s >= SHORTEST_GAP.total_seconds()
        if not step and not has_gap and now.elapsed_s - self._written.elapsed_s < BEAT_S:
            self._seen = now
            return
        with closing(db.connect(database)) as connection, db.transaction(connection):
            trust = meta.get(connection, meta.CLOCK_TRUST)
            _note_clock(connection, trust, now.at, was_set=abs(step) > LARGEST_STEP, is_continuous=True)
            if step < timedelta(0):
                gaps.shift_waits(connection, now.at, -step)
            if has_gap:
                self._catch_up(connection, now.at - timedelta(seconds=round(slept_s)), now.at, "asleep")
            elif step >= SHORTEST_GAP:
                sources.spread_overdue(connection, now.at, apart=_APART, within=_WITHIN)
            self._write(connection, now)
        self._seen = now
        if step:
            self._tell(
                f"the clock was set {'forward' if step > timedelta(0) else 'back'} by {_length(abs(step))}"
            )
            self._on_step()

    def _catch_up(
        self, connection: sqlite3.Connection, began_at: datetime, ended_at: datetime, reason: str
    ) -> None:
        number = sources.spread_overdue(connection, ended_at, apart=_APART, within=_WITHIN)
        gaps.record_gap(connection, Gap(began_at, ended_at, reason, number))
        self._tell(
            f"nothing was watched for {_length(ended_at - began_at)}; {counted(number, 'feed')} came due meanwhile"
        )

    def _write(self, connection: sqlite3.Connection, now: Moment) -> None:
        meta.put(connection, meta.HEARTBEAT, now.at.replace(microsecond=0))
        self._written = now


def _length(time: timedelta) -> str:
    """A length of time in its two largest units."""
    minutes = round(time.total_seconds() / 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{max(minutes, 1)} min"


def _note_clock(
    connection: sqlite3.Connection,
    trust: ClockTrust,
    at: datetime,
    *,
    was_set: bool,
    is_continuous: bool,
) -> None:
    """Keep whether the clock is believed."""
    at = at.replace(microsecond=0)
    seen = doubted(trust, at) if was_set else at_sign_of_life(trust, at, is_continuous=is_continuous)
    meta.put(connection, meta.CLOCK_TRUST, seen)
