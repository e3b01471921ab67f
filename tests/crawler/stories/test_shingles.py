"""Texts as runs of words, and the anchors by which copies are found."""

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.stories.shingles import (
    ANCHORS,
    COMPARED_WORDS,
    FIGURE,
    NAME,
    SINGLE,
    WORD,
    anchors,
    distinct,
    run_hashes,
    shingles,
)

WORDS = [f"word{number}" for number in range(400)]


def numbered(first, last):
    return " ".join(WORDS[first:last])


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("The Ferry leaves at 14:30", [NAME, NAME, WORD, WORD, FIGURE]),
        ("1,500.5 t", [FIGURE, WORD]),
        ("朝俄", [SINGLE, SINGLE]),
        ("북한 1", [SINGLE, SINGLE, FIGURE]),
        ("", []),
        ("— !?", []),
    ],
    ids=["Latin", "figure with points", "Han", "Hangul", "empty", "signs"],
)
def test_kinds_of_words(text, kinds):
    assert shingles(text).kinds.tolist() == kinds


@pytest.mark.parametrize(
    "other",
    [
        "THE CAFÉ IN SEOUL IS OPEN",
        unicodedata.normalize("NFD", "the café in Seoul is open"),
        "the ca\u200bfé in\u00ad Seoul is open\ufeff",
        "the café, in Seoul: is open!",
    ],
    ids=["case", "decomposed", "invisible characters", "punctuation"],
)
def test_texts_that_read_the_same_have_the_same_anchors(other):
    assert anchors(other) == anchors("the café in Seoul is open")


def test_stress_marks_play_no_part():
    assert anchors("Росси\u0301я и мир") == anchors("Россия и мир")


def test_a_text_has_at_most_24_anchors_each_once_ascending():
    found = anchors(numbered(0, 400))

    assert len(found) == ANCHORS
    assert list(found) == sorted(set(found))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("...", 0),
        ("one", 1),
        ("one two three", 1),
        ("one two three four five", 2),
        ("ha " * 5_000, 1),
    ],
    ids=["empty", "signs", "one word", "one run", "two runs", "one repeated shingle"],
)
def test_short_and_repetitive_texts_have_few_anchors(text, count):
    assert len(anchors(text)) == count


def test_an_excerpt_of_a_third_shares_some_anchors():
    shared = set(anchors(numbered(0, 400))) & set(anchors(numbered(100, 233)))

    assert len(shared) >= 2


def test_texts_without_common_run_share_no_anchor():
    assert not set(anchors(numbered(0, 100))) & set(anchors(numbered(200, 300)))


def test_anchors_fit_into_sqlite():
    assert all(0 <= one < 2**63 for one in anchors(numbered(0, 400)))


def test_anchors_are_the_same_in_another_process():
    code = "from crawler.stories.shingles import anchors; print(anchors('one two three four five Сеул 朝'))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == str(anchors("one two three four five Сеул 朝"))


def test_of_a_huge_text_only_the_beginning_is_compared():
    found = shingles("word " * 400_000)

    assert len(found.words) == COMPARED_WORDS


def test_unspaced_scripts_are_compared_by_longer_runs():
    assert shingles("两国友好合作不断扩大").is_unspaced
    assert not shingles("The two words 友好 are Chinese, the others are not").is_unspaced
    assert (shingles("两国友好合作").width, shingles("two countries").width) == (5, 3)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text):
    found = shingles(text)

    assert len(found.words) == len(found.kinds)
    assert found.distinct.tolist() == sorted(set(found.runs.tolist()))
    assert len(anchors(text)) <= ANCHORS


def test_fewer_words_than_a_run_make_one():
    words = shingles("one two").words

    assert len(run_hashes(words, 4)) == 1
    assert len(run_hashes(words[:0], 4)) == 0
    assert len(distinct(words[:0])) == 0
