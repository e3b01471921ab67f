import pytest
from lxml.html import document_fromstring

from crawler.pages.several_pages import find_pages

URL = "https://ledger.example/world/railway.html"


def found(markup: str, url: str = URL) -> list[tuple[int, str]]:
    root = document_fromstring(f"<html><head></head><body>{markup}</body></html>")
    return [(page.number, page.url) for page in find_pages(root, url)]


@pytest.mark.parametrize(
    ("url", "second", "third"),
    [
        (URL, "/world/railway_2.html", "/world/railway_3.html"),
        (URL, "railway-2.html", "railway-3.html"),
        (URL, "/world/railway,2.html", "/world/railway,3.html"),
        (URL, "?page=2", "?page=3"),
        (URL, "/world/railway.html/2", "/world/railway.html/3"),
        ("https://ledger.example/railway/", "/railway/2/", "/railway/3/"),
        ("https://ledger.example/railway", "/railway/page/2", "/railway/page/3"),
        ("https://ledger.example/view?id=71", "/view?id=71&p=2", "/view?id=71&p=3"),
        ("https://ledger.example/railway_1.shtml", "/railway_2.shtml", "/railway_3.shtml"),
    ],
)
def test_numbered_links_to_the_article_s_own_address_are_its_pages(url: str, second: str, third: str) -> None:
    markup = f'<p>Text</p><a href="{second}">2</a> <a href="{third}">[3]</a> <a href="{second}">Next</a>'

    assert [number for number, _ in found(markup, url)] == [2, 3]


def test_rel_next_within_the_article_is_its_next_page() -> None:
    assert found('<a rel="next" href="?page=2">Continue</a>') == [(2, f"{URL}?page=2")]


@pytest.mark.parametrize(
    "markup",
    [
        '<a rel="next" href="/world/another-story.html">Next story</a>',
        '<a href="/world/another_2.html">2</a>',
        '<a href="/world/?page=2">2</a>',
        '<a href="/world/railway-2026.html">2026</a>',
        '<a href="/world/railway.html?comments=2">2</a>',
        '<a href="/world/railway_2.html">12 comments</a>',
        '<a href="https://other.example/world/railway_2.html">2</a>',
        '<a href="/world/railway_40.html">40</a>',
        '<a href="http://[broken">2</a>',
    ],
    ids=["next-story", "other", "list", "year", "comments", "count", "host", "far", "broken"],
)
def test_what_only_looks_like_a_page_is_none(markup: str) -> None:
    assert found(markup) == []


def test_the_next_number_is_no_page_of_an_article_that_ends_in_one() -> None:
    assert found('<a href="/view/13">13</a> <a href="/view/2">2</a>', "https://ledger.example/view/12") == []
