"""Making the full-text index anew: in batches, beside a crawl, and resumed where it was broken off."""

import pytest

from crawler.articles.store import store_reading
from storage import meta
from storage.articles import pruning
from storage.db import transaction
from storage.query import parse_query
from storage.search import index
from storage.search.changes import search_changes
from storage.search.reindex import rebuild
from storage.sources import sources
from storage.topics import topics
from tests.support.samples import DECLARED, TOPIC, reading

WORDS = ("tunnel", "harbour", "ferry", "bridge", "strait", "railway", "customs")


class BrokenOffError(Exception):
    """The process ended in the middle."""


@pytest.fixture
def stocked(connection):
    """Seven articles, one a word."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    for word in WORDS:
        store(connection, word)
    return connection


def store(connection, word: str, text: str = "") -> None:
    text = text or f"The {word} was opened on Monday. " * 9
    store_reading(connection, reading(f"http://courier.example/{word}", title=f"A {word}", text=text))


def found(connection, query: str) -> list[str]:
    return [hit.title for hit in index.search(connection, parse_query(query))]


def entries(connection) -> list[tuple]:
    """What stands in the index: each word with row, column and place."""
    connection.execute("CREATE VIRTUAL TABLE temp.places USING fts5vocab('main', 'articles_fts', 'instance')")
    rows = [
        tuple(row)
        for row in connection.execute("SELECT term, doc, col, offset FROM temp.places ORDER BY 1, 2, 3, 4")
    ]
    connection.execute("DROP TABLE temp.places")
    return rows


def break_off_after(batches: int):
    seen: list[int] = []

    def count(done: int, _whole: int) -> None:
        seen.append(done)
        if len(seen) == batches:
            raise BrokenOffError

    return count


def test_index_is_the_same_whatever_the_batches(stocked):
    before = entries(stocked)
    told: list[tuple[int, int]] = []

    number = rebuild(stocked, batch=3, on_progress=lambda done, whole: told.append((done, whole)))

    assert number == len(WORDS)
    assert entries(stocked) == before
    assert told == [(3, 7), (6, 7), (7, 7), (7, 7)]


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_what_was_broken_off_is_gone_on_with_and_a_crawl_between_costs_nothing(stocked, batches):
    with pytest.raises(BrokenOffError):
        rebuild(stocked, batch=2, on_progress=break_off_after(batches))
    for word in (WORDS[0], WORDS[-1]):  # one is in the index again, one is not
        store(stocked, word, f"The {word} was closed on Friday. " * 9)
    store(stocked, "airport")

    number = rebuild(stocked, batch=2)

    assert number == len(WORDS) - 2 * batches
    assert found(stocked, "closed") == ["A customs", "A tunnel"]
    assert found(stocked, "opened AND customs") == []
    assert found(stocked, "airport") == ["A airport"]
    stocked.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 0)")
    resumed = entries(stocked)
    rebuild(stocked)
    assert entries(stocked) == resumed


def test_search_says_that_the_index_is_not_whole(stocked):
    with pytest.raises(BrokenOffError):
        rebuild(stocked, batch=2, on_progress=break_off_after(1))

    half = index.look_up(stocked, parse_query("monday"))
    rebuild(stocked)
    whole = index.look_up(stocked, parse_query("monday"))

    assert (len(half.found), len(whole.found)) == (2, len(WORDS))
    assert "seedwatch reindex" in half.warnings[0]
    assert whole.warnings == ()


def test_index_of_an_older_analyser_is_begun_anew(stocked):
    before = entries(stocked)
    stocked.execute("UPDATE article_texts SET analyser = analyser - 1")
    with pytest.raises(BrokenOffError):
        rebuild(stocked, batch=2, on_progress=break_off_after(1))
    stocked.execute(
        "UPDATE meta SET value = json_set(value, '$.analyser', -1) WHERE key = ?", [meta.REINDEX.key]
    )

    assert rebuild(stocked) == len(WORDS)
    assert entries(stocked) == before


def test_empty_archive_has_an_empty_index(connection):
    assert rebuild(connection) == 0
    assert not index.pending(connection)


def changes_found(connection, query: str) -> list[str]:
    found = search_changes(connection, parse_query(query), side="removed", limit=99)
    return sorted(change.headline for change in found)


@pytest.fixture
def revised(stocked):
    """The seven articles, each revised once."""
    for word in WORDS:
        store(stocked, word, f"The {word} was closed on Friday. " * 9)
    return stocked


@pytest.mark.parametrize("batches", [4, 5, 6, 7, 8])
def test_changes_are_put_in_by_batches_and_gone_on_with(revised, batches):
    before = changes_found(revised, "monday")
    with pytest.raises(BrokenOffError):
        rebuild(revised, batch=2, on_progress=break_off_after(batches))
    for word in (WORDS[0], WORDS[-1]):  # one may be in the index again, one is not
        store(revised, word, f"The {word} burnt on Sunday. " * 9)
    first = revised.execute("SELECT min(id) FROM articles").fetchone()[0]
    with transaction(revised):
        pruning.remove_articles(revised, [first])

    rebuild(revised, batch=2)

    assert len(before) == len(WORDS)
    assert changes_found(revised, "monday") == [title for title in before if title != "A tunnel"]
    assert changes_found(revised, "friday") == ["A customs"]
    revised.execute("INSERT INTO revisions_fts (revisions_fts, rank) VALUES ('integrity-check', 0)")
    assert meta.get(revised, meta.REINDEX_CHANGES) is None
