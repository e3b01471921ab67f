"""What raised though nothing should, while one feed, topic or alert was worked on: it stops only that one. I/O edge.

The first of each is written to the log with its traceback; it stands among the conditions, where `status` and alerts of
health show it, until the same work has gone well.
"""

import logging
import sqlite3
from collections.abc import Collection, Mapping
from datetime import datetime

from storage.health import conditions
from storage.records.health import Condition

logger = logging.getLogger(__name__)

SCHEDULE = "schedule_error"  # a source's next poll could not be decided
CHECK = "check_error"  # how a source or topic fares could not be judged
ALERT = "alert_error"  # a rule's messages could not be put together
DAEMON = "daemon_error"  # a part of the daemon ended, and was begun anew
KINDS = frozenset({SCHEDULE, CHECK, ALERT, DAEMON})

Subject = tuple[str | None, str | None]
"""Source and topic; both None: the daemon."""

_CHARACTERS = 500


def note(
    connection: sqlite3.Connection,
    kind: str,
    errors: Mapping[Subject, Exception],
    worked_on: Collection[Subject],
    now: datetime,
) -> None:
    """Write down which of what was *worked_on* raised, and of which that is over.

    Raises:
        StorageError: the database refused.
    """
    lasting = {
        _subject(condition): condition
        for condition in conditions.lasting(connection)
        if condition.kind == kind
    }
    raised = {
        subject: Condition(kind, now, _text(error), source=subject[0], topic=subject[1])
        for subject, error in errors.items()
    }
    began = [condition for subject, condition in raised.items() if subject not in lasting]
    ended = [condition for subject, condition in lasting.items() if subject in {*worked_on} - raised.keys()]
    for condition in began:
        error = errors[_subject(condition)]
        logger.error("%s of %s", kind, condition.source or condition.topic or "all", exc_info=error)
    if raised or ended:
        goes_on = [condition for subject, condition in raised.items() if subject in lasting]
        conditions.update(connection, began=began, goes_on=goes_on, ended=ended, now=now)


def forget(connection: sqlite3.Connection, present: Collection[Subject], now: datetime) -> None:
    """End what was written down of sources and topics that are not *present* any more; nobody is told.

    Raises:
        StorageError: the database refused.
    """
    gone = [
        condition
        for condition in conditions.lasting(connection)
        if condition.kind in KINDS and _subject(condition) not in {*present, (None, None)}
    ]
    if gone:
        conditions.update(connection, began=[], goes_on=[], ended=[], dropped=gone, now=now)


def _subject(condition: Condition) -> Subject:
    return condition.source, condition.topic


def _text(error: Exception) -> str:
    """The error, or each of several, in one line."""
    if isinstance(error, ExceptionGroup):
        return "; ".join(map(_text, error.exceptions))[:_CHARACTERS]
    where = "".join(f"{note}: " for note in getattr(error, "__notes__", ()))
    return f"{where}{type(error).__name__}: {' '.join(str(error).split())}"[:_CHARACTERS]
