from collections.abc import Iterator
from typing import Any

import pytest

from crawler.downloader.stub_refresh import is_stub
from tests.support.crawl_child import crawl
from tests.support.servers import PAGE, Answer, answer, serving

STORY = (
    b"<p>" + b"Ministers met in the northern port on Monday and agreed to reopen the railway. " * 9 + b"</p>"
)


def refresh(content: str, body: bytes = b"", around: str = "{}") -> bytes:
    head = around.format(f'<META HTTP-EQUIV=Refresh CONTENT="{content}">')
    return (
        b"<html><head><title>Redirecting</title>"
        + head.encode()
        + b"</head><body>"
        + body
        + b"</body></html>"
    )


STUBS = {
    "bare": refresh("0; URL=/page?1"),
    "quoted": refresh("0;url='/page?1'"),
    "with-a-notice": refresh("3; url=/page?1", b'<p>You are being sent on. <a href="/page?1">Go on</a></p>'),
    "with-scripts": refresh("0; url=/page?1", b"<script>" + b"var a = 1; " * 99 + b"</script>"),
    "once-more": refresh("0; url=/bare"),
}
STAYING = {
    "article": refresh("0; url=/page?1", STORY),
    "late": refresh("900; url=/page?1"),
    "to-itself": refresh("0; url=/to-itself"),
    "to-itself-lower": refresh("0; url=#lower"),
    "without-an-address": refresh("5"),
    "without-scripts-only": refresh("0; url=/page?1", around="<noscript>{}</noscript>"),
    "in-a-comment": refresh("0; url=/page?1", around="<!-- {} -->"),
    "to-a-file": refresh("0; url=file:///etc/passwd"),
    "to-no-address": refresh("0; url=http://[bad/"),
    "refused": refresh("0; url=/page?1"),
}


@pytest.fixture(scope="module")
def crawled() -> Iterator[Any]:
    with serving({"/": answer()}) as canary:
        routes: dict[str, Answer] = {f"/{name}": answer(body) for name, body in (STUBS | STAYING).items()}
        routes |= {"/refused": answer(STAYING["refused"], 403), "/page?1": answer()}
        routes |= {"/canary": answer(refresh(f"0; url={canary.url()}"))}
        routes |= {f"/turn?{hop}": answer(refresh(f"0; url=/turn?{hop + 1}")) for hop in range(12)}
        with serving(routes) as site:
            outcomes = crawl(
                [[site.url(path) for path in routes]],
                settings={
                    "SEEDWATCH_ALLOW_PRIVATE": [site.place],
                    "ROBOTSTXT_OBEY": False,
                    "DOWNLOAD_DELAY": 0.001,
                    "AUTOTHROTTLE_ENABLED": False,
                },
            )
        yield outcomes, site, canary


@pytest.mark.parametrize("name", STUBS)
def test_stub_is_answered_by_the_page_that_it_names(crawled: Any, name: str) -> None:
    outcomes, site, _ = crawled

    result = outcomes.of(site.url(f"/{name}"))

    assert (result["url"], result["body"]) == (site.url("/page?1"), PAGE.decode())


@pytest.mark.parametrize("name", STAYING)
def test_other_page_with_a_refresh_stays_what_it_is(crawled: Any, name: str) -> None:
    outcomes, site, _ = crawled

    assert outcomes.of(site.url(f"/{name}"))["url"] == site.url(f"/{name}")


def test_stub_leads_into_no_private_network(crawled: Any) -> None:
    outcomes, site, canary = crawled

    assert outcomes.reason(site.url("/canary")) == "blocked"
    assert canary.hits == []


def test_stubs_that_lead_on_for_ever_end_after_the_bound_of_redirects(crawled: Any) -> None:
    outcomes, site, _ = crawled

    assert outcomes.reason(site.url("/turn?0")) == "redirects"


def test_large_page_is_no_stub() -> None:
    assert is_stub(STUBS["bare"])
    assert not is_stub(STUBS["bare"] + b" " * 50_000)
    assert not is_stub(PAGE)
