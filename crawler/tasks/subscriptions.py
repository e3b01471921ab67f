"""Asks hubs for subscriptions (WebSub section 5.1), under the crawl's own rules. I/O edge."""

import scrapy
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import clock
from crawler.downloader.failures import reason_of
from crawler.downloader.stopping import STOPPED
from crawler.run.session import CrawlSession
from crawler.text.storable import storable_line
from storage.records.articles import Feed
from storage.sources import subscriptions

# Ten days, as hubs usually grant; they answer with what they give.
LEASE_S = 864_000
_SAID = 200


class Hubs:
    """Asks the hubs of feeds for subscriptions; that one was taken shows when the hub verifies it."""

    def __init__(self, session: CrawlSession) -> None:
        self._session = session

    async def request(self, feed: Feed) -> scrapy.Request | None:
        """The request for a subscription to *feed*, if there is one to ask for now; else None.

        robots.txt is for pages: a hub's address is there to be posted to.
        """
        public_url = self._session.settings.public_url
        if not public_url:
            return None
        asked = await self._session.store(
            subscriptions.next_request, feed.id, public_url=public_url, now=clock.now()
        )
        if asked is None:
            return None
        try:
            return scrapy.FormRequest(
                asked.hub,
                callback=self.take,
                errback=self.fail,
                method="POST",
                formdata={
                    "hub.mode": "subscribe",
                    "hub.topic": asked.topic,
                    "hub.callback": asked.callback,
                    "hub.lease_seconds": str(LEASE_S),
                    "hub.secret": asked.secret,
                },
                cb_kwargs={"feed": feed},
                meta={"dont_obey_robotstxt": True},
                dont_filter=True,
                priority=-5,
            )
        except ValueError as error:  # Scrapy cannot even split such an address
            await self._note(feed, f"bad_address: {error}")
            return None

    async def take(self, response: Response, feed: Feed) -> None:
        """Keep why a hub did not take a request."""
        refused = refusal(response)
        if refused is not None:
            await self._note(feed, refused)

    async def fail(self, failure: Failure) -> None:
        """Keep why a hub could not be asked."""
        reason, detail, _ = reason_of(failure)
        if reason != STOPPED:
            feed = failure.request.cb_kwargs["feed"]  # type: ignore[attr-defined]  # Scrapy puts it there
            await self._note(feed, f"{reason}: {detail}" if detail else reason)

    async def _note(self, feed: Feed, error: str) -> None:
        await self._session.store(subscriptions.note_error, feed.id, storable_line(error))


def refusal(response: Response) -> str | None:
    """Why a hub did not take a request, in its own words; None: it did (any 2xx: older hubs answer 204)."""
    if 200 <= response.status < 300:
        return None
    said = storable_line(response.body[:_SAID].decode("utf-8", "replace"))
    return f"http_{response.status}: {said}" if said else f"http_{response.status}"
