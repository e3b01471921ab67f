"""No page and no command reads a whole table that grows: held by SQLite's plans for a database of 500,000 articles.

The statements are those that a small database is asked; the plans are made with the statistics of a large one, in
tests/data/large_statistics.txt, as `benchmarks/large_database.py` leaves them.
"""

import re
import sqlite3
from pathlib import Path

import pytest

from storage.datasette.tables.catalogue import TABLES
from tests.support.command_line import run_here
from tests.support.datasette_data import SOURCES, fill
from tests.support.datasette_serving import OUR_PAGES, get, opened, tree
from tests.support.recorded_statements import large_planner, recorded, scanned

GROWING = {
    "anchors", "article_events", "article_texts", "articles", "copies", "coverage", "link_feeds", "links", "looks",
    "matches", "off_topic_texts", "page_bodies", "pages", "past_matches", "polls", "recent_anchors", "revisions",
    "runs", "sightings", "watches",
}  # fmt: skip
PAGES = (
    *OUR_PAGES,
    *(
        "/-/search",
        "/-/search?q=the",
        "/-/search?q=th*",
        "/-/search?q=lang:ko",
        "/-/search?q=the&order=arrival",
    ),
    *("/-/search?q=the+source:meridian", "/-/search?q=the+date:2026-09", "/-/search?q=title:train+tag:Asia"),
    *("/-/sources?page=2", "/-/sources?state=failing", "/-/source/meridian?after=30"),
    *("/-/changes?q=train", "/-/changes?what=silent", "/-/changes?source=1", "/-/changes?edits=3"),
    *("/-/topic/dprk-russia?days=365", "/-/topic/dprk-russia?band=review", "/-/topic/dprk-russia?copies=all"),
    *("/-/topic/dprk-russia?relation=first", "/-/topic/dprk-russia?relation=copy&unit=month&by=country"),
    *("/-/topic/dprk-russia?tag=Asia", "/-/topic/dprk-russia?source=1&language=en&since=2026-01-01"),
    *(
        "/-/topic/dprk-russia.atom",
        "/-/topic/dprk-russia.json",
        "/-/search.atom?q=train",
        "/-/source/meridian.atom",
    ),
    *(
        "/watch/articles?_search=train&_nocount=1&_nofacet=1",
        "/watch/articles?language=ko",
        "/watch?_show_hidden=1",
    ),
    *(
        "/watch/matches?topic_id=1&band=match&_sort_desc=published_at",
        "/watch/links?source_id=1&state=fetched",
    ),
)
COMMANDS = (
    *("check", "topics list", "topics show dprk-russia", "topics review dprk-russia", "topics explain 40"),
    *(
        "topics marks dprk-russia",
        "topics test dprk-russia --days 366",
        "status",
        "status --coverage --days 90",
    ),
    *("coverage --days 30", "sources list", "seeds list", "alerts list", "story 36", "searches list"),
    *("search the", "search th*", "search lang:ko", "search the --by arrival", "search --removed train"),
    *("export --topic dprk-russia -o a.csv", "export --since 2026-09-01 -o b.jsonl"),
    *("prune --source meridian --before 2026-01-01 --json", "prune 3 --yes", "prune --history --json"),
)
# By its words, why a statement may read all of a table.
ALLOWED = {
    r"(?i)^select .* from \S+ order by [^()]* limit (\d+|\?)$": "the first rows by an index, and no more",
    r"(?i)^select count\(\*\)( as \w+)? from \S+$": "a count, by the smallest index",
    r"^select \w+ as value, count\(\*\) as count from": "a facet, by the column's own index",
    r"where id in \(\)$": "nothing is in it, as SQLite knows",
    r"AS what, added, removed FROM revisions": "Edited, deleted, moved: the newest rows, until 150 are found",
    r"FROM links ORDER BY id DESC LIMIT 20000": "Near misses: the newest rows, bounded",
    r"SELECT original_id FROM copies WHERE relation": "What carried this story, of no article: by an index alone",
    r"FROM polls WHERE polled_at < \? ORDER BY id DESC LIMIT 1": "coverage: the polls of the days that are asked for",
    r"decided_by <> 'outage' ORDER BY id DESC LIMIT 1": "the newest polls, until one was no outage",
    r"SELECT DISTINCT language FROM revisions": "changes alone are searched: one article in forty has some",
    r"articles.first_seen_at >= \? ORDER BY articles.id DESC": "topics test: its progress is shown",
    r"links.first_seen_at >= \? ORDER BY links.id DESC": "topics test: held texts are those of a month",
    r"origin <> 'seed'\) \+ \(SELECT count": "topics test: how much there is, by an index alone",
    r"SELECT articles.id FROM articles WHERE .* ORDER BY articles.id": "an export in the order of arrival, to a file",
    r"WITH gone AS MATERIALIZED": "prune: anchors lie by their hashes; all are read once, whatever goes",
    r"SELECT count\(\*\) FROM (runs WHERE started_at|polls WHERE polled_at) <": "prune --history, which asks first",
}  # fmt: skip


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> dict[str, object]:
    """The statements of all pages and commands, each with values."""
    folder: Path = tmp_path_factory.mktemp("plans")
    fill(folder / "watch.db")
    sources = "".join(
        f'[[source]]\nname = "{name}"\nhome = "{home}"\nfeeds = ["{home}feed"]\n'
        for name, _, home, _ in SOURCES
    )
    topic = '[[topic]]\nname = "dprk-russia"\nany = "Russia"\n'
    (folder / "seedwatch.toml").write_text(f'database = "watch.db"\n{sources}{topic}', encoding="utf-8")
    with recorded() as statements:
        with opened(folder / "watch.db") as watch:
            listed = tree(watch, "/watch?_show_hidden=1").xpath("//a/@href[starts-with(., '/watch/')]")
            for path in {*PAGES, *(f"/watch/{table}" for table in TABLES), *listed}:
                assert get(watch, path, follow_redirects=True).status_code == 200, path
        for command in COMMANDS:
            done = run_here(*command.split(" "), folder=folder)
            assert done.code == 0 or command.startswith("status"), (command, done)
    return statements


