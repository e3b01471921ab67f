"""What changed between two texts of an article, and what a reading at a known address is."""

import time
import unicodedata
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.articles.revisions import (
    RETURNS_IN_DAY,
    REVISIONS_IN_DAY,
    at_address,
    compare,
    coverage,
    decide_known,
    is_same_article,
    is_same_text,
    passages_gone,
    word_difference,
    words_of,
)
from storage.records.decisions import Known, Standing, Verdict
from storage.records.stories import Member
from tests.support.samples import NOW, reading, stated

LINES = [
    "The ferry Aurelia left the northern quay at dawn with 312 passengers on board.",
    "Its captain said that the crossing would take five hours. The sea was calm. Nobody was hurt.",
    "The ministry had named both towns as equals in its memorandum of August, and the mayors agreed.",
    "Fishermen waited at the gate until noon and asked the harbour master for their licences.",
]
TEXT = "\n".join(LINES)
TITLE = "Ferry reaches the island"


def changed(old, new, title=TITLE, new_title=TITLE):
    return compare(title, old, new_title, new)


# What is no change


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('He said "no" - twice...', "He said “no” – twice…"),
        ("the mayor's own words", "the mayor’s own words"),
        ("one  two\u00a0three", "one two three"),
        ("one\ntwo", "one two"),
        ("Größe und Café", unicodedata.normalize("NFD", "Größe und Café")),
        ("co\u00adoperation zone", "cooperation \u200bzone"),
        ("The Harbour Master", "the harbour master"),
        ("北 韩 与 俄", "北韩与俄"),
        ("북러 정상 회담", "북러 정상회담"),
        ("10-15 per cent", "10–15 per cent"),
    ],
    ids=["quotes", "apostrophe", "spaces", "line end", "NFD", "zero width", "case", "Han", "Hangul", "dash"],
)
def test_typography_is_no_change(old, new):
    assert is_same_text(old, new)
    assert changed(old, new) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.5 million tonnes", "15 million tonnes"),
        ("a loss of -5 points", "a loss of 5 points"),
        ("a price of $5", "a price of €5"),
        ("up by 5%", "up by 5"),
        ("at 8:30", "at 830"),
        ("कि", "की"),
        ("朝俄 会谈", "朝美 会谈"),
    ],
    ids=["point", "sign", "currency", "per cent", "time", "vowel sign", "Han"],
)
def test_what_hashes_without_signs_would_miss_is_a_change(old, new):
    assert not is_same_text(old, new)


@given(st.lists(st.sampled_from([*LINES, "", "x", "12", "北韩。朝俄！"]), max_size=8))
def test_a_text_does_not_differ_from_itself(lines):
    text = "\n".join(lines)

    assert changed(text, text) is None
    assert changed(text, unicodedata.normalize("NFD", text).replace("\n", "\n\n")) is None


# What came and went


def test_of_a_changed_paragraph_only_the_changed_sentence_came_and_went():
    revision = changed(TEXT, TEXT.replace("five hours", "nine hours"))

    assert revision.removed == "Its captain said that the crossing would take five hours."
    assert revision.added == "Its captain said that the crossing would take nine hours."
    assert (revision.words_added, revision.words_removed) == (1, 1)


def test_sentences_between_which_others_stayed_are_marked():
    revision = changed(TEXT, TEXT.replace("five hours", "nine hours").replace("hurt", "harmed"))

    assert revision.removed == "Its captain said that the crossing would take five hours. … Nobody was hurt."


def test_a_paragraph_that_went_is_removed_and_nothing_added():
    revision = changed(TEXT, "\n".join([*LINES[:2], LINES[3]]))

    assert (revision.removed, revision.added, revision.kind) == (LINES[2], "", "major")


def test_paragraphs_that_moved_neither_came_nor_went():
    revision = changed(TEXT, "\n".join(reversed(LINES)))

    assert (revision.removed, revision.added) == ("", "")


def test_sentences_of_scripts_without_spaces_are_told_apart():
    revision = changed("朝俄举行会谈。双方签署声明！", "朝俄举行会谈。双方没有签署声明！")

    assert (revision.removed, revision.added) == ("双方签署声明！", "双方没有签署声明！")


