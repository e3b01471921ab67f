"""Who is asked how."""

from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from crawler.downloader.access import (
    AccessPlan,
    HostAccess,
    place_of,
    plan_from_text,
    plan_to_text,
    shown_proxy,
)
from crawler.downloader.access_middleware import PAGE, SHOWN, AccessMiddleware
from crawler.downloader.gate import Gate
from crawler.downloader.middlewares import CheckedRedirectMiddleware
from crawler.process.child import scrapy_settings
from crawler.run.opening import CrawlSettings
from storage.errors import BlockedError

HERALD = HostAccess(
    "herald",
    ("example.org",),
    headers=(("X-Key", "secret"),),
    user_agent="Reader",
    cookies_file="/nowhere/cookies.txt",
    legacy_tls=True,
    proxy="socks5h://me:hush@127.0.0.1:9050",
    open_feeds=("example.org/feed",),
)
PLAN = AccessPlan((HERALD, HostAccess("six", ("[2001:4860::1]:443",))), "http://proxy.example.net")


@pytest.mark.parametrize(
    "plan", [PLAN, AccessPlan(), AccessPlan(proxy="http://a.example:1"), AccessPlan((HERALD,))]
)
def test_plan_travels_as_text(plan):
    assert plan_from_text(plan_to_text(plan)) == plan


def test_plan_that_asks_for_nothing_is_no_text():
    assert plan_to_text(AccessPlan()) == ""


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://www.example.org/a", "herald"),
        ("http://example.org:8080/", "herald"),
        ("https://example.org.evil.example/", None),
        ("https://other.example/?example.org", None),
    ],
)
def test_only_the_registrable_domain_is_meant(url, source):
    found = PLAN.of(url)

    assert (found.source if found else None) == source


def test_host_of_a_connection_is_found_by_name_and_by_number():
    assert PLAN.of_host("www.example.org", 443) is HERALD
    assert PLAN.of_host("other.example", 443) is None
    assert AccessPlan((HostAccess("four", ("8.8.8.8:443",)),)).of_host("8.8.8.8", 443) is not None
    assert PLAN.of_host("2001:4860::2", 443) is None


def test_own_proxy_comes_before_that_of_all():
    assert PLAN.proxy_of("https://example.org/") == HERALD.proxy
    assert PLAN.proxy_of("https://other.example/") == PLAN.proxy
    assert AccessPlan((HostAccess("a", ("a.example",)),)).proxy_of("https://a.example/") == ""
    assert PLAN.proxies == (PLAN.proxy, HERALD.proxy)
    assert PLAN.proxy_places == ("proxy.example.net:80", "127.0.0.1:9050")


def test_only_feeds_that_are_named_are_open():
    assert PLAN.is_open("https://www.example.org/feed")
    assert not PLAN.is_open("https://example.org/page")


@pytest.mark.parametrize(
    ("plan", "changes"),
    [
        (AccessPlan(), False),
        (AccessPlan((HostAccess("a", ("a.example",), user_agent="b"),)), False),
        (AccessPlan((HostAccess("a", ("a.example",), verify_tls=False),)), True),
        (AccessPlan((HostAccess("a", ("a.example",), legacy_tls=True),)), True),
        (AccessPlan(proxy="http://a.example"), True),
    ],
)
def test_connections_are_made_as_usual_unless_something_asks_otherwise(plan, changes):
    assert plan.changes_connections is changes


def test_proxy_is_shown_without_user_and_password():
    assert shown_proxy("https://me:hush@[2001:4860::1]:8080") == "https://[2001:4860::1]:8080"
    assert place_of("socks5h://tor.example") == "tor.example:1080"
    assert "hush" not in repr(PLAN) + repr(HERALD)
    assert "secret" not in repr(HERALD)


def test_what_belongs_to_one_domain_is_taken_off_before_another_is_asked():
    middleware = AccessMiddleware(PLAN)
    request = Request("https://example.org/a", headers={"Accept": "text/html"})
    middleware.process_request(request)
    sent = dict(request.headers.to_unicode_dict())
    onward = request.replace(url="https://other.example/b")
    middleware.process_request(onward)

    assert sent == {"Accept": "text/html", "X-Key": "secret", "User-Agent": "Reader"}
    assert dict(onward.headers.to_unicode_dict()) == {"Accept": "text/html"}
    assert (request.meta["proxy"], onward.meta["proxy"]) == (HERALD.proxy, PLAN.proxy)


