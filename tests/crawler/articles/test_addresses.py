from datetime import timedelta

import pytest

from crawler.articles.addresses import article_at
from storage.records.articles import Precision
from storage.records.stories import Member
from tests.support.samples import NOW, SENTENCE, reading, stated

LONG, SHORT = SENTENCE * 10, SENTENCE * 2
DAY = NOW.replace(hour=0)


def stored(read, **more):
    article = read.article
    values = {
        "id": 7,
        "origin": "crawl",
        "source": "courier",
        "title": article.title,
        "words": article.words,
        "published_at": article.published.at if article.published else None,
        "first_seen_at": read.read_at,
        "url": "http://courier.example/1",
        "text": article.text,
        "text_hash": read.text_hash,
        "url_key": "courier.example/1",
    } | more
    return Member(**values)


def at(
    url="http://courier.example/detail/1", *, text=LONG, published=NOW, precision=Precision.MINUTE, **more
):
    return reading(url, text=text, published=stated(published, precision) if published else None, **more)


def found(new, old, canonical=None):
    return article_at(new, [old], canonical) == 7


def test_same_text_headline_and_day_is_the_article_that_stands_elsewhere():
    assert found(at(), stored(at()))
    assert found(at("https://courier.example/q/x.html?section=nk"), stored(at()))


@pytest.mark.parametrize(
    "difference",
    [
        {"text": LONG + " And a paragraph that the wire added later in the day."},
        {"title": "Trawlers collide in fog"},
        {"published": NOW + timedelta(hours=5)},
        {"published": NOW + timedelta(days=1)},
        {"url": "http://elsewhere.example/detail/1"},
    ],
    ids=["update", "other headline", "later edition", "next day", "other domain"],
)
def test_what_differs_is_an_article_of_its_own(difference):
    assert not found(at(**difference), stored(at()))


def test_daily_table_with_one_text_is_an_article_each_day():
    days = [at(text=SHORT, published=DAY + timedelta(days=day), precision=Precision.DAY) for day in range(2)]

    assert not found(days[1], stored(days[0]))
    assert found(days[0], stored(days[0]))


def test_day_alone_fits_each_time_of_that_day():
    assert found(at(published=DAY, precision=Precision.DAY), stored(at(published=NOW)))


def test_where_no_date_is_stated_a_short_text_must_be_met_soon():
    soon, late = NOW + timedelta(hours=5), NOW + timedelta(days=9)

    assert found(at(text=SHORT, published=None, read_at=soon), stored(at(text=SHORT, published=None)))
    assert not found(at(text=SHORT, published=None, read_at=late), stored(at(text=SHORT, published=None)))
    assert found(at(published=None, read_at=late), stored(at(published=None)))


def test_page_that_names_the_article_as_its_original_is_it_though_words_differ():
    edited = at(text=LONG + " Correction: the harbour is that of Halmar.", title="Ministers meet again")

    assert found(edited, stored(at()), "courier.example/1")
    assert found(edited, stored(at(), canonical_key="courier.example/o"), "courier.example/o")
    assert not found(edited, stored(at()), "courier.example/other")


def test_one_original_named_for_all_pages_makes_them_not_one():
    other = at(text="Bread is dear, said the bakers of the old town on Monday. " * 20, title="Bread is dear")

    assert not found(other, stored(at()), "courier.example/1")
