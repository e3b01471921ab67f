"""Copies and follow-ups in the table: no chain of them leads back to where it began."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.articles.store import store_reading
from storage import db
from storage.articles import relations
from storage.records.stories import Copy
from storage.sources import sources
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, TOPIC, reading, stated

ARTICLES = 6
HOUR = timedelta(hours=1)
FOUND = st.tuples(
    st.sampled_from(["copy", "follow_up"]), st.integers(0, ARTICLES - 1), st.integers(0, ARTICLES - 1)
).filter(lambda found: found[1] != found[2])


def stored(connection, hours: Sequence[int | None]) -> list[int]:
    """Articles published at these hours (None: undated), in this order; nothing is said of one to another."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    ids = []
    for number, hour in enumerate(hours):
        text = " ".join(f"word{number}of{place}" for place in range(60))
        date = None if hour is None else stated(NOW + hour * HOUR)
        item = reading(f"http://courier.example/{number}", text=text, published=date)
        ids.append(store_reading(connection, replace(item, read_at=NOW + number * HOUR))[1])
    return ids


def check(connection) -> None:
    """The laws of the table."""
    rows = connection.execute("SELECT * FROM copies").fetchall()
    times = {
        row["id"]: (row["published_at"] or row["first_seen_at"], row["first_seen_at"], row["id"])
        for row in connection.execute("SELECT * FROM articles")
    }
    tellers = {row["article_id"] for row in rows if row["relation"] != "follow_up"}
    for row in rows:
        assert row["original_id"] not in tellers, "a copy is the original of nothing"
        if row["relation"] == "follow_up":
            assert row["article_id"] not in tellers, "heads follow up"
            assert times[row["original_id"]] < times[row["article_id"]], "follow-ups point back in time"
            assert row["lag_s"] is None or row["lag_s"] >= 0
    leads = {}
    for row in rows:
        leads.setdefault(row["article_id"], set()).add(row["original_id"])
    for start in leads:
        reached, waiting = set(), list(leads[start])
        while waiting:
            article = waiting.pop()
            if article not in reached:
                reached.add(article)
                waiting += leads.get(article, ())
        assert start not in reached, "a chain leads back to where it began"


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.none() | st.integers(-9, 9), min_size=ARTICLES, max_size=ARTICLES),
    st.lists(FOUND, max_size=14),
)
def test_relations_are_acyclic_in_any_order_of_arrival(hours, found):
    with TemporaryDirectory() as folder, closing(db.connect(Path(folder, "test.db"))) as connection:
        ids = stored(connection, hours)
        for relation, one, other in found:
            head = relations._head(connection, ids[other])
            if relation == "copy" and relations._head(connection, ids[one]) == head:
                continue
            # As stories/clusters.py says it: of two stories that become one, all get the same head.
            gone = [ids[one]] if relation == "follow_up" else _tellers(connection, ids[one])
            for article in gone:
                with db.transaction(connection):
                    relations.relate(connection, article, (Copy(None, head, relation, 0.5, "published", 0),))
            check(connection)


def _tellers(connection, article: int) -> list[int]:
    head = relations._head(connection, article)
    rows = connection.execute(
        "SELECT article_id FROM copies WHERE original_id = ? AND relation <> 'follow_up'", [head]
    ).fetchall()
    return [head, *(row["article_id"] for row in rows)]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_late_copy_turns_no_follow_up_round(connection, order):
    """A at 8, its follow-up B at 12, another outlet's copy of A at 15, whichever are compared first."""
    first, follow_up, copy = stored(connection, [8, 12, 15])
    found = [
        (follow_up, Copy(None, first, "follow_up", 0.4, "published", 14_400)),
        (copy, Copy(None, first, "copy", 1.0, "published", 25_200)),
        (copy, Copy(first, follow_up, "follow_up", 0.4, "published", 10_800)),
    ]

    for place in order:
        article, relation = found[place]
        relations.relate(connection, article, (relation,))
        check(connection)

    follow_ups = connection.execute("SELECT * FROM copies WHERE relation = 'follow_up'").fetchall()
    assert [(row["article_id"], row["original_id"], row["lag_s"]) for row in follow_ups] == [
        (follow_up, first, 14_400)
    ]


def test_a_head_does_not_follow_its_own_copy(connection):
    later, earlier = stored(connection, [12, 8])
    relations.relate(connection, later, (Copy(None, earlier, "follow_up", 0.4, "published", 14_400),))

    relations.relate(connection, earlier, (Copy(None, later, "copy", 1.0, "seed", -14_400),))

    rows = connection.execute("SELECT article_id, original_id, relation FROM copies").fetchall()
    assert [tuple(row) for row in rows] == [(earlier, later, "copy")]


def test_a_file_that_holds_rings_is_mended_when_it_is_opened(tmp_path):
    path = tmp_path / "seedwatch.db"
    with closing(db.connect(path)) as connection:
        first, follows, late, sound = stored(connection, [8, 12, 15, 16])
        rows = [
            (follows, first, "follow_up"),  # stays
            (first, follows, "follow_up"),  # later than what it follows
            (late, first, "copy"),  # stays
            (late, follows, "follow_up"),  # of what is a copy
            (sound, follows, "follow_up"),  # stays
        ]
        connection.executemany(
            "INSERT INTO copies (article_id, original_id, relation, similarity, first_by) VALUES (?, ?, ?, .9, 'seen')",
            rows,
        )
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'follow_ups_back_in_time'")
        connection.commit()

    with closing(db.connect(path)) as connection:
        check(connection)
        left = connection.execute("SELECT article_id, original_id, relation FROM copies").fetchall()
    assert {tuple(row) for row in left} == {rows[0], rows[2], rows[4]}
