"""Records kept as JSON come back as they were, also those that an older or newer program wrote."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from storage.records.articles import Article, Precision, StatedDate
from storage.records.as_json import (
    article_from_json,
    article_to_json,
    entry_from_json,
    entry_to_json,
    explanation_to_json,
)
from storage.records.sources import FeedEntry
from storage.records.topics import Match, Span, TermShare
from tests.support.samples import NOW, stated

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
dates = st.builds(
    StatedDate,
    at=st.datetimes(timezones=st.just(UTC)),
    precision=st.sampled_from(Precision),
    raw=texts,
    rule=texts,
    offset_minutes=st.none() | st.integers(-1_440, 1_440),
    zone=st.none() | texts,
)
entries = st.builds(
    FeedEntry,
    url=texts,
    title=texts,
    published=st.none() | dates,
    updated=st.none() | dates,
    summary=texts,
    language=st.none() | st.sampled_from(["en", "ko"]),
)
articles = st.builds(
    Article,
    url=st.none() | texts,
    title=texts,
    text=texts,
    published=st.none() | dates,
    modified=st.none() | dates,
    language=st.none() | st.sampled_from(["en", "ko"]),
    authors=st.lists(texts, max_size=3).map(tuple),
    # '' and None are the same to these: an empty address or name is none.
    section=st.none() | texts.filter(bool),
    image_url=st.none() | texts.filter(bool),
    canonical_url=st.none() | texts.filter(bool),
    outlet_host=st.none() | texts.filter(bool),
    words=st.integers(0, 9_999),
)


@given(entries)
def test_an_entry_comes_back(entry):
    assert entry_from_json(entry_to_json(entry)) == entry


@given(articles)
def test_an_article_comes_back_but_for_what_is_empty(article):
    stored = article_to_json(article)

    assert article_from_json(stored) == article


def test_empty_fields_take_no_room():
    assert json.loads(entry_to_json(FeedEntry("http://a.example/"))) == {"url": "http://a.example/"}
    assert json.loads(article_to_json(Article(None, "", ""))) == {"url": None}


def test_other_scripts_are_kept_readable():
    assert "북러" in entry_to_json(FeedEntry("http://a.example/", title="북러 회담"))


def test_a_zero_offset_is_not_lost():
    entry = FeedEntry("http://a.example/", published=stated(NOW))

    assert entry_from_json(entry_to_json(entry)).published.offset_minutes == 0


def test_fields_of_another_version_are_passed_over():
    stored = {
        "url": "http://a.example/",
        "mood": "grim",
        "published": {
            "at": "2026-09-14T12:00:00+00:00",
            "precision": "day",
            "raw": "r",
            "rule": "feed",
            "era": "x",
        },
    }

    entry = entry_from_json(json.dumps(stored))

    assert entry.published == StatedDate(datetime(2026, 9, 14, 12, tzinfo=UTC), Precision.DAY, "r", "feed")


def test_an_explanation_says_why_in_plain_values():
    match = Match(
        "strait",
        3.0,
        2.25,
        "both",
        "match",
        "background",
        (TermShare("터널", 1.23456),),
        ("One.",),
        "One. Two.",
        spans=(Span("text", 3, 9),),
    )

    assert json.loads(explanation_to_json(match)) == {
        "measure": "background",
        "terms": [["터널", 1.235]],
        "sentences": ["One."],
        "paragraph": "One. Two.",
        "spans": [["text", 3, 9]],
    }
