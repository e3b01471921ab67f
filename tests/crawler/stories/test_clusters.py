"""Which of the articles that tell a story is its head, and what the others are to it."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from crawler.stories.clusters import family_of, head_of, relations_of
from crawler.stories.judge import is_equal_story, judge_pairs
from storage.records.decisions import Known
from storage.records.stories import Family, Member, Pair

NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)
TEXT = "The ferries stay in port today, and the harbour master said that the storm goes on until Tuesday at least."


def member(id, *, origin="crawl", published=None, seen=NOON, words=200, title="Ferries stay in port", **more):
    values = {
        "text": TEXT,
        "text_hash": "equal",
        "url": f"http://outlet-{id}.example/1",
        "url_key": f"outlet-{id}.example/1",
    }
    return Member(id, origin, f"outlet-{id}", title, words, published, seen, **values | more)


def family(*members, **more):
    return Family(tuple(Pair(one, "copy", 1.0) for one in members), members, **more)


def test_the_head_is_the_same_whoever_comes_last():
    members = [
        member(1, published=NOON + timedelta(hours=2)),
        member(2, published=NOON),
        member(3, published=None, seen=NOON - timedelta(days=1)),
        member(4, published=NOON + timedelta(hours=1)),
    ]

    assert {head_of(last, family(*rest)).id for *rest, last in permutations(members)} == {2}


@pytest.mark.parametrize(
    ("first", "second", "first_by"),
    [
        ({"origin": "seed", "published": NOON}, {"published": NOON - timedelta(days=9)}, "seed"),
        ({"url_key": "a/1"}, {"published": NOON, "canonical_key": "a/1"}, "canonical"),
        ({"published": NOON}, {"published": NOON + timedelta(hours=1)}, "published"),
        ({"published": NOON}, {"published": None, "seen": NOON - timedelta(days=1)}, "seen"),
        ({}, {"seen": NOON + timedelta(hours=1)}, "seen"),
    ],
    ids=["seed", "named", "published", "only one is dated", "seen"],
)
def test_why_the_head_is_first(first, second, first_by):
    (copy,) = relations_of(member(None, **second), family(member(4, **first)))

    assert (copy.article_id, copy.original_id, copy.first_by) == (None, 4, first_by)


def test_what_holds_more_than_its_head_is_its_longer_version():
    longer = member(None, published=NOON, text=f"{TEXT} {' '.join(map(str, range(400)))}", text_hash="longer")

    (copy,) = relations_of(longer, family(member(4, published=NOON - timedelta(hours=1), text=TEXT)))

    assert (copy.original_id, copy.relation) == (4, "extended")


def test_an_address_that_other_stories_name_too_makes_no_head():
    named, naming = (
        member(4, url_key="a/1", published=NOON),
        member(None, published=NOON - timedelta(hours=1), canonical_key="a/1"),
    )

    (copy,) = relations_of(naming, family(named, doubtful_keys=frozenset({"a/1"})))

    assert (copy.article_id, copy.original_id) == (4, None)


@pytest.mark.parametrize(
    ("own", "more", "head"),
    [
        ({"url_key": "a/2", "canonical_key": "a/2"}, [], 4),
        ({"url_key": "a/2", "canonical_key": "a/2"}, [{"canonical_key": "a/2"}], 2),
        ({"url_key": "a/2?section=1", "canonical_key": "a/2"}, [], 4),
        ({"url_key": "a/2?section=1", "canonical_key": "a/2"}, [{"canonical_key": "a/2"}], 2),
        (
            {"url_key": "a/2?section=1", "canonical_key": "a/2"},
            [{"canonical_key": "a/2"}, {"url_key": "a/2"}],
            10,
        ),
        ({"url_key": "b/2", "canonical_key": "a/2"}, [{"canonical_key": "a/2"}], 4),
        ({"url_key": None, "canonical_key": "a/2"}, [], 4),
    ],
    ids=[
        "itself",
        "as another",
        "its other address",
        "that as another",
        "who stands there",
        "no site's",
        "nowhere",
    ],
)
def test_what_an_article_says_of_itself_makes_it_no_head(own, more, head):
    """Article 2 came hours after article 4; those that name somebody came later still."""
    members = [
        member(2, published=NOON + timedelta(hours=3), **own),
        member(4, published=NOON),
        *(
            member(9 + number, published=NOON + timedelta(hours=9), **values)
            for number, values in enumerate(more)
        ),
    ]

    assert {head_of(last, family(*rest)).id for *rest, last in permutations(members)} == {head}


def test_only_the_stories_of_copies_make_the_family_and_names_of_others_are_doubtful():
    told = [member(4, published=NOON), member(5, head_id=4, canonical_key="a/1")]
    other = member(8, text=TEXT + " More of quite another story.", text_hash="another", canonical_key="b/1")
    facts = Known(
        same_text=(told[1],), stories=(*told, other), namings=frozenset({("a/1", 4), ("b/1", 4), ("b/1", 8)})
    )

    family = family_of(member(None), facts)

    assert [one.id for one in family.members] == [4, 5]
    assert family.doubtful_keys == {"b/1"}
    assert [copy.original_id for copy in relations_of(member(None), family)] == [4]


def test_lag_counts_from_the_head():
    (copy,) = relations_of(
        member(None, published=NOON + timedelta(minutes=90)), family(member(4, published=NOON))
    )

    assert copy.lag_s == 5_400


def test_lag_is_unknown_without_both_dates():
    (copy,) = relations_of(member(None), family(member(4, published=NOON)))

    assert copy.lag_s is None


def test_only_the_newcomer_is_related_while_the_head_stays():
    stored = [member(4, published=NOON), member(5, published=NOON + timedelta(hours=1), head_id=4)]

    copies = relations_of(member(None, published=NOON + timedelta(hours=2)), family(*stored))

    assert [(copy.article_id, copy.original_id) for copy in copies] == [(None, 4)]


def test_a_new_head_is_the_original_of_all():
    stored = [member(4, published=NOON), member(5, published=NOON + timedelta(hours=1), head_id=4)]

    copies = relations_of(member(None, published=NOON - timedelta(hours=2)), family(*stored))

    assert {(copy.article_id, copy.original_id) for copy in copies} == {(4, None), (5, None)}


def test_a_text_that_repeats_two_stories_makes_them_one():
    stored = [member(4, published=NOON), member(6, published=NOON + timedelta(hours=1))]

    copies = relations_of(member(None, published=NOON + timedelta(hours=2)), family(*stored))

    assert {(copy.article_id, copy.original_id) for copy in copies} == {(6, 4), (None, 4)}


def test_an_article_alone_has_no_relations():
    assert relations_of(member(None), Family()) == ()


@pytest.mark.parametrize(
    ("hours", "relation"), [(1, (None, 4)), (-1, (4, None))], ids=["the newcomer follows", "it is followed"]
)
def test_the_later_story_follows_the_earlier(hours, relation):
    other = member(4, published=NOON)

    (copy,) = relations_of(
        member(None, published=NOON + timedelta(hours=hours)), Family((Pair(other, "follow_up", 0.4),))
    )

    assert (copy.article_id, copy.original_id) == relation
    assert (copy.relation, copy.lag_s) == ("follow_up", 3_600)


def test_the_head_of_a_story_is_what_is_followed():
    other = member(5, published=NOON, head_id=4)

    (copy,) = relations_of(
        member(None, published=NOON + timedelta(hours=3)), Family((Pair(other, "follow_up", 0.4),))
    )

    assert copy.original_id == 4


@pytest.mark.parametrize(
    ("words", "other", "same"),
    [
        (200, "Quite another headline", True),
        (40, "Quite another headline", False),
        (40, "Ferries stay in port", True),
    ],
    ids=["long", "short", "short with one headline"],
)
def test_short_texts_are_equal_by_chance_unless_their_headlines_agree(words, other, same):
    assert is_equal_story(member(None, words=words), member(4, words=words, title=other)) is same


@pytest.mark.parametrize(("origin", "same"), [("import", False), ("crawl", True)])
def test_the_beginning_of_a_text_is_no_headline_that_agrees(origin, same):
    made = {"words": 40, "title": "The ferries stay in port today, …", "origin": origin}

    assert is_equal_story(member(None, **made), member(4, **made)) is same


def test_equal_texts_come_before_similar_ones():
    similar = member(5, text=TEXT + " More.", text_hash="another")

    pairs = judge_pairs(member(None), Known(same_text=(member(4),), similar=(similar,)))

    assert pairs[0] == Pair(member(4), "copy", 1.0)
