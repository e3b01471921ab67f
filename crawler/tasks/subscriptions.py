"""Asks hubs for subscriptions (WebSub section 5.1), under the crawl's own rules. I/O edge."""

import secrets
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from scrapy import FormRequest, Request
from scrapy.http import Response

from crawler import clock
from crawler.cadence.next_hub_request import LEASE, next_hub_request
from crawler.tasks.task import Failed, FetchTask, Output
from crawler.text.storable import storable_line
from storage.db import storage_errors, transaction
from storage.records.sources import Feed
from storage.records.subscriptions import AskedHub, HubRequest
from storage.sources import subscriptions

_SAID = 200
_SECRET_BYTES = 24


class Subscriptions(FetchTask[AskedHub]):
    """Asks the hubs of feeds for subscriptions; that one was taken shows when the hub verifies it."""

    name = "request to a hub"

    async def ask(self, feed: Feed) -> Request | None:
        """The request for a subscription to *feed*, if there is one to ask for now; else None."""
        public_url = self.session.settings.public_url
        if not public_url:
            return None
        asked = await self.session.store(begin_request, feed.id, public_url=public_url, now=clock.now())
        return None if asked is None else await self.send(AskedHub(feed.id, asked))

    async def send(self, asked_hub: AskedHub) -> Request | None:
        """The request for a subscription that is written down as asked for; None: its hub has no address.

        robots.txt is for pages: a hub's address is there to be posted to.
        """
        asked = asked_hub.request
        form = {
            "hub.mode": "subscribe",
            "hub.topic": asked.topic,
            "hub.callback": asked.callback,
            "hub.lease_seconds": str(round(LEASE.total_seconds())),
        }
        request = self.request(
            asked.hub,
            asked_hub,
            kind=FormRequest,
            method="POST",
            formdata=form | ({"hub.secret": asked.secret} if asked.secret else {}),
            meta={"dont_obey_robotstxt": True},
            priority=-5,
        )
        if isinstance(request, Request):
            return request
        await self.give_up(asked_hub, request)
        return None

    async def take(self, response: Response, asked_hub: AskedHub) -> Sequence[Output]:
        """Keep why a hub did not take a request."""
        refused = refusal(response)
        return () if refused is None else await self.give_up(asked_hub, Failed(refused))

    async def give_up(self, asked_hub: AskedHub, failed: Failed) -> Sequence[Output]:
        """Keep why a hub could not be asked."""
        await self.session.store(subscriptions.note_error, asked_hub.feed_id, storable_line(failed.text))
        return ()


@storage_errors
def begin_request(
    connection: sqlite3.Connection, feed_id: int, *, public_url: str, now: datetime
) -> HubRequest | None:
    """The subscription to ask the feed's hub for now, written down as asked for; None: there is nothing to ask."""
    with transaction(connection):
        offer = subscriptions.offer_of(connection, feed_id)
        if offer is None:
            return None
        token, secret = secrets.token_urlsafe(_SECRET_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        request = next_hub_request(offer, public_url=public_url, token=token, secret=secret, now=now)
        if request is not None:
            subscriptions.record_request(connection, feed_id, request)
    return request


def refusal(response: Response) -> str | None:
    """Why a hub did not take a request, in its own words; None: it did (any 2xx: older hubs answer 204)."""
    if 200 <= response.status < 300:
        return None
    said = storable_line(response.body[:_SAID].decode("utf-8", "replace"))
    return f"http_{response.status}: {said}" if said else f"http_{response.status}"
