"""Matches: what was judged before is kept, the analyst's word stands above every score, review is no match."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from crawler.holdings.feedback import mark_articles
from crawler.holdings.references import refer
from storage.alerts import rules
from storage.articles import feedback, matches, relations
from storage.articles.matches import BandCounts, Kept
from storage.db import transaction
from storage.records.stories import Copy
from storage.records.topics import Topic
from storage.sources import sources
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, RULE, TEXT, TOPIC, match, reading

LATER = NOW + timedelta(days=1)
REVIEW = replace(match(score=1.8), band="review")


@pytest.fixture
def stocked(connection):
    """Two topics and a source."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC, Topic("museum", any="museum")])
    rules.sync(connection, [(RULE, None)])
    return connection


def stored(connection, *found, number: int = 1, text: str = "") -> int:
    return store_reading(
        connection,
        reading(f"http://courier.example/{number}", matches=found, text=text or f"{number} {TEXT}"),
        keep_all=True,
    )[1]


def words_of(number: int) -> str:
    """A text that no other number has."""
    return " ".join(f"ferry{number}x{place}" for place in range(60))


def keep(connection, article: int, found, why: str = "rejudged") -> Kept:
    with transaction(connection):
        return matches.keep(connection, article, found, LATER, why=why)


def end(connection, article: int) -> bool:
    with transaction(connection):
        return matches.end(connection, "strait", article, LATER, why="ended")


def past(connection, article: int) -> list[tuple]:
    names = ("topic", "score", "band", "matched_at", "ended_at", "why")
    return [tuple(row[name] for name in names) for row in matches.past_of(connection, article)]


def test_the_matches_of_an_article_come_strongest_first(stocked):
    article = stored(stocked, match(score=2.5), match("museum", score=4.0))

    rows = matches.matches_of(stocked, article)

    assert [(row["topic"], row["score"]) for row in rows] == [("museum", 4.0), ("strait", 2.5)]
    assert matches.matches_of(stocked, 99) == []


def test_a_match_is_kept_with_where_and_how_densely_its_rule_found_it(stocked):
    article = stored(stocked, replace(match(), reason="both", place="lead", density=1.23456))

    (row,) = matches.matches_of(stocked, article)

    assert (row["band"], row["place"], row["density"]) == ("match", "lead", 1.235)
    assert row["matched_at"] == row["judged_at"] == NOW.isoformat()


def test_what_was_judged_otherwise_becomes_a_past_match(stocked):
    article = stored(stocked, match(score=2.5))

    assert keep(stocked, article, match(score=3.5)) is Kept.CHANGED

    (row,) = matches.matches_of(stocked, article)
    assert (row["score"], row["matched_at"], row["judged_at"]) == (3.5, NOW.isoformat(), LATER.isoformat())
    assert past(stocked, article) == [
        ("strait", 2.5, "match", NOW.isoformat(), LATER.isoformat(), "rejudged")
    ]


def test_the_same_judgement_by_a_new_model_leaves_no_past_match(stocked):
    article = stored(stocked, match())

    assert keep(stocked, article, match()) is Kept.SAME
    assert past(stocked, article) == []


def test_a_match_that_ends_stays_visible_as_past(stocked):
    article = stored(stocked, match())

    assert end(stocked, article)
    assert not end(stocked, article)

    assert matches.matches_of(stocked, article) == []
    assert past(stocked, article) == [("strait", 3.0, "match", NOW.isoformat(), LATER.isoformat(), "ended")]


def test_a_revised_article_that_is_judged_otherwise_keeps_its_history(stocked):
    article = stored(stocked, match(score=2.5))
    again = reading(
        "http://courier.example/1", matches=(match(score=4.0),), text=f"{TEXT} And more.", read_at=LATER
    )

    store_reading(stocked, again)

    assert [(one[1], one[5]) for one in past(stocked, article)] == [(2.5, "revised")]


def test_matches_follow_the_date_and_the_language_of_their_article(stocked):
    article = stored(stocked, match(score=2.5), match("museum", score=4.0))
    before = [(row["published_at"], row["language"]) for row in matches.matches_of(stocked, article)]
    again = reading(
        "http://courier.example/1", matches=(match(score=2.5),), text=f"{TEXT} And more.", read_at=LATER
    )

    store_reading(stocked, replace(again, article=replace(again.article, language="fr")))

    after = [(row["published_at"], row["language"]) for row in matches.matches_of(stocked, article)]
    assert before == [(NOW.isoformat(), "en")] * 2
    assert after == [(NOW.isoformat(), "fr")] * 2


