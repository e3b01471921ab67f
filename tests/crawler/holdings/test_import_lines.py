"""Lines of an archive as articles."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.holdings.import_lines import SourceBook, read_line
from crawler.limits import JSON_VALUES
from storage.errors import ParseError
from storage.records.articles import Precision
from storage.records.sources import Source
from tests.support.samples import NOW, TEXT

COURIER = Source("courier", title="The Courier", home="http://www.courier.example/", timezone="Asia/Seoul")
BOOK = SourceBook.of((COURIER, Source("wire", title="Meridian Wire")), None)


def read(book=BOOK, **fields):
    return read_line(json.dumps({"text": TEXT, "title": "Ministers meet"} | fields).encode(), book, NOW)


def test_line_with_all_fields_gives_them_all():
    found = read(
        id=7, url="http://courier.example/a?utm_source=x", published="2026-09-01T10:00:00+02:00", language="en-GB",
        source="wire", authors=["Desk"], section="World", modified="2026-09-02",
    )  # fmt: skip
    article = found.article

    assert found.source.name == "wire"
    assert found.key == read(url="https://www.courier.example/a").key
    assert (article.title, article.text, article.language) == ("Ministers meet", TEXT.strip(), "en")
    assert article.published.at.isoformat() == "2026-09-01T08:00:00+00:00"
    assert (article.published.rule, article.published.offset_minutes) == ("import", 120)
    assert (article.authors, article.section) == (("Desk",), "World")
    assert article.modified.precision == Precision.DAY
    assert article.outlet_host == "courier.example"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken", "bad_json"),
        (b"[1, 2]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b'{"text": "\xff"}', "not_text"),
        (b'{"title": "no text"}', "no_text"),
        (b'{"text": " \\n "}', "no_text"),
        (b'{"text": "!!! ..."}', "no_text"),
        (b"[" * 100_000, "bad_json"),
        (b'{"text": "A word.", "more": [' + b"[]," * JSON_VALUES + b"0]}", "too_large"),
    ],
    ids=["json", "list", "string", "bytes", "no text", "blank", "signs", "deep", "wide"],
)
def test_line_that_is_no_article_says_why(line, reason):
    with pytest.raises(ParseError) as caught:
        read_line(line, BOOK, NOW)

    assert caught.value.reason == reason


def test_text_is_taken_as_it_is_given():
    text = "<p>One   two</p>\n\n\nthree\u0000 four"

    assert read(text=text).article.text == "<p>One two</p>\nthree four"


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"title": ""}, TEXT[:98].rpartition(" ")[0]),
        ({"title": " A\n line "}, "A line"),
        ({"title": None, "text": "Short first line\n" + TEXT}, "Short first line"),
    ],
    ids=["of the text", "one line", "first line"],
)
def test_title(fields, title):
    assert read(**fields).article.title.startswith(title[:60])


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"source": "courier"}, "courier"),
        ({"source": "Meridian Wire"}, "wire"),
        ({"source": "MERIDIAN WIRE"}, "wire"),
        ({"publisher": {"name": "Meridian Wire"}}, "wire"),
        ({"url": "http://courier.example/1"}, "courier"),
        ({"url": "http://m.other.example/1"}, "m.other.example"),
        ({"source": "The New Gazette", "url": "http://gazette.example/1"}, "the-new-gazette"),
        ({"source": "로동신문", "url": "http://www.rodong.example/1"}, "rodong.example"),
        ({"source": "로동신문"}, "로동신문"),
        ({}, "imported"),
        ({"url": "mailto:someone"}, "imported"),
    ],
    ids=[
        "name", "title", "case", "publisher", "host", "other host", "new name", "new of other script",
        "without address", "nothing", "no web address",
    ],
)  # fmt: skip
def test_source_of_a_line(fields, name):
    assert read(**fields).source.name == name


def test_default_source_is_that_of_lines_that_name_none():
    book = SourceBook.of((COURIER,), "archive")

    assert read(book, url="http://courier.example/1").source.name == "archive"
    assert read(book, source="courier").source.name == "courier"


@pytest.mark.parametrize(
    ("stated", "source", "at", "precision"),
    [
        ("2026-09-01 01:30", "courier", "2026-08-31T16:30:00+00:00", "minute"),
        ("2026-09-01 01:30", "wire", "2026-09-01T00:00:00+00:00", "day"),
        ("2026-09-01T01:30:00Z", "wire", "2026-09-01T01:30:00+00:00", "second"),
        ("2026-09", "wire", "2026-09-01T00:00:00+00:00", "month"),
        (1_788_000_000, "wire", "2026-08-29T10:40:00+00:00", "second"),
    ],
    ids=["zone of the source", "no zone", "own zone", "month", "number"],
)
def test_date_is_as_precise_as_it_is_certain(stated, source, at, precision):
    published = read(published=stated, source=source).article.published

    assert (published.at.isoformat(), published.precision) == (at, precision)


@pytest.mark.parametrize("stated", ["soon", "2099-01-01", None, "", [], "03/04/2026"])
def test_date_that_is_not_certain_is_left_out(stated):
    assert read(published=stated).article.published is None


def test_lines_without_address_are_told_apart_by_id_else_by_text():
    assert read(id=1).key != read(id=2).key
    assert read(id=1).key == read(id=1, text="another text of a few words").key
    assert read().key == read(published="2026-09-01").key
    assert read().key != read(text="another text of a few words").key
    assert read(id=1).key != read(id=1, source="wire").key


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3),
    max_leaves=5,
)
_FIELDS = st.dictionaries(
    st.sampled_from(["id", "url", "title", "text", "published", "language", "source", "authors", "section"]),
    _JSON,
)


@given(_FIELDS)
def test_any_values_give_an_article_or_a_parse_error(fields):
    try:
        found = read_line(json.dumps(fields).encode(), BOOK, NOW)
    except ParseError:
        return

    assert found.article.words > 0
    assert found.source.name
    assert found.key
