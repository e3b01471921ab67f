"""Searching the site of a feed that has died for what has taken its place. I/O edge."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urljoin

from scrapy.crawler import Crawler

from crawler import clock
from crawler.discovery.discovery import Found
from crawler.downloader.stopping import STOPPED
from crawler.run.session import CrawlSession
from crawler.tasks.finding import find_feeds
from crawler.tasks.outcomes import error_detail
from crawler.text.storable import storable_line
from crawler.urls import url_key
from storage.errors import StorageError
from storage.records.articles import FeedKind
from storage.sources import successors
from storage.sources.successors import DeadFeed, DeadFeeds, Offer

logger = logging.getLogger(__name__)

# A search may cost twelve requests: in vain it is repeated after these pauses, the last one for ever.
_PAUSES = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
# What was found is looked at again after so long, as long as nobody takes it.
_FOUND_PAUSE = timedelta(days=7)


async def seek_successors(crawler: Crawler, session: CrawlSession, dead: DeadFeeds) -> None:
    """Search a site, and write down for each of its dead feeds what is offered in its place."""
    source = dead.source
    home = source.home or urljoin(dead.feeds[0].url, "/")
    for feed in dead.feeds:  # one that ends its crawl must not be begun by each crawl
        await _record(session, feed, None, "its crawl ended before the search did")
    try:
        search = await find_feeds(
            crawler, session.pool, home, timezone=source.timezone, link_pattern=source.link_pattern
        )
        if any(answer.reason == STOPPED for answer in search.answers.values()):
            return
        known = {url_key(url) for url in await session.store(successors.polled)}
        offered = offers(dead.feeds, search.chosen, known)
        why = storable_line(": ".join(filter(None, search.why_nothing(is_known=bool(search.chosen)))))
    except StorageError:
        raise
    except Exception as error:  # as at a poll
        logger.exception("a search failed", extra={"source": source.name, "url": home})
        offered, why = {}, f"error: {error_detail(error)}"
    for feed in dead.feeds:
        await _record(session, feed, offered.get(feed.id), why)


async def _record(session: CrawlSession, feed: DeadFeed, offer: Offer | None, why: str) -> None:
    now = clock.now()
    pause = _FOUND_PAUSE if offer else _PAUSES[min(feed.searches, len(_PAUSES) - 1)]
    await session.store(
        successors.record,
        feed.id,
        offer,
        error=None if offer else why,
        searches=0 if offer else feed.searches + 1,
        now=now,
        next_search_at=now + pause,
    )


def offers(feeds: Sequence[DeadFeed], found: Sequence[Found], polled: set[str]) -> dict[int, Offer]:
    """What of *found* may take the place of each dead feed, by its row; each of them once, the most useful first.

    A feed comes before another kind in the place of a feed, and likewise. What is *polled* (address keys) is left out.
    """
    left = [one for one in found if url_key(one.url) not in polled and one.entries]
    chosen: dict[int, Offer] = {}
    for feed in feeds:
        if not left:
            break
        best = next((one for one in left if one.kind is feed.kind), left[0])
        left.remove(best)
        chosen[feed.id] = Offer(best.url, FeedKind(best.kind), best.title, best.entries, best.newest)
    return chosen
