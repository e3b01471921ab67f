"""Files of the days before 0.1.0 was released, when its one migration was edited: completed, or refused by name.

`EARLIER` holds what differed, from the last state back to the first: each state has the differences of those above it.
"""

import gzip
import sqlite3

import pytest

from storage import db
from storage.errors import SchemaError
from tests.migration.test_kept_files import FOLDER, contents, shape
from tests.support.command_line import run_here

ARCHIVE_PAGES = """
    CREATE TABLE archive_pages (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL REFERENCES backfills(source_id),  -- whose past it lists
        url TEXT NOT NULL,  -- as it was named
        kind TEXT NOT NULL,  -- robots, sitemap, feed or section
        state TEXT NOT NULL,  -- waiting, read, failed or skipped (too old, or not there where none had named it)
        newest TEXT,  -- no page that it lists is younger than this day; NULL: unknown
        waits INTEGER NOT NULL DEFAULT 0,  -- 1: asked for once the dates of what its parent lists are known
        parent_id INTEGER REFERENCES archive_pages(id),  -- the list that names it; NULL: the search began with it
        read_at TEXT,  -- last answer; NULL: none yet
        entries INTEGER,  -- that it has; NULL: not read
        new_links INTEGER,  -- of them never seen before; NULL as above
        fingerprint TEXT,  -- equal for lists of the same pages; NULL: it has none
        detail TEXT,  -- what was left out, or went wrong; NULL: nothing
        attempts INTEGER NOT NULL DEFAULT 0,  -- in vain
        next_try_at TEXT,  -- not asked before; NULL: at once
        run_id INTEGER REFERENCES runs(id),  -- last run that asked for it; NULL: none
        url_key TEXT NOT NULL,  -- equality of addresses
        UNIQUE (source_id, url_key)
    )
"""
BACKFILLS = """
    CREATE TABLE backfills (
        source_id INTEGER PRIMARY KEY REFERENCES sources(id),  -- whose past is read
        since TEXT NOT NULL,  -- day (UTC): nothing older is asked for
        state TEXT NOT NULL,  -- running, finished or stopped
        begun_at TEXT NOT NULL,  -- when a person asked for it last
        ended_at TEXT,  -- when all was read, or it was stopped; NULL: it goes on
        next_at TEXT  -- nothing is asked for before; NULL: at once
    )
"""
SUCCESSORS = """
    CREATE TABLE successors (
        feed_id INTEGER PRIMARY KEY REFERENCES feeds(id),  -- that has died
        searched_at TEXT NOT NULL,  -- when its site was searched last
        next_search_at TEXT NOT NULL,  -- from when on it is searched again, if the feed is dead still
        searches INTEGER NOT NULL DEFAULT 0,  -- in vain, in a row
        error TEXT,  -- why the last search found nothing; NULL: it did
        url TEXT,  -- what the site offers in its place; NULL: nothing was found yet
        kind TEXT,  -- feed, sitemap or section; NULL as above
        title TEXT,  -- as it calls itself; NULL as above
        entries INTEGER,  -- that it has; NULL as above
        newest_at TEXT  -- the newest date that it states; NULL: it states none, or as above
    )
"""
ALERTS = """
    CREATE TABLE alerts (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,  -- match or health
        topic_id INTEGER REFERENCES topics(id),  -- NULL for health
        article_id INTEGER REFERENCES articles(id),  -- NULL for health
        created_at TEXT NOT NULL,  -- when there was something to tell
        sent_at TEXT,  -- NULL: waiting
        message TEXT NOT NULL  -- what is told
    )
"""


def as_it_was(table, definition):
    """Statements that put *table* back into the form of *definition*, with its rows."""
    columns = [
        line.split()[0]
        for line in definition.splitlines()
        if line.startswith("        ") and "UNIQUE" not in line
    ]
    names = ", ".join(columns)
    return (
        f"ALTER TABLE {table} RENAME TO later_{table}",
        definition,
        f"INSERT INTO {table} ({names}) SELECT {names} FROM later_{table}",
        f"DROP TABLE later_{table}",
    )


