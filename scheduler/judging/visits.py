"""Visits of readers who signed in, and their looks at saved searches, in short transactions. I/O edge."""

import logging
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from storage import db
from storage.articles import reader_visits
from storage.errors import StorageError
from storage.records.visits import ReaderVisit, VisitMark
from storage.search import saved_searches

logger = logging.getLogger(__name__)

# A visit ends when no page was opened for so long.
PAUSE = timedelta(minutes=30)
# A crawl that writes keeps no reader waiting: the next look is written down as well.
_PATIENCE = timedelta(milliseconds=250)


def record_visit(
    database: Path, reader: str, newest: VisitMark, now: datetime, *, all_seen: bool = False
) -> ReaderVisit:
    """What is new to *reader*, who looks *now*; where the database refuses to note it, by what it knew before."""
    with closing(db.connect(database, is_brief=True)) as connection, db.waiting(connection, _PATIENCE):
        try:
            return reader_visits.visit(connection, reader, newest, now, pause=PAUSE, all_seen=all_seen)
        except StorageError as error:
            logger.info("a visit was not written down: %s", error)
            return reader_visits.last_visit(connection, reader)


def record_look(database: Path, reader: str, search_id: int, seen_until: int, now: datetime) -> None:
    """Note that *reader* has looked at a saved search; where the database refuses, it is new to them once more."""
    with closing(db.connect(database, is_brief=True)) as connection, db.waiting(connection, _PATIENCE):
        try:
            saved_searches.note_look(connection, search_id, reader, seen_until, now)
        except StorageError as error:
            logger.info("a look at a saved search was not written down: %s", error)
