"""Queries put to the archive."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from crawler.articles.store import store_reading
from storage.analyser import VERSION
from storage.db import transaction
from storage.query import parse_query
from storage.records.articles import Precision
from storage.search import index
from storage.search.index import FEW, Order, look_up, search
from storage.sources import sources
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, TEXT, TOPIC, reading, stated


@pytest.fixture
def stocked(connection):
    """A database with one source, its feed and one topic."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    return connection


@pytest.fixture
def archive(stocked):
    """30 articles, of which every third is about a tunnel ahead, 10 days apart, the newest last."""
    for number in range(30):
        text = ("A tunnel ahead. " if number % 3 == 0 else "Ahead of the tunnel. ") + TEXT + str(number)
        store_reading(
            stocked,
            reading(
                f"http://a.example/{number}",
                text=text,
                language="en" if number % 2 else "de",
                published=stated(NOW - timedelta(days=10 * (29 - number))),
            ),
        )
    return stocked


def numbers(connection, query: str, **bounds: Any) -> list[int]:
    return [
        int(hit.url.rpartition("/")[2]) for hit in look_up(connection, parse_query(query), **bounds).found
    ]


def test_what_the_index_offers_is_checked(archive):
    assert numbers(archive, "tunnel ONEAR/1 ahead") == list(range(27, -1, -3))
    assert numbers(archive, "tunnel ONEAR/1 ahead", limit=3) == [27, 24, 21]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tunnel AND date:2026-09-14", [29]),
        ("date:2026-09-04", [28]),
        ("date:[2026-09-04 TO *]", [29, 28]),
        ("date:[* TO 2025-12-09]", [1, 0]),
        ("tunnel AND date:[2025-11 TO 2025-12-09] AND lang:de", [0]),
        ("lang:en date:2026-09", [29]),
        ("source:courier country:XA date:2026-09", [29, 28]),
        ("source:other", []),
        ('tag:"state MEDIA" date:2026-09', [29, 28]),
        ("tag:sta* date:2026-09-14", [29]),
        ("tag:other", []),
        ("tag:other OR date:2026-09-14", [29]),
        ("NOT lang:en AND date:2026-09 AND tunnel", [28]),
    ],
)
def test_facts_and_dates_narrow_a_search(archive, query, expected):
    assert numbers(archive, query) == expected


def test_narrowed_search_reads_only_what_meets_the_facts(archive):
    assert look_up(archive, parse_query("tunnel AND date:2026-09")).checked == 2
    assert look_up(archive, parse_query("lang:de")).checked == 15


def test_search_that_ends_early_says_so(archive):
    findings = look_up(archive, parse_query("xylophone* OR section:none"), most=7)

    assert findings.found == ()
    assert findings.checked == 7
    assert "ended after 7 articles that the index offered" in findings.warnings[0]
    assert look_up(archive, parse_query("xylophone* OR section:none")).warnings == ()
    assert look_up(archive, parse_query("tunnel"), limit=3, most=3).warnings == ()


def test_search_that_ends_early_says_which_beginning_is_why(archive):
    archive.execute("UPDATE articles SET language = 'nl'")

    findings = look_up(archive, parse_query("werk*"), most=5)

    assert any("werk* has stems that cannot be listed" in warning for warning in findings.warnings)


def test_month_without_a_day_is_found_by_its_month(stocked):
    store_reading(stocked, reading(published=stated(datetime(2026, 8, 1, tzinfo=UTC), Precision.MONTH)))

    (hit,) = search(stocked, parse_query("tunnel date:2026-08"))

    assert hit.published_precision == "month"
    assert search(stocked, parse_query("date:2026-08-01")) == []
    assert [found.id for found in search(stocked, parse_query("date:2026"))] == [hit.id]


def test_article_without_a_date_stands_on_the_day_it_was_seen(stocked):
    store_reading(stocked, reading(published=None))
    (seen,) = stocked.execute("SELECT first_seen_at FROM articles").fetchone()

    assert len(search(stocked, parse_query(f"date:{seen[:10]}"))) == 1
    assert search(stocked, parse_query("date:2019")) == []


