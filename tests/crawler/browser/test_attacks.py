"""The system's Chromium against pages that want out, and pages that never end: nothing gets out or is left."""

import asyncio

import pytest

from crawler.browser.family import alive
from crawler.browser.installed import missing
from crawler.browser.keeper import BrowserKeeper
from crawler.browser.messages import PageOrder, ShownPage
from tests.support.browser_attacks import ATTACKS, LEAVING, canary
from tests.support.servers import Authority, answer, serving

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]
HTML = (("Content-Type", "text/html; charset=utf-8"),)
ENDLESS = b"<script>while (true) alert(1)</script>"
STAYING = [name for name in ATTACKS if name not in LEAVING]


async def show_all(keeper: BrowserKeeper, url: str, *pages: bytes | PageOrder) -> list[ShownPage]:
    """What becomes of *pages*; the browser and all that it started is gone at the end."""
    orders = [page if isinstance(page, PageOrder) else PageOrder(url, page, HTML, "tester") for page in pages]
    started: dict[int, str] = {}
    shown = []
    try:
        for order in orders:
            # One that never ends need not have the time that others may take on a busy machine.
            keeper.page_s = 2 if order.body == ENDLESS else 30
            shown.append(await keeper.show(order))
            started |= keeper.seen
    finally:
        await keeper.close()
    assert alive(started) == []
    return shown


def test_no_page_reaches_what_the_gate_refuses():
    with canary() as found:
        pages = [found.markup(*STAYING), *(found.markup(name) for name in ("location", "form", "window"))]
        shown = asyncio.run(show_all(BrowserKeeper([found.own.place]), found.own.url("/page"), *pages))
        assert found.server.hits == []
        assert found.packets == []
        assert [path for path in found.own.hits if path.startswith("/leak")] == []
        assert "The ferry is late." in shown[0].html
        assert shown[0].refused > len(STAYING) / 2

        # The same where the gate lets pass: what is held back above is real.
        allowed = BrowserKeeper([found.own.place, found.server.place])
        asyncio.run(show_all(allowed, found.own.url("/page"), found.markup(*STAYING)))
        assert {"/a", "/b", "/redirected"} <= set(found.server.hits)


def test_pages_that_never_end_cost_themselves_alone(tmp_path):
    ready = b"<div id=root></div><script>setTimeout(() => root.textContent = 'Nine wagons', 200)</script>"
    greedy = b"<p>Late</p><script>a = []; while (true) a.push(new Uint8Array(1e7).fill(1))</script>"
    tls = Authority.made_in(tmp_path).context("127.0.0.1", signed_by_itself=True)
    code = answer(b"root.textContent = 'Nine wagons'", Content_Type="text/javascript")
    with serving({"/app.js": code}, tls=tls) as server:
        keeper = BrowserKeeper([server.place])
        page = b"<div id=root></div><script src=/app.js></script>"
        secure = [
            PageOrder(server.url("/a", scheme="https"), page, HTML, verify_tls=checked)
            for checked in (True, False)
        ]
        away = b"<script>location = '/b'</script>"
        pages: tuple[bytes | PageOrder, ...] = (ready, ENDLESS, ready, greedy, away, *secure)
        shown = asyncio.run(show_all(keeper, "http://press.example/a", *pages))
    before, hung, after, hoarding, elsewhere, distrusted, trusted = shown
    assert "Nine wagons" not in distrusted.html.partition("<script")[0]
    assert "Nine wagons" in trusted.html
    assert "Nine wagons" in before.html
    assert (hung.reason, hung.is_spent) == ("time_limit", True)
    assert "Nine wagons" in after.html
    assert hoarding.reason in ("", "memory", "crashed")
    assert elsewhere.leads_to == "http://press.example/b"
    assert keeper.replaced >= 1
    assert keeper.peak_mb < 1_500


def test_a_browser_that_cannot_start_is_told():
    keeper = BrowserKeeper()
    keeper.arguments = ("--no-such-argument",)

    async def shown() -> ShownPage:
        try:
            return await keeper.show(PageOrder("http://press.example/", b"x", HTML))
        finally:
            await keeper.close()

    found = asyncio.run(shown())
    assert found.reason == "browser"
    assert "the browser ended" in found.detail