EARLIER = {
    "backfills and successors without a number": (
        *as_it_was("successors", SUCCESSORS),
        *as_it_was("backfills", BACKFILLS),
        *as_it_was("archive_pages", ARCHIVE_PAGES),
        "CREATE INDEX archive_pages_waiting ON archive_pages(source_id, newest) WHERE state = 'waiting'",
        "CREATE INDEX archive_pages_parent_id ON archive_pages(parent_id)",
        "CREATE INDEX archive_pages_run_id ON archive_pages(run_id)",
    ),
    "the interval at each feed": (
        "ALTER TABLE sources DROP COLUMN every_s",
        "ALTER TABLE feeds ADD COLUMN every_s INTEGER",
        "UPDATE feeds SET every_s = 3600",
    ),
    "no successors": ("DROP TABLE successors",),
    "no backfills": (
        "DROP TABLE backfills",
        "DROP INDEX links_archive_page_id",
        "DROP INDEX links_past",
        "ALTER TABLE links DROP COLUMN archive_page_id",
        "ALTER TABLE links DROP COLUMN stated_at",
        "DROP TABLE archive_pages",
    ),
    "no hubs": (
        "DROP TABLE pushes",
        "DROP TABLE subscriptions",
        "ALTER TABLE polls DROP COLUMN pushed",
    ),
    "alerts without rules": (
        "DROP TABLE alerts",
        "DROP TABLE alert_messages",
        "DROP TABLE alert_rules",
        "DROP TABLE conditions",
        "DROP TABLE gaps",
        "DROP TABLE hosts",
        ALERTS,
        "CREATE INDEX alerts_waiting ON alerts(id) WHERE sent_at IS NULL",
        "CREATE INDEX alerts_article_id ON alerts(article_id)",
        "DROP INDEX feeds_source_id",
        "CREATE INDEX feeds_source_id ON feeds(source_id)",
        "DROP INDEX feeds_lease_token",
    ),
    "no second looks": ("DROP TABLE watches", "DROP TABLE looks", "DROP TABLE anchors"),
}
STATES = list(EARLIER)
TOLD = (
    "INSERT INTO alerts (kind, article_id, created_at, message) VALUES ('match', 1, '2026-09-12', 'Barges')"
)


@pytest.fixture
def early(tmp_path):
    """Makes the file of 0.1.0 one of an earlier state, and runs *more* in it."""

    def make(state, *more):
        path = tmp_path / "early" / "seedwatch.db"
        path.parent.mkdir()
        path.write_bytes(gzip.decompress((FOLDER / "0.1.0.db.gz").read_bytes()))
        connection = sqlite3.connect(path, isolation_level=None)
        for earlier in STATES[: STATES.index(state) + 1]:
            for statement in EARLIER[earlier]:
                connection.execute(statement)
        for statement in more:
            connection.execute(statement)
        connection.close()
        return path

    return make


@pytest.mark.parametrize("state", STATES[:-1])
def test_a_file_is_completed_with_every_row(early, connection, state):
    path = early(state)
    before = contents(path)

    migrated = db.connect(path)

    assert shape(migrated) == shape(connection)
    assert migrated.execute("PRAGMA foreign_key_check").fetchall() == []
    assert migrated.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    migrated.close()
    after = contents(path)
    for table, rows in before.items():
        names = [set(row) - {"every_s"} for row in rows[:1]]
        columns = names[0] if names else set()
        assert [{name: row[name] for name in columns} for row in after[table]] == [
            {name: row[name] for name in columns} for row in rows
        ], table


def test_a_completed_file_refers_as_a_new_one(early, connection):
    migrated = db.connect(early("no backfills"))

    for table in ("archive_pages", "links", "backfills", "successors"):
        query = f'SELECT "table", "from", "to" FROM pragma_foreign_key_list(\'{table}\') ORDER BY 1, 2'
        assert list(map(tuple, migrated.execute(query))) == list(map(tuple, connection.execute(query)))
    migrated.close()


@pytest.mark.parametrize(
    ("state", "more", "tables"),
    [
        ("alerts without rules", [TOLD], "alerts"),
        ("no second looks", [], "anchors, watches"),
        ("backfills and successors without a number", ["ALTER TABLE runs ADD COLUMN mood TEXT"], "runs"),
    ],
    ids=["alerts that it tells", "articles that nobody watches", "a column of others"],
)
@pytest.mark.parametrize("readonly", [False, True], ids=["writing", "reading"])
def test_a_file_that_would_lose_something_is_refused(early, state, more, tables, readonly):
    path = early(state, *more)
    before = contents(path)

    with pytest.raises(SchemaError) as refused:
        db.connect(path, readonly=readonly)

    said = str(refused.value)
    assert str(path) in said
    assert readonly or all(
        words in said for words in (f"its {tables} differ", "seedwatch export", "seedwatch import")
    )
    assert contents(path) == before


def test_a_refused_file_ends_a_command_with_2(early):
    path = early("no second looks")
    (path.parent / "seedwatch.toml").write_text('database = "seedwatch.db"\n')

    done = run_here("status", folder=path.parent)

    assert done.code == 2
    assert "export its articles with the seedwatch that made it" in done.err
    assert "Traceback" not in done.err


def test_the_database_of_another_program_is_refused_and_stays_as_it_was(tmp_path):
    path = tmp_path / "places.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE bookmarks (title TEXT)")
    other.close()
    before = path.read_bytes()

    with pytest.raises(
        SchemaError, match="another program \\(it has 'bookmarks'\\); give seedwatch a file of its own"
    ):
        db.connect(path)

    assert path.read_bytes() == before


def test_a_file_in_which_a_copying_tool_was_first_is_ours(tmp_path):
    path = tmp_path / "seedwatch.db"
    tool = sqlite3.connect(path)
    tool.execute("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)")
    tool.close()

    connection = db.connect(path)

    assert connection.execute("SELECT count(*) FROM articles").fetchone()[0] == 0
    connection.close()
