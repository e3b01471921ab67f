"""What the doctor finds."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.doctor import _names, examine
from storage import db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def states(database: Path, now: datetime = NOW) -> dict[str, str]:
    return {finding.subject: finding.state for finding in examine(database, [], now)}


def details(database: Path) -> dict[str, str]:
    return {finding.subject: finding.detail for finding in examine(database, [], NOW)}


def test_all_is_well_with_a_new_database(database):
    found = states(database)

    assert list(found) == ["versions", "disk", "permissions", "database", "clock", "names", "certificates"]
    assert found["versions"] == found["permissions"] == found["database"] == found["clock"] == "good"


def test_database_that_is_not_there_yet_is_only_noted(tmp_path):
    assert states(tmp_path / "new.db")["database"] == "note"
    assert not (tmp_path / "new.db").exists()


def test_damaged_database_is_bad(database):
    # The last page of the table of articles' indexes: any page but the first will do.
    content = bytearray(database.read_bytes())
    content[8_192:40_960] = b"\xff" * (40_960 - 8_192)
    database.write_bytes(content)

    assert states(database)["database"] == "bad"


def test_database_with_a_lost_index_entry_is_bad(connection, database):
    connection.execute("INSERT INTO sources (name) VALUES ('herald')")
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET rootpage = 2 WHERE name = 'sources'")
    connection.execute("PRAGMA writable_schema = OFF")

    assert states(database)["database"] == "bad"


def test_file_that_is_no_database_is_bad(tmp_path):
    file = tmp_path / "text.db"
    file.write_text("This is a text. " * 100)

    assert details(file)["database"].endswith("(file is not a database)")


def test_clock_before_the_last_poll_is_bad(connection, database):
    connection.execute("INSERT INTO sources (id, name) VALUES (1, 'herald')")
    connection.execute(
        "INSERT INTO feeds (id, source_id, url, kind, origin) VALUES (1, 1, 'u', 'feed', 'declared')"
    )
    connection.execute(
        "INSERT INTO runs (id, trigger, state, started_at, token) VALUES (1, 'manual', 'finished', ?, 'a')",
        [db.to_iso(NOW)],
    )
    connection.execute(
        "INSERT INTO polls (feed_id, run_id, polled_at, outcome) VALUES (1, 1, ?, 'ok')", [db.to_iso(NOW)]
    )

    assert states(database, NOW)["clock"] == "good"
    assert states(database, NOW.replace(hour=11))["clock"] == "bad"


def test_looking_changes_nothing(database):
    with closing(sqlite3.connect(database)) as connection:
        before = connection.execute("SELECT * FROM meta").fetchall()
        examine(database, [], NOW)

        assert connection.execute("SELECT * FROM meta").fetchall() == before


def found(known: set[str], homes: list[str]) -> tuple[str, str]:
    def resolve(host: str, _port: int) -> None:
        if host not in known:
            raise OSError("no such name")

    finding = _names(homes, resolve)
    return finding.state, finding.detail


@pytest.mark.parametrize(
    ("known", "homes", "state"),
    [
        ({"b.example"}, ["http://a.example/", "http://b.example/"], "good"),
        (set(), ["http://a.example/", "http://b.example/"], "bad"),
        (set(), ["http://127.0.0.1:8100/"], "note"),
        (set(), [], "note"),
    ],
    ids=["one-works", "none-works", "numbers", "no-source"],
)
def test_names_are_tried_until_one_works(known, homes, state):
    assert found(known, homes)[0] == state


def test_names_that_fail_are_named():
    assert "a.example, b.example" in found(set(), ["http://a.example/", "http://b.example/"])[1]
