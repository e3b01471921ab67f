from dataclasses import replace
from datetime import date

import pytest

from crawler.articles.store import store_reading
from crawler.urls import url_key
from storage.records.comparisons import KnownPage, ListComparison, MissedPage
from storage.sources import comparisons, sources
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, TOPIC, reading

COMPARISON = ListComparison(
    source="courier",
    against="sitemap",
    since=date(2026, 9, 8),
    until=date(2026, 9, 13),
    compared_at=NOW,
    kept=3,
    off_topic=4,
    reasons=(("never_listed", 2), ("failed", 1)),
    misses=(MissedPage("http://courier.example/Ünder", date(2026, 9, 9), "failed", "http_500"),),
    undated=5,
    undated_known=1,
    lists=2,
    failed=("http://courier.example/x.xml: timeout",),
    left=6,
)


@pytest.fixture
def database(connection):
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    return connection


def test_the_last_comparison_takes_the_place_of_the_one_before(database):
    comparisons.save(database, replace(COMPARISON, kept=1, failed=()))
    comparisons.save(database, COMPARISON)

    assert comparisons.last(database, "courier") == COMPARISON
    assert comparisons.last(database, "nobody") is None


def test_pages_are_known_by_article_and_by_link(database):
    store_reading(database, reading("http://courier.example/1"))
    keys = [url_key(f"http://courier.example/{number}") for number in range(1_200)]
    known = comparisons.known_pages(database, keys)

    assert known == {keys[1]: KnownPage(1, None, None)}
