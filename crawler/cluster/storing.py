"""Records of other machines into the database: each once, in their order, by the code of one machine. I/O edge."""

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crawler.cluster.effects import carry_out
from crawler.tasks.outcomes import error_detail
from storage.cluster.applied import applied, note_applied, note_left_out
from storage.db import part, transaction
from storage.errors import RecordError, StorageError
from storage.records.cluster import WaitingRecord

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of some records."""

    ids: tuple[int, ...] = ()  # stored, now or before
    dead: dict[int, str] = field(default_factory=dict)  # why others could not be


def store_records(connection: sqlite3.Connection, records: Sequence[WaitingRecord], now: datetime) -> Stored:
    """Carry out *records* in one transaction; one that fails is left out, and undone alone.

    Raises:
        StorageError: the database refused; nothing is stored.
    """
    stored: list[int] = []
    dead: dict[int, str] = {}
    with transaction(connection):
        for record in records:
            try:
                with part(connection):
                    _store(connection, record, now)
            except Exception as error:  # whatever it is: the others must not wait for it
                if isinstance(error, StorageError) and not isinstance(
                    error.__cause__, sqlite3.IntegrityError
                ):
                    raise
                logger.exception("a record was not stored", extra={"job": record.job, "kind": record.kind})
                note_left_out(connection, record.job, record.position, now)
                dead[record.id] = str(error) if isinstance(error, RecordError) else error_detail(error)
            else:
                stored.append(record.id)
    return Stored(tuple(stored), dead)


def _store(connection: sqlite3.Connection, record: WaitingRecord, now: datetime) -> None:
    if applied(connection, record.job).has(record.position, is_retried=record.is_retried):
        return
    carry_out(connection, record.kind, record.payload)
    note_applied(connection, record.job, record.position, now)
