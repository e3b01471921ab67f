from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler import limits
from crawler.documents.rss import parse_feed
from crawler.urls import clean_link
from storage.errors import ParseError
from storage.records.sources import FeedDocument
from tests.support.feed_cases import FOLDER, NOW, ZONE, as_json, expected, url_of

URL = "https://coast.example.org/news/feed.xml"
SAVED = [
    "rss.xml",
    "atom.xml",
    "rdf.xml",
    "repaired.xml",
    "cut.xml",
    "unclosed.xml",
    "euc-kr.xml",
    "utf-16.xml",
    "windows-1251.xml",
    "jsonfeed.json",
]


def parse(body: bytes | str, content_type: str = "", url: str = URL) -> FeedDocument:
    content = body.encode() if isinstance(body, str) else body
    return parse_feed(content, url=url, content_type=content_type, timezone=ZONE, now=NOW)


def rss(*items: str, channel: str = "") -> str:
    shown = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Coast</title>{channel}{shown}</channel></rss>'


@pytest.mark.parametrize("name", SAVED)
def test_saved_feed_gives_expected_entries(name: str) -> None:
    document = parse((FOLDER / name).read_bytes(), url=url_of(name))

    assert as_json(document) == expected(name)


def test_html_page_is_an_error_that_names_its_feeds() -> None:
    with pytest.raises(ParseError) as caught:
        parse((FOLDER / "page.html").read_bytes(), url=url_of("page.html"))

    assert caught.value.reason == "html"
    assert str(caught.value) == (
        "the address gives an HTML page; it names as feeds: "
        "https://coast.example.org/rss.xml https://coast.example.org/atom.xml"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        (" \r\n\t", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        ("<!DOCTYPE html><title>x</title>", "html"),
        ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "html"),
        ("no feed", "not_a_feed"),
        ('<?xml version="1.0"?><error>no</error>', "not_a_feed"),
        ('<opml version="2.0"><head/></opml>', "not_a_feed"),
        ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "not_a_feed"),
        ('<rss version="2.0"><channel><title>Co', "not_a_feed"),
        ('{"error": "none"}', "not_a_feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [', "not_a_feed"),
        ('{"version": "https://jsonfeed.org/version/1"}', "not_a_feed"),
        ('{"a":' + "[" * 100_000, "not_a_feed"),
        (b"%PDF-1.7 ...", "not_text"),
    ],
    ids=[
        "no byte", "blanks", "byte order mark", "html", "xhtml", "text", "other xml", "opml", "sitemap", "cut early",
        "other json", "cut json", "no items", "deep json", "binary",
    ],
)  # fmt: skip
def test_what_is_no_feed_is_an_error(body: bytes | str, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(body, "application/rss+xml")

    assert caught.value.reason == reason


def test_feed_that_feedparser_fails_on_is_an_error() -> None:
    with pytest.raises(ParseError, match="cannot be read") as caught:
        parse(
            rss("<link>/1</link><gml:posList>1 2</gml:posList>").replace(
                "<rss", '<rss xmlns:gml="http://www.opengis.net/gml"'
            )
        )

    assert caught.value.reason == "not_a_feed"


def test_feed_without_entries_is_a_feed() -> None:
    assert parse(rss()) == FeedDocument(entries=(), title="Coast")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "text/html; charset=utf-8", "application/xml; charset=latin-1"]
)
def test_content_type_does_not_matter(content_type: str) -> None:
    document = parse(rss("<title>여객선</title><link>/1</link>"), content_type)

    assert document.entries[0].title == "여객선"


def test_links_are_resolved_against_the_feed() -> None:
    document = parse(rss("<link>/1</link>", "<link>2</link>", "<link>//other.example/3</link>"))

    assert [entry.url for entry in document.entries] == [
        "https://coast.example.org/1",
        "https://coast.example.org/news/2",
        "https://other.example/3",
    ]


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "file:///etc/hosts", "data:text/html,x", "mailto:a@b.example", "http://user:pass@x.example/",
     "http://[bad", "ht!tp://x", "http://x.example:99999/", ""],
)  # fmt: skip
def test_entry_without_usable_link_is_counted(link: str) -> None:
    document = parse(rss(f"<title>x</title><link>{link}</link>", "<link>/1</link>"))

    assert (len(document.entries), document.skipped) == (1, 1)


def test_entries_of_one_page_are_one() -> None:
    document = parse(
        rss("<title>first</title><link>/1?utm_source=a</link>", "<title>second</title><link>/1</link>")
    )

    assert [entry.title for entry in document.entries] == ["first"]
    assert document.skipped == 0


def test_entries_with_one_guid_stay_apart() -> None:
    document = parse(rss(*(f"<link>/{number}</link><guid>same</guid>" for number in range(5))))

    assert len(document.entries) == 5


@pytest.mark.parametrize(
    ("channel", "ttl_s"),
    [
        ("", None),
        ("<ttl>60</ttl>", 3_600),
        ("<ttl> 60 </ttl>", 3_600),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>99999999999999999999</ttl>", None),
        ("<ttl>soon</ttl>", None),
    ],
)
def test_ttl_is_in_seconds(channel: str, ttl_s: int | None) -> None:
    assert parse(rss(channel=channel)).ttl_s == ttl_s


