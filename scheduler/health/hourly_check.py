"""The hourly look at how sources, topics and the daemon fare: read, judged, and changes written down. I/O edge."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from crawler import clock
from scheduler import unexpected
from scheduler.health.anomalies import HABITS_OF, RECENT, USUAL, judge_source, judge_topic
from scheduler.health.history import fold_history, write_coverage
from storage import db, meta
from storage.errors import StorageError
from storage.health import conditions, gaps
from storage.health import signs as vital_signs
from storage.records.health import Condition, PageSigns, SourceSigns

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
_LOOK_S = 30.0
_FOLDING_S = 60.0
# Gaps that ended longer ago are told already, or no news.
_GAPS_BACK = timedelta(days=2)
# What came in a gap is found within so long after it, and is no burst.
_CATCHING_UP = timedelta(hours=3)


async def check_hourly(database: Path, tell: Callable[[str], None]) -> None:
    """Look once an hour, and after the start if the last look is so long ago, until cancelled."""
    is_ending = threading.Event()
    try:
        while True:
            try:
                for line in await asyncio.to_thread(check_if_due, database, clock.now(), is_ending.is_set):
                    tell(line)
            except StorageError as error:  # the tick finds it too, and says so
                logger.debug("sources and topics were not judged: %s", error)
            await asyncio.sleep(_LOOK_S)
    finally:
        is_ending.set()


def check_if_due(database: Path, now: datetime, is_ending: Callable[[], bool] = lambda: False) -> list[str]:
    """`look`, if the last one is an hour ago, or later than now because the clock was set; then what is old is folded.

    That takes a minute at most, and ends when *is_ending* says so; the next hour goes on with it.

    Raises:
        StorageError: the database refused.
    """
    with closing(db.connect(database)) as connection:
        last = meta.get(connection, meta.HOURLY_CHECK)
        if last is not None and now - EVERY < last <= now:
            return []
        lines = look(connection, now)
        db.analyse(connection)
        meta.put(connection, meta.HOURLY_CHECK, now.replace(microsecond=0))
        ends_s = clock.monotonic_s() + _FOLDING_S
        keep_days = meta.get(connection, meta.KEEP_HISTORY_DAYS)
        fold_history(
            connection, now, keep_days, goes_on=lambda: not is_ending() and clock.monotonic_s() < ends_s
        )
        return lines


def look(connection: sqlite3.Connection, now: datetime) -> list[str]:
    """Judge all sources and topics, and write down what began and what ended; a line for people for each of these.

    Raises:
        StorageError: the database refused.
    """
    uncovered = write_coverage(connection, now)
    lasting = [
        condition for condition in conditions.lasting(connection) if condition.kind not in unexpected.KINDS
    ]
    own: dict[tuple[str | None, str | None], list[Condition]] = {}
    for condition in lasting:
        own.setdefault((condition.source, condition.topic), []).append(condition)
    watched_until = vital_signs.last_read_at(connection)
    caught_up_at = max(
        (gap.ended_at + _CATCHING_UP for gap in gaps.gaps_since(connection, now - _GAPS_BACK)), default=None
    )
    judging = _Judging(own)
    for signs in _sources(connection, now):
        judging.judge((signs.name, None), partial(judge_source, signs, now=now))
    for topic in vital_signs.topic_signs(connection, now - HABITS_OF):
        judge = partial(judge_topic, topic, now=now, watched_until=watched_until, caught_up_at=caught_up_at)
        judging.judge((None, topic.name), judge)
    judging.errors.update(uncovered)
    holding, judged = judging.holding, judging.judged
    before = {condition.subject for condition in lasting}
    after = {condition.subject for condition in holding}
    began = [condition for condition in holding if condition.subject not in before]
    began += _new_gaps(connection, now)
    ended = [condition for condition in lasting if condition.subject not in after]
    dropped = [condition for condition in ended if (condition.source, condition.topic) not in judged]
    ended = [condition for condition in ended if condition not in dropped]
    conditions.update(
        connection,
        began=began,
        goes_on=[condition for condition in holding if condition.subject in before],
        ended=ended,
        dropped=dropped,
        now=now,
    )
    unexpected.note(connection, unexpected.CHECK, judging.errors, judged, now)
    unexpected.forget(connection, judged, now)
    return [
        *(describe(condition) for condition in began),
        *(f"over: {describe(condition)}" for condition in ended),
    ]


class _Judging:
    """What holds of the sources and topics, judged one after the other: one that cannot be judged stops no other."""

    def __init__(self, lasting: Mapping[unexpected.Subject, Sequence[Condition]]) -> None:
        self._lasting = lasting
        self.holding: list[Condition] = []
        self.judged: set[unexpected.Subject] = set()
        self.errors: dict[unexpected.Subject, Exception] = {}

    def judge(self, subject: unexpected.Subject, judge: Callable[..., list[Condition]]) -> None:
        """Ask *judge*; of what it cannot say, what lasted goes on."""
        self.judged.add(subject)
        before = self._lasting.get(subject, ())
        try:
            self.holding += judge(lasting=before)
        except Exception as error:
            self.errors[subject] = error
            self.holding += before


def describe(condition: Condition) -> str:
    """A condition in one line."""
    subject = condition.source or condition.topic
    return f"{f'{subject}: ' if subject else ''}{condition.kind}: {condition.detail}"


def _sources(connection: sqlite3.Connection, now: datetime) -> Iterator[SourceSigns]:
    """The signs of all sources, read in slices: eight weeks of 100,000 sources are not held at once."""
    pages = vital_signs.page_signs(connection, now, recent=RECENT, usual=USUAL)
    after = ""
    while page := vital_signs.source_signs(connection, now, HABITS_OF, after=after):
        for signs in page:
            yield replace(signs, pages=pages.get(signs.name, PageSigns()))
        after = page[-1].name


def _new_gaps(connection: sqlite3.Connection, now: datetime) -> list[Condition]:
    """The gaps of the last days that were not told yet, oldest first."""
    since = now - _GAPS_BACK
    told = {condition.since for condition in conditions.since(connection, since) if condition.kind == "gap"}
    return [
        Condition(
            "gap",
            gap.began_at,
            "the daemon did not run" if gap.reason == "off" else "the daemon or its machine stood still",
            until=gap.ended_at,
        )
        for gap in reversed(gaps.gaps_since(connection, since))
        if gap.began_at not in told
    ]
