"""Names made of titles."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.storable import NAME_CHARACTERS, TAG_CHARACTERS, slug, source_tag, storable, storable_line


def test_line_is_composed_and_has_single_spaces() -> None:
    assert storable_line(" Cafe\u0301\n at\tthe\x00 port\ud800 ") == "Café at the port"


def test_line_ends_and_tabs_stay_in_a_text() -> None:
    assert storable("a\tb\nc\x0b\x7f") == "a\tb\nc"


@given(st.text(st.characters()))
def test_any_text_goes_into_the_database_and_back(text: str) -> None:
    clean = storable(text)

    with sqlite3.connect(":memory:") as connection:
        assert connection.execute("select ?", (clean,)).fetchone() == (clean,)
    connection.close()
    assert storable(clean) == clean


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The Skarvik Courier", "the-skarvik-courier"),
        ("Żółta Gazeta!", "zo-ta-gazeta"),
        ("www.pyongyangtimes.com.kp", "www-pyongyangtimes-com-kp"),
        ("로동신문", ""),
        ("", ""),
    ],
    ids=["words", "accents", "host", "other script", "empty"],
)
def test_slug_of_a_title(text, name):
    assert slug(text) == name


@given(st.text())
def test_slug_is_a_name_that_settings_take_and_its_own_slug(text):
    name = slug(text)

    assert len(name) <= NAME_CHARACTERS
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug(name) == name


@given(st.text())
def test_tag_is_one_line_that_stands_in_a_query_and_in_a_list(text):
    tag = source_tag(text)

    assert tag == source_tag(tag)
    assert len(tag) <= TAG_CHARACTERS
    assert not set(tag) & set(';"“”„«»「」『』\n')
