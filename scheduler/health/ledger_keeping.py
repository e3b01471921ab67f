"""The completeness ledger of the last days, worked out anew from the looks. I/O edge."""

import sqlite3
from datetime import UTC, datetime, timedelta

from scheduler.health.coverage import day_ledger
from storage.health import coverage


def keep_ledger(connection: sqlite3.Connection, now: datetime, *, days: int = 2) -> None:
    """Write down what is known of the last *days* (UTC), today among them, in place of what was known before.

    A look of today may still cover the evening of yesterday.
    """
    today = datetime(now.year, now.month, now.day, tzinfo=UTC)
    first = today - timedelta(days=days - 1)
    feeds = coverage.looks(connection, first)
    dates = [(first + timedelta(days=number)).date() for number in range(days)]
    ledgers = (day_ledger(source, day, found, now) for source, found in feeds.items() for day in dates)
    coverage.write(connection, [one for one in ledgers if one is not None])
