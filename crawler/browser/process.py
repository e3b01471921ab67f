"""The process of the browser: shows one page after the other, as orders on its stdin say. I/O edge.

`python -m crawler.browser.process` is started by crawler/browser/keeper.py, which ends it, with all that it has
started, as soon as a page hangs or takes too much memory. It ends when its stdin does.
"""

import asyncio
import json
import os
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from protego import Protego

from crawler import limits
from crawler.browser.installed import program
from crawler.browser.messages import PageOrder, ShownPage, order_of, shown_line
from crawler.browser.proxy import GateProxy
from crawler.browser.rules import PageRequest, PageRules
from crawler.downloader.gate import Gate
from crawler.run.lifetime import end_with_parent, limit_memory

ROBOTS_NAME = "seedwatch"
# An order has a page in base64.
LINE_BYTES = 2 * limits.PAGE_BYTES + 2**20
# Data of one process of the browser; a page of a news site takes 100 to 250 MB.
PROCESS_BYTES = 800 * 2**20
_LOAD_S = 12.0
# What scripts still fetch after the page has come is waited for as long as something comes, and at most so long.
_SETTLE_S, _QUIET_S, _STEP_S = 8.0, 0.6, 0.2
_CLOSE_S = 3.0
_ARGUMENTS = (
    "--blink-settings=imagesEnabled=false",
    "--disable-3d-apis",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--js-flags=--max-old-space-size=384",
    "--mute-audio",
    "--no-pings",
    "--renderer-process-limit=2",
)
# In each page before its own scripts: what would only get in the way of reading it.
_QUIETENED = """
(() => {
  const nothing = () => null;
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = nothing;
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport', 'SharedWorker'])
    { try { delete window[name]; } catch (_) { /* it stays, and gets nowhere */ } }
})();
"""
_LENGTH = "document.body ? document.body.innerText.length : 0"


class Shower:
    """Shows pages in a browser that is started already."""

    def __init__(self, browser: Any, proxy: GateProxy, gate: Gate) -> None:
        self._browser, self._proxy, self._gate = browser, proxy, gate

    async def show(self, order: PageOrder) -> ShownPage:
        """What becomes of a page; a context of its own, of which nothing is kept."""
        parsed = Protego.parse(order.robots.decode("utf-8", "replace"))
        rules = PageRules(order.url, self._gate, lambda url: bool(parsed.can_fetch(url, ROBOTS_NAME)))
        self._proxy.turn_to(rules)
        context = await self._browser.new_context(
            service_workers="block",
            accept_downloads=False,
            user_agent=order.user_agent or None,
            ignore_https_errors=not order.verify_tls,
            java_script_enabled=True,
        )
        try:
            return await _Visit(context, order, rules).shown()
        except Exception as error:
            said = " ".join(str(error).split())[:200]
            return ShownPage("crashed" if "crash" in said.lower() else "browser", said, is_spent=True)
        finally:
            self._proxy.turn_to(None)
            with suppress(Exception):
                await asyncio.wait_for(context.close(), _CLOSE_S)


