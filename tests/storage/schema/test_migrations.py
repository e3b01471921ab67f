"""The schema: every column is explained, every reference indexed, every migration applied once."""

import re
import sqlite3
from hashlib import sha256
from typing import NamedTuple

import pytest
from sqlite_utils import Database

from storage import db
from storage.errors import StorageError
from storage.schema.columns import column_meanings
from storage.schema.migrations import STATEMENTS, columns_of_tables, execute, migrations

# What has landed is in the files of users: it is never edited, renamed or moved. Each new migration is added here.
# Comments may be corrected, they are left out.
LANDED = {
    "first": "c94e83bacbcbadc1",
    "first_in_full": "e3b0c44298fc1c14",
    "lists_by_date": "17ead58dbeef6e16",
    "asides_and_entities": "cec80eec68a4b529",
    "article_addresses": "f403a697af62e859",
    "makers_of_texts": "f44af777dec588ac",
    "gentle_sources": "d938848c32fe485b",
    "listed_again": "48d905ba50369295",
    "forgetting_background": "bfddd2af105310e8",
    "signed_feedback": "d71a43e018ecff10",
    "counted_lists": "05594477241553bf",
    "follow_ups_back_in_time": "b5f8fbae43cb122b",
    "meanings_of_texts": "07989462b00bc26c",
    "link_spellings": "d5bd63018857a5d0",
    "unread_dates": "f9a473d44877a3da",
    "tagged_sources": "d495c139eee3a6bd",
    "site_memories": "56d1d979865cb721",
    "readers_marks": "04365d50e902b2c9",
    "former_names": "21f861bc497f71bc",
    "readers_visits": "d75731697a7e2c68",
    "saved_searches": "4be1a07cf61aafdf",
    "robots_files": "d1abb2d9f4b48ff8",
    "replaced_stories": "40a9891eab9b22f5",
    "host_parameters": "f9086359fd369682",
    "cluster_jobs": "24b1c86e7d7879ad",
    "history_by_day": "30cf22827a27e7e8",
    "languages_of_matches": "e6f7ab0f687fe98b",
    "comparisons": "6f8db0cd1785438c",
    "digests_by_rows": "2c90c959a5a17889",
    "no_article_names_itself": "a7e144d59a1b6f36",
    "anchors_in_levels": "18e16d6d421637cd",
}


class Column(NamedTuple):
    table: str
    name: str
    is_nullable: bool
    comment: str


def tables(connection):
    """Our tables; not those that SQLite, sqlite-utils and the index make for themselves."""
    rows = connection.execute(
        """
        SELECT name FROM sqlite_master
        WHERE type = 'table' AND name NOT GLOB '_*' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '*_fts*'
        ORDER BY name
        """
    )
    return [row["name"] for row in rows]


def fingerprint(statements):
    """Of what *statements* do: without comments and the width of blanks."""
    plain = [" ".join(re.sub(r"--[^\n]*", "", statement).split()) for statement in statements]
    return sha256("\n".join(plain).encode()).hexdigest()[:16]


def columns(connection):
    found = []
    for table in tables(connection):
        for row in connection.execute(f"PRAGMA table_info({table})"):
            comment = columns_of_tables()[table][row["name"]].comment
            found.append(Column(table, row["name"], not row["notnull"] and not row["pk"], comment))
    return found


def shape(connection):
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
    return [tuple(row) for row in rows]


@pytest.fixture
def empty(tmp_path):
    database = Database(tmp_path / "empty.db")
    yield database
    database.conn.close()


def test_what_has_landed_is_as_it_was():
    now = {name: fingerprint(statements) for name, statements in STATEMENTS.items()}

    assert list(now.items()) == list(LANDED.items()), "append a migration, and its fingerprint to LANDED"


def test_the_statements_of_every_migration_are_known():
    assert [migration.name for migration in migrations._migrations] == list(STATEMENTS)


def test_a_column_that_is_added_brings_its_comment():
    meanings = column_meanings(
        (
            "CREATE TABLE a (\n  id INTEGER PRIMARY KEY,\n  b TEXT  -- first; NULL: none\n)",
            "CREATE INDEX a_b ON a(b)",
            "ALTER TABLE a ADD COLUMN c_id INTEGER REFERENCES c(id)  -- second; NULL: none",
            "ALTER TABLE a ADD COLUMN d TEXT NOT NULL DEFAULT -1  -- third",
            "ALTER TABLE a RENAME COLUMN b TO e",
            "ALTER TABLE a RENAME TO f",
        )
    )

    comments = {name: (column.comment, column.refers_to) for name, column in meanings["f"].items()}
    assert list(meanings) == ["f"]
    assert comments == {
        "id": ("", None),
        "e": ("first; NULL: none", None),
        "c_id": ("second; NULL: none", "c"),
        "d": ("third", None),
    }


