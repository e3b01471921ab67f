"""Searches of sites: for feeds of a source that has none, and for what has taken a dead feed's place. I/O edge.

It drives the pure search of crawler/discovery/discovery.py with real fetches.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urljoin

from scrapy.crawler import Crawler

from crawler import clock, limits
from crawler.cadence.next_search import next_successor_search
from crawler.discovery.discovery import Discovery, FoundFeed
from crawler.discovery.lookups import SiteSearch
from crawler.discovery.service_rules import Naming
from crawler.discovery.services import Service, named_feed, recognise
from crawler.documents.poll_results import first_poll
from crawler.documents.wayback import asked_address
from crawler.downloader.answers import Fetched
from crawler.downloader.fetching import fetch
from crawler.pages.challenges import challenge_on
from crawler.run.pool import TaskPool
from crawler.run.progress import Progress
from crawler.run.session import CrawlSession
from crawler.tasks.outcomes import failed_search
from crawler.tasks.polls import Polls
from crawler.tasks.task import Failed, Output, Task
from crawler.text.encoding import decode
from crawler.text.storable import storable_line
from crawler.urls import url_key
from storage.errors import ParseError
from storage.records.sources import Feed, FeedKind, Source
from storage.sources import site_searches, successors
from storage.sources.sources import DeclaredFeed
from storage.sources.successors import DeadFeed, DeadFeeds, Offer

Result = TypeVar("Result")


class SiteSearches(Task[Source]):
    """Searches the sites of sources without a feed, and takes what was fetched on the way as first polls."""

    name = "search"

    def __init__(self, crawler: Crawler, session: CrawlSession, progress: Progress, polls: Polls) -> None:
        super().__init__(crawler, session, progress)
        self._polls = polls

    async def search(self, source: Source) -> Sequence[Output]:
        """Find what can be polled, and poll it; what follows."""
        return await self.guard(source, self._search(source))

    async def give_up(self, source: Source, failed: Failed) -> Sequence[Output]:
        """Record a search that found nothing to poll."""
        self.count(f"searches/failed/{failed.reason}")
        search = failed_search(
            source.name,
            failed.reason,
            failed.detail,
            failures=await self.session.store(site_searches.failures, source.name),
            now=clock.now(),
            was_answered=failed.url is not None,
            wait_s=failed.wait_s,
        )
        await self.session.store(site_searches.record_failure, search, run_id=self.session.run_id)
        self.progress.polled(is_ok=False)
        return ()

    def facts(self, source: Source) -> Mapping[str, object]:
        """The source and its home page."""
        return {"source": source.name, "url": source.home}

    async def _search(self, source: Source) -> Sequence[Output]:
        assert source.home is not None  # those without are not searched
        search = await find_source(
            self.crawler,
            self.session.pool,
            source.home,
            timezone=source.timezone,
            link_pattern=source.link_pattern,
        )
        feeds = await self._add(source, search.chosen) if search.chosen else []
        if not feeds:
            reason, detail = search.why_nothing(is_known=bool(search.chosen))
            answered = source.home if search.error is None else None
            return await self.give_up(
                source, Failed(reason, detail, wait_s=search.retry_after_s, url=answered)
            )
        self.progress.expect_feeds(len(feeds) - 1)
        outputs: list[Output] = []
        for feed in feeds:
            outputs += await self._poll(feed, search)
        return outputs

    async def _add(self, source: Source, chosen: Sequence[FoundFeed]) -> list[Feed]:
        declared = [DeclaredFeed(found.url, found.kind) for found in chosen]
        return await self.session.store(
            site_searches.add_found, source.name, declared, clock.now(), run_id=self.session.run_id
        )

    async def _poll(self, feed: Feed, search: SiteSearch) -> Sequence[Output]:
        """What was fetched to find the feed is its first poll."""
        fetched = search.answers.get(url_key(feed.url))
        if fetched is None or fetched.page is None:
            return await self._polls.ask(feed)
        return await self._polls.take_fetched(feed, first_poll(feed.id, fetched, clock.now()), fetched.page)


class SuccessorSearches(Task[DeadFeeds]):
    """Searches the sites of feeds that have died, and writes down what is offered in their place."""

    name = "search"

    async def search(self, dead: DeadFeeds) -> Sequence[Output]:
        """Search a site for all of its dead feeds; nothing follows before a person agrees."""
        for feed in dead.feeds:  # one that ends its crawl must not be begun by each crawl
            await self._record(feed, None, "its crawl ended before the search did")
        return await self.guard(dead, self._search(dead))

    async def give_up(self, dead: DeadFeeds, failed: Failed) -> Sequence[Output]:
        """Record that the search found nothing."""
        for feed in dead.feeds:
            await self._record(feed, None, failed.text)
        return ()

    def facts(self, dead: DeadFeeds) -> Mapping[str, object]:
        """The source and its home page."""
        return {"source": dead.source.name, "url": dead.source.home}

    async def _search(self, dead: DeadFeeds) -> Sequence[Output]:
        source = dead.source
        home = source.home or urljoin(dead.feeds[0].url, "/")
        search = await find_feeds(
            self.crawler,
            self.session.pool,
            home,
            timezone=source.timezone,
            link_pattern=source.link_pattern,
        )
        known = {url_key(url) for url in await self.session.store(successors.polled)}
        offered = offers(dead.feeds, search.chosen, known)
        why = storable_line(": ".join(filter(None, search.why_nothing(is_known=bool(search.chosen)))))
        for feed in dead.feeds:
            await self._record(feed, offered.get(feed.id), why)
        return ()

    async def _record(self, feed: DeadFeed, offer: Offer | None, why: str) -> None:
        now = clock.now()
        await self.session.store(
            successors.record,
            feed.id,
            offer,
            error=None if offer else why,
            searches=0 if offer else feed.searches + 1,
            now=now,
            next_search_at=next_successor_search(feed.searches, now, has_offer=offer is not None),
        )


def offers(feeds: Sequence[DeadFeed], offered: Sequence[FoundFeed], polled: set[str]) -> dict[int, Offer]:
    """What of *offered* may take the place of each dead feed, by its row; each of them once, the most useful first.

    A feed comes before another kind in the place of a feed, and likewise. What is *polled* (address keys) is left out.
    """
    left = [candidate for candidate in offered if url_key(candidate.url) not in polled and candidate.entries]
    chosen: dict[int, Offer] = {}
    for feed in feeds:
        if not left:
            break
        best = next((candidate for candidate in left if candidate.kind is feed.kind), left[0])
        left.remove(best)
        chosen[feed.id] = Offer(best.url, FeedKind(best.kind), best.title, best.entries, best.newest)
    return chosen


async def find_source(
    crawler: Crawler,
    pool: TaskPool,
    url: str,
    *,
    timezone: str | None,
    link_pattern: str | None = None,
    bridge: str | None = None,
) -> SiteSearch:
    """What can be polled of the outlet at *url*: of the service that its address is recognised as, else of its site.

    *bridge*: as of `crawler.discovery.services.recognise`.

    Raises:
        FetchError: ``stopped``: the crawl is stopping.
    """
    service = recognise(url, bridge)
    if service is not None:
        found = await _find_of_service(crawler, pool, service, url, timezone)
        if service.is_certain or found.chosen:
            return found
    return await find_feeds(crawler, pool, url, timezone=timezone, link_pattern=link_pattern)


async def _find_of_service(
    crawler: Crawler, pool: TaskPool, service: Service, url: str, timezone: str | None
) -> SiteSearch:
    """The first of a service's addresses that is a feed; else why the last is none."""
    search = SiteSearch(url, (), (), {}, "no_feed", f"{service.kind}: {service.problem}", service=service)
    asks = service.asks
    if service.naming is not None:
        search, asks = await _named(crawler, search, service.naming)
    for address in asks:
        found = await find_feeds(crawler, pool, address, timezone=timezone, is_feed=True)
        search = replace(found, home=url, service=service, answers=search.answers | found.answers)
        if search.chosen:
            return search
    if service.missing and search.error is None:
        return replace(search, error="no_feed", detail=f"{service.kind}: {service.missing}")
    return search


