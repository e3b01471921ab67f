"""Subscriptions to hubs (WebSub, W3C Recommendation of 23 January 2018), and what hubs have sent. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NamedHub:
    """A hub that a feed names, and the address under which the hub knows the feed (section 4)."""

    hub: str
    topic: str


@dataclass(frozen=True, slots=True)
class HubOffer:
    """What a feed offers, and how asking for it has fared."""

    hub: str
    topic: str
    state: str  # offered, asked, active or denied
    token: str | None = None  # at the end of the callback; None: not asked for yet
    callback: str | None = None
    secret: str | None = None
    next_ask_at: datetime | None = None  # None: once the lease is half over
    verified_at: datetime | None = None
    lease_until: datetime | None = None
    failures: int = 0  # requests in a row that brought nothing


@dataclass(frozen=True, slots=True)
class HubRequest:
    """A subscription that is to be asked for (section 5.1)."""

    hub: str
    topic: str
    callback: str
    secret: str  # "": none, the hub is not asked by https
    token: str
    asked_at: datetime
    next_ask_at: datetime  # if nothing comes of it
    failures: int  # requests in a row that brought nothing, with this one
    holds: bool  # whether the subscription is active meanwhile


@dataclass(frozen=True, slots=True)
class AskedHub:
    """A request to a hub that is written down, and is to be sent."""

    feed_id: int
    request: HubRequest


@dataclass(frozen=True, slots=True)
class DueOffer:
    """A feed whose hub may be asked."""

    feed_id: int
    hub: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a callback needs to know of the subscription that it stands for."""

    feed_id: int
    topic: str
    secret: str  # that deliveries are signed with; "": they are not, and not read either
    is_wanted: bool  # its feed is polled, and still names the hub


@dataclass(frozen=True, slots=True)
class Push:
    """What a hub sent, and the worker has not read yet."""

    id: int
    feed_id: int
    received_at: datetime
    content_type: str
    body: bytes | None  # None: only the news that there is news


@dataclass(frozen=True, slots=True)
class PushTrust:
    """How far a hub is believed to tell all that its feed brings.

    Attributes:
        proof: 0: the feed is polled as if there was no hub; n: n - 1 looks at the feed in a row found nothing that had
            not been pushed, since pushes began to bring news.
        news: new entries that pushes brought since the feed itself was asked last.
        asked_at: when that was; None: never.
        lease_until: until when the hub has promised to push.
    """

    proof: int
    news: int
    asked_at: datetime | None
    lease_until: datetime | None


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """How a subscription does, for `status`; its secret and callback stay where they are."""

    source: str
    feed: str
    hub: str
    state: str  # offered, asked, active, denied or ended
    lease_until: datetime | None
    pushed_at: datetime | None  # the last push that could be read; None: none yet
    pushes: int
    refused: int  # deliveries that were not signed with the secret
    error: str | None
