"""The system's Chromium over 40 attacks, each by itself, and 300 pages: what reached a canary, was left, and it took.

`python -m benchmarks.browser_pages [--pages N]`; all traffic is to 127.0.0.1. Each attack is made twice: as in a crawl,
where nothing may reach the canary, and with the canary allowed, which shows how many of the attacks are real. Of the
pages, one in fifty never ends.
"""

import argparse
import asyncio
import sys
import time

from crawler.browser.family import alive
from crawler.browser.keeper import BrowserKeeper
from crawler.browser.messages import PageOrder, ShownPage
from tests.support.browser_attacks import ATTACKS, Canary, canary
from tests.support.servers import Answer, answer, serving

HTML = (("Content-Type", "text/html; charset=utf-8"),)
PEAK_BAR_MB = 1_200
SCRIPT = b"fetch('/data').then(r => r.text()).then(t => { root.innerHTML = t.repeat(200) });"
PAGE = b"<!doctype html><html><body><div id=root></div><script src=/app.js></script></body></html>"
ENDLESS = b"<html><body><script>while (true) alert(1)</script></body></html>"


async def attacked(found: Canary, *, is_allowed: bool) -> list[str]:
    """The attacks after which something had reached the canary."""
    keeper = BrowserKeeper([found.own.place, *([found.server.place] if is_allowed else [])])
    reached = []
    try:
        for name in ATTACKS:
            before = len(found.server.hits) + len(found.packets)
            shown = await keeper.show(PageOrder(found.own.url("/page"), found.markup(name), HTML, "tester"))
            if "The ferry is late." not in shown.html and not shown.leads_to:
                raise SystemExit(f"{name}: the page was not shown: {shown.reason} {shown.detail}")
            if len(found.server.hits) + len(found.packets) > before:
                reached.append(name)
    finally:
        await keeper.close()
    return reached


async def shown(pages: int) -> bool:
    """Show *pages*; whether all went as it should."""
    routes: dict[str, Answer] = {
        "/app.js": answer(SCRIPT, Content_Type="text/javascript"),
        "/data": answer(b"<p>The ferry left the quay with nine wagons.</p>"),
    }
    seen: dict[int, str] = {}
    outcomes: dict[str, int] = {}
    with serving(routes) as server:
        keeper = BrowserKeeper([server.place])
        began = time.monotonic()
        for number in range(1, pages + 1):
            is_endless = number % 50 == 0
            keeper.page_s = 4 if is_endless else 30
            order = PageOrder(server.url(f"/page/{number}"), ENDLESS if is_endless else PAGE, HTML, "tester")
            found: ShownPage = await keeper.show(order)
            seen |= keeper.seen
            is_good = found.reason == "time_limit" if is_endless else "nine wagons" in found.html
            key = "as expected" if is_good else f"otherwise: {found.reason} {found.detail}"
            outcomes[key] = outcomes.get(key, 0) + 1
        took_s = time.monotonic() - began
        await keeper.close()
    left = alive(seen)
    print(f"{pages} pages in {took_s:.0f} s: {outcomes}; browsers ended for a page: {keeper.replaced}")
    print(f"processes started {len(seen)}, left {len(left)}; peak {keeper.peak_mb} MB, bar {PEAK_BAR_MB} MB")
    return not left and set(outcomes) == {"as expected"} and keeper.peak_mb <= PEAK_BAR_MB


def main() -> int:
    """1 if a bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=300)
    pages = parser.parse_args().pages
    with canary() as found:
        reached = asyncio.run(attacked(found, is_allowed=False))
        leaked = [path for path in found.own.hits if path.startswith("/leak")]
        real = asyncio.run(attacked(found, is_allowed=True))
    print(
        f"{len(ATTACKS)} attacks: {len(reached)} reached the canary, bar 0 {reached or ''}; files read: {len(leaked)}"
    )
    print(
        f"with the canary allowed {len(real)} reach it; held back all the same: {sorted(set(ATTACKS) - set(real))}"
    )
    return 0 if not reached and not leaked and asyncio.run(shown(pages)) else 1


if __name__ == "__main__":
    sys.exit(main())