async def _named(crawler: Crawler, search: SiteSearch, naming: Naming) -> tuple[SiteSearch, tuple[str, ...]]:
    """The search after the answer to *naming*, and the feed that it names; none, and why, if it names none."""
    fetched = await fetch(crawler, naming.url)
    search = replace(search, answers={url_key(naming.url): replace(fetched, page=None)})
    if fetched.page is None:
        failed = replace(search, error=fetched.reason, detail=fetched.detail)
        return replace(failed, retry_after_s=fetched.retry_after_s), ()
    try:
        feed = named_feed(naming, decode(fetched.page.body, fetched.page.content_type))
    except ParseError as error:
        return replace(search, error=error.reason, detail=str(error)), ()
    return (search, (feed,)) if feed else (replace(search, detail=naming.problem), ())


async def find_feeds(
    crawler: Crawler,
    pool: TaskPool,
    home: str,
    *,
    timezone: str | None,
    link_pattern: str | None = None,
    is_feed: bool = False,
) -> SiteSearch:
    """The feeds, sitemaps and section pages of the site at *home*, one request after the other.

    *is_feed*: nothing but this address is asked.

    The answers are read in the pool. A page that cannot be polled is let go as soon as it is read.

    Raises:
        FetchError: ``stopped``: the crawl is stopping.
    """
    search = Discovery.begin(
        home, timezone=timezone, now=clock.now(), link_pattern=link_pattern, is_feed=is_feed
    )
    answers: dict[str, Fetched] = {}
    while (wanted := search.next_request()) is not None:
        asked, is_home = asked_address(wanted, now=clock.now()), wanted == home and not is_feed
        fetched = replace(await fetch(crawler, asked, is_page=is_home), url=wanted)
        search, fetched = await _take(search, pool, fetched)
        if search.requests == 1:
            fetched = _checked(fetched)
        is_found = any(found.url == wanted for found in search.found)
        answers[url_key(wanted)] = fetched if is_found else replace(fetched, page=None)
    first = answers[url_key(home)]
    return SiteSearch(
        home, search.found, search.chosen, answers, first.reason, first.detail, first.retry_after_s
    )


