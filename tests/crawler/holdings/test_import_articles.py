"""Archives into the database: the same judgement, resumable, and harmless when repeated."""

import json
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crawler.articles.store import store_reading
from crawler.holdings import import_articles
from crawler.holdings.import_articles import BATCH_BYTES, BadLine, Importer, ImportOptions
from storage import db, meta
from storage.alerts import rules
from storage.records.topics import Topic
from storage.sources import sources
from storage.topics import topics
from tests.support.archives import SETTINGS, entry, write_archive
from tests.support.command_line import run_here, started, wait_until
from tests.support.samples import DECLARED, NOW, RULE, reading


def lines_of(*entries):
    return [
        (number, one if one is None or isinstance(one, bytes) else json.dumps(one).encode())
        for number, one in enumerate(entries, 1)
    ]


def take(connection, *entries, archive=None, **options):
    importer = Importer(connection, ImportOptions(**options), now=NOW, archive=archive)
    return importer.run(lines_of(*entries))


def rows(connection, sql):
    return [tuple(row) for row in connection.execute(sql).fetchall()]


def contents(connection):
    """All that an import may change."""
    tables = (
        "articles",
        "article_texts",
        "copies",
        "matches",
        "sources",
        "background",
        "background_counts",
        "anchors",
        "recent_anchors",
    )
    return {table: rows(connection, f"SELECT * FROM {table}") for table in tables}


def test_archive_is_stored_with_its_sources_and_copies(connection):
    sources.sync(connection, DECLARED)
    wire = entry(1, url="http://courier.example/1")
    counts = take(
        connection, wire, entry(2), entry(1, url="http://other.example/1", published="2026-01-01"), b"{", None
    )

    assert (counts.lines, counts.new, counts.copies, counts.bad, counts.sources) == (5, 2, 1, 2, 2)
    assert rows(
        connection,
        """
        SELECT sources.name, sources.enabled, origin
        FROM articles JOIN sources ON sources.id = source_id ORDER BY articles.id
        """,
    ) == [("courier", 1, "import"), ("outlet2.example", 0, "import"), ("other.example", 0, "import")]
    assert rows(connection, "SELECT article_id, original_id, relation FROM copies") == [(3, 1, "copy")]
    assert rows(connection, "SELECT count(*) FROM articles_fts") == [(3,)]


def test_a_turn_that_takes_long_ends_behind_one_line(connection, monkeypatch):
    """What was counted stands with each line, so that an import that is killed there counts none twice."""
    monkeypatch.setattr(import_articles, "TURN_S", 0.0)
    told = []
    importer = Importer(
        connection, ImportOptions(), now=NOW, archive="one",
        on_batch=lambda counts, bad: told.append((counts.lines, counts.new, len(bad))),
    )  # fmt: skip

    importer.run(lines_of(entry(1), b"{", entry(2)))

    assert told == [(1, 1, 0), (2, 1, 1), (3, 2, 0)]
    kept = meta.get(connection, meta.imported("one:1:"))
    assert (kept["line"], kept["counts"]["lines"], kept["counts"]["bad"]) == (3, 3, 1)


def test_topics_are_matched_and_tell_nobody(connection):
    topics.sync(connection, [Topic("bridges", any="bridge")])
    rules.sync(connection, [(RULE, None)])

    counts = take(connection, entry(7), entry(8))

    assert dict(counts.matches) == {"bridges": 1}
    assert rows(connection, "SELECT count(*) FROM matches") == [(1,)]
    assert rows(connection, "SELECT count(*) FROM alerts") == [(0,)]


def test_only_matching_articles_are_kept_if_asked(connection):
    topics.sync(connection, [Topic("bridges", any="bridge")])

    counts = take(connection, entry(7), entry(8), keep_all=False)

    assert (counts.new, counts.off_topic) == (1, 1)
    assert rows(connection, "SELECT count(*) FROM articles") == [(1,)]
    assert rows(connection, "SELECT count(*) FROM sources") == [(1,)]
    assert rows(connection, "SELECT seen FROM background_counts") == [(2,)]


def test_a_second_import_changes_nothing(connection):
    archive = [entry(number) for number in range(5)] + [entry(9, url=None), entry(9, url=None, id=None)]
    first = take(connection, *archive)
    before = contents(connection)

    again = take(connection, *archive)

    assert (first.new + first.copies, again.known, again.new, again.copies) == (7, 7, 0, 0)
    assert contents(connection) == before


def test_what_was_crawled_stays_as_it_is_and_the_other_text_is_counted(connection):
    sources.sync(connection, DECLARED)
    store_reading(connection, reading("http://courier.example/1", matches=()), keep_all=True)
    before = contents(connection)

    counts = take(connection, entry(1, url="http://courier.example/1"))

    assert (counts.known, counts.other_text) == (1, 1)
    assert contents(connection) == before


def test_dry_run_counts_and_stores_nothing(connection):
    take(connection, entry(1))
    before = contents(connection)

    counts = take(connection, entry(1), entry(2), b"{", is_dry=True, archive="a")

    assert (counts.known, counts.new, counts.bad) == (1, 1, 1)
    assert contents(connection) == before
    assert meta.get(connection, meta.imported("a:1:")) == {}


