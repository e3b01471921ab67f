"""The hub that a feed names, in its headers and in its document."""

import json

import pytest

from crawler.documents.rss import parse_feed
from crawler.documents.websub import header_links, offer_of
from storage.records.subscriptions import NamedHub
from tests.support.samples import NOW

URL = "https://courier.example/rss"
A, B = ("hub", "https://a.example/"), ("self", "https://b.example/")
ITEM = "<item><title>One</title><link>https://courier.example/1</link></item>"
HUB = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>'
SELF = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="https://courier.example/all"/>'


def links_of(body):
    return parse_feed(body.encode(), url=URL, timezone=None, now=NOW).links


def offered(body):
    return offer_of((), links_of(body), url=URL)


def test_rss_names_its_hub_and_itself():
    body = f'<rss version="2.0"><channel><title>A</title>{SELF}{HUB}{ITEM}</channel></rss>'

    assert offered(body) == NamedHub("https://hub.example/", "https://courier.example/all")


def test_without_an_address_of_its_own_it_is_that_of_the_fetch():
    assert offered(f"<rss><channel>{HUB}{ITEM}</channel></rss>") == NamedHub("https://hub.example/", URL)


def test_atom_and_json_feed_name_theirs():
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><link rel="hub" href="https://hub.example/"/>'
        '<entry><id>1</id><title>One</title><link href="https://courier.example/1"/></entry></feed>'
    )
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "feed_url": URL,
        "hubs": [
            {"type": "rssCloud", "url": "https://cloud.example/"},
            {"type": "WebSub", "url": "https://hub.example/"},
        ],
        "items": [{"id": "1", "url": "https://courier.example/1"}],
    }

    assert offered(atom) == offered(json.dumps(feed)) == NamedHub("https://hub.example/", URL)


def test_a_feed_without_a_hub_offers_nothing():
    assert offered(f"<rss><channel>{SELF}{ITEM}</channel></rss>") is None


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "mailto:hub@example.org", "", "file:///etc/passwd", "https://" + "x" * 3_000],
)
def test_what_is_no_web_address_is_no_hub(href):
    assert offer_of((), [("hub", href)], url=URL) is None


@pytest.mark.parametrize(
    ("values", "links"),
    [
        (['<https://hub.example/>; rel="hub"'], [("hub", "https://hub.example/")]),
        (['<https://a.example/x,y>; rel=hub, <https://b.example/>;rel="self"'], [("hub", "https://a.example/x,y"), B]),
        (['<https://a.example/>; title="a, b; rel=x"; rel="hub self"'], [A, ("self", "https://a.example/")]),
        (["<https://a.example/>; rel=HUB", "<https://b.example/>; rel=self"], [A, B]),
        (["<https://a.example/>", "rel=hub", "<<<>>>;;;", ""], []),
    ],
    ids=["one", "two in a line", "two names", "two headers", "none"],
)  # fmt: skip
def test_link_headers_are_read_as_they_are_written(values, links):
    assert header_links(values) == links


def test_headers_count_before_the_document():
    header = header_links(['<https://first.example/>; rel="hub"'])

    assert offer_of(header, [("hub", "https://second.example/")], url=URL).hub == "https://first.example/"


def test_a_hostile_header_is_read_in_bounded_time():
    assert header_links(["<" * 100_000, "<a>;" * 50_000, '<a>; rel="' * 20_000]) is not None
