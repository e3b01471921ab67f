"""Equality of texts, and likeness of headlines."""

import pytest

from crawler.text.equality import canonical_key, text_hash, title_overlap


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


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("A b c", "a B c", 1.0),
        ("a b c d", "a b", 1.0),
        ("a b", "c d", 0.0),
        ("", "a", 0.0),
        ("Ferries: port, closed", "ferries — port “closed”!", 1.0),
        ("港口轮渡停航", "港口轮渡停航！", 1.0),
        ("港口轮渡停航", "本周港口轮渡再次停航", 0.8),
        ("港口轮渡停航", "农业部长访问北方", 0.0),
        ("-5 degrees", "5 degrees", 0.5),
        ("港", "港", 1.0),
        ("여객선 운항 중단", "여객선, 운항 재개", 2 / 3),
    ],
    ids=[
        "case",
        "contained",
        "other words",
        "empty",
        "punctuation",
        "unspaced",
        "unspaced, in part",
        "unspaced, other",
        "sign of a figure",
        "one character",
        "Hangul",
    ],
)
def test_title_overlap(one, other, overlap):
    assert title_overlap(one, other) == overlap


@pytest.mark.parametrize(
    ("canonical", "own", "key"),
    [
        ("https://www.a.example/news/1?utm_source=x", "b.example/1", "a.example/news/1"),
        ("https://a.example/news/1", "a.example/news/1", None),
        ("https://a.example/", "b.example/1", None),
        ("https://a.example", "b.example/1", None),
        (None, "b.example/1", None),
        ("", None, None),
        ("https://a.example/news/1", None, "a.example/news/1"),
    ],
    ids=["other page", "itself", "front page", "no path", "none", "empty", "seed"],
)
def test_canonical_key(canonical, own, key):
    assert canonical_key(canonical, own) == key


def test_short_posts_that_are_all_headline_are_not_equal():
    assert text_hash("The ferry is late.", "The ferry is late.") != text_hash(
        "The quay is shut.", "The quay is shut."
    )
    assert text_hash("The ferry is late.", "The ferry is late.") == text_hash("", "The ferry is late")
