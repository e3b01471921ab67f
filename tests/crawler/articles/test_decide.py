"""What an article that was read turns out to be."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler.articles.decide import NEWS_FOR, decide
from storage.records.decisions import Known, Verdict
from storage.records.looks import Answer
from storage.records.stories import Member
from tests.support.samples import NOW, reading


def verdict(item, known, **settings):
    """The decision beside equal texts that tell a story each, so far."""
    same = tuple(replace(member, text_hash=item.text_hash) for member in known.same_text)
    known = replace(known, same_text=same, stories=same)
    usual: dict[str, Any] = {"keep_all": False, "hold_days": 30}
    return decide(item, known, **usual | settings)


def member(id=7, **more):
    values: dict[str, Any] = {
        "origin": "crawl", "source": "banner", "title": "Ministers meet", "words": 120,
        "published_at": NOW - timedelta(hours=1), "first_seen_at": NOW, "url": "http://banner.example/1",
    }  # fmt: skip
    return Member(id, **values | more)


def stored(item, **more):
    values = {
        "article_id": 5, "article_hash": item.text_hash, "article_title": item.article.title,
        "article_text": item.article.text,
    }  # fmt: skip
    return Known(**values | more)


def test_an_unknown_matching_article_is_new():
    intent = verdict(reading(), Known())

    assert (intent.verdict, intent.copies, intent.hold_text_until) == (Verdict.NEW, (), None)


def test_an_article_without_match_is_off_topic_and_its_text_is_held():
    intent = verdict(reading(matches=()), Known(), hold_days=3)

    assert intent.verdict is Verdict.OFF_TOPIC
    assert intent.hold_text_until == NOW + timedelta(days=3)


def test_nothing_is_held_when_that_is_switched_off():
    assert verdict(reading(matches=()), Known(), hold_days=0).hold_text_until is None


def test_what_is_news_is_told_by_the_servers_clocks():
    right, ahead = (
        verdict(reading(clock_ahead_s=seconds), Known()).news_since for seconds in (0.0, 86_400.0 * 100)
    )

    assert right == NOW - NEWS_FOR
    assert ahead == right - timedelta(days=100)


def test_all_are_kept_when_that_is_asked_for():
    assert verdict(reading(matches=()), Known(), keep_all=True).verdict is Verdict.NEW


def test_a_seed_is_kept_without_match():
    assert verdict(reading(None, matches=(), origin="seed"), Known()).verdict is Verdict.NEW


def test_the_same_text_elsewhere_makes_a_copy():
    intent = verdict(reading(), Known(same_text=(member(),)))

    assert intent.verdict is Verdict.COPY
    assert [(copy.article_id, copy.original_id) for copy in intent.copies] == [(None, 7)]


def test_an_earlier_text_that_comes_later_is_new_and_the_stored_one_its_copy():
    intent = verdict(reading(), Known(same_text=(member(published_at=NOW + timedelta(days=1)),)))

    assert intent.verdict is Verdict.NEW
    assert [(copy.article_id, copy.original_id) for copy in intent.copies] == [(7, None)]


def test_a_page_with_a_seeds_text_is_its_copy_and_gives_it_its_address():
    intent = verdict(reading(), Known(same_text=(member(origin="seed", url=None),)))

    assert intent.verdict is Verdict.COPY
    assert intent.gives_address_to == (7,)


def test_a_seed_takes_the_address_of_the_page_with_its_text():
    intent = verdict(reading(None, origin="seed"), Known(same_text=(member(),)))

    assert intent.reading.article.url == "http://banner.example/1"
    assert [(copy.article_id, copy.original_id) for copy in intent.copies] == [(7, None)]


def test_the_same_text_at_the_same_address_is_unchanged():
    item = reading()

    assert verdict(item, stored(item)).verdict is Verdict.UNCHANGED


@pytest.mark.parametrize("matches", [(), reading().matches], ids=["off topic now", "still matching"])
def test_another_text_at_the_same_address_is_a_revision(matches):
    item = reading(matches=matches)

    intent = verdict(item, stored(item, article_hash="other", article_text="Old first.\nOld second."))

    assert intent.verdict is Verdict.REVISED
    assert intent.revision.removed == "Old first.\nOld second."


def test_a_new_headline_is_a_revision():
    item = reading()

    assert verdict(item, stored(item, article_title="Ministers to meet")).verdict is Verdict.REVISED


def test_an_edited_seed_file_does_not_revise_a_crawled_article():
    item = replace(reading(), origin="seed")

    assert verdict(item, stored(item, article_hash="other")).verdict is Verdict.UNCHANGED


ANSWER = Answer("http://courier.example/1", "http://courier.example/1", 200, NOW, body=b"<p>")


@pytest.mark.parametrize(
    ("text", "matches", "origin", "kept"),
    [
        ("same", reading().matches, "crawl", (True, False, True)),
        ("edited", reading().matches, "crawl", (True, True, True)),
        ("none", reading().matches, "crawl", (True, True, False)),
        ("none", (), "crawl", (False, False, False)),
        ("same", reading().matches, "import", (False, False, False)),
        ("none", reading().matches, "import", (False, False, False)),
    ],
    ids=["unchanged", "revised", "new", "off topic", "an import of a stored one", "an import"],
)
def test_a_page_is_evidence_of_what_a_crawl_kept_of_it(text, matches, origin, kept):
    item = replace(reading(matches=matches, origin=origin), answer=ANSWER)
    known = {
        "same": stored(item),
        "edited": stored(item, article_text="Old first.\nOld second."),
        "none": Known(),
    }[text]

    intent = verdict(item, known)

    assert (intent.answer is not None, intent.keeps_page, intent.returned is not None) == kept


FULL = "\n".join(
    f"The committee of the harbour said on day {number} that the ferries stay." for number in range(30)
)


@pytest.mark.parametrize(
    ("text", "has_signs", "verdict_of_it"),
    [
        (FULL[:600], True, Verdict.UNCHANGED),
        (FULL[:600], False, Verdict.REVISED),
        (FULL[:-40], True, Verdict.REVISED),
        (FULL + " More.", True, Verdict.REVISED),
    ],
    ids=["a teaser", "cut without a wall", "a little shorter", "longer"],
)
def test_the_beginning_before_a_pay_wall_replaces_no_text(text, has_signs, verdict_of_it):
    item = replace(reading(text=text), has_wall_signs=has_signs, answer=ANSWER)

    intent = verdict(item, stored(item, article_text=FULL, article_hash="other"))

    assert (intent.verdict, intent.is_teaser) == (verdict_of_it, verdict_of_it is Verdict.UNCHANGED)
    assert (intent.answer is None) == intent.is_teaser
