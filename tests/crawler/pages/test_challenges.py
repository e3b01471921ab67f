from datetime import UTC, datetime

import pytest

from crawler.pages.challenges import challenge_of, challenge_on
from storage.records.articles import Page

WORDS = "The harbour board met on Monday and settled who pays for the dredging of the shallow channel. "
RELOADS = "<script>document.cookie='seen=1;path=/';setTimeout(function(){location.reload()},100)</script>"


def page(head: str, body: str = "", words: int = 0) -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}<p>{WORDS * (words // 17)}</p></body></html>"


CHECKS = {
    "F5": [
        page('<script>window["bobcmn"]="10111";</script>', "<noscript>Please enable JavaScript.</noscript>"),
        page('<script src="/TSPD/08a2cfb1?type=8"></script>'),
        page("<title>Request Rejected</title>", "The requested URL was rejected. Please consult with us."),
    ],
    "servicepipe": [
        page('<script src="https://servicepipe.ru/static/checkjs/a.js"></script>', '<div id="id_spinner"></div>'),
        page("<script>function get_cookie_spsn(){}</script>"),
    ],
    "Cloudflare": [
        page("<title>Just a moment...</title><script>window._cf_chl_opt={cvId:'3'}</script>"),
        page('<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>'),
        page("<title>Attention Required!</title>", '<div class="cf-error-details">Sorry, you have been blocked</div>'),
    ],
    "DDoS-Guard": [page('<script src="/.well-known/ddos-guard/js-challenge/index.js"></script>')],
    "Imperva": [page("", '<iframe src="/_Incapsula_Resource?CWUDNSAI=9">Incapsula incident ID: 5</iframe>')],
    "Akamai": [page('<meta http-equiv="refresh" content="5; URL=\'/?bm-verify=AAQ\'">')],
    "AWS WAF": [page("<script>window.gokuProps={}</script>")],
    "Yunsuo": [page("<script>document.cookie='__jsl_clearance=1'</script>")],
    "a script": [
        page(RELOADS),
        page("", f"One moment, please.{RELOADS}"),
        page("<script>document.cookie=a();location.href='/'</script>"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("service", "markup"), [(name, one) for name, pages in CHECKS.items() for one in pages]
)
def test_check_of_the_browser_is_known_by_whose_it_is(service: str, markup: str) -> None:
    assert challenge_of(markup) == service


@pytest.mark.parametrize("markup", [one for pages in CHECKS.values() for one in pages])
def test_the_same_scripts_on_a_page_with_an_article_are_none(markup: str) -> None:
    assert challenge_of(markup.replace("<p>", f"<p>{WORDS * 20}")) is None


@pytest.mark.parametrize(
    "markup",
    [
        page("", "", words=34),
        page(
            "<title>App</title>", '<div id="root"></div><noscript>You need to enable JavaScript.</noscript>'
        ),
        page("<script>document.cookie='theme=dark'</script>"),
        page("<script>function go(n){location.href='/n/'+n}</script>"),
        "",
        '{"items": []}',
        "document.cookie='a';location.reload()",
    ],
)
def test_other_pages_are_no_check(markup: str) -> None:
    assert challenge_of(markup) is None


def test_body_that_is_no_text_is_no_check() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)

    assert challenge_on(Page("https://x.example/", b"\x89PNG\x00\x00" * 50, "image/png", now)) is None
    assert challenge_on(Page("https://x.example/", CHECKS["F5"][0].encode(), "text/html", now)) == "F5"