def test_each_batch_tells_its_bad_lines_and_they_end_nothing(connection):
    told: list[BadLine] = []
    importer = Importer(connection, ImportOptions(), now=NOW, on_batch=lambda _, bad: told.extend(bad))

    counts = importer.run(lines_of(b"{", entry(1), {"title": "no text"}, None, [1]))

    assert [(one.line, one.reason) for one in told] == [
        (1, "bad_json"), (3, "no_text"), (4, "too_long"), (5, "not_an_object"),
    ]  # fmt: skip
    assert (counts.new, counts.bad) == (1, 4)


class Stop(Exception):
    """The program ends here."""


def test_import_that_was_broken_off_goes_on_behind_the_last_batch(connection):
    archive = lines_of(*(entry(number) for number in range(250)))

    def stop(counts, _bad):
        if counts.lines > 200:
            raise Stop

    with pytest.raises(Stop):
        Importer(connection, ImportOptions(), now=NOW, archive="a", on_batch=stop).run(archive)
    stored = rows(connection, "SELECT count(*) FROM articles")
    importer = Importer(connection, ImportOptions(), now=NOW, archive="a")
    place = importer.place
    counts = importer.run(archive)
    importer.finish(NOW)

    assert (stored, place) == ([(200,)], 200)
    assert (counts.lines, counts.new, counts.known) == (250, 250, 0)
    assert rows(connection, "SELECT count(*) FROM articles") == [(250,)]
    assert Importer(connection, ImportOptions(), now=NOW, archive="a").finished_at == NOW.isoformat()


def test_place_is_that_of_the_same_options(connection):
    take(connection, entry(1), archive="a")

    assert Importer(connection, ImportOptions(), now=NOW, archive="a").place == 1
    assert Importer(connection, ImportOptions(keep_all=False), now=NOW, archive="a").place == 0
    assert Importer(connection, ImportOptions(source="x"), now=NOW, archive="a").place == 0


def test_killed_import_leaves_a_sound_database_and_is_taken_up(tmp_path: Path):
    (tmp_path / "seedwatch.toml").write_text(SETTINGS)
    write_archive(tmp_path / "archive.jsonl", (entry(number) for number in range(600)))

    def number_stored() -> int:
        if not (tmp_path / "test.db").exists():
            return 0
        with closing(sqlite3.connect(tmp_path / "test.db")) as connection:
            try:
                return connection.execute("SELECT count(*) FROM articles").fetchone()[0]
            except sqlite3.OperationalError:  # it has no tables yet
                return 0

    with started("import", "archive.jsonl", folder=tmp_path) as process:
        wait_until(number_stored, 90, what="a first batch")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    kept = number_stored()
    done = run_here("import", "archive.jsonl", "--json", folder=tmp_path)

    assert done.code == 0, done.err
    assert kept in (0, 600) or f"going on behind line {kept:,}" in done.err
    assert (done.json["lines"], done.json["new"] + done.json["copies"]) == (600, 600)
    with closing(db.connect(tmp_path / "test.db")) as connection:
        assert rows(connection, "SELECT count(*), count(DISTINCT url_key) FROM articles") == [(600, 600)]
        connection.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 0)")
        assert rows(connection, "SELECT count(*) FROM articles_fts") == [(600,)]


@pytest.mark.parametrize(
    ("sizes", "batches"),
    [
        ([1] * 250, [100, 100, 50]),
        ([BATCH_BYTES, 1, 1], [1, 2]),
        ([BATCH_BYTES // 2] * 5, [2, 2, 1]),
        ([1, BATCH_BYTES + 1, 1], [1, 1, 1]),
        ([None] * 101, [100, 1]),
        ([], []),
    ],
    ids=["many", "one-large", "halves", "too-large", "passed-over", "none"],
)
def test_a_batch_is_bounded_by_its_lines_and_by_their_size(sizes, batches):
    lines = [(number, None if size is None else bytes(size)) for number, size in enumerate(sizes, 1)]

    made = list(import_articles._batches(iter(lines)))

    assert [len(batch) for batch in made] == batches
    assert [line for batch in made for line in batch] == lines


def test_a_line_has_the_time_and_the_memory_of_a_page_that_is_crawled(connection, monkeypatch):
    """The pool is a real one; the bounds are lowered so that a line goes beyond them at once."""
    monkeypatch.setattr(import_articles, "EXTRACT_TIMEOUT_S", 0.001)
    monkeypatch.setattr(import_articles, "_BATCH_TIMEOUT_S", 0.001)
    # A second's work: the pool looks at the clock each tenth of one, and a line that is read by then is no mistake.
    heavy = entry(1, text="".join(chr(0x4E00 + number * 7_919 % 20_000) for number in range(1_000_000)))

    counts = take(connection, heavy)

    assert (counts.lines, counts.bad, counts.new) == (1, 1, 0)
