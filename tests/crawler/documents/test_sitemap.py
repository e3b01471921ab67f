import gzip
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler import limits
from crawler.documents.sitemap import parse_sitemap
from storage.errors import ParseError
from storage.records.sources import FeedDocument
from tests.support.feed_cases import FOLDER, NOW, ZONE, as_json, expected, url_of

URL = "https://coast.example.org/sitemap.xml"


def parse(body: bytes | str, url: str = URL) -> FeedDocument:
    return parse_sitemap(body.encode() if isinstance(body, str) else body, url=url, timezone=ZONE, now=NOW)


def urlset(*units: str) -> str:
    shown = "".join(f"<url>{unit}</url>" for unit in units)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{shown}</urlset>'


def index(*units: str) -> str:
    shown = "".join(f"<sitemap>{unit}</sitemap>" for unit in units)
    return f'<?xml version="1.0"?><sitemapindex>{shown}</sitemapindex>'


@pytest.mark.parametrize("name", ["news-sitemap.xml", "sitemap-index.xml", "sitemap.txt"])
def test_saved_sitemap_gives_expected_entries(name: str) -> None:
    assert as_json(parse((FOLDER / name).read_bytes(), url_of(name))) == expected(name)


def test_gzipped_sitemap_is_read() -> None:
    body = gzip.compress(urlset("<loc>/1</loc>").encode())

    assert [entry.url for entry in parse(body).entries] == ["https://coast.example.org/1"]


