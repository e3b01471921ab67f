"""What an address is by its form alone."""

import re

import pytest

from crawler.discovery.service_rules import RULES, Naming
from crawler.discovery.services import named_feed, recognise, web_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://www.example.org/news", "https://www.example.org/news"),
        (" www.example.org/news ", "https://www.example.org/news"),
        ("example.org", "https://example.org/"),
        ("example.org:8080/a?b=1", "https://example.org:8080/a?b=1"),
        ("feed:https://example.org/rss", "https://example.org/rss"),
        ("feed:http://example.org/rss", "http://example.org/rss"),
        ("feed://example.org/rss", "https://example.org/rss"),
        ("itpc://example.org/show.xml", "https://example.org/show.xml"),
        ("https://feedly.com/i/subscription/feed/https://example.org/rss", "https://example.org/rss"),
        ("https://www.inoreader.com/feed/https%3A%2F%2Fexample.org%2Frss", "https://example.org/rss"),
        ("not an address", "not an address"),
        ("ftp://example.org/", "ftp://example.org/"),
    ],
)
def test_what_a_person_gives_becomes_an_address(given, address):
    assert web_address(given) == address


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.org/",
        "http://127.0.0.1:8080/feed",
        "https://example.org/c/d/e",
        "https://youtube.com.example.org/channel/UCabcdefghijklmnopqrstuv",
        "https://notreddit.com/r/korea",
        "https://example.org/tags",
        "https://[::1]/",
    ],
)
def test_site_like_any_other_is_no_service(url):
    assert recognise(url) is None


@pytest.mark.parametrize(
    "url", ["https://mastodon.example/@ferry.rss", "https://mastodon.example/tags/a.rss"]
)
def test_feed_of_what_only_looks_like_a_service_is_taken_as_it_is(url):
    assert recognise(url) is None


def test_user_name_in_an_address_is_no_host():
    assert recognise("https://t.me@example.org/harbour") is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.kind}: {rule.address}")
def test_every_rule_says_where_to_go_or_what_to_do(rule):
    assert rule.asks or rule.naming or rule.problem
    named = set(re.findall(r"\?P<(\w+)>", rule.address)) | {"scheme", "host"}
    templates = (*rule.asks, rule.name, *rule.bridge, rule.naming.url if rule.naming else "")
    assert {group for template in templates for group in re.findall(r"{(\w+)}", template)} <= named


def test_answer_that_names_a_feed():
    naming = Naming("https://a.example/", r'"feedUrl":"([^"]+)"', "{}", "none")

    assert named_feed(naming, r'{"feedUrl":"https:\/\/b.example\/rss"}') == "https://b.example/rss"
    assert named_feed(naming, "{}") is None
