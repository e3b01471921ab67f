"""One reading into the database: facts, decision, effect. I/O edge."""

import sqlite3

from crawler.decide import decide
from storage import articles
from storage.db import storage_errors, transaction
from storage.intents import Reading
from storage.records import Verdict


@storage_errors
def store_reading(
    connection: sqlite3.Connection, reading: Reading, *, keep_all: bool = False, hold_days: int = 0
) -> tuple[Verdict, int | None]:
    """Gather what is known, decide, carry out; what the reading turned out to be, and its article if one is kept."""
    # One transaction: between facts and effect another process could store the same address.
    with transaction(connection):
        known = articles.known(connection, reading.url_key, reading.text_hash, origin=reading.origin)
        intent = decide(reading, known, keep_all=keep_all, hold_days=hold_days)
        return intent.verdict, articles.apply(connection, intent)
