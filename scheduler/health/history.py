"""What is known of days: coverage written down, and what is old folded once that stands. I/O edge."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from scheduler import unexpected
from scheduler.health.coverage import days_coverage
from storage import meta
from storage.db import give_way, transaction
from storage.health import history
from storage.records.health import DayCoverage, FeedLooks
from storage.sources import coverage

# Days of sources that are written in one transaction: in a twentieth of a second.
_WRITTEN_TOGETHER = 3_000
# Days whose coverage is worked out at once: the looks of 500 feeds at them are 12,000 a day.
_DAYS_TOGETHER = 7


def write_coverage(
    connection: sqlite3.Connection,
    now: datetime,
    *,
    days: int = 2,
    on_source: Callable[[int, int], object] = lambda _done, _of: None,
) -> dict[unexpected.Subject, Exception]:
    """Write down what is known of the last *days* (UTC), today among them, in place of what was known before.

    A look of today may still cover the evening of yesterday. Days that are settled, for what is old is folded, stay as
    they are. Gives the sources that this could not be said of, and why. Others may write between; *on_source* hears
    how many sources are done, of how many.
    """
    settled = meta.get(connection, meta.SETTLED_UNTIL) or date.min
    first = max(now.date() - timedelta(days=days - 1), settled)
    dates = [first + timedelta(days=number) for number in range((now.date() - first).days + 1)]
    known, errors = _covered(coverage.looks(connection, _midnight(first)), dates, now, on_source)
    for begin in range(0, len(known), _WRITTEN_TOGETHER):
        if begin:
            give_way(connection)
        coverage.write(connection, known[begin : begin + _WRITTEN_TOGETHER])
    return errors


def fold_history(
    connection: sqlite3.Connection,
    now: datetime,
    keep_days: int,
    *,
    goes_on: Callable[[], bool] = lambda: True,
    on_rows: Callable[[int], object] = lambda _: None,
) -> bool:
    """Fold polls, second looks and runs of over *keep_days* ago into days; False: *goes_on* said no before the end.

    What coverage says of these days is written down first, while all polls are there, and not worked out any more.
    Others may write meanwhile; what is broken off goes on with the next call. *on_rows* hears how many rows were looked
    at so far, after each transaction.

    Raises:
        StorageError: the database refused.
    """
    seen = 0

    def step(number: int) -> bool:
        nonlocal seen
        on_rows(seen := seen + number)
        give_way(connection)
        return goes_on()

    end = now.date() - timedelta(days=keep_days)
    settled = meta.get(connection, meta.SETTLED_UNTIL) or history.first_day(connection)
    while settled is not None and goes_on():
        if settled != meta.get(connection, meta.FOLDED_UNTIL) and not _fold_rows(connection, settled, step):
            return False
        if settled >= end:
            return True
        settled = _settle(connection, settled, min(settled + timedelta(days=_DAYS_TOGETHER), end), now)
    return settled is None


def _settle(connection: sqlite3.Connection, first: date, until: date, now: datetime) -> date:
    """Write down for good what coverage says of the days from *first* to before *until*; *until*."""
    dates = [first + timedelta(days=number) for number in range((until - first).days)]
    known, _ = _covered(coverage.looks_until(connection, _midnight(until)), dates, now)
    with transaction(connection):
        coverage.write(connection, known)
        meta.put(connection, meta.SETTLED_UNTIL, until)
    give_way(connection)
    return until


def _fold_rows(connection: sqlite3.Connection, before: date, goes_on: Callable[[int], bool]) -> bool:
    """Fold all of the days before *before*; False: *goes_on*, told of the rows of each transaction, said no before."""
    for fold in (history.fold_polls, history.fold_looks, history.fold_runs):
        after = 0
        while rows := fold(connection, before, after):
            after = rows[-1]
            if not goes_on(len(rows)):
                return False
    meta.put(connection, meta.FOLDED_UNTIL, before)
    return True


def _covered(
    feeds: Mapping[str, Sequence[FeedLooks]],
    dates: Sequence[date],
    now: datetime,
    on_source: Callable[[int, int], object] = lambda _done, _of: None,
) -> tuple[list[DayCoverage], dict[unexpected.Subject, Exception]]:
    known: list[DayCoverage] = []
    errors: dict[unexpected.Subject, Exception] = {}
    for number, (source, looks) in enumerate(feeds.items()):
        on_source(number, len(feeds))
        try:
            known += days_coverage(source, dates, looks, now)
        except Exception as error:  # whatever it is, the other sources are told of
            errors[source, None] = error
    return known, errors


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
