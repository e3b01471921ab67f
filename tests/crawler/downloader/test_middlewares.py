import gzip
import zlib

import pytest
from scrapy.settings import Settings
from scrapy.utils.test import get_crawler

from crawler.downloader.middlewares import GateMiddleware
from crawler.settings import user_agent
from storage.errors import ConfigError
from tests.support.crawl_child import crawl
from tests.support.servers import PAGE, Answer, answer, redirect, serving

LONG = PAGE + bytes(range(256)) * 40
MAX_BYTES = 300_000

# Refused before or at the connection; each names the canary's port.
INTERNAL = {
    "plain": "http://127.0.0.1:{port}/",
    "decimal": "http://2130706433:{port}/",
    "octal": "http://0177.0.0.1:{port}/",
    "hexadecimal": "http://0x7f.1:{port}/",
    "short": "http://127.1:{port}/",
    "zero": "http://0:{port}/",
    "mapped": "http://[::ffff:127.0.0.1]:{port}/",
    "name": "http://localhost:{port}/",
    "name-in-dns": "http://inner.example:{port}/",
    "credentials": "http://news.example@127.0.0.1:{port}/",
    "other-scheme": "ftp://127.0.0.1:{port}/",
    "file": "file:///etc/passwd",
    "data": "data:text/html,x",
    "broken": "http://[bad/",
}
# Scrapy itself makes no request of the others.
DIRECT = [name for name, url in INTERNAL.items() if url.startswith("http://") and name != "broken"]
FAULTS: dict[str, tuple[Answer, str]] = {
    "/cut-gzip": (answer(gzip.compress(LONG)[:-200], Content_Encoding="gzip"), "truncated"),
    "/bomb": (answer(gzip.compress(bytes(10 * MAX_BYTES)), Content_Encoding="gzip"), "too_large"),
    "/brotli": (answer(b"\x0b\x02\x80", Content_Encoding="br"), "protocol"),
    "/long": (answer(bytes(MAX_BYTES + 1)), "too_large"),
    "/endless": (answer(bytes(2 * MAX_BYTES)).replace(b"Content-Length", b"X-Length"), "too_large"),
    "/short-body": (answer(PAGE, Content_Length=5_000), "truncated"),
    "/cut-chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "truncated"),
    "/bad-chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        "truncated",
    ),
    "/nothing": (b"", "reset"),
    "/no-status": (PAGE + b"\n", "protocol"),
    "/two-lengths": (answer(PAGE).replace(b"\r\n\r\n", b"\r\nContent-Length: 7\r\n\r\n"), "protocol"),
    "/loop": (redirect("/loop"), "redirects"),
    "/to-itself": (redirect(""), "redirects"),
    "/chain": (lambda hits: redirect(f"/chain?{hits}"), "redirects"),
    "/no-location": (answer(b"", 302), "redirects"),
    "/silent": (None, "timeout"),
}
GOOD: dict[str, Answer] = {
    "/page": answer(),
    "/gzip": answer(gzip.compress(PAGE), Content_Encoding="gzip"),
    "/gzip-and-garbage": answer(gzip.compress(PAGE) + b"garbage", Content_Encoding="gzip"),
    "/deflate": answer(zlib.compress(PAGE), Content_Encoding="deflate"),
    "/lie": answer(PAGE, Content_Encoding="gzip"),
    "/odd-coding": answer(PAGE, Content_Encoding="utf-8"),
    "/moved": redirect("/page?moved", 301),
    "/bad-bytes": redirect("/caf\xe9?q=\xff"),
    "/missing": answer(b"", 404),
}