def test_review_is_counted_beside_the_matches_and_sends_no_message(stocked):
    stored(stocked, match(), number=1)
    stored(stocked, REVIEW, number=2, text=words_of(2))

    assert matches.match_counts(stocked) == {"strait": BandCounts(1, 1), "museum": BandCounts(0, 0)}
    assert stocked.execute("SELECT count(*) FROM alerts").fetchone()[0] == 1


def test_the_review_band_comes_newest_first_and_no_more_than_asked_for(stocked):
    ids = [stored(stocked, REVIEW, number=number, text=words_of(number)) for number in range(3)]
    stored(stocked, match(), number=9)

    rows = matches.review_band(stocked, "strait", 2)

    assert [row["article_id"] for row in rows] == ids[:0:-1]
    assert matches.review_band(stocked, "museum", 5) == []


@pytest.mark.parametrize("verdict", [None, "yes", "no"])
def test_a_story_waits_for_a_word_once(stocked, verdict):
    """What repeats an article comes to the queue neither beside it nor after it was judged."""
    first, second = (stored(stocked, REVIEW, number=number, text=words_of(number)) for number in range(2))
    with transaction(stocked):
        relations.relate(stocked, second, (Copy(second, first, "copy", 1.0, "published", 60),))

    if verdict:
        mark_articles(stocked, "strait", [refer(stocked, str(first))], verdict, LATER)

    waiting = [row["article_id"] for row in matches.review_band(stocked, "strait", 9)]
    assert waiting == ([] if verdict else [first])
    assert [row["carried"] for row in matches.review_band(stocked, "strait", 9)] == [1] * len(waiting)
    assert matches.match_counts(stocked)["strait"].review == len(waiting)


def test_what_was_marked_no_never_matches(stocked):
    article = stored(stocked, match())

    feedback.give(stocked, "strait", article, "no", LATER)

    assert keep(stocked, article, match(score=9.0)) is Kept.REFUSED
    assert matches.matches_of(stocked, article) == []
    assert [one[5] for one in past(stocked, article)] == ["marked"]


def test_what_was_marked_yes_never_ends(stocked):
    article = stored(stocked, match())

    feedback.give(stocked, "strait", article, "yes", LATER)

    assert not end(stocked, article)
    assert past(stocked, article) == []


def test_yes_makes_a_match_of_what_was_none(stocked):
    article = stored(stocked)

    feedback.give(stocked, "strait", article, "yes", LATER)

    (row,) = matches.matches_of(stocked, article)
    assert (row["reason"], row["band"], row["published_at"]) == ("marked", "match", NOW.isoformat())


def test_yes_takes_an_article_out_of_review_for_good(stocked):
    article = stored(stocked, REVIEW)

    feedback.give(stocked, "strait", article, "yes", LATER)
    assert matches.match_counts(stocked)["strait"] == BandCounts(1, 0)
    keep(stocked, article, REVIEW)

    assert matches.match_counts(stocked)["strait"] == BandCounts(1, 0)
    assert [(one[2], one[5]) for one in past(stocked, article)] == [("review", "marked")]


def revised(connection, *found, text: str):
    """The article of `stored` is read again, held against both topics."""
    item = reading("http://courier.example/1", matches=found, text=text, read_at=LATER)
    return store_reading(connection, replace(item, topics=("strait", "museum")), keep_all=True)


def test_a_match_ends_with_the_words_that_made_it(stocked):
    article = stored(stocked, match(score=2.5), match("museum", score=4.0))

    revised(
        stocked, match("museum", score=3.0), text=f"1 {TEXT} And the museum opens again on Monday, it says."
    )

    assert [row["topic"] for row in matches.matches_of(stocked, article)] == ["museum"]
    ended = [one for one in past(stocked, article) if one[0] == "strait"]
    assert [(one[1], one[-1]) for one in ended] == [(2.5, "edited")]
    assert stocked.execute("SELECT ended FROM watches").fetchone()["ended"] is None


def test_what_the_analyst_said_yes_to_stays_without_the_words_that_are_no_more(stocked):
    article = stored(stocked, match(score=2.5))
    feedback.give(stocked, "strait", article, "yes", NOW)

    revised(stocked, text=f"1 {TEXT} And the museum opens again on Monday, it says.")

    (row,) = matches.matches_of(stocked, article)
    assert (row["topic"], row["band"], row["reason"]) == ("strait", "match", "marked")
    assert past(stocked, article)[0][-1] == "edited"


def test_a_topic_that_the_crawl_did_not_know_of_keeps_its_match(stocked):
    article = stored(stocked, match(score=2.5))
    item = reading(
        "http://courier.example/1", matches=(), text=f"1 {TEXT} And more of it on Monday.", read_at=LATER
    )

    store_reading(stocked, replace(item, topics=("museum",)), keep_all=True)

    assert [row["topic"] for row in matches.matches_of(stocked, article)] == ["strait"]
