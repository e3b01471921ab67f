"""The thread that writes."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.run.writer import Writer
from storage import db, meta
from storage.errors import LockedError, StorageError
from storage.sources import runs

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


WORDS = meta.StoredFact("words", "")


@pytest.fixture
def writer(database):
    writer = Writer(database)
    yield writer
    writer.close()


def add_word(connection: sqlite3.Connection, word: str, *, twice: bool = False) -> str:
    words = meta.get(connection, WORDS) + word * (1 + twice)
    meta.put(connection, WORDS, words)
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


def _wait_in_hand(writer: Writer, going_on: threading.Event) -> "asyncio.Task[bool]":
    """A call that keeps the thread busy until *going_on* is set, so that those behind it share a transaction."""
    return asyncio.create_task(writer.call(lambda _: going_on.wait(20)))


async def _behind_one(writer: Writer, *asked: tuple[Callable[..., Any], str]) -> "list[asyncio.Task[Any]]":
    """Calls with a word that have waited together behind another, which is done."""
    going_on = threading.Event()
    first = _wait_in_hand(writer, going_on)
    await asyncio.sleep(0)
    rest = [asyncio.create_task(writer.call(function, word)) for function, word in asked]
    await asyncio.sleep(0)
    going_on.set()
    await first
    return rest


def fail(connection: sqlite3.Connection, word: str) -> None:
    with db.transaction(connection):
        add_word(connection, word)
        raise ValueError(word)


def test_a_failing_call_undoes_only_itself_though_others_share_its_transaction(writer):
    async def call_all() -> list[object]:
        rest = await _behind_one(writer, (add_word, "a"), (add_word, "b"), (fail, "x"), (add_word, "c"))
        return list(await asyncio.gather(*rest, return_exceptions=True))

    a, b, error, c = asyncio.run(call_all())

    assert (a, b, c) == ("a", "ab", "abc")
    assert isinstance(error, ValueError)
    assert writer.call_now(meta.get, WORDS) == "abc"


def test_calls_that_wait_share_a_transaction_which_is_committed_when_they_return(writer, database):
    def is_inside(connection: sqlite3.Connection, word: str) -> bool:
        add_word(connection, word)
        return connection.in_transaction

    async def call_all() -> tuple[list[bool], str]:
        rest = await _behind_one(writer, *((is_inside, one) for one in "abc"))
        inside = [await one for one in rest]
        with closing(db.connect(database, readonly=True)) as reader:
            return inside, meta.get(reader, WORDS)

    assert asyncio.run(call_all()) == ([True, True, True], "abc")


def test_all_calls_that_wait_are_refused_with_the_database(writer, database):
    writer.call_now(lambda connection: connection.execute("PRAGMA busy_timeout = 1"))

    async def call_all() -> list[object]:
        rest = await _behind_one(writer, *((add_word, one) for one in "abc"))
        return list(await asyncio.gather(*rest, return_exceptions=True))

    with closing(db.connect(database)) as other, db.transaction(other):
        errors = asyncio.run(call_all())

    assert [type(error) for error in errors] == [LockedError] * 3
    assert writer.call_now(add_word, "a") == "a"


def test_who_gave_up_waiting_does_not_hold_up_the_others(writer):
    async def call_all() -> str:
        going_on = threading.Event()
        first = _wait_in_hand(writer, going_on)
        await asyncio.sleep(0)
        given_up = asyncio.create_task(writer.call(add_word, "a"))
        other = asyncio.create_task(writer.call(add_word, "b"))
        await asyncio.sleep(0)
        given_up.cancel()
        going_on.set()
        await first
        return await other

    assert asyncio.run(call_all()) == "ab"


def test_close_finishes_what_waits(database):
    async def call_all(writer: Writer) -> list[str]:
        going_on = threading.Event()
        first = _wait_in_hand(writer, going_on)
        await asyncio.sleep(0)
        rest = [asyncio.create_task(writer.call(add_word, one)) for one in "ab"]
        await asyncio.sleep(0)
        closing_down = asyncio.create_task(asyncio.to_thread(writer.close))
        going_on.set()
        await first
        await closing_down
        return [await one for one in rest]

    assert asyncio.run(call_all(Writer(database))) == ["a", "ab"]


def test_call_of_a_closed_writer_fails(database):
    writer = Writer(database)
    writer.close()

    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(writer.call(add_word, "a"))


def test_close_leaves_everything_in_the_one_file(database):
    writer = Writer(database)
    writer.call_now(add_word, "a")

    writer.close()

    assert not database.with_name(f"{database.name}-wal").exists()
    connection = db.connect(database)
    assert meta.get(connection, WORDS) == "a"
    connection.close()


def test_writer_of_a_file_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(StorageError, match="cannot be opened"):
        Writer(tmp_path / "nosuch" / "seedwatch.db")