@pytest.mark.parametrize(
    ("period", "frequency", "ttl_s"),
    [("hourly", "1", 3_600), ("daily", "2", 43_200), (" Weekly ", "", 604_800), ("hourly", "0", 3_600),
     ("hourly", "999999", 60), ("never", "1", None)],
)  # fmt: skip
def test_update_period_is_a_ttl(period: str, frequency: str, ttl_s: int | None) -> None:
    body = rss(
        channel=f"<sy:updatePeriod>{period}</sy:updatePeriod><sy:updateFrequency>{frequency}</sy:updateFrequency>"
    )

    assert (
        parse(body.replace("<rss ", '<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" ')).ttl_s
        == ttl_s
    )


def test_unreadable_date_is_none() -> None:
    (entry,) = parse(rss("<link>/1</link><pubDate>99999-99-99T99:99</pubDate>")).entries

    assert (entry.published, entry.updated) == (None, None)


def test_date_without_zone_is_in_the_zone_of_the_source() -> None:
    (entry,) = parse(rss("<link>/1</link><pubDate>2025-03-03 18:00:00</pubDate>")).entries

    assert entry.published is not None
    assert (entry.published.at.isoformat(), entry.published.zone) == ("2025-03-03T09:00:00+00:00", ZONE)
    assert entry.published.rule == "feed"


def test_titles_are_text_and_cut() -> None:
    (entry,) = parse(
        rss(f"<title>&lt;script&gt;alert(1)&lt;/script&gt;A\x00B {'x' * 100_000}</title><link>/1</link>")
    ).entries

    assert entry.title.startswith("AB xxx")
    assert len(entry.title) == limits.TITLE_CHARACTERS


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> int:
    """A lower limit of entries, to which less is read."""
    monkeypatch.setattr(limits, "ENTRIES_PER_FEED", 200)
    return 200


def test_entries_over_the_limit_are_left_out_before_they_cost(most: int) -> None:
    items = (f"<title>{number}</title><link>/{number}</link>" for number in range(most + 500))

    document = parse(rss(*items))

    assert len(document.entries) == most
    assert document.warning == "500 entries beyond 200 left out"


def test_limit_holds_for_a_feed_that_never_closes_an_entry(most: int) -> None:
    items = "".join(f"<item><link>/{number}</link>" for number in range(most + 5))

    document = parse(f'<rss version="2.0"><channel>{items}')

    assert len(document.entries) <= most
    assert document.warning is not None
    assert "5 entries beyond 200 left out" in document.warning


BOMBS = {
    "laughs": '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>',
    "file": '<!DOCTYPE rss [<!ENTITY c SYSTEM "file:///etc/hosts">]>',
    "net": '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/dtd" [<!ENTITY c SYSTEM "http://127.0.0.1:1/x">]>',
}


@pytest.mark.parametrize("doctype", BOMBS.values(), ids=BOMBS.keys())
def test_entities_of_the_document_stay_names(doctype: str) -> None:
    document = parse(rss("<title>A &c; B</title><link>/1</link>").replace("?><rss", f"?>{doctype}<rss"))

    assert document.entries[0].title == "A &c; B"
    assert document.warning == "not well-formed"


@given(st.binary(max_size=200))
@example(b"<rss><!ELEMENT [<!-- <channel><item><link>/1</link></item>")
@example(b"<rss><![if x]><item>&#xD800;<link>/1</link>")
@example(b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="http://[x"/></entry></feed>')
@example(b'<rss><channel xml:base="http://[x"><item><link>1</link></item></channel></rss>')
def test_any_bytes_give_a_document_or_a_parse_error(body: bytes) -> None:
    for content in (body, b"<rss>" + body, b"<feed>" + body + b"</feed>", b"{" + body):
        with suppress(ParseError):
            assert all(clean_link(entry.url, entry.url) == entry.url for entry in parse(content).entries)


def test_entries_that_are_the_articles_have_all_their_text():
    long = "<p>Wagons wait.</p>" * 300
    body = (
        "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><item><link>https://a.example/1</link>"
        f"<description>Short</description><content:encoded><![CDATA[{long}]]></content:encoded></item></channel></rss>"
    ).encode()

    (plain,) = parse_feed(body, url="https://a.example/", timezone=None, now=NOW).entries
    (whole,) = parse_feed(body, url="https://a.example/", timezone=None, now=NOW, is_whole=True).entries

    assert (plain.text, plain.title) == ("", "")
    assert whole.text == "\n".join(["Wagons wait."] * 300)
    assert (whole.title, whole.summary) == ("Wagons wait.", "Short")


def test_an_entry_longer_than_is_kept_of_it_is_read_as_far_as_that_and_costs_no_other() -> None:
    markup = "<p>The ferry carries freight over the strait.</p>" * 40_000
    items = "".join(
        f"<item><title>{title}</title><link>https://a.example/{title}</link><description><![CDATA[{text}]]></description></item>"
        for title, text in (("long", markup), ("short", "<p>Of the harbour.</p>"))
    )
    body = f'<rss version="2.0"><channel><title>A feed</title>{items}</channel></rss>'.encode()

    document = parse_feed(body, url="https://a.example/rss", timezone=None, now=NOW, is_whole=True)

    assert [entry.title for entry in document.entries] == ["long", "short"]
    assert [len(entry.text) for entry in document.entries] == [limits.TEXT_CHARACTERS, len("Of the harbour.")]
    assert document.warning is None


def test_feed_of_too_many_elements_is_read_as_far_as_they_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FEED_ELEMENTS", 2_000)
    crowd = "<i/>" * limits.FEED_ELEMENTS

    document = parse(rss("<title>First</title><link>/1</link>", f"{crowd}<link>/2</link>"))

    assert [entry.title for entry in document.entries][:1] == ["First"]
    assert document.warning is not None
    assert "more than 2,000 elements: the rest was not read" in document.warning