def stand(connection, number: int, published: str | None, text: str) -> None:
    """An article that stands in the tables and in the index, without the walk there."""
    connection.execute(
        """
        INSERT INTO articles (id, title, source_id, published_at, published_precision, language, words, origin,
            first_seen_at, fetched_at, url_key, text_hash)
        VALUES (?, 'Tunnel', 1, ?, ?, 'en', 3, 'import', ?, ?, ?, ?)
        """,
        [
            number,
            published,
            published and "second",
            *[NOW.isoformat()] * 2,
            f"a.example/{number}",
            str(number),
        ],
    )
    connection.execute(
        "INSERT INTO article_texts (article_id, text, analyser) VALUES (?, ?, ?)", [number, text, VERSION]
    )
    index.index(connection, number, "Tunnel", text, "en")


@pytest.fixture
def large(stocked):
    """More articles with one word than are sorted at once, their dates in another order than their arrival."""
    chance = Random(11)
    with transaction(stocked):
        for number in range(1, FEW + 600):
            day = NOW - timedelta(minutes=chance.randrange(60 * 24 * 900))
            stand(
                stocked, number, None if number % 50 == 0 else day.isoformat(),
                "old canal" if number % 1_000 == 7 else "a canal" if number > FEW else "ahead",
            )  # fmt: skip
    return stocked


def by_date(connection, condition: str) -> list[int]:
    rows = connection.execute(
        f"""
        SELECT articles.id FROM articles JOIN article_texts ON article_id = articles.id WHERE {condition}
        ORDER BY coalesce(published_at, first_seen_at) DESC, articles.id DESC
        """
    )
    return [row["id"] for row in rows]


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("tunnel", "1"),
        ("canal", "text LIKE '%canal%'"),
        ('tunnel AND "old canal"', "text = 'old canal'"),
        ("source:courier", "1"),
        ("tunnel AND date:[2025-03 TO 2025-05-20]", "published_at BETWEEN '2025-03-01' AND '2025-05-20T99'"),
    ],
    ids=["common", "rarer", "rare", "facts alone", "days"],
)
def test_pages_of_a_search_are_all_finds_by_publication(large, query, condition):
    found: list[int] = []
    after = None
    while page := look_up(large, parse_query(query), limit=90, after=after).found:
        found += [hit.id for hit in page]
        after = page[-1].place

    assert found == by_date(large, condition)


def test_arrival_is_an_order_too(large):
    newest = look_up(large, parse_query("tunnel"), limit=5, order=Order.ARRIVAL).found

    assert [hit.id for hit in newest] == list(range(FEW + 599, FEW + 594, -1))


def test_common_word_that_recent_articles_lack_is_found_all_the_same(stocked):
    with transaction(stocked):
        for number in range(1, FEW + 11_000):
            day = NOW - timedelta(minutes=FEW + 11_000 - number)
            stand(stocked, number, day.isoformat(), "canal" if number < FEW + 100 else "ahead")

    found = look_up(stocked, parse_query("canal"), limit=3).found

    assert [hit.id for hit in found] == [FEW + 99, FEW + 98, FEW + 97]


def test_short_beginning_is_met_without_the_index(stocked, monkeypatch):
    monkeypatch.setattr(index, "FEW", 2)
    monkeypatch.setattr(index, "_SLICE", 3)
    for number in range(8):
        word = "threshing" if number != 6 else "ploughing"
        store_reading(
            stocked, reading(f"http://a.example/{number}", text=f"The {word} went on. {TEXT}{number}")
        )
    asked = []
    stocked.set_trace_callback(asked.append)

    newest = search(stocked, parse_query("thr*"), limit=1)
    assert not any("MATCH" in statement for statement in asked)
    longer = search(stocked, parse_query("thres*"), limit=1)
    assert any("MATCH" in statement for statement in asked)

    assert [hit.id for hit in newest] == [hit.id for hit in longer] == [8]
    assert len(search(stocked, parse_query("thr*"), limit=50)) == 7
    assert search(stocked, parse_query("thr* AND date:1999"), limit=2) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("tunnel source:curier", ("there is no source 'curier'; did you mean 'courier'?",)),
        ('NOT tag:zzz AND source:cou* AND tag:"state medium"',
         ("there is no tag 'zzz'", "there is no tag 'state medium'; did you mean 'State media'?")),
        ("source:courier nothing", ()),
        ("tunnel OR source:curier", ()),
    ],
)  # fmt: skip
def test_search_in_vain_says_which_source_or_tag_there_is_not(archive, query, said):
    assert look_up(archive, parse_query(query)).warnings == said
