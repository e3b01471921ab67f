"""The edge of all crawl work: what a stop, a refused database and an unforeseen error mean. I/O edge.

A crawl has six classes of work: polls, pages, searches of sites, second looks, backfills and subscriptions. Each asks
for something, takes the answer, and records what became of it. For all of them

- a request that was not sent, as the crawl is stopping, is recorded nowhere: it says nothing of its target;
- a refused database ends the crawl, which the session sees to, and the work at hand with it; so does a pool that cannot
  work, of which nothing is recorded with the target either;
- an error that nobody foresaw is logged and recorded as the target's failure ("error"): it must neither be lost nor be
  asked for by each run without a pause.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.downloader.failures import FetchError, reason_of
from crawler.downloader.stopping import STOPPED
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.outcomes import error_detail
from storage.errors import PoolError, StorageError
from storage.records.decisions import Reading
from storage.records.sources import LinkOutcome

logger = logging.getLogger(__name__)

# What a class of work goes on to: Scrapy asks for requests, the pipeline stores the others.
Output = Request | Reading | LinkOutcome
Target = TypeVar("Target")


@dataclass(frozen=True, slots=True)
class Failed:
    """Why something that was asked for gave nothing."""

    reason: str
    detail: str = ""
    is_permanent: bool = False  # asking again within days is of no use
    wait_s: int | None = None  # the server's wish
    url: str | None = None  # of the answer; None: none came
    status: int | None = None  # as above

    @property
    def text(self) -> str:
        """Reason and detail in one line."""
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Task(ABC, Generic[Target]):
    """A class of work of one crawl."""

    name: ClassVar[str]  # as the log has it

    def __init__(self, crawler: Crawler, session: CrawlSession, progress: Progress) -> None:
        self.crawler, self.session, self.progress = crawler, session, progress

    @abstractmethod
    async def give_up(self, target: Target, failed: Failed) -> Sequence[Output]:
        """Record that there is nothing, and why; what follows from it."""

    async def guard(
        self,
        target: Target,
        work: Awaitable[Sequence[Output]],
        *,
        url: str | None = None,
        status: int | None = None,
    ) -> Sequence[Output]:
        """What *work* on *target* gives, under the rules at the head of this file; *url*, *status*: of the answer."""
        try:
            return await work
        except (StorageError, PoolError):
            raise
        except Exception as error:
            if isinstance(error, FetchError) and error.reason == STOPPED:
                return ()
            logger.exception("a %s failed", self.name, extra=self.facts(target))
            return await self.give_up(target, Failed("error", error_detail(error), url=url, status=status))

    def facts(self, target: Target) -> Mapping[str, object]:
        """What the log says of a target beside its error."""
        return {name: getattr(target, name) for name in ("source", "url", "feed_id") if hasattr(target, name)}

    def count(self, name: str) -> None:
        """Count something in the crawl's stats."""
        assert self.crawler.stats is not None  # Scrapy makes it before the spider
        self.crawler.stats.inc_value(name)


async def pass_on(crawler: Crawler, output: Output) -> None:
    """Give the engine of a running crawl what work beside the spider's own goes on to."""
    engine = crawler.engine
    assert engine is not None  # a running crawl has one
    if isinstance(output, Request):
        engine.crawl(output)
    else:
        await engine.scraper.start_itemproc_async(output, response=None)


def is_closing(crawler: Crawler) -> bool:
    """Whether the engine takes nothing more."""
    engine = crawler.engine
    return engine is None or engine.spider is None or engine._slot is None or bool(engine._slot.closing)


class FetchTask(Task[Target]):
    """A class of work that asks for addresses: its requests carry their target, with which the answer comes back."""

    @abstractmethod
    async def take(self, response: Response, target: Target) -> Sequence[Output]:
        """Record what an answer holds; what follows from it."""

    def request(
        self,
        url: str,
        target: Target,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        kind: type[Request] = Request,
        **more: Any,
    ) -> Request | Failed:
        """The request for *url* on behalf of *target*, with these validators; what is wrong with such an address."""
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        try:
            return kind(
                url,
                callback=self.answered,
                errback=self.failed,
                headers={name: value for name, value in validators.items() if value},
                cb_kwargs={"target": target},
                dont_filter=True,
                **more,
            )
        except ValueError as error:  # Scrapy cannot even split such an address
            return Failed("bad_address", str(error), is_permanent=True)

    async def answered(self, response: Response, target: Target) -> Sequence[Output]:
        """The callback of the requests."""
        work = self.take(response, target)
        return await self.guard(target, work, url=response.url, status=response.status)

    async def failed(self, failure: Failure) -> Sequence[Output]:
        """The errback of the requests."""
        target = failure.request.cb_kwargs["target"]  # type: ignore[attr-defined]  # Scrapy puts it there
        reason, detail, is_permanent = reason_of(failure)
        if reason == STOPPED:
            return ()
        wait_s = getattr(failure.value, "retry_after_s", None)
        return await self.give_up(target, Failed(reason, detail, is_permanent, wait_s))