def test_a_new_headline_over_the_same_text_is_a_revision():
    revision = changed(TEXT, TEXT, new_title="Ferry is turned back before the island")

    assert (revision.removed, revision.added, revision.has_new_title) == ("", "", True)


def test_a_page_that_states_no_headline_any_more_has_not_changed_it():
    assert changed(TEXT, TEXT, new_title="") is None


@given(st.lists(st.sampled_from(LINES), max_size=6), st.lists(st.sampled_from(LINES), max_size=6))
def test_what_one_way_added_the_other_way_removed(one, other):
    there, back = changed("\n".join(one), "\n".join(other)), changed("\n".join(other), "\n".join(one))

    assert (there is None) == (back is None)
    if there is not None:
        assert (there.added, there.removed) == (back.removed, back.added)
        assert there.kind == back.kind


# Minor and major


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (TEXT.replace("312", "318"), "minor"),
        (TEXT.replace("memorandum", "memorandom").replace("licences", "licenses"), "minor"),
        (
            TEXT.replace(
                "Nobody was hurt.", "Two sailors drowned, and the captain was led away in handcuffs."
            ),
            "major",
        ),
        (
            TEXT + "\nThe regional court opened an inquiry in the afternoon and closed the quay for a week.",
            "major",
        ),
        (LINES[0], "major"),
    ],
    ids=["figure", "typos", "another outcome", "new paragraph", "cut"],
)
def test_figures_and_typos_are_minor_and_the_rest_major(new, kind):
    assert changed(TEXT, new).kind == kind


# Differences


def test_a_word_difference_gives_both_texts_back():
    new = TEXT.replace("five", "nine").replace("Nobody was hurt. ", "")

    pieces = word_difference(TEXT, new)

    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new
    assert ("removed", "five ") in [(piece.kind, piece.text) for piece in pieces]


@given(st.text(alphabet="ab 1.,\n“”é北한", max_size=60), st.text(alphabet="ab 1.,\n“”é北한", max_size=60))
def test_every_word_difference_writes_the_new_text(old, new):
    pieces = word_difference(old, new)

    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b " * 15_000, "b a " * 16_000),
        ("same " * 30_000, "same " * 29_000 + "other"),
        ("。" * 250_000, "北。" * 30_000),
        ("x" * 500_000, "y" * 500_000),
        ("\n".join(f"line {number} of the long list." for number in range(4_000)),
         "\n".join(f"line {number} of the long list." for number in range(4_000, 0, -1))),
    ],
    ids=["two words", "one word", "signs", "one long word", "reversed lines"],
)  # fmt: skip
def test_huge_and_monotonous_texts_are_compared_in_bounded_work(old, new):
    began = time.process_time()

    changed(old, new)
    word_difference(old, new)

    assert time.process_time() - began < 60  # without its bounds difflib takes hours


# Another story at the same address


