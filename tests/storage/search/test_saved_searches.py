"""Saved searches: names, what is new since a look, and whose look it was."""

import pytest

from crawler.articles.store import store_reading
from storage import db
from storage.query import parse_query
from storage.search import saved_searches
from storage.search.index import NewCount, Order, look_up
from storage.search.new_finds import COUNTED, search_states
from storage.sources import sources
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, TOPIC, reading


@pytest.fixture
def connection(tmp_path):
    opened = db.connect(tmp_path / "seedwatch.db")
    sources.sync(opened, DECLARED)
    topics.sync(opened, [TOPIC])
    yield opened
    opened.close()


def store(connection, *words: str) -> None:
    """An article for each of *words* that has it in its headline and text."""
    first = saved_searches.newest_article(connection)
    for number, word in enumerate(words, first + 1):
        text = f"{word} number{number} " * 60
        store_reading(
            connection,
            reading(f"http://courier.example/{number}", title=f"{word} {number}", text=text),
            keep_all=True,
        )


def new_of(connection, reader: str = "", **more) -> dict[str, NewCount | None]:
    states = search_states(connection, saved_searches.all_saved(connection), reader, **more)
    return {state.search.name: state.new for state in states}


def test_a_search_is_saved_replaced_and_removed(connection):
    assert saved_searches.save(connection, "Ferries", "ferry", NOW, by="anna")
    assert not saved_searches.save(connection, "Ferries", "ferry OR boat", NOW, by=None)

    (saved,) = saved_searches.all_saved(connection)
    assert (saved.name, saved.query, saved.saved_by, saved.saved_at) == (
        "Ferries",
        "ferry OR boat",
        None,
        NOW,
    )
    assert saved_searches.named(connection, "Ferries") == saved
    assert saved_searches.named(connection, "ferries") is None
    assert saved_searches.remove(connection, "Ferries")
    assert not saved_searches.remove(connection, "Ferries")
    assert saved_searches.all_saved(connection) == ()


def test_new_is_what_came_since_each_reader_looked(connection):
    store(connection, "ferry", "ferry", "tunnel")
    saved_searches.save(connection, "Ferries", "ferry", NOW, by=None)
    saved = saved_searches.named(connection, "Ferries")

    assert new_of(connection) == {"Ferries": NewCount(0, False)}, "what was there when it was saved"

    store(connection, "ferry", "tunnel", "ferry")
    saved_searches.note_look(connection, saved.id, "anna", saved_searches.newest_article(connection), NOW)
    store(connection, "ferry")

    assert new_of(connection) == {"Ferries": NewCount(3, False)}
    assert new_of(connection, "anna") == {"Ferries": NewCount(1, False)}
    assert new_of(connection, "anna", seen={saved.id: 4}) == {"Ferries": NewCount(2, False)}
    assert new_of(connection, "", seen={}) == {"Ferries": NewCount(3, False)}


def test_a_look_goes_only_forward_and_ends_with_its_search(connection):
    store(connection, "ferry", "ferry")
    saved_searches.save(connection, "Ferries", "ferry", NOW, by=None)
    saved = saved_searches.named(connection, "Ferries")
    saved_searches.note_look(connection, saved.id, "anna", 2, NOW)

    saved_searches.note_look(connection, saved.id, "anna", 1, NOW)

    assert saved_searches.look_of(connection, saved, "anna").seen_until == 2
    saved_searches.remove(connection, "Ferries")
    saved_searches.note_look(connection, saved.id, "anna", 9, NOW)
    assert connection.execute("SELECT count(*) FROM search_looks").fetchone()[0] == 0


def test_counting_ends_where_it_would_take_long(connection):
    saved_searches.save(connection, "Ferries", "ferry", NOW, by=None)
    store(connection, *["ferry"] * (COUNTED + 2))

    assert new_of(connection) == {"Ferries": NewCount(COUNTED, True)}
    for number in range(30):
        saved_searches.save(connection, f"{number:02}", "tunnel", NOW, by=None)
    assert new_of(connection)["Ferries"] == NewCount(10, True)


def test_a_query_that_cannot_be_read_any_more_says_so(connection):
    saved_searches.save(connection, "Broken", "(ferry", NOW, by=None)

    assert new_of(connection) == {"Broken": None}


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("query", ["ferry", "source:courier", "fe*", "lang:en ferry"])
def test_newer_than_leaves_out_what_came_before(connection, order, query):
    store(connection, "ferry", "ferry", "ferry", "ferry")
    asked = parse_query(query)

    found = {
        newer_than: [hit.id for hit in look_up(connection, asked, order=order, newer_than=newer_than).found]
        for newer_than in (0, 2, 4)
    }

    assert {behind: sorted(ids) for behind, ids in found.items()} == {0: [1, 2, 3, 4], 2: [3, 4], 4: []}
