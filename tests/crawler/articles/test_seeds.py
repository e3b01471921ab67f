"""Seeds beside what is crawled."""

import pytest

from crawler.articles.seeds import SEED_SOURCE, store_seed
from crawler.articles.store import store_reading
from storage.sources import sources
from tests.support.samples import DECLARED, NOW, article, reading


@pytest.fixture
def stocked(connection):
    sources.sync(connection, DECLARED)
    return connection


def source_of(connection, id):
    row = connection.execute(
        "SELECT sources.name FROM articles JOIN sources ON sources.id = articles.source_id WHERE articles.id = ?",
        [id],
    ).fetchone()
    return row["name"]


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("courier.example", "courier"),
        ("www.courier.example", "courier"),
        ("elsewhere.example", SEED_SOURCE),
        (None, SEED_SOURCE),
    ],
    ids=["home", "home with www", "unknown host", "no host"],
)
def test_a_seed_belongs_to_the_source_with_its_host(stocked, host, source):
    seed = store_seed(stocked, article(None, outlet_host=host), NOW)

    assert source_of(stocked, seed.article_id) == source


def test_importing_twice_changes_nothing(stocked):
    first = store_seed(stocked, article(None), NOW)
    again = store_seed(stocked, article(None), NOW)

    assert (first.is_new, again.is_new) == (True, False)
    assert first.article_id == again.article_id
    assert stocked.execute("SELECT count(*) FROM articles").fetchone()[0] == 1


def test_a_seed_with_the_address_of_a_crawled_article_is_that_article(stocked):
    _, crawled = store_reading(stocked, reading("http://courier.example/1", matches=()), keep_all=True)

    seed = store_seed(stocked, article("http://courier.example/1"), NOW)

    assert (seed.article_id, seed.is_new) == (crawled, False)