@pytest.fixture(scope="module")
def crawled():
    """One crawl over all faults, with the two servers as it left them."""
    with serving({"/": answer()}) as canary:
        routes: dict[str, Answer] = {path: raw for path, (raw, _) in FAULTS.items()} | GOOD
        # The chain has a new address at each hop.
        routes |= {f"/chain?{hops}": redirect(f"/chain?{hops + 1}") for hops in range(1, 20)}
        routes |= {"/page?moved": answer()}
        routes |= {f"/to/{name}": redirect(url.format(port=canary.port)) for name, url in INTERNAL.items()}
        with serving(routes) as site:
            direct = [INTERNAL[name].format(port=canary.port) for name in DIRECT]
            outcomes = crawl(
                [[*(site.url(path) for path in routes if "?" not in path), *direct]],
                settings={
                    "SEEDWATCH_ALLOW_PRIVATE": [site.place],
                    "ROBOTSTXT_OBEY": False,
                    "DOWNLOAD_DELAY": 0.001,
                    "AUTOTHROTTLE_ENABLED": False,
                    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
                    "DOWNLOAD_MAXSIZE": MAX_BYTES,
                    "DOWNLOAD_TIMEOUT": 2,
                },
                names={"inner.example": [["127.0.0.1"]]},
                meta={"proxy": canary.url()},
                environment={"http_proxy": canary.url(), "https_proxy": canary.url()},
            )
        yield outcomes, site, canary


@pytest.mark.parametrize("name", INTERNAL)
def test_redirect_into_the_private_network_is_refused(crawled, name):
    outcomes, site, _ = crawled

    result = outcomes.of(site.url(f"/to/{name}"))

    assert (result["reason"], result["error"], result["permanent"]) == ("blocked", "BlockedError", True)


@pytest.mark.parametrize("name", DIRECT)
def test_private_address_itself_is_refused(crawled, name):
    outcomes, _, canary = crawled

    assert outcomes.reason(INTERNAL[name].format(port=canary.port)) == "blocked"


def test_private_network_and_proxies_were_never_reached(crawled):
    _, _, canary = crawled

    assert canary.hits == []


@pytest.mark.parametrize("path", FAULTS)
def test_fault_reaches_the_errback_with_its_reason(crawled, path):
    outcomes, site, _ = crawled

    assert outcomes.reason(site.url(path)) == FAULTS[path][1]


@pytest.mark.parametrize(
    "path", ["/page", "/gzip", "/gzip-and-garbage", "/deflate", "/lie", "/odd-coding", "/moved"]
)
def test_good_page_arrives_whole(crawled, path):
    outcomes, site, _ = crawled

    result = outcomes.of(site.url(path))

    assert (result["status"], result["body"]) == (200, PAGE.decode())
    assert result["flags"] == (["coding_lie"] if path == "/lie" else [])


def test_redirect_is_answered_under_its_target(crawled):
    outcomes, site, _ = crawled

    assert outcomes.of(site.url("/moved"))["url"] == site.url("/page?moved")


@pytest.mark.parametrize("path", ["/missing", "/bad-bytes"])
def test_failed_status_reaches_the_callback(crawled, path):
    outcomes, site, _ = crawled

    assert outcomes.of(site.url(path))["status"] == 404


def test_redirects_end_after_their_bound(crawled):
    _, site, _ = crawled

    assert site.hits.count("/loop") == 9
    assert sum(hit.startswith("/chain") for hit in site.hits) == 9


def test_each_request_has_one_outcome_and_refusals_are_counted(crawled):
    outcomes, _, _ = crawled
    refused = [
        result["detail"].split(":")[0] for result in outcomes.results if result["error"] == "BlockedError"
    ]

    counted = {name: count for name, count in outcomes.stats.items() if name.startswith("gate/blocked/")}

    assert counted["gate/blocked/private_address"] == refused.count("private_address")
    assert counted["gate/blocked/local_name"] == refused.count("local_name") == 2
    assert counted["gate/blocked/credentials"] == refused.count("credentials") == 2


def test_request_says_who_asks_and_nothing_about_where_from(crawled):
    _, site, _ = crawled

    heads = "".join(site.heads)

    assert f"User-Agent: {user_agent()}\r\n" in heads
    assert "Accept-Encoding: gzip, deflate\r\n" in heads
    assert "Referer" not in heads
    assert "Cookie" not in heads
    assert "Accept-Language" not in heads


def test_crawl_is_quiet(crawled):
    outcomes, _, _ = crawled

    noise = [
        line
        for line in outcomes.log.splitlines()
        if line and "max size" not in line and "data loss" not in line
    ]

    assert noise == []


def test_gate_refuses_to_work_without_the_reactor():
    crawler = get_crawler()
    crawler.settings = Settings({"TWISTED_REACTOR_ENABLED": False})

    with pytest.raises(ConfigError, match="TWISTED_REACTOR_ENABLED"):
        GateMiddleware.from_crawler(crawler)