def test_another_text_under_another_headline_is_another_article():
    other = (
        "Grain prices fell on Monday after the harvest came in. Traders in three towns closed early.\n" * 3
    )

    assert not is_same_article(TITLE, TEXT, "Grain prices fall", other)
    assert is_same_article(TITLE, TEXT, TITLE, other)
    assert is_same_article(TITLE, TEXT, "Grain prices fall", TEXT[: len(TEXT) // 2])


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [(TEXT, TEXT, 1.0), (TEXT, LINES[0], 1.0), ("", TEXT, 0.0), ("one", "two", 0.0), ("a b", "a b c d", 1.0)],
    ids=["itself", "a part", "empty", "others", "two words"],
)
def test_coverage_is_of_the_shorter_text(one, other, share):
    assert coverage(one, other) == coverage(other, one) == share


def test_words_are_folded_and_figures_whole():
    assert words_of("The 1,500 “Ships” paid $5.20 — 北한") == [
        "the",
        "1,500",
        "ships",
        "paid",
        "$",
        "5.20",
        "北",
        "한",
    ]


# Decisions


def known(item, **more):
    values = {
        "article_id": 5,
        "article_hash": item.text_hash,
        "article_title": item.article.title,
        "article_text": item.article.text,
        "standing": Standing(modified_at=None),
    }
    return Known(**values | more)


BEFORE = reading(text=TEXT, title=TITLE)
AFTER = reading(text=TEXT.replace("312", "318"), title=TITLE)


def modified(item, at):
    return replace(item, article=replace(item.article, modified=stated(at) if at else None))


@pytest.mark.parametrize(
    ("before", "after", "is_silent"),
    [
        (None, None, True),
        (NOW, NOW, True),
        (NOW, None, True),
        (None, NOW, False),
        (NOW - timedelta(hours=1), NOW, False),
        (NOW, NOW - timedelta(hours=1), False),
    ],
    ids=["none states one", "the same", "no longer stated", "a first one", "a later one", "an earlier one"],
)
def test_an_edit_is_silent_unless_the_page_states_another_date_of_change(before, after, is_silent):
    intent = decide_known(modified(AFTER, after), known(BEFORE, standing=Standing(modified_at=before)))

    assert (intent.verdict, intent.revision.is_silent) == (Verdict.REVISED, is_silent)


def test_a_page_that_alternates_is_not_recorded_for_ever():
    often = Standing(None, revisions_in_day=RETURNS_IN_DAY, returns_in_day=RETURNS_IN_DAY, had_this_text=True)
    endless = Standing(None, revisions_in_day=REVISIONS_IN_DAY)
    few = Standing(None, revisions_in_day=2, returns_in_day=RETURNS_IN_DAY - 1, had_this_text=True)

    assert [
        (intent.verdict, intent.alternates)
        for intent in (decide_known(AFTER, known(BEFORE, standing=one)) for one in (often, endless, few))
    ] == [(Verdict.UNCHANGED, True), (Verdict.UNCHANGED, True), (Verdict.REVISED, False)]


def test_a_revision_keeps_the_headline_that_the_page_no_longer_states():
    untitled = replace(AFTER, article=replace(AFTER.article, title=""))

    assert decide_known(untitled, known(BEFORE)).reading.article.title == TITLE


OTHER = reading(text="Grain prices fell on Monday after the harvest. " * 9, title="Prices of grain fall")


def test_another_story_at_the_address_leaves_the_former_article_alone():
    facts = at_address(OTHER, known(BEFORE))

    assert (facts.article_id, facts.former_id) == (None, 5)


def test_an_edit_keeps_its_article():
    assert at_address(AFTER, known(BEFORE)).article_id == 5


def test_an_address_that_goes_back_to_a_former_story_alternates():
    former = Member(3, "crawl", "courier", OTHER.article.title, 72, None, NOW, url=OTHER.article.url)
    facts = at_address(OTHER, known(BEFORE, same_text=(former,)))

    assert facts.article_id == 5
    assert decide_known(OTHER, facts).alternates


def test_a_seed_under_a_known_address_takes_nothing_over():
    assert at_address(replace(OTHER, origin="seed"), known(BEFORE)).article_id == 5


def test_passages_that_went_are_found_where_they_stood():
    old = "One stays. Two goes. Three goes.\nFour goes. Five stays. Six goes.\n 七走了。八走了。"
    new = "One stays.\nFive stays."

    assert [old[start:end] for start, end in passages_gone(old, new)] == [
        "Two goes. Three goes.", "Four goes.", "Six goes.", "七走了。八走了。",
    ]  # fmt: skip
    assert passages_gone(old, old) == ()


SENTENCES = st.lists(
    st.sampled_from(["One. ", "Two! ", "三。", "\n", " ", "Four ... ", "5%?", "\u2028"]), max_size=12
)


@given(SENTENCES, SENTENCES)
def test_passages_say_the_same_as_the_revision(old, new):
    before, after = "".join(old), "".join(new)
    passages = passages_gone(before, after)
    revision = compare("", before, "", after)

    assert all(start < stop for start, stop in passages)
    assert all(one[1] <= other[0] for one, other in pairwise(passages))
    if revision is not None:
        said = " ".join(before[start:end] for start, end in passages)
        assert words_of(said) == words_of(revision.removed)
