"""Files of earlier versions: opened, migrated, every row kept, and read by the commands."""

import gzip
import sqlite3
from pathlib import Path

import pytest

from storage import db
from storage.schema.migrations import columns_of_tables, migrations
from tests.support.command_line import run_here

FOLDER = Path(__file__).parent
VERSIONS = sorted(path.name.removesuffix(".db.gz") for path in FOLDER.glob("*.db.gz"))
# Columns whose values a migration gives anew, each with the migration and the reason.
GIVEN_ANEW: dict[tuple[str, str], str] = {}
SETTINGS = """
database = "seedwatch.db"
[[source]]
name = "name-1"
home = "https://meridian.example/"
[[topic]]
name = "name-1"
any = "grain OR pilots"
"""


@pytest.fixture(params=VERSIONS)
def kept(request, tmp_path):
    """A copy of the file that a version made."""
    path = tmp_path / "kept" / "seedwatch.db"
    path.parent.mkdir()
    path.write_bytes(gzip.decompress((FOLDER / f"{request.param}.db.gz").read_bytes()))
    return path


def contents(path):
    """Each table's rows by their key, as SQLite reads them; the tables in which FTS5 keeps its index, too."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    names = [
        row["name"]
        for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_*'"
        )
    ]
    rows = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names}
    connection.close()
    return rows


def test_the_schema_of_0_1_0_is_among_them():
    assert "0.1.0" in VERSIONS


def test_every_table_of_a_kept_file_has_rows(kept):
    empty = [name for name, rows in contents(kept).items() if not rows and not name.endswith("_content")]

    assert empty == []


def test_every_row_is_kept(kept):
    before = contents(kept)

    db.connect(kept).close()

    after = contents(kept)
    lost = [
        (table, row)
        for table, rows in before.items()
        for row in rows
        if not any(is_kept(table, row, other) for other in after.get(table, ()))
    ]
    assert lost == []
    assert {table: len(rows) for table, rows in before.items()} == {
        table: len(after[table]) for table in before
    }


def is_kept(table, row, other):
    same = set(row) - {column for name, column in GIVEN_ANEW if name == table}
    return all(other.get(column, ...) == row[column] for column in same)


def test_a_migrated_file_has_the_shape_of_a_new_one(kept, connection):
    migrated = db.connect(kept)

    assert shape(migrated) == shape(connection)
    assert migrated.execute("PRAGMA foreign_key_check").fetchall() == []
    assert migrated.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert migrated.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    migrated.close()


def shape(connection):
    """Tables with their columns, whatever their order, and indexes."""
    columns = {
        (table, *tuple(row)[1:])
        for table in columns_of_tables()
        for row in connection.execute(f"PRAGMA table_info({table})")
    }
    rows = connection.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'")
    return columns | {tuple(row) for row in rows}


def test_each_migration_is_noted_once(kept):
    db.connect(kept).close()
    migrated = db.connect(kept)

    names = [row["name"] for row in migrated.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]
    migrated.close()

    assert names == [migration.name for migration in migrations._migrations]


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (("check",), 0, "in order"),
        (("status",), 1, "name-1"),
        (("search", "barges"), 0, "Grain barges pass the Tumen locks again"),
        (("story", "1"), 0, "Grain barges pass the Tumen locks again"),
        (("export", "--format", "jsonl"), 0, "Harbour pilots of Rason learn Russian"),
        (("rematch",), 0, "name-1"),
        (("reindex",), 0, "indexed 2 articles"),
        (("topics", "show", "name-1"), 0, "any: grain OR pilots"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_command_reads_it(kept, command, code, words):
    (kept.parent / "seedwatch.toml").write_text(SETTINGS)

    done = run_here(*command, folder=kept.parent)

    assert (done.code, done.err if code != done.code else "") == (code, "")
    assert words in done.out + done.err
