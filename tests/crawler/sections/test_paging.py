import pytest

from crawler.sections.paging import next_page

URL = "https://www.gazette.example.com/world"


def following(markup: str, url: str = URL) -> str | None:
    found = next_page(f"<!doctype html><html><body>{markup}</body></html>".encode(), "text/html", url)
    return found.removeprefix("https://www.gazette.example.com") if found else None


@pytest.mark.parametrize(
    ("url", "markup", "expected"),
    [
        (URL, '<link rel="next" href="/world/page/2"><a href="/world/page/9">9</a>', "/world/page/2"),
        (URL, '<a rel="nofollow next" href="?page=2">more</a>', "/world?page=2"),
        (
            URL,
            '<a href="/world?page=1">1</a><a href="/world?page=2">2</a><a href="/world?page=3">3</a>',
            "/world?page=2",
        ),
        (URL, '<a href="/world?page=1">2</a><a href="/world?page=2">3</a>', "/world?page=1"),
        (f"{URL}?page=7", '<a href="/world?page=6">6</a><a href="/world?page=8">8</a>', "/world?page=8"),
        (f"{URL}?page=9", '<a href="/world?page=1">1</a><a href="/world?page=8">8</a>', None),
        (f"{URL}/page/2/", '<a href="/world/page/3/">3</a><a href="/world/">1</a>', "/world/page/3/"),
        (f"{URL}?start=20&lang=en", '<a href="/world?lang=en&start=40">x</a>', "/world?lang=en&start=40"),
        (f"{URL}?start=20&lang=en", '<a href="/world?lang=ko&start=40">x</a>', None),
        (URL, '<a href="/world/older">Older posts »</a>', "/world/older"),
        (URL, '<a href="/ru/arhiv">Следующая страница</a>', "/ru/arhiv"),
        (URL, '<a href="/list/b2">다음</a>', "/list/b2"),
        (URL, '<a href="/archive?pg=2">›</a>', "/archive?pg=2"),
        (URL, '<a href="/photos/17">›</a>', None),
        (URL, '<a href="https://elsewhere.example/world?page=2" rel="next">2</a>', None),
        (URL, '<a rel="next" href="/world">again</a>', None),
        (URL, '<a rel="next" href="javascript:void(0)">more</a>', None),
        (URL, '<a href="/sport/page/2">2</a>', None),
        (URL, "", None),
    ],
)
def test_the_page_that_follows(url: str, markup: str, expected: str | None) -> None:
    assert following(markup, url) == expected


def test_a_page_without_an_element_leads_nowhere():
    assert next_page(b"<!-- nothing -->", "text/html", "https://www.gazette.example.com/") is None
