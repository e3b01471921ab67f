"""Names made of titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.slugs import NAME_CHARACTERS, slug


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
