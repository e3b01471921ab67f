"""Finding the feeds of a site: drives the pure search of discovery.py with real fetches. I/O edge."""

from scrapy.crawler import Crawler

from crawler import clock
from crawler.discovery import Discovery
from crawler.fetching import fetch
from crawler.lookups import Fetched, SiteSearch
from crawler.urls import url_key


async def find_feeds(crawler: Crawler, home: str, *, timezone: str | None) -> SiteSearch:
    """The feeds, sitemaps and section pages of the site at *home*, one request after the other."""
    search = Discovery.begin(home, timezone=timezone, now=clock.now())
    answers: dict[str, Fetched] = {}
    while (wanted := search.next_request()) is not None:
        fetched = await fetch(crawler, wanted)
        answers[url_key(wanted)] = fetched
        search = search.take(wanted, fetched.status, fetched.page)
    first = answers[url_key(home)]
    return SiteSearch(home, search.found, search.chosen, answers, first.reason)
