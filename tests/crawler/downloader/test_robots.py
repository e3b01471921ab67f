from contextlib import ExitStack

import pytest

from crawler import limits
from crawler.downloader.failures import FetchError
from crawler.downloader.robots import _rules_of_failure
from crawler.downloader.stopping import STOPPED
from crawler.settings import user_agent
from tests.support.crawl_child import crawl
from tests.support.servers import answer, redirect, serving

CLOSED = b"User-agent: *\nDisallow: /\n"
FILLER = b"Disallow: /a-path-that-nobody-asks-for\n" * (limits.ROBOTS_BYTES // 39 + 1)


def rules(body: bytes, status: int = 200, **headers: str) -> bytes:
    return answer(body, status, Content_Type="text/plain", **headers)


# robots.txt, and why the page behind it is not fetched ("" where it is).
SITES = {
    "none": (rules(b"", 404), ""),
    "forbidden": (rules(b"", 403), ""),
    "empty": (rules(b""), ""),
    "closed": (rules(CLOSED), "robots"),
    "closed-under-html-type": (answer(CLOSED), "robots"),
    "closed-behind-mark": (rules(b"\xef\xbb\xbf" + CLOSED), "robots"),
    "closed-to-us": (rules(b"User-agent: seedwatch\nDisallow: /page\n\nUser-agent: *\nAllow: /\n"), "robots"),
    "open-to-us": (rules(CLOSED + b"\nUser-agent: Seedwatch\nDisallow: /x\n"), ""),
    "closed-elsewhere": (rules(b"User-agent: *\nDisallow: /*/private\n"), ""),
    "page-instead": (answer(b"<!doctype html><pre>\nUser-agent: *\nDisallow: /\n</pre>"), ""),
    "binary": (rules(bytes(range(256)) * 100), ""),
    "within-bound": (rules(CLOSED + FILLER * 3), "robots"),
    "beyond-bound": (rules(b"User-agent: *\n" + FILLER + b"Disallow: /\n"), ""),
    "beyond-all-bounds": (rules(CLOSED + bytes(2**20), Content_Length=str(2**30)), "robots"),
    "broken": (rules(b"", 500), "robots_unreachable"),
    "overloaded": (rules(b"", 503, Retry_After="90"), "robots_unreachable"),
    "silent": (None, "robots_unreachable"),
    "cut": (rules(CLOSED, Content_Length="500"), "robots_unreachable"),
    "too-many": (rules(b"", 429, Retry_After="90"), "host_paused"),
    "moved": (redirect("/rules.txt"), "robots"),
    "loop": (redirect("/robots.txt"), ""),
    "to-the-inside": (redirect("http://127.0.0.1:{canary}/robots.txt"), ""),
    "to-a-file": (redirect("file:///etc/passwd"), ""),
    "slow": (rules(b"User-agent: *\nCrawl-delay: 0.2\n"), ""),
}
PAGES = ("/page", "/page?2", "/page?3")


@pytest.fixture(scope="module")
def crawled():
    """One crawl of three pages a site, with the sites as it left them."""
    with ExitStack() as running:
        canary = running.enter_context(serving({"/robots.txt": rules(CLOSED)}))
        pages = {page: answer() for page in PAGES} | {"/rules.txt": rules(CLOSED)}
        sites = {}
        for name, (robots, _) in SITES.items():
            raw = robots and robots.replace(b"{canary}", str(canary.port).encode())
            sites[name] = running.enter_context(serving({"/robots.txt": raw} | pages))
        with serving({}) as gone:
            nobody = gone.url("/page")
        outcomes = crawl(
            [
                [site.url(page) for page in PAGES for site in sites.values()]
                + [nobody, "http://no.example/page"]
            ],
            settings={
                "SEEDWATCH_ALLOW_PRIVATE": [*(site.place for site in sites.values()), gone.place],
                "DOWNLOAD_DELAY": 0.001,
                "AUTOTHROTTLE_START_DELAY": 0,
                "DOWNLOAD_TIMEOUT": 2,
                "CONCURRENT_REQUESTS": 200,
            },
            names={"no.example": [[]]},
        )
        yield outcomes, sites, canary, nobody


@pytest.mark.parametrize("name", SITES)
def test_page_is_fetched_or_left_alone_as_robots_txt_says(crawled, name):
    outcomes, sites, _, _ = crawled
    site, reason = sites[name], SITES[name][1]

    assert [outcomes.reason(site.url(page)) for page in PAGES] == [reason] * 3
    assert sorted(hit for hit in site.hits if hit.startswith("/page")) == ([] if reason else [*PAGES])


@pytest.mark.parametrize("name", [name for name in SITES if name != "loop"])
def test_robots_txt_is_asked_for_once(crawled, name):
    _, sites, _, _ = crawled

    assert sites[name].hits.count("/robots.txt") == 1


def test_redirects_of_robots_txt_end_after_five(crawled):
    _, sites, _, _ = crawled

    assert sites["loop"].hits.count("/robots.txt") == 1 + limits.ROBOTS_REDIRECTS


def test_redirect_of_robots_txt_goes_through_the_gate(crawled):
    _, _, canary, _ = crawled

    assert canary.hits == []


def test_host_that_cannot_be_reached_keeps_its_own_reason(crawled):
    outcomes, _, _, nobody = crawled

    assert outcomes.reason(nobody) == "refused"
    assert outcomes.reason("http://no.example/page") == "dns"


def test_detail_says_why_robots_txt_could_not_be_had(crawled):
    outcomes, sites, _, _ = crawled

    assert outcomes.of(sites["broken"].url("/page"))["detail"] == "robots.txt: status 500"
    assert outcomes.of(sites["silent"].url("/page"))["detail"].startswith("robots.txt: timeout: ")
    assert outcomes.of(sites["cut"].url("/page"))["detail"].startswith("robots.txt: truncated")


def test_wait_that_robots_txt_asked_for_is_handed_on(crawled):
    outcomes, sites, _, _ = crawled

    assert outcomes.of(sites["overloaded"].url("/page"))["wait_s"] == 90
    assert outcomes.of(sites["too-many"].url("/page"))["wait_s"] == 90


def test_crawl_delay_becomes_the_pace_of_the_host_and_stays_it(crawled):
    outcomes, sites, _, _ = crawled

    results = [outcomes.of(sites["slow"].url(page)) for page in PAGES]

    assert [result["slot"] for result in results] == [{"delay": 0.2, "jitter": 0}] * 3
    assert results[-1]["meta"]["crawl_delay_s"] == 0.2


def test_robots_txt_is_asked_for_plain_and_by_name(crawled):
    _, sites, _, _ = crawled

    head = next(head for head in sites["none"].heads if "/robots.txt" in head)

    assert "Accept-Encoding: identity\r\n" in head
    assert f"User-Agent: {user_agent()}" in head


def test_refusals_are_counted(crawled):
    outcomes, _, _, _ = crawled
    reasons = [reason for _, reason in SITES.values()]

    assert outcomes.stats["robots/refused/robots"] == 3 * reasons.count("robots")
    assert outcomes.stats["robots/refused/robots_unreachable"] == 3 * reasons.count("robots_unreachable")
    assert outcomes.stats["robots/fetched"] == len(SITES) + 2


def test_a_robots_txt_that_was_not_asked_for_as_the_crawl_is_stopping_says_nothing_of_the_page():
    rules = _rules_of_failure(FetchError("http://a.example/robots.txt", STOPPED, "the crawl is stopping"))

    assert rules.refusal == STOPPED
