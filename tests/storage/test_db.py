"""Opening the database: once whoever comes first, in WAL mode, with transactions that are all or nothing."""

import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import db
from storage.errors import LockedError, SchemaError, StorageError
from tests.support.folders import ROOT

FACT = "INSERT INTO meta (key, value) VALUES (?, '1')"
OPEN_FIVE = """
import sys
from storage import db
print("ready", flush=True)
sys.stdin.readline()
for number in range(5):
    db.connect(f"{sys.argv[1]}/{number}.db").close()
"""

zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.one_of(st.just(UTC), zones))  # noqa: DTZ001  # hypothesis adds the zone


class Refused(Exception):
    """What a caller raises inside a transaction."""


def facts(connection):
    return [row["key"] for row in connection.execute("SELECT key FROM meta ORDER BY key")]


def pragma(connection, name):
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_two_processes_that_open_new_files_at_once_both_succeed(tmp_path):
    command = [sys.executable, "-c", OPEN_FIVE, str(tmp_path)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

    with (
        subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as first,
        subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as second,
    ):
        for child in (first, second):
            assert child.stdout.readline() == "ready\n"
        for child in (first, second):
            child.stdin.write("\n")
            child.stdin.flush()
        ends = [(child.communicate(timeout=60)[1], child.returncode) for child in (first, second)]

    assert ends == [("", 0), ("", 0)]
    # SQLite may leave its own -wal and -shm where both processes close a file at the same moment.
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {f"{number}.db" for number in range(5)}


@pytest.mark.parametrize("name", ["plain.db", "ü 한국 ?mode=ro.db", "a%20b#c.db", "no-suffix"])
def test_a_file_of_any_name_is_made_and_found_again(tmp_path, name):
    db.connect(tmp_path / name).close()

    connection = db.connect(str(tmp_path / name))
    connection.close()

    assert (tmp_path / name).stat().st_size > 0


def test_a_connection_has_wal_foreign_keys_and_rows_by_name(connection):
    assert pragma(connection, "journal_mode") == "wal"
    assert pragma(connection, "foreign_keys") == 1
    assert pragma(connection, "busy_timeout") == db.BUSY_TIMEOUT_S * 1_000
    assert connection.execute("SELECT 7 AS number").fetchone()["number"] == 7


def test_a_row_that_refers_to_nothing_is_refused(connection):
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(
            "INSERT INTO feeds (source_id, url, kind) VALUES (99, 'http://a.example/', 'feed')"
        )


def test_a_readonly_connection_reads_and_refuses_to_write(database, connection):
    connection.execute(FACT, ["a"])
    reader = db.connect(database, readonly=True)

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute(FACT, ["b"])

    assert facts(reader) == ["a"]
    reader.close()


def test_a_readonly_connection_makes_no_file(tmp_path):
    with pytest.raises(StorageError, match="cannot be opened"):
        db.connect(tmp_path / "none.db", readonly=True)

    assert list(tmp_path.iterdir()) == []


def test_a_readonly_connection_does_not_migrate(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()

    with pytest.raises(SchemaError, match="brings it up to date"):
        db.connect(path, readonly=True)

    assert path.stat().st_size == 0


def test_a_transaction_is_kept_at_its_end(database, connection):
    with db.transaction(connection):
        connection.execute(FACT, ["a"])
        connection.execute(FACT, ["b"])

    reader = db.connect(database, readonly=True)
    assert facts(reader) == ["a", "b"]
    reader.close()


def test_a_transaction_inside_another_is_part_of_it(connection):
    with suppress(Refused), db.transaction(connection):
        with db.transaction(connection):
            connection.execute(FACT, ["inner"])
        assert connection.in_transaction
        raise Refused

    assert facts(connection) == []
    assert not connection.in_transaction


@pytest.mark.parametrize("error", [Refused, KeyboardInterrupt, GeneratorExit])
def test_an_error_inside_a_transaction_undoes_it_all(connection, error):
    with suppress(error), db.transaction(connection):
        connection.execute(FACT, ["a"])
        raise error

    assert facts(connection) == []
    assert not connection.in_transaction


def test_a_part_that_fails_is_undone_alone(connection):
    with db.transaction(connection):
        connection.execute("INSERT INTO meta (key, value) VALUES ('first', '1')")
        with suppress(RuntimeError), db.part(connection):
            connection.execute("INSERT INTO meta (key, value) VALUES ('second', '2')")
            raise RuntimeError
        with db.part(connection):
            connection.execute("INSERT INTO meta (key, value) VALUES ('third', '3')")

    kept = connection.execute("SELECT key FROM meta WHERE key IN ('first', 'second', 'third') ORDER BY key")
    assert [row["key"] for row in kept] == ["first", "third"]


def test_a_transaction_takes_the_write_lock_at_its_beginning(database, connection):
    other = db.connect(database)
    other.execute("PRAGMA busy_timeout = 0")

    with (
        db.transaction(connection),
        pytest.raises(LockedError, match="locked"),
        db.transaction(other),
    ):
        pytest.fail("two writers at once")

    other.close()


def test_a_reader_does_not_wait_for_a_writer(database, connection):
    reader = db.connect(database, readonly=True)

    with db.transaction(connection):
        connection.execute(FACT, ["a"])
        during = facts(reader)

    assert (during, facts(reader)) == ([], ["a"])
    reader.close()


@pytest.fixture
def growing(connection, monkeypatch):
    """A database whose log is begun anew by us alone, from a megabyte on, and waits for readers a moment later."""
    monkeypatch.setattr(db, "_RESTART_BYTES", 2**20)
    monkeypatch.setattr(db, "_WAIT_BYTES", 2**21)
    monkeypatch.setattr(db, "_WAIT_EVERY", 1)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("CREATE TABLE large (content)")
    return connection


def write_half_a_megabyte(connection):
    with db.transaction(connection):
        connection.execute("INSERT INTO large VALUES (zeroblob(500000))")


def test_a_log_that_has_grown_is_begun_anew(database, growing):
    for _ in range(12):
        write_half_a_megabyte(growing)

    assert db.log_bytes(database) < 2_500_000


def test_a_reader_in_the_way_of_the_log_delays_nothing_for_long(database, growing):
    with closing(db.connect(database, readonly=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM large").fetchone()
        for _ in range(6):
            write_half_a_megabyte(growing)

    assert db.log_bytes(database) > 2_500_000
    assert growing.execute("SELECT count(*) FROM large").fetchone()[0] == 6
    assert growing.execute("PRAGMA busy_timeout").fetchone()[0] == db.BUSY_TIMEOUT_S * 1_000


@pytest.fixture
def in_the_way(database, growing):
    """A reader since before the log has grown."""
    with closing(db.connect(database, readonly=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM large").fetchone()
        for _ in range(6):
            write_half_a_megabyte(growing)
        yield reader


def test_long_work_waits_for_a_reader_so_that_the_log_is_begun_anew(database, growing, in_the_way):
    ending = threading.Timer(0.05, in_the_way.execute, ["COMMIT"])
    ending.start()

    db.give_way(growing)
    write_half_a_megabyte(growing)

    ending.join()
    assert db.log_bytes(database) < 1_000_000


@pytest.mark.usefixtures("in_the_way")
def test_long_work_goes_on_beside_a_reader_that_stays(database, growing, monkeypatch):
    monkeypatch.setattr(db, "_LONGEST_WAIT_S", 0.04)

    db.give_way(growing)
    write_half_a_megabyte(growing)

    assert db.log_bytes(database) > 3_500_000
    assert growing.execute("SELECT count(*) FROM large").fetchone()[0] == 7


def test_pages_step_back_until_the_log_is_begun_anew(database, growing, in_the_way):
    step_back = db.StepBack(database)
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(step_back.before_reading)
        in_the_way.execute("COMMIT")
        write_half_a_megabyte(growing)
        waiting.result(5)

    assert db.log_bytes(database) < 1_000_000
    assert step_back._reads_on_until == 0


@pytest.mark.usefixtures("in_the_way")
def test_pages_read_on_beside_a_reader_that_stays(database, monkeypatch):
    monkeypatch.setattr(db, "_LONGEST_WAIT_S", 0.04)
    step_back = db.StepBack(database)
    step_back.before_reading()

    began = time.monotonic()
    monkeypatch.setattr(db, "_LONGEST_WAIT_S", 60)
    step_back.before_reading()  # does not wait again

    assert time.monotonic() - began < 30


def test_what_is_written_while_somebody_waits_leaves_the_log_to_others(database, growing):
    """Moving it takes a third of a second where it has grown."""
    growing.execute("BEGIN")
    growing.execute("INSERT INTO large VALUES (zeroblob(6000000))")
    growing.execute("COMMIT")  # by who has not yet come to move it
    with closing(db.connect(database, is_brief=True)) as brief, db.transaction(brief):
        brief.execute(FACT, ["a"])

    left = db.log_bytes(database)
    db.tidy_log(database)

    assert left > 6_000_000
    assert db.log_bytes(database) == 0
    assert facts(growing) == ["a"]


def test_a_log_that_is_small_is_left_as_it_is(database, connection):
    connection.execute(FACT, ["a"])

    db.tidy_log(database)

    assert db.log_bytes(database) > 0


def test_analysing_leaves_out_what_is_large_and_has_no_index(connection, monkeypatch):
    """Counting the rows of the texts held the write lock for a second at 500,000 articles."""
    monkeypatch.setattr(db, "TURN_S", 0)
    monkeypatch.setattr(db, "_GAP_S", 0)
    monkeypatch.setattr(db, "_FEW_ROWS", 2)
    connection.execute("CREATE TABLE plain (word)")
    connection.execute("CREATE TABLE small (word)")
    connection.execute("CREATE TABLE indexed (word UNIQUE)")
    for table, rows in (("plain", 3), ("small", 2), ("indexed", 3)):
        connection.executemany(f"INSERT INTO {table} VALUES (?)", [(number,) for number in range(rows)])

    db.analyse(connection)

    told = connection.execute(
        "SELECT tbl, stat FROM sqlite_stat1 WHERE tbl IN ('plain', 'small', 'indexed') ORDER BY tbl"
    )
    assert list(map(tuple, told)) == [("indexed", "3 1"), ("small", "2")]


def write_fact(connection):
    with db.transaction(connection):
        connection.execute(FACT, ["a"])


def test_long_work_lets_others_write(database, connection):
    """Another process that waits for the lock gets it in the first pause, however short the pauses are."""
    with closing(db.connect(database)) as other, ThreadPoolExecutor(1) as beside:
        with db.transaction(connection):
            writing = beside.submit(write_fact, other)
        turns = 0
        while not writing.done() and turns < 20:
            db.give_way(connection)
            with db.transaction(connection):
                connection.execute(FACT, [f"turn {turns}"])
            turns += 1

    assert writing.done()
    assert turns < 20


def test_a_log_that_is_not_there_takes_nothing(tmp_path):
    assert db.log_bytes(tmp_path / "none.db") == db.file_bytes(tmp_path / "none.db") == 0


def test_log_counts_as_part_of_the_database(connection, database):
    with db.transaction(connection):
        connection.execute(FACT, ["x" * 100_000])

    assert db.file_bytes(database) == database.stat().st_size + db.log_bytes(database)
    assert db.log_bytes(database) > 0


def test_finishing_moves_the_log_into_the_file(database):
    connection = db.connect(database)
    watcher = db.connect(database)  # the last connection to close would move it anyway
    connection.execute(FACT, ["a"])
    log = database.with_name(f"{database.name}-wal")
    before = log.stat().st_size

    db.finish(connection)

    assert (before > 0, log.stat().st_size) == (True, 0)
    watcher.close()


def test_finishing_closes_though_a_reader_is_in_the_way(database):
    connection, reader = db.connect(database), db.connect(database, readonly=True)
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute(FACT, ["a"])
    reader.execute("BEGIN")
    facts(reader)
    connection.execute(FACT, ["b"])

    db.finish(connection)

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
    reader.close()


def test_finishing_a_closed_connection_is_no_error(database):
    connection = db.connect(database)
    connection.close()

    db.finish(connection)


@given(times)
def test_a_time_comes_back_in_utc_to_the_second(at):
    back = db.from_iso(db.to_iso(at))

    assert back == at.replace(microsecond=0)
    assert back.tzinfo is UTC


@given(times, times)
def test_stored_times_sort_as_text(one, other):
    """Queries compare them as text."""
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)

    assert (db.to_iso(one) < db.to_iso(other)) == (one < other)


def test_no_time_is_null():
    assert (db.to_iso(None), db.from_iso(None)) == (None, None)


def test_what_cannot_be_kept_is_the_databases_refusal(connection):
    connection.execute("CREATE TABLE of_one (key REFERENCES meta DEFERRABLE INITIALLY DEFERRED)")

    with pytest.raises(StorageError, match="FOREIGN KEY"), db.transaction(connection):
        connection.execute("INSERT INTO of_one VALUES ('x')")  # it is at the end that this is found

    assert not connection.in_transaction
