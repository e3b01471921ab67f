"""What hubs are answered: their questions, and their pushes (WebSub, sections 5.2, 5.3 and 7). I/O edge."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar
from urllib.parse import parse_qs

from crawler import clock
from crawler.cadence.next_hub_request import DENIED_PAUSE, LEASE, VERIFIED_WITHIN
from crawler.text.storable import storable_line
from scheduler.http_server import Reply, Request
from storage import db
from storage.errors import StorageError
from storage.records.subscriptions import Subscription
from storage.sources import subscriptions

Result = TypeVar("Result")

# As large as a feed may be that is polled.
BODY_BYTES = 10 * 2**20
# As hubs may ask for; the first three stand in older specifications, too.
_METHODS = {"sha1", "sha256", "sha384", "sha512"}
_CHALLENGE, _REASON, _TYPE, _FIELDS = 2_000, 200, 200, 20
# Leases outside are taken for these: one of no time would be asked for all the time.
_SHORTEST, _LONGEST = timedelta(minutes=10), timedelta(days=366)
_NOT_HERE = Reply(404, b"there is nothing here\n")


class Callbacks:
    """The addresses that hubs call: `public_url`, and behind it the token of a subscription."""

    def __init__(self, database: Path, is_on: Callable[[], bool], wake: Callable[[], None]) -> None:
        """*is_on* says whether pushes are wanted at all; *wake* is called with each that was kept."""
        self._database, self._is_on, self._wake = database, is_on, wake

    async def body_limit(self, request: Request) -> int:
        """How many bytes a request may bring: none, unless its address stands for a subscription."""
        try:
            return BODY_BYTES if await self._find(request) is not None else 0
        except StorageError:
            return 0

    async def answer(self, request: Request) -> Reply:
        """The answer to a hub; what it sent is committed by then."""
        try:
            subscription = await self._find(request)
            if subscription is None:
                return _NOT_HERE
            if request.method in ("GET", "HEAD"):
                return await self._question(request, subscription)
            if request.method == "POST":
                return await self._delivery(request, subscription)
        except StorageError:
            return Reply(503, b"try again later\n", headers={"retry-after": "60"})
        return Reply(405, b"GET or POST\n", headers={"allow": "GET, POST"})

    async def _question(self, request: Request, subscription: Subscription) -> Reply:
        asked = _fields(request.query)
        mode, topic = asked.get("hub.mode"), asked.get("hub.topic", "")
        now = clock.now()
        if mode == "denied":
            reason = storable_line(asked.get("hub.reason", "")[:_REASON]) or "no reason was given"
            done = await self._call(
                lambda c: subscriptions.deny(
                    c, _token(request), topic=topic, reason=reason, next_ask_at=now + DENIED_PAUSE
                )
            )
            return Reply(200) if done else _NOT_HERE
        challenge = asked.get("hub.challenge", "")
        if (
            mode != "subscribe"
            or not subscription.is_wanted
            or not self._is_on()
            or not 0 < len(challenge) <= _CHALLENGE
        ):
            return _NOT_HERE
        lease = lease_of(asked.get("hub.lease_seconds", ""))
        done = await self._call(
            lambda c: subscriptions.verify(
                c, _token(request), topic=topic, lease=lease, asked_since=now - VERIFIED_WITHIN, now=now
            )
        )
        # A browser must not take the challenge for a page.
        return (
            Reply(200, challenge.encode(), headers={"x-content-type-options": "nosniff"})
            if done
            else _NOT_HERE
        )

    async def _delivery(self, request: Request, subscription: Subscription) -> Reply:
        if not subscription.is_wanted or not self._is_on():
            return Reply(410, b"not subscribed any more\n")  # section 7: the hub may end the subscription
        # Without a secret anybody on the way could have written it: the feed itself is asked what is new.
        body = request.body if subscription.secret else b""
        signature = request.headers.get("x-hub-signature", "")
        if subscription.secret and not is_signed(body, signature, subscription.secret):
            # Section 8: it is acknowledged all the same, so that nobody can guess the secret by the answers.
            await self._call(lambda c: subscriptions.count_refused(c, subscription.feed_id))
            return Reply(202)
        await self._call(
            lambda c: subscriptions.add_push(
                c,
                subscription.feed_id,
                body=body,
                content_type=request.headers.get("content-type", "")[:_TYPE],
                now=clock.now(),
            )
        )
        self._wake()
        return Reply(202)

    async def _find(self, request: Request) -> Subscription | None:
        token = _token(request)
        return await self._call(lambda c: subscriptions.by_token(c, token)) if token else None

    async def _call(self, function: Callable[[Connection], Result]) -> Result:
        def call() -> Result:
            with closing(db.connect(self._database)) as connection:
                return function(connection)

        return await asyncio.to_thread(call)


def lease_of(text: str) -> timedelta:
    """How long a hub says that it will push, within bounds; the usual time where it says nothing that can be read."""
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        return LEASE
    return min(max(timedelta(seconds=int(text)), _SHORTEST), _LONGEST)


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether *signature* (X-Hub-Signature, section 7.1) is that of *body* under *secret*."""
    method, _, given = signature.partition("=")
    if method.lower() not in _METHODS:
        return False
    expected = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode())


def _fields(query: str) -> dict[str, str]:
    """The first value of each field; none where there are more than any hub sends."""
    try:
        return {name: values[0] for name, values in parse_qs(query, max_num_fields=_FIELDS).items()}
    except ValueError:
        return {}


def _token(request: Request) -> str:
    """What stands behind the last slash: a proxy may have taken away what stands before."""
    return request.path.rpartition("/")[2]