def test_an_added_column_keeps_its_comment_out_of_the_definition(empty):
    """SQLite would put it before the bracket that ends the table, and lose that."""
    execute(
        empty, ["CREATE TABLE a (id INTEGER PRIMARY KEY)", "ALTER TABLE a ADD COLUMN b TEXT  -- NULL: none"]
    )

    assert empty["a"].columns_dict == {"id": int, "b": str}


def test_every_column_has_a_comment(connection):
    silent = [
        f"{column.table}.{column.name}"
        for column in columns(connection)
        if not column.comment and column.name != "id"
    ]

    assert silent == []


def test_every_column_that_may_be_null_says_what_null_means(connection):
    silent = [
        f"{column.table}.{column.name}"
        for column in columns(connection)
        if column.is_nullable and not re.search(r"\bNULL\b|^as above$", column.comment)
    ]

    assert silent == []


def test_every_index_bears_its_tables_name(connection):
    rows = connection.execute(
        "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    )

    odd = [
        row["name"] for row in rows if not row["name"].removeprefix("idx_").startswith(f"{row['tbl_name']}_")
    ]

    assert odd == []


def test_every_reference_is_indexed(connection):
    """Datasette follows them from both sides, and a deletion looks for rows that refer to the deleted one."""
    bare = []
    for table in tables(connection):
        led = {
            connection.execute(f"PRAGMA index_info('{index['name']}')").fetchone()["name"]
            for index in connection.execute(f"PRAGMA index_list('{table}')")
            if not index["partial"]
        }
        led |= {row["name"] for row in connection.execute(f"PRAGMA table_info({table})") if row["pk"] == 1}
        bare += [
            f"{table}.{key['from']}"
            for key in connection.execute(f"PRAGMA foreign_key_list({table})")
            if key["from"] not in led
        ]

    assert bare == []


def test_every_id_column_refers_to_a_table(connection):
    stray = []
    for table in tables(connection):
        keys = {row["from"] for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
        stray += [
            f"{table}.{row['name']}"
            for row in connection.execute(f"PRAGMA table_info({table})")
            if row["name"].endswith("_id") and row["name"] not in keys
        ]

    # A check at each deletion of an article would read all anchors: storage.articles.anchors.drop takes care of them.
    assert stray == ["anchors.article_id", "recent_anchors.article_id"]


def test_the_migrations_make_an_empty_file_whole(empty, connection):
    migrations.apply(empty)

    assert shape(empty.conn) == shape(connection)
    assert migrations.pending(empty) == []


def test_the_migrations_applied_twice_change_nothing(empty):
    migrations.apply(empty)
    before = shape(empty.conn), migrations.applied(empty)

    migrations.apply(empty)

    assert (shape(empty.conn), migrations.applied(empty)) == before


def test_a_migration_that_fails_half_way_leaves_nothing(tmp_path):
    path = tmp_path / "taken.db"
    stranger = sqlite3.connect(path)
    stranger.execute("CREATE VIEW topics AS SELECT 1")
    stranger.close()

    with pytest.raises(StorageError, match="topics already exists"):
        db.connect(path)

    stranger = sqlite3.connect(path)
    assert [row[0] for row in stranger.execute("SELECT name FROM sqlite_master")] == ["topics"]
    stranger.close()


def test_background_that_is_there_goes_on_at_the_pace_that_it_had(empty):
    migrations.apply(empty, stop_before="forgetting_background")
    empty.execute("INSERT INTO background_counts VALUES ('en', 1000), ('ko', 3), ('ru', 7)")
    for slot, (language, day) in enumerate(
        [("en", "2026-01-01"), ("en", "2026-05-01"), ("ko", "2026-05-01")]
    ):
        empty.execute(
            "INSERT INTO background (language, slot, url_key, added_at, terms) VALUES (?, ?, ?, ?, x'00')",
            [language, slot, str(slot), f"{day}T00:00:00+00:00"],
        )

    migrations.apply(empty)

    found = {row["language"]: (row["recent"], row["recent_at"]) for row in empty["background_counts"].rows}
    # Over 120 days 1,000 articles that came evenly count 1,000 * (1 - 1/e).
    assert found["en"] == (pytest.approx(632.1, abs=0.1), "2026-05-01T00:00:00+00:00")
    assert found["ko"][0] == 3
    assert found["ru"] == (0, None)


def test_an_article_that_named_its_present_address_names_none(empty):
    migrations.apply(empty, stop_before="no_article_names_itself")
    empty.execute("INSERT INTO sources (name) VALUES ('courier')")
    for number, names in enumerate(["a/0", "a/0", None]):
        empty.execute(
            "INSERT INTO articles (source_id, title, words, origin, first_seen_at, fetched_at, text_hash, url_key, "
            "canonical_key) VALUES (1, '', 0, 'crawl', '', '', '', ?, ?)",
            [f"a/{number}", names],
        )

    migrations.apply(empty)

    assert [row["canonical_key"] for row in empty["articles"].rows] == [None, "a/0", None]