def _checked(fetched: Fetched) -> Fetched:
    """The answer of the front page, with the reason ``challenge`` if it is a check of the browser."""
    service = challenge_on(fetched.page) if fetched.page is not None else None
    return replace(fetched, reason="challenge", detail=service) if service else fetched


async def in_parallel(jobs: Sequence[Coroutine[Any, Any, Result]], *, at_once: int) -> AsyncGenerator[Result]:
    """The results of *jobs* in the order in which they are done; at most *at_once* run at a time.

    Raises:
        Exception: what a job raised; the others are cancelled, as they are when nobody waits for more.
    """
    gate = asyncio.Semaphore(at_once)

    async def run(job: Coroutine[Any, Any, Result]) -> Result:
        async with gate:
            return await job

    tasks = [asyncio.ensure_future(run(job)) for job in jobs]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for job in jobs:
            job.close()  # one that never began would be warned of


async def _take(search: Discovery, pool: TaskPool, fetched: Fetched) -> tuple[Discovery, Fetched]:
    """The search after an answer, and the answer; one that cannot be read counts as an answer without a page."""
    if fetched.page is not None:
        try:
            after = await pool.run(
                Discovery.take,
                search,
                fetched.url,
                fetched.status,
                fetched.page,
                timeout_s=limits.PARSE_TIMEOUT_S,
            )
        except ParseError as error:
            fetched = replace(fetched, page=None, reason=error.reason, detail=str(error))
        else:
            return after, fetched
    return search.take(fetched.url, fetched.status, None), fetched
