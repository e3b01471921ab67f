"""A small database with two rows in every table, of the present schema: kept for the versions to come.

`python -m tests.migration.make_database 0.2.0` writes tests/migration/0.2.0.db.gz, once, at a release; it is never made
anew, since it stands for the files of users. The first row of a table has a value in every column, the second NULL
wherever it may. Row n refers to row n.
"""

import gzip
import json
import sqlite3
import sys
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from storage import db
from storage.analyser import VERSION, count_words, index_text
from storage.schema.columns import ColumnMeaning
from storage.schema.migrations import columns_of_tables

FOLDER = Path(__file__).parent
TITLES = ("", "Grain barges pass the Tumen locks again", "Harbour pilots of Rason learn Russian")
TEXTS = (
    "",
    "Eleven barges with grain passed the locks on Tuesday, the harbour office of Rason said.\nMore will follow.",
    "Six pilots began a course in Russian on Wednesday.\nFreight from Vladivostok has doubled since spring.",
)
_ARTICLE = {"title": TITLES[1], "text": TEXTS[1], "url": "https://meridian.example/locks", "language": "en"}
# What has a form of its own; {n} is the number of the row.
VALUES: dict[tuple[str, str], object] = {
    ("articles", "origin"): "crawl",
    ("articles", "title"): TITLES,
    ("articles", "published_precision"): "minute",
    ("articles", "state"): "live",
    ("article_events", "event"): "deleted",
    ("copies", "first_by"): "seen",
    ("copies", "relation"): "copy",
    ("feedback", "verdict"): "yes",
    ("looks", "outcome"): "unchanged",
    ("matches", "reason"): "rule",
    ("past_matches", "reason"): "rule",
    ("past_matches", "why"): "rejudged",
    ("polls", "outcome"): "ok",
    ("runs", "trigger"): "manual",
    ("successors", "kind"): "feed",
    ("article_texts", "text"): TEXTS,
    ("revisions", "text"): TEXTS,
    ("alert_rules", "kinds"): '["match"]',
    ("alert_rules", "digest"): "07:30",
    ("archive_pages", "state"): "read",
    ("backfills", "since"): "2026-01-0{n}",
    ("background", "terms"): zlib.compress(b"grain barge lock"),
    ("feeds", "kind"): "feed",
    ("feeds", "rhythm"): bytes(2 * 168 * 2),
    ("links", "entry"): json.dumps({"title": TITLES[1], "url": "https://meridian.example/locks"}),
    ("links", "state"): "fetched",
    ("matches", "band"): "match",
    ("meta", "key"): ("", "crawl_settings", "pace"),
    ("meta", "value"): "{}",
    ("off_topic_texts", "article"): zlib.compress(json.dumps(_ARTICLE).encode()),
    ("page_bodies", "body"): zlib.compress(b"<html><body><h1>Locks</h1></body></html>"),
    ("pages", "headers"): '[["Content-Type", "text/html"]]',
    ("past_matches", "band"): "match",
    ("runs", "state"): "finished",
    ("subscriptions", "state"): "offered",
    ("topics", "aliases"): '{"Rason": ["Rajin"]}',
    ("watches", "absences"): "[]",
}


def make(path: Path) -> None:
    """Write the database at *path*, small and in one file."""
    connection = db.connect(path)
    connection.execute("PRAGMA foreign_keys = OFF")  # tables refer to each other in both directions
    with db.transaction(connection):
        for table, columns in columns_of_tables().items():
            for number in (1, 2):
                _insert(connection, table, columns, number)
        _index(connection)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("VACUUM")
    connection.close()


def _insert(
    connection: sqlite3.Connection, table: str, columns: Mapping[str, ColumnMeaning], number: int
) -> None:
    shape = {row["name"]: row for row in connection.execute(f"PRAGMA table_info({table})")}
    row = {
        name: _value(table, name, shape[name]["type"], meaning, number)
        for name, meaning in columns.items()
        if number == 1 or shape[name]["notnull"] or shape[name]["pk"]
    }
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)


def _value(table: str, name: str, kind: str, meaning: ColumnMeaning, number: int) -> object:
    value = VALUES.get((table, name))
    if isinstance(value, tuple):
        return value[number]
    if value is not None:
        return value.replace("{n}", str(number)) if isinstance(value, str) else value
    if kind != "TEXT":
        return number
    return _text(table, name, meaning.comment, number)


def _text(table: str, name: str, comment: str, number: int) -> str:
    """By what the name of the column, or its comment, says of its form."""
    if name.endswith(("_at", "_until", "until", "since")):
        return f"2026-09-1{number}T08:30:00+00:00"
    if name in {"day", "newest"}:
        return f"2026-09-1{number}"
    if "JSON" in comment:
        return "[]" if "JSON list" in comment else "{}"
    if name.endswith("url") or name in {"home", "hub", "callback"}:
        return f"https://meridian.example/{table}/{number}"
    if name == "language":
        return ("", "en", "ru")[number]
    if name == "timezone":
        return "Asia/Pyongyang"
    return f"{name}-{number}"


def _index(connection: sqlite3.Connection) -> None:
    for number in (1, 2):
        entry = [number, index_text(TITLES[number]), index_text(TEXTS[number])]
        connection.execute("INSERT INTO articles_fts (rowid, title, text) VALUES (?, ?, ?)", entry)
        connection.execute("UPDATE articles SET words = ? WHERE id = ?", [count_words(TEXTS[number]), number])
    connection.execute(
        "INSERT INTO revisions_fts (rowid, title, text) VALUES (2, '', ?)", [index_text(TEXTS[1])]
    )
    connection.execute("UPDATE revisions SET analyser = ? WHERE id = 1", [VERSION])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made.db")
        make(made)
        target = FOLDER / f"{sys.argv[1]}.db.gz"
        target.write_bytes(gzip.compress(made.read_bytes(), mtime=0))
        print(f"{target}: {target.stat().st_size} bytes")
