"""Markup and JSON of many short parts are read as far as they fit into memory; all others are read whole."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.limits import JSON_VALUES
from crawler.text.bounds import first_elements, read_json
from storage.errors import ParseError


@pytest.mark.parametrize(
    ("markup", "most", "wanted"),
    [
        ("a<br>b<br>c<br>d", 2, "a<br>b<br>c"),
        ("a<br>b<br>c", 2, "a<br>b<br>c"),
        ("<p>1 < 2</p><!-- <<<< --><p>3</p><p>4</p>", 2, "<p>1 < 2</p><!-- <<<< --><p>3</p>"),
        ("<p></p></p></p></p>", 1, "<p></p></p></p></p>"),
        ("", 0, ""),
        ("text<p>", 0, "text"),
    ],
)
def test_markup_ends_behind_its_first_elements(markup, most, wanted):
    assert first_elements(markup, most) == wanted


@given(
    st.lists(st.sampled_from(["<p>", "</p>", "<", "x", "<!--", "-->", "<1>"])).map("".join), st.integers(0, 9)
)
def test_what_is_kept_is_a_beginning_with_no_more_elements(markup, most):
    kept = first_elements(markup, most)

    assert markup.startswith(kept)
    assert len(re.findall("<[a-z]", kept)) == min(most, len(re.findall("<[a-z]", markup)))
    assert first_elements(kept, most) is kept


@pytest.mark.parametrize("unit", ["[],", "{},", "1,", '"",', '{"a":1},'])
def test_json_of_too_many_values_is_refused(unit):
    with pytest.raises(ParseError, match="more than 500,000 values") as refused:
        read_json("[" + unit * JSON_VALUES + "0]")

    assert refused.value.reason == "too_large"


def test_long_json_of_few_values_is_read():
    prose = "Ministers met on Monday in the northern port, and agreed. " * 20_000

    assert read_json(f'["{prose}"]') == [prose]


def test_other_text_is_no_json():
    with pytest.raises(ValueError, match="Expecting value"):
        read_json("news")
