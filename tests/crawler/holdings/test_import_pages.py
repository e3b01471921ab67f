from datetime import UTC, datetime

import pytest

from crawler.holdings.import_lines import SourceBook
from crawler.holdings.import_pages import read_page
from storage.errors import ParseError
from storage.records.articles import Page
from storage.records.sources import Source
from tests.support.outlets import story

KNOWN = Source("courier", home="https://www.courier.example/", language="en")
BOOK = SourceBook.of((KNOWN,), None)
BODY = story("Ministers meet on the tunnel").partition(b"\r\n\r\n")[2]


def page(url: str, body: bytes = BODY) -> Page:
    return Page(url, body, "text/html; charset=utf-8", datetime(2026, 9, 14, tzinfo=UTC))


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://courier.example/1", KNOWN),
        ("http://m.news.courier.example/1", KNOWN),
        ("https://other-courier.example/1", Source("other-courier.example", enabled=False)),
    ],
)
def test_a_page_is_of_the_source_whose_host_it_has_or_stands_below(url, source):
    found = read_page(page(url), BOOK)

    assert found.source == source
    assert (found.article.title, found.article.url) == ("Ministers meet on the tunnel", url)
    assert found.key.endswith("/1")


def test_a_page_without_an_article_says_why():
    with pytest.raises(ParseError) as error:
        read_page(page("https://courier.example/", b"<html><body><p>Soon.</p></body></html>"), BOOK)

    assert error.value.reason
    assert "https://courier.example/" in str(error.value)