class _Visit:
    """One page in its context."""

    def __init__(self, context: Any, order: PageOrder, rules: PageRules) -> None:
        self._context, self._order, self._rules = context, order, rules
        self._page: Any = None
        self._is_given = self._has_crashed = False
        self._under_way = 0
        self._leads_to = ""

    async def shown(self) -> ShownPage:
        """The page when its scripts have come to rest, or its time is over."""
        await self._context.add_init_script(_QUIETENED)
        await self._context.route("**/*", self._decide)
        await self._context.route_web_socket("**/*", self._refuse_socket)
        self._page = page = await self._context.new_page()
        self._context.on("page", self._close_other)
        page.on("request", self._heard)
        page.on("requestfinished", self._done)
        page.on("requestfailed", self._done)
        page.on("crash", self._crashed)
        page.on("dialog", self._dismiss)
        with suppress(Exception):  # what has come by then is looked at
            await page.goto(self._order.url, wait_until="domcontentloaded", timeout=_LOAD_S * 1000)
        await self._settle()
        if self._has_crashed:
            return self._answer(ShownPage("crashed", "its process in the browser ended", is_spent=True))
        if self._leads_to:
            return self._answer(ShownPage(leads_to=self._leads_to))
        html = await page.content()
        if len(html) > limits.PAGE_BYTES:
            return self._answer(ShownPage("too_large", f"{len(html)} characters when its scripts had run"))
        return self._answer(ShownPage(html=html))

    def _answer(self, shown: ShownPage) -> ShownPage:
        return ShownPage(
            shown.reason,
            shown.detail,
            shown.leads_to,
            shown.html,
            self._rules.requests,
            self._rules.refused,
            shown.is_spent,
        )

    async def _settle(self) -> None:
        waited_s = quiet_s = 0.0
        length = -1
        while waited_s < _SETTLE_S and quiet_s < _QUIET_S and not (self._has_crashed or self._leads_to):
            await asyncio.sleep(_STEP_S)
            waited_s += _STEP_S
            try:
                now = await self._page.evaluate(_LENGTH)
            except Exception:  # the page is being led elsewhere at this moment
                now = -1
            is_quiet = now == length and self._under_way <= 0
            quiet_s, length = quiet_s + _STEP_S if is_quiet else 0.0, now

    async def _decide(self, route: Any) -> None:
        """Give the page itself, let pass what the rules allow, and refuse all else."""
        request = route.request
        with suppress(Exception):  # the page is gone, and its request with it
            frame = _frame_of(request)
            if frame is None:  # of a window that opens
                self._rules.refused += 1
                await route.abort("blockedbyclient")
                return
            is_main = frame == self._page.main_frame
            if is_main and request.is_navigation_request():
                await self._navigate(route, request.url)
                return
            asked = PageRequest(request.url, request.resource_type, request.method, not is_main)
            if self._rules.refusal(asked):
                await route.abort("blockedbyclient")
                return
            own = dict(self._order.own_headers) if self._rules.is_own(asked.url) else {}
            await route.continue_(headers={**request.headers, **own} if own else None)

    async def _navigate(self, route: Any, url: str) -> None:
        """The answer that the crawl has fetched, once; where scripts lead elsewhere, the crawl goes itself."""
        if not self._is_given:
            self._is_given = True
            await route.fulfill(status=200, headers=_passed_on(self._order), body=self._order.body)
            return
        self._rules.refused += 1
        if not self._leads_to and url != self._order.url:
            self._leads_to = url
        await route.abort("aborted")  # with another error the page would make room for one that tells it

    def _heard(self, request: Any) -> None:
        self._under_way += 1
        if request.redirected_from is not None:
            self._rules.redirected(request.url)

    def _done(self, _: Any) -> None:
        self._under_way -= 1

    def _crashed(self, _: Any) -> None:
        self._has_crashed = True

    async def _refuse_socket(self, socket: Any) -> None:
        self._rules.refused += 1
        with suppress(Exception):
            await socket.close()

    async def _close_other(self, page: Any) -> None:
        self._rules.refused += 1
        with suppress(Exception):
            await page.close()

    async def _dismiss(self, dialog: Any) -> None:
        with suppress(Exception):
            await dialog.dismiss()


# Headers of the answer that the page is given; its length and coding are those of another body.
_PASSED_ON = frozenset(("content-type", "set-cookie", "content-security-policy", "content-language"))


def _frame_of(request: Any) -> Any:
    """The frame of a request; None for one of a window that is not there yet."""
    try:
        return request.frame
    except Exception:  # Playwright has a plain Error for it, which is not loaded before it is needed
        return None


def _passed_on(order: PageOrder) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in order.headers:
        if (key := name.lower()) in _PASSED_ON:
            headers[key] = (
                f"{headers[key]}\n{value}" if key in headers else value
            )  # as Playwright takes several
    return headers


@asynccontextmanager
async def opened(gate: Gate) -> AsyncIterator[Shower]:
    """A browser with its proxy, closed at the end."""
    from playwright.async_api import async_playwright

    proxy = GateProxy(gate)
    await proxy.start()
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=program(),
            args=list(_ARGUMENTS),
            chromium_sandbox=os.geteuid() != 0,  # as root Chromium starts only without
            proxy={
                "server": f"http://127.0.0.1:{proxy.port}",
                "bypass": "<-loopback>",  # else this machine would be asked past the proxy
                "username": proxy.user,
                "password": proxy.password,
            },
        )
        try:
            yield Shower(browser, proxy, gate)
        finally:
            with suppress(Exception):
                await asyncio.wait_for(browser.close(), _CLOSE_S)
            await proxy.close()


async def serve(gate: Gate) -> None:
    """Show what comes on stdin until that ends."""
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with opened(gate) as shower:
        while line := await reader.readline():
            shown = await shower.show(order_of(line))
            sys.stdout.buffer.write(shown_line(shown))
            sys.stdout.buffer.flush()


def main() -> int:
    """The process's exit code; what it says first is the gate's exceptions, as JSON in its only argument."""
    end_with_parent()
    limit_memory(0)  # a browser reserves far more address space than it takes
    # The kernel's bound for each of its processes: the watch of the keeper sees a page grow only now and then.
    resource.setrlimit(resource.RLIMIT_DATA, (PROCESS_BYTES, PROCESS_BYTES))
    asyncio.run(serve(Gate(tuple(json.loads(sys.argv[1])))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
