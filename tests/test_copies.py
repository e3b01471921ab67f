"""Equality of texts, and who had a text first."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from crawler.copies import copies_of_group, text_hash, title_overlap
from storage.intents import Member

NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)


def member(id, *, origin="crawl", published=None, seen=NOON, words=200, title="Ferries stay in port"):
    return Member(id, origin, f"outlet-{id}", title, words, published, seen)


@pytest.mark.parametrize(
    "other",
    [
        "The ferries stay in port today.",
        "THE FERRIES  stay in\nport today",
        "The “ferries” stay in port — today!",
        "The fer\u00adries stay in\u200b port today",
        "Ferries stay\nThe ferries stay in port today.",
    ],
    ids=["same", "case and space", "punctuation", "invisible characters", "repeated headline"],
)
def test_texts_that_read_the_same_share_a_hash(other):
    assert text_hash("Ferries stay", other) == text_hash(
        "Another headline", "The ferries stay in port today."
    )


def test_composed_and_decomposed_letters_share_a_hash():
    assert text_hash("", "caf\u00e9 북한") == text_hash("", "cafe\u0301 \u1107\u116e\u11a8\u1112\u1161\u11ab")


def test_a_changed_figure_gives_another_hash():
    assert text_hash("", "Ship 14 left port") != text_hash("", "Ship 15 left port")


def test_the_head_is_the_same_in_whatever_order_members_come():
    members = [
        member(1, published=NOON + timedelta(hours=2)),
        member(2, published=NOON),
        member(3, published=None, seen=NOON - timedelta(days=1)),
        member(None, published=NOON + timedelta(hours=1)),
    ]

    groups = {frozenset(copies_of_group(order)) for order in permutations(members)}

    assert len(groups) == 1
    assert {copy.original_id for copy in groups.pop()} == {2}


def test_a_seed_is_the_head_even_of_an_earlier_page():
    copies = copies_of_group(
        [member(None, published=NOON - timedelta(days=9)), member(4, origin="seed", published=NOON)]
    )

    assert [(copy.article_id, copy.original_id, copy.first_by) for copy in copies] == [(None, 4, "seed")]


def test_lag_is_unknown_without_both_dates():
    (copy,) = copies_of_group([member(1, published=NOON), member(2)])

    assert copy.lag_s is None


def test_lag_counts_from_the_original():
    (copy,) = copies_of_group([member(1, published=NOON), member(2, published=NOON + timedelta(minutes=90))])

    assert (copy.article_id, copy.lag_s, copy.first_by) == (2, 5_400, "published")


def test_short_texts_under_different_headlines_are_no_copies():
    stubs = [member(1, words=40, title="Weather"), member(2, words=40, title="Markets open lower")]

    assert copies_of_group(stubs) == ()


def test_short_texts_under_one_headline_are_copies():
    assert len(copies_of_group([member(1, words=40), member(2, words=40)])) == 1


def test_a_text_alone_has_no_copies():
    assert copies_of_group([member(1)]) == ()
    assert copies_of_group([]) == ()


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [("A b c", "a B c", 1.0), ("a b c d", "a b", 1.0), ("a b", "c d", 0.0), ("", "a", 0.0)],
    ids=["case", "contained", "other words", "empty"],
)
def test_title_overlap(one, other, overlap):
    assert title_overlap(one, other) == overlap