def test_gzip_bomb_is_too_large() -> None:
    body = gzip.compress(b" " * (limits.PAGE_BYTES + 1))

    with pytest.raises(ParseError) as caught:
        parse(body)

    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("<html><body>404</body></html>", "html"),
        ('<?xml version="1.0"?><error/>', "not_a_sitemap"),
        ("Sitemaps:\nare not\nhere, see\nhttps://coast.example.org/", "not_a_sitemap"),
        ('{"error": 404}', "not_a_sitemap"),
    ],
    ids=["no byte", "blanks", "html", "other xml", "prose", "json"],
)
def test_what_is_no_sitemap_is_an_error(body: str, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(body)

    assert caught.value.reason == reason


def test_feed_at_the_address_of_a_sitemap_is_read() -> None:
    document = parse(
        '<rss version="2.0"><channel><item><title>Ferry</title><link>/1</link></item></channel></rss>'
    )

    assert [entry.title for entry in document.entries] == ["Ferry"]


def test_lastmod_is_an_update_not_a_publication() -> None:
    (entry,) = parse(urlset("<loc>/1</loc><lastmod>2025-03-02T10:00:00Z</lastmod>")).entries

    assert entry.published is None
    assert entry.updated is not None
    assert (entry.updated.at.isoformat(), entry.updated.rule) == ("2025-03-02T10:00:00+00:00", "sitemap")


def test_addresses_of_other_hosts_are_counted_not_kept() -> None:
    body = urlset(
        "<loc>http://127.0.0.1:8001/a</loc>",
        "<loc>http://127.0.0.1:8002/a</loc>",
        "<loc>file:///etc/hosts</loc>",
    )

    document = parse(body, "http://127.0.0.1:8001/sitemap.xml")

    assert ([entry.url for entry in document.entries], document.skipped) == (["http://127.0.0.1:8001/a"], 2)


def test_index_that_lists_itself_is_empty() -> None:
    assert parse(index(f"<loc>{URL}</loc>", f"<loc>{URL}?utm_source=x</loc>")).sitemaps == ()


def test_index_gives_newest_sitemaps_first_and_not_too_many() -> None:
    units = [f"<loc>/{day}.xml</loc><lastmod>2025-01-{day:02}</lastmod>" for day in range(1, 29)]

    document = parse(index(*units))

    assert [one.url for one in document.sitemaps[:2]] == [
        "https://coast.example.org/28.xml",
        "https://coast.example.org/27.xml",
    ]
    assert len(document.sitemaps) == limits.SITEMAPS_PER_INDEX
    assert document.warning == "8 older sitemaps left out"


def test_newest_of_too_many_entries_are_kept_in_their_order() -> None:
    old = [
        f"<loc>/old/{number}</loc><lastmod>2019-01-01</lastmod>" for number in range(limits.ENTRIES_PER_FEED)
    ]
    new = [f"<loc>/new/{number}</loc><lastmod>2025-01-0{number}</lastmod>" for number in (1, 2, 3)]

    document = parse(urlset(*old, *new))

    assert [entry.url.rpartition("/")[2] for entry in document.entries[-3:]] == ["1", "2", "3"]
    assert document.entries[0].url == "https://coast.example.org/old/0"
    assert len(document.entries) == limits.ENTRIES_PER_FEED
    assert document.warning == "3 entries beyond 2000 left out"


def test_undated_entries_are_kept_at_both_ends() -> None:
    over = limits.ENTRIES_PER_FEED + 500
    document = parse(urlset(*(f"<loc>/{number}</loc>" for number in range(over))))

    numbers = [int(entry.url.rpartition("/")[2]) for entry in document.entries]
    half = limits.ENTRIES_PER_FEED // 2

    assert numbers == [*range(half), *range(over - half, over)]
    assert document.warning == "500 entries beyond 2000 left out"


def test_sitemaps_that_are_listed_like_pages_are_an_index() -> None:
    mixed = parse(
        urlset(
            "<loc>/sitemap-2.xml</loc>",
            "<loc>/a-story</loc>",
            "<loc>/news/week.xml.gz</loc>",
            "<loc>/rates.xml</loc>",
        )
    )
    story = "<news:news><news:title>How to draw one</news:title></news:news>"
    alone = parse(urlset("<loc>/2026/w1.xml</loc>", "<loc>/2026/w2.xml</loc>"))
    news = parse(urlset(f"<loc>/sitemap-9.xml</loc>{story}"))

    assert [entry.url.rpartition("/")[2] for entry in mixed.entries] == ["a-story", "rates.xml"]
    assert [named.url.rpartition("/")[2] for named in mixed.sitemaps] == ["sitemap-2.xml", "week.xml.gz"]
    assert (len(alone.entries), len(alone.sitemaps)) == (0, 2)
    assert (len(news.entries), len(news.sitemaps)) == (1, 0)


def test_addresses_beyond_what_the_protocol_allows_are_not_looked_at() -> None:
    assert parse(f"<urlset>{'<url/>' * 50_001}</urlset>").skipped == 50_000


def test_cut_sitemap_gives_its_whole_entries() -> None:
    body = urlset("<loc>/a</loc>", "<loc>/b</loc>")

    document = parse(body[: body.index("/b") + 1])

    assert [entry.url for entry in document.entries] == ["https://coast.example.org/a"]
    assert document.warning == "not well-formed; cut off"


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hosts">]><urlset><url><loc>/&x;</loc></url></urlset>',
        '<!DOCTYPE urlset [<!ENTITY x "ha">]><urlset><url><loc>/&x;</loc></url></urlset>',
    ],
    ids=["file", "own"],
)
def test_entities_of_the_document_stay_names(body: str) -> None:
    # urllib drops an empty parameter, the ";" at the end.
    assert [entry.url for entry in parse(body).entries] == ["https://coast.example.org/&x"]


def test_unclosed_elements_do_not_hide_the_rest() -> None:
    document = parse(
        "<urlset><url><loc>/a</loc></url><url><loc>/b<lastmod></url><url><loc>/c</loc></url></urlset>"
    )

    assert document.warning == "not well-formed"
    assert "https://coast.example.org/a" in [entry.url for entry in document.entries]


def test_sitemap_of_any_prefix_and_namespace_is_read() -> None:
    body = '<s:urlset xmlns:s="https://www.sitemaps.org/other"><s:url><s:loc>/a</s:loc></s:url></s:urlset>'

    assert [entry.url for entry in parse(body).entries] == ["https://coast.example.org/a"]


def test_news_without_declared_namespace_are_read() -> None:
    news = "<news:news><news:title>Ferry</news:title><:>x</:></news:news>"

    document = parse(urlset(f"<loc>/a</loc>{news}"))

    assert [entry.title for entry in document.entries] == ["Ferry"]
    assert document.warning == "not well-formed"


@given(st.binary(max_size=200))
@example(b"<url><:>")
def test_any_bytes_give_a_document_or_a_parse_error(body: bytes) -> None:
    for content in (body, b"<urlset>" + body, b"<sitemapindex><sitemap>" + body, b"\x1f\x8b\x08" + body):
        with suppress(ParseError):
            assert parse(content).skipped >= 0
