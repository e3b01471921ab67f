"""One crawl in a process of its own, for tests: a job as JSON comes in, what became of each request goes out.

The job: ``settings`` (over crawler/settings.py), ``steps`` (lists of addresses; a step begins when the one before has
its results), ``meta`` (of each request), ``names`` (host -> list of answers, each a list of addresses; the last one
stays) and ``process`` (how the crawl is started: "process" or "runner").
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess, AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.reactor import install_reactor
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.downloader.failures import reason_of
from tests.support.folders import ROOT


def crawl(
    steps: list[list[str]],
    *,
    settings: dict[str, Any] | None = None,
    names: dict[str, list[list[str]]] | None = None,
    meta: dict[str, Any] | None = None,
    process: str = "process",
    environment: dict[str, str] | None = None,
    timeout_s: int = 60,
) -> "Outcomes":
    """What became of each request of a crawl in a child process."""
    job = {
        "settings": settings or {},
        "steps": steps,
        "names": names or {},
        "process": process,
        "meta": meta or {},
    }
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    return Outcomes(report["results"], report["stats"], report["lookups"], done.stderr)


class Outcomes:
    """The results of a crawl: by address, the stats, the lookups of names, and what was logged."""

    def __init__(
        self, results: list[dict[str, Any]], stats: dict[str, Any], lookups: list[str], log: str
    ) -> None:
        self.results, self.stats, self.lookups, self.log = results, stats, lookups, log

    def of(self, url: str) -> dict[str, Any]:
        """The one result of an address."""
        (found,) = (result for result in self.results if result["asked"] == url)
        return found

    def reason(self, url: str) -> str:
        """Why an address failed; "" if it did not."""
        return str(self.of(url)["reason"])


class Asker(Spider):
    """Asks for the addresses of the steps and notes what becomes of them."""

    name = "asker"

    def __init__(self, steps: list[list[str]], meta: dict[str, Any], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.steps, self.meta, self.waiting = steps, meta, 0
        self.results: list[dict[str, Any]] = []

    async def start(self) -> AsyncIterator[Request]:
        for request in self.next_step():
            yield request

    def next_step(self) -> Iterator[Request]:
        if self.waiting or not self.steps:
            return
        step = self.steps.pop(0)
        self.waiting = len(step)
        for url in step:
            facts: dict[str, Any] = {"cb_kwargs": {"asked": url}, "meta": dict(self.meta)}
            yield Request(url, self.answered, errback=self.failed, dont_filter=True, **facts)

    def answered(self, response: Any, asked: str) -> Iterator[Request]:
        facts = {"status": response.status, "url": response.url, "flags": response.flags}
        body = response.body[:200].decode("latin-1")
        return self.note(asked, response.meta, reason="", error="", body=body, **facts)

    def failed(self, failure: Any) -> Iterator[Request]:
        reason, detail, permanent = reason_of(failure)
        facts = {
            "error": type(failure.value).__name__,
            "wait_s": getattr(failure.value, "retry_after_s", None),
        }
        asked = failure.request.cb_kwargs["asked"]
        return self.note(
            asked, failure.request.meta, reason=reason, detail=detail, permanent=permanent, **facts
        )

    def note(self, asked: str, meta: dict[str, Any], **facts: Any) -> Iterator[Request]:
        slot = self.crawler.engine.downloader.slots.get(meta.get("download_slot"))
        pace = {"delay": slot.delay, "jitter": slot.jitter} if slot else {}
        kept = {name: value for name, value in meta.items() if isinstance(value, str | int | float | None)}
        self.results.append({"asked": asked, "meta": kept, "slot": pace, **facts})
        self.waiting -= 1
        return self.next_step()


@implementer(IHostnameResolver)
class Names:
    """A name service below the gate: what the system would answer, but for the given names."""

    def __init__(self, names: dict[str, list[list[str]]], system: Any) -> None:
        self.names, self.system = names, system
        self.lookups: list[str] = []

    def resolveHostName(self, receiver: Any, host: str, port: int = 0, *more: Any) -> Any:
        self.lookups.append(f"{host}:{port}")
        if host not in self.names:
            return self.system.resolveHostName(receiver, host, port, *more)
        answers = self.names[host]
        receiver.resolutionBegan(None)
        for address in answers.pop(0) if len(answers) > 1 else answers[0]:
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()
        return None


def run_process(settings: Settings, job: dict[str, Any]) -> Crawler:
    """A crawl as `scrapy crawl` starts it."""
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Asker)
    process.crawl(crawler, steps=job["steps"], meta=job["meta"])
    process.start()
    return crawler


def run_runner(settings: Settings, job: dict[str, Any]) -> Crawler:
    """A crawl in a reactor that somebody else runs."""
    from twisted.internet import reactor as installed

    reactor: Any = installed
    runner = AsyncCrawlerRunner(settings)
    crawler = runner.create_crawler(Asker)

    async def run() -> None:
        await runner.crawl(crawler, steps=job["steps"], meta=job["meta"])
        reactor.stop()

    reactor.callWhenRunning(lambda: asyncio.ensure_future(run()))
    reactor.run()
    return crawler


def main() -> None:
    """Run the job."""
    job = json.load(sys.stdin)
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    # The fetching layer alone.
    settings.setdict(
        {"SPIDER_MODULES": [], "ITEM_PIPELINES": {}, "EXTENSIONS": {}, **job["settings"]}, "cmdline"
    )
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor

    names = Names(job["names"], reactor.nameResolver)
    reactor.installNameResolver(names)
    crawler = (run_process if job["process"] == "process" else run_runner)(settings, job)
    spider: Any = crawler.spider
    stats = {name: value for name, value in crawler.stats.get_stats().items() if isinstance(value, int)}
    report = {"results": spider.results, "stats": stats, "lookups": names.lookups}
    sys.stdout.write("\n" + json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
