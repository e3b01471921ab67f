"""Anchors in levels: a look-up finds what it would find in one table, whatever came before."""

import heapq
from collections import Counter, defaultdict
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.articles.store import store_reading
from storage import db
from storage.articles import anchors
from storage.db import transaction
from storage.sources import sources
from storage.topics import topics
from tests.support.anchors import anchor_pairs
from tests.support.samples import DECLARED, TOPIC, reading

ARTICLES, HASHES = 14, 20

_ids = st.integers(1, ARTICLES)
_hashes = st.lists(st.integers(0, HASHES - 1), max_size=6, unique=True)
_deeds = st.lists(
    st.one_of(
        st.tuples(st.just("add"), _ids, _hashes),
        st.tuples(st.just("killed"), _ids, _hashes),
        st.tuples(st.just("drop"), st.lists(_ids, max_size=3, unique=True)),
    ),
    max_size=40,
)


@pytest.fixture
def small_levels(monkeypatch):
    """So small that a few articles go through all of them; a look-up sees three articles for an anchor."""
    monkeypatch.setattr(anchors, "LEVEL_ANCHORS", (4, 9, 20))
    monkeypatch.setattr(anchors, "_MOVED_TOGETHER", 3)
    monkeypatch.setattr(anchors, "_DROPPED_TOGETHER", 5)
    monkeypatch.setattr(anchors, "_ARTICLES_PER_ANCHOR", 3)
    monkeypatch.setattr(db, "_GAP_S", 0)


@pytest.fixture
def stocked(connection):
    """So many articles, without any anchors."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    for number in range(1, ARTICLES + 1):
        item = reading(f"http://paper.example/{number}", text=f"The text {number}.", anchors=())
        store_reading(connection, item)
    return connection


class OneTable:
    """What stands for all levels: pairs of hash and article."""

    def __init__(self):
        self.pairs = set()

    def nearest(self, hashes):
        """The articles that a look-up of *hashes* finds, best first."""
        weights, shared = defaultdict(float), Counter()
        for one in hashes:
            ids = heapq.nlargest(3, [article for anchor, article in self.pairs if anchor == one])
            for article in ids:
                weights[article] += 1 / (1 + len(ids))
                shared[article] += 1
        needed = 2 if len(hashes) >= 12 else 1
        enough = [(weight, article) for article, weight in weights.items() if shared[article] >= needed]
        return [article for _, article in heapq.nlargest(4, enough)]


def carry_out(connection, table, deed, *values):
    if deed == "add":
        anchors.add(connection, *values)
        table.pairs |= {(anchor, values[0]) for anchor in values[1]}
    elif deed == "drop":
        anchors.drop(connection, *values)
        table.pairs = {(anchor, article) for anchor, article in table.pairs if article not in values[0]}
    else:
        with transaction(connection):
            connection.execute("SAVEPOINT killed")
            anchors.add(connection, *values)
            connection.execute("ROLLBACK TO killed")


@pytest.mark.usefixtures("small_levels")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=_deeds, asked=_hashes, few=st.sampled_from([1, 7, 1_000]))
def test_a_look_up_finds_what_it_would_in_one_table(stocked, monkeypatch, deeds, asked, few):
    monkeypatch.setattr(anchors, "_FEW_ROWS", few)
    for name in ("anchors", "recent_anchors"):
        stocked.execute(f"DELETE FROM {name}")
    stocked.execute("UPDATE anchor_levels SET anchors = 0, moved_to = -1")
    table = OneTable()

    for deed in deeds:
        carry_out(stocked, table, *deed)

    assert anchor_pairs(stocked) == table.pairs
    for hashes in (asked, range(HASHES)):
        found = [member.id for member in anchors.similar(stocked, list(hashes))]
        assert found == table.nearest(list(hashes))
    counted = stocked.execute("SELECT level, count(*) FROM recent_anchors GROUP BY level ORDER BY level")
    held = stocked.execute("SELECT level, anchors FROM anchor_levels WHERE anchors > 0 ORDER BY level")
    assert list(map(tuple, counted)) == list(map(tuple, held))


@pytest.mark.usefixtures("small_levels")
def test_no_level_outgrows_its_bound(stocked):
    for number in range(200):
        anchors.add(stocked, 1 + number % ARTICLES, [number * 7919 % 1_009, number * 104_729 % 1_013])

    sizes = [row[0] for row in stocked.execute("SELECT anchors FROM anchor_levels ORDER BY level")]
    assert all(size < most + 2 * 3 for size, most in zip(sizes, (4, 9, 20), strict=True))
    assert stocked.execute("SELECT count(*) FROM anchors").fetchone()[0] > 200


def test_anchors_of_an_older_file_are_found_where_they_are(stocked):
    """Nothing is moved when the schema is brought up to date: what was there is the last level."""
    stocked.execute("INSERT INTO anchors (hash, article_id) VALUES (1, 3), (2, 3), (1, 4)")
    anchors.add(stocked, 5, [1, 2])

    found = [member.id for member in anchors.similar(stocked, [1, 2])]

    assert found == [5, 3, 4]


def test_anchors_that_another_process_moves_on_meanwhile_are_dropped_too(database, stocked, monkeypatch):
    monkeypatch.setattr(anchors, "LEVEL_ANCHORS", (4, 9, 20))
    monkeypatch.setattr(anchors, "_MOVED_TOGETHER", 3)
    monkeypatch.setattr(anchors, "_DROPPED_TOGETHER", 2)
    anchors.add(stocked, 1, [1, 3, 5])
    with closing(db.connect(database)) as other:
        # When the rows are read, and before the first is deleted.
        stocked.set_trace_callback(
            lambda statement: statement == "BEGIN IMMEDIATE" and anchors.add(other, 2, range(10, 20))
        )
        anchors.drop(stocked, [1])
        stocked.set_trace_callback(None)

    assert {article for _, article in anchor_pairs(stocked)} == {2}
