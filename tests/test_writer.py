"""The thread that writes."""

import asyncio
import sqlite3
import threading
from datetime import UTC, datetime

import pytest

from crawler.writer import Writer
from storage import db, runs
from storage.errors import StorageError

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def writer(database):
    writer = Writer(database)
    yield writer
    writer.close()


def add_word(connection: sqlite3.Connection, word: str, *, twice: bool = False) -> str:
    words = runs.fact(connection, "words", "") + word * (1 + twice)
    runs.set_fact(connection, "words", words)
    return words


def test_call_gives_back_what_the_function_returns(writer):
    assert asyncio.run(writer.call(add_word, "a", twice=True)) == "aa"
    assert writer.call_now(add_word, "b") == "aab"


def test_calls_are_carried_out_in_their_order(writer):
    async def call_all() -> list[str]:
        return list(await asyncio.gather(*(writer.call(add_word, letter) for letter in "abcdefgh")))

    assert asyncio.run(call_all()) == ["abcdefgh"[: number + 1] for number in range(8)]


def test_all_calls_run_in_one_thread_that_is_not_the_loops(writer):
    async def threads() -> set[int]:
        return set(await asyncio.gather(*(writer.call(lambda _: threading.get_ident()) for _ in range(8))))

    assert len(asyncio.run(threads()) - {threading.get_ident()}) == 1


def test_event_loop_runs_while_a_call_waits(writer):
    async def use() -> str:
        going_on = threading.Event()

        def wait(_: sqlite3.Connection) -> bool:
            return going_on.wait(20)

        waiting = asyncio.create_task(writer.call(wait))
        asyncio.get_running_loop().call_later(0.01, going_on.set)
        return "went on" if await waiting else "stood still"

    assert asyncio.run(use()) == "went on"


def test_storage_errors_come_back_and_the_writer_goes_on(writer):
    with pytest.raises(StorageError):
        writer.call_now(runs.begin, trigger="test", token=None, now=NOW, host="", pid=1)  # type: ignore[arg-type]

    assert writer.call_now(add_word, "a") == "a"


def test_close_leaves_everything_in_the_one_file(database):
    writer = Writer(database)
    writer.call_now(add_word, "a")

    writer.close()

    assert not database.with_name(f"{database.name}-wal").exists()
    connection = db.connect(database)
    assert runs.fact(connection, "words") == "a"
    connection.close()


def test_writer_of_a_file_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(StorageError, match="cannot be opened"):
        Writer(tmp_path / "nosuch" / "seedwatch.db")
