from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.settings import Settings

from crawler import limits
from crawler.downloader.throttling import apply_crawl_delay
from tests.support.crawl_child import crawl
from tests.support.servers import answer, redirect, serving

# The first answer of a host; seconds that it asks for, and whether the host is left alone for the rest of the run.
FIRST = {
    "too-many": (answer(b"", 429, Retry_After="120"), 120, True),
    "for-ever": (answer(b"", 429, Retry_After="999999999"), limits.RETRY_AFTER_S, True),
    "no-hint": (answer(b"", 429), None, True),
    "past-date": (answer(b"", 503, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"), None, True),
    "missing-with-hint": (answer(b"", 404, Retry_After="60"), 60, True),
    "missing": (answer(b"", 404), None, False),
    "broken": (answer(b"", 500), None, False),
    "page-with-hint": (answer(Retry_After="60"), None, False),
}


@pytest.fixture(scope="module")
def crawled():
    """One crawl: three pages of each host at once, then a fourth, and a redirect to a paused host."""
    with ExitStack() as running:
        pages = {f"/{number}": answer() for number in (2, 3, 4)}
        sites = {
            name: running.enter_context(serving({"/1": first} | pages))
            for name, (first, _, _) in FIRST.items()
        }
        target = sites["too-many"].url("/4")
        door = running.enter_context(serving({"/door": redirect(target)}))
        outcomes = crawl(
            [
                [site.url(f"/{number}") for site in sites.values() for number in (1, 2, 3)],
                [*(site.url("/4") for site in sites.values()), door.url("/door")],
            ],
            settings={
                "SEEDWATCH_ALLOW_PRIVATE": [site.place for site in [*sites.values(), door]],
                "DOWNLOAD_DELAY": 0.001,
                "AUTOTHROTTLE_ENABLED": False,
                "ROBOTSTXT_OBEY": False,
            },
        )
        yield outcomes, sites, door


@pytest.mark.parametrize("name", FIRST)
def test_host_is_left_alone_once_it_asks_for_it(crawled, name):
    outcomes, sites, _ = crawled
    _, wait_s, is_paused = FIRST[name]
    later = [outcomes.of(sites[name].url(f"/{number}")) for number in (2, 3, 4)]

    assert [result["reason"] for result in later] == ["host_paused" if is_paused else ""] * 3
    assert sites[name].hits == (["/1"] if is_paused else ["/1", "/2", "/3", "/4"])
    assert [result["meta"].get("retry_after_s", "none") for result in later] == [
        wait_s if is_paused else "none"
    ] * 3


@pytest.mark.parametrize("name", FIRST)
def test_answer_itself_reaches_the_callback_with_the_wait(crawled, name):
    outcomes, sites, _ = crawled

    result = outcomes.of(sites[name].url("/1"))

    assert result["reason"] == ""
    assert result["meta"].get("retry_after_s") == FIRST[name][1]


def test_redirect_to_a_paused_host_is_held_back(crawled):
    outcomes, _, door = crawled

    assert outcomes.reason(door.url("/door")) == "host_paused"


def test_pauses_and_requests_held_back_are_counted(crawled):
    outcomes, _, _ = crawled
    paused = sum(is_paused for _, _, is_paused in FIRST.values())

    assert outcomes.stats["hosts/paused"] == paused
    assert outcomes.stats["hosts/requests_held_back"] == 3 * paused + 1


@pytest.fixture
def crawler():
    """As much of a crawler as has a pace."""
    downloader = SimpleNamespace(slots={"example.com": Slot(1, 1.0, 0.5)}, per_slot_settings={})
    return SimpleNamespace(
        spider=None, settings=Settings({"DOWNLOAD_DELAY": 1.0}), engine=SimpleNamespace(downloader=downloader)
    )


@pytest.mark.parametrize(
    ("asked", "delay", "jitter"),
    [(0.5, 1.0, 0.5), (1, 1.0, 0.5), (10, 10, 0), (86_400, limits.CRAWL_DELAY_S, 0)],
)
def test_crawl_delay_is_taken_between_our_own_and_the_cap(crawler, asked, delay, jitter):
    request = Request("http://example.com/", meta={"download_slot": "example.com"})

    apply_crawl_delay(crawler, request, asked)

    slot = crawler.engine.downloader.slots["example.com"]
    assert (slot.delay, slot.jitter) == (delay, jitter)
    assert request.meta["crawl_delay_s"] == asked


def test_crawl_delay_outlives_the_slot_and_never_shrinks(crawler):
    for asked in (10, 5):
        apply_crawl_delay(
            crawler, Request("http://example.com/", meta={"download_slot": "example.com"}), asked
        )

    assert crawler.engine.downloader.per_slot_settings == {"example.com": {"delay": 10, "jitter": 0}}
    assert crawler.engine.downloader.slots["example.com"].delay == 10


def test_delay_that_a_slow_host_has_earned_is_not_shortened(crawler):
    crawler.engine.downloader.slots["example.com"].delay = 30.0

    apply_crawl_delay(crawler, Request("http://example.com/", meta={"download_slot": "example.com"}), 10)

    assert crawler.engine.downloader.slots["example.com"].delay == 30.0
