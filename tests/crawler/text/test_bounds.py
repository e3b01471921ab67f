"""Markup and JSON of many short parts are read as far as they fit into memory; all others are read whole."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.limits import JSON_VALUES
from crawler.text.bounds import first_elements, read_json, with_short_texts
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


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ("<a>12345678</a><b>123456789</b>", "<a>12345678</a><b>12345678</b>"),
        ("<a><![CDATA[12345678]]></a>", "<a><![CDATA[12345678]]></a>"),
        ("<a><![CDATA[<i>4567890]]></a><b>1</b>", "<a><![CDATA[<i>45678]]></a><b>1</b>"),
        ("<a><![CDATA[1234567890", "<a><![CDATA[12345678"),
        ("<a>12345&amp;1</a>", "<a>12345</a>"),
        ("<a>123&amp;890</a>", "<a>123&amp;</a>"),
        ("<a>&12345678901234</a>", "<a></a>"),
        ("<a href='a-long-one'>1</a><!-- a comment -->", "<a href='a-long-one'>1</a><!-- a comment -->"),
        ("1234567890<a>1</a>", "1234567890<a>1</a>"),
    ],
    ids=["plain", "short", "marked", "cut-off", "in-an-entity", "behind-one", "no-entity", "no-text", "before-all"],
)  # fmt: skip
def test_each_text_between_two_tags_is_cut_by_itself(markup, wanted):
    assert with_short_texts(markup, 8) == wanted


@example("<![CDATA[<a>]]>", 1)  # the end of the section is no text
@given(
    st.lists(st.sampled_from(["<a>", "</a>", "<![CDATA[", "]]>", "&amp;", "&", ";", "x" * 9, "<", ">"])).map(
        "".join
    ),
    st.integers(0, 12),
)
def test_cut_texts_stay_cut_and_lose_no_tag(markup, most):
    cut = with_short_texts(markup, most)

    assert with_short_texts(cut, most) == cut
    assert len(cut) <= len(markup)
    assert with_short_texts(markup, len(markup)) is markup
