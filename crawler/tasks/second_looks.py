"""The part of the spider that looks again at kept articles, when nothing else is left to do."""

import logging
from collections.abc import Sequence
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import clock
from crawler.articles.look_verdicts import Sight
from crawler.downloader.failures import reason_of
from crawler.downloader.stopping import STOPPED
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.looking import claim_looks, see, store_sight
from crawler.tasks.outcomes import error_detail
from storage.errors import StorageError
from storage.records.looks import Watch

logger = logging.getLogger(__name__)

# A run begins no further looks after this time, since polls may be due that wait for its end.
LOOKING_S = 120.0


class SecondLooks:
    """Claims due looks when the spider has nothing else to do, and asks for their pages."""

    def __init__(
        self, crawler: Crawler, session: CrawlSession, progress: Progress, names: Sequence[str]
    ) -> None:
        """*names*: the sources; none: all."""
        self._crawler, self._session, self._progress, self._names = crawler, session, progress, names
        self._began_s: float | None = None

    def ask_next(self) -> bool:
        """Ask for the next pages, if nothing else is under way; whether there are some."""
        if self._began_s is None:
            self._began_s = clock.monotonic_s()
        if clock.monotonic_s() - self._began_s > LOOKING_S:
            return False
        watches = self._claim()
        for watch in watches:
            self._ask(watch)
        return bool(watches)

    def _claim(self) -> list[Watch]:
        """The looks to make now. Nothing else is under way, so the event loop may wait for the database."""
        session = self._session
        try:
            return session.store_now(claim_looks, run_id=session.run_id, now=clock.now(), names=self._names)
        except StorageError:  # the session has ended the crawl
            return []

    def _ask(self, watch: Watch) -> None:
        self._progress.expect_page()
        validators = {"If-None-Match": watch.etag, "If-Modified-Since": watch.last_modified}
        engine = self._crawler.engine
        assert engine is not None  # it is what is idle
        engine.crawl(
            Request(
                watch.url,
                self.take,
                errback=self.fail,
                headers={name: value for name, value in validators.items() if value},
                cb_kwargs={"watch": watch},
                dont_filter=True,
                priority=-10,
            )
        )

    async def take(self, response: Response, watch: Watch) -> None:
        """Store what the answer shows."""
        try:
            sight = await see(self._session, response, watch)
        except Exception as error:  # one page that nobody expected must not be asked for by every run
            logger.exception("a look failed", extra={"source": watch.source, "url": watch.url})
            sight = Sight(
                "failed",
                clock.now(),
                response.url,
                response.status,
                reason="error",
                detail=error_detail(error),
            )
        await self._store(watch, sight)

    async def fail(self, failure: Failure) -> None:
        """Store that no answer came."""
        watch = failure.request.cb_kwargs["watch"]  # type: ignore[attr-defined]  # Scrapy puts it there
        reason, detail, _ = reason_of(failure)
        if reason == STOPPED:
            return
        wait_s = getattr(failure.value, "retry_after_s", None)
        await self._store(
            watch, Sight("failed", clock.now(), watch.url, reason=reason, detail=detail, wait_s=wait_s)
        )

    async def _store(self, watch: Watch, sight: Sight) -> None:
        settings = self._session.settings
        values: dict[str, Any] = {
            "run_id": self._session.run_id,
            "keep_all": settings.keep_all,
            "hold_days": settings.keep_off_topic_days,
        }
        look = await self._session.store(store_sight, watch, sight, **values)
        self._crawler.stats.inc_value(f"looks/{look.outcome}")
        self._progress.settled(matched=False)