@pytest.mark.parametrize("is_brought", [False, True], ids=["in the file", "of another machine's file"])
def test_cookies_that_a_page_sets_go_beside_those_of_the_file_and_nowhere_else(tmp_path, is_brought):
    file, text = (
        tmp_path / "cookies.txt",
        "# Netscape HTTP Cookie File\n.example.org\tTRUE\t/\tFALSE\t4000000000\tsid\t1\n",
    )
    if not is_brought:
        file.write_text(text)
    cookies = text if is_brought else ""
    plan = AccessPlan((HostAccess("herald", ("example.org",), cookies_file=str(file), cookies=cookies),))
    access, redirects = AccessMiddleware(plan), CheckedRedirectMiddleware.from_crawler(get_crawler())
    request = Request("https://www.example.org/a")
    access.process_request(request)
    answer = Response(request.url, status=302, headers={"Location": "/a", "Set-Cookie": "pass=2; Path=/"})
    again: Any = redirects.process_response(request, answer)
    access.process_request(again)
    onward: Any = redirects.process_response(
        again, Response(again.url, status=302, headers={"Location": "https://b.com/"})
    )
    access.process_request(onward)

    assert request.headers["Cookie"] == b"sid=1"
    assert again.headers["Cookie"] == b"sid=1; pass=2"
    assert "Cookie" not in onward.headers


def test_proxy_itself_is_no_page():
    with pytest.raises(BlockedError, match="that of a proxy"):
        AccessMiddleware(PLAN).process_request(Request("http://proxy.example.net/"))


def test_connection_to_a_private_proxy_is_opened_and_its_address_is_still_refused():
    gate = Gate(proxies=("127.0.0.1:9050",))

    gate.check_address("127.0.0.1", 9050, "127.0.0.1")
    for host, port in (("127.0.0.1", 9051), ("news.example.org", 9050)):
        with pytest.raises(BlockedError):
            gate.check_address(host, port, "127.0.0.1")
    with pytest.raises(BlockedError):
        gate.check_url("http://127.0.0.1:9050/")


def test_pages_alone_are_shown_in_a_browser_and_only_of_the_domain_that_asks_for_it():
    plan = AccessPlan((HostAccess("a", ("example.org",), browser=True), HostAccess("b", ("example.com",))))
    access = AccessMiddleware(plan)
    marks = {}
    for url in ("https://www.example.org/a", "https://example.com/a"):
        for is_page in (True, False):
            request = Request(url, meta={PAGE: is_page})
            access.process_request(request)
            marks[url, is_page] = request.meta[SHOWN]
    assert marks == {
        ("https://www.example.org/a", True): True,
        ("https://www.example.org/a", False): False,
        ("https://example.com/a", True): False,
        ("https://example.com/a", False): False,
    }
    assert plan.shows_pages
    assert not AccessPlan((HostAccess("b", ("example.com",)),)).shows_pages


def test_without_such_a_source_no_browser_stands_in_the_way():
    name = "crawler.browser.middleware.BrowserMiddleware"
    asked = plan_to_text(AccessPlan((HostAccess("a", ("example.org",), browser=True),)))
    assert name in scrapy_settings(CrawlSettings(), asked)["DOWNLOADER_MIDDLEWARES"]
    assert name not in scrapy_settings(CrawlSettings(), "")["DOWNLOADER_MIDDLEWARES"]


def test_sources_of_one_domain_share_what_each_says_and_the_first_counts_where_they_differ():
    one = HostAccess("a", ("example.org",), headers=(("X-Key", "1"), ("A", "b")), user_agent="first")
    other = HostAccess(
        "b",
        ("example.org", "example.com"),
        headers=(("x-key", "2"), ("C", "d")),
        user_agent="second",
        legacy_tls=True,
    )
    plan = AccessPlan((one, other, HostAccess("c", ("example.org",), proxy="http://proxy.example:1")))
    both = plan.of("https://www.example.org/")
    assert both.source == "a"
    assert both.headers == (("X-Key", "1"), ("A", "b"), ("C", "d"))
    assert (both.user_agent, both.legacy_tls, both.verify_tls) == ("first", True, True)
    assert plan.proxy_of("https://example.org/") == "http://proxy.example:1"
    assert plan.of("https://example.com/") == other