@pytest.fixture(scope="module")
def scans(asked) -> dict[str, set[str]]:
    """The statements that may read the whole of a growing table, with these tables; blanks are one."""
    found = {}
    with large_planner() as planner:
        planner.create_function("escape_fts", 1, str)
        planner.create_function("seedwatch_snippet", 3, lambda text, _typed, _language: text)
        known = {row[0] for row in planner.execute("SELECT name FROM sqlite_master")}
        for sql, values in asked.items():
            if re.match(r"\s*(select|with|insert|update|delete)\b", sql, re.IGNORECASE):
                try:
                    tables = scanned(planner, sql, values) & GROWING
                except (
                    sqlite3.OperationalError
                ) as error:  # Datasette's own database, or a table without rowid
                    if not re.search("no such (table|column: rowid)", str(error)):
                        raise
                    continue
                if tables:
                    found[" ".join(sql.split())] = tables
    assert known >= GROWING
    return found


def test_no_statement_reads_all_of_a_table_that_grows(asked, scans):
    assert len(asked) > 300
    assert {
        sql: tables for sql, tables in scans.items() if not any(re.search(words, sql) for words in ALLOWED)
    } == {}


def test_each_exception_is_met(scans):
    assert [words for words in ALLOWED if not any(re.search(words, sql) for sql in scans)] == []


def test_a_scan_is_seen():
    with large_planner() as planner:
        assert scanned(planner, "SELECT * FROM links AS found WHERE detail = ?", ["x"]) == {"links"}
        assert scanned(planner, "SELECT * FROM links WHERE article_id = ?", [1]) == set()
