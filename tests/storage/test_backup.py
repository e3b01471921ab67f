"""Copies of the database while others write into it."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from storage import db, meta
from storage.backup import copy_database
from storage.errors import StorageError


@pytest.fixture
def large(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A database of 48 MB, which takes several steps."""
    for number in range(48):
        meta.put(connection, meta.StoredFact(f"fact {number}", ""), "x" * 2**20)
    return connection


def facts(path: Path) -> int:
    with closing(sqlite3.connect(path)) as copy:
        return int(copy.execute("SELECT count(*) FROM meta WHERE key LIKE 'fact %'").fetchone()[0])


def test_a_copy_is_of_one_moment_and_gets_done_though_another_writes_all_the_time(
    large: sqlite3.Connection, database: Path, tmp_path: Path
) -> None:
    steps: list[tuple[int, float | None]] = []
    goes_on = threading.Event()

    def write_after_each_step(done: int, share: float | None) -> None:
        steps.append((done, share))
        meta.put(other, meta.StoredFact(f"fact {len(steps) + 100}", ""), "y" * 1_000)
        goes_on.set()

    with closing(db.connect(database)) as other:
        size = copy_database(large, tmp_path / "copy.db", write_after_each_step)

    assert goes_on.is_set()
    assert len(steps) >= 5
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})  # it never began anew
    assert steps[-1][1] == 1.0
    assert size == (tmp_path / "copy.db").stat().st_size
    assert facts(tmp_path / "copy.db") == 48
    assert not large.in_transaction
    assert [file.name for file in tmp_path.glob("copy.db*")] == ["copy.db"]


def test_a_copy_that_fails_leaves_nothing_and_what_was_there(
    large: sqlite3.Connection, tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    target.write_bytes(b"before")

    def fail(_done: int, _share: float | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_database(large, target, fail)

    assert target.read_bytes() == b"before"
    assert [file.name for file in tmp_path.glob("copy.db*")] == ["copy.db"]
    assert not large.in_transaction


def test_where_nothing_can_be_written_it_is_said(connection: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"nosuch/copy\.db: "):
        copy_database(connection, tmp_path / "nosuch" / "copy.db", lambda _done, _share: None)
