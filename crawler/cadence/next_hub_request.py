"""When a feed's hub is asked for a subscription, and with what. Pure."""

from datetime import datetime, timedelta

from storage.records.subscriptions import HubOffer, HubRequest

# A hub verifies within seconds, or says that it is slow; one that was silent for so long is asked again, after as many
# such pauses as requests in a row have brought nothing, LONGEST_PATIENCE at most.
PATIENCE = timedelta(hours=1)
LONGEST_PATIENCE = timedelta(days=1)
# What a hub has denied is not likely to be granted soon.
DENIED_PAUSE = timedelta(days=7)
# A verification answers a request; hubs that could not reach us try again for hours.
VERIFIED_WITHIN = timedelta(days=1)
# What we ask for, as hubs usually grant; they answer with what they give.
LEASE = timedelta(days=10)
# A lease is renewed when so much of it is over.
RENEWAL_SHARE = 0.5


def next_hub_request(
    offer: HubOffer, *, public_url: str, token: str, secret: str, now: datetime
) -> HubRequest | None:
    """The subscription to ask the hub for now; None: there is nothing to ask.

    After a change of *public_url* it is asked for anew, under *token* and *secret*, which nobody has seen before. The
    secret goes to hubs that are asked by https alone (section 5.1): others are asked without one, and what they send is
    only the news that there is news.
    """
    is_ours = offer.callback is not None and offer.callback == f"{public_url}/{offer.token}"
    if not public_url or (is_ours and _may_wait(offer, now)):
        return None
    failures = offer.failures if is_ours else 0
    token, secret = (offer.token or "", offer.secret or "") if is_ours else (token, secret)
    secret = secret if offer.hub.lower().startswith("https://") else ""
    holds = is_ours and offer.state == "active" and offer.lease_until is not None and offer.lease_until > now
    return HubRequest(
        hub=offer.hub,
        topic=offer.topic,
        callback=f"{public_url}/{token}",
        secret=secret,
        token=token,
        asked_at=now,
        next_ask_at=now + min(PATIENCE * (failures + 1), LONGEST_PATIENCE),
        failures=failures + 1,
        holds=holds,
    )


def _may_wait(offer: HubOffer, now: datetime) -> bool:
    if offer.next_ask_at is not None:
        return offer.next_ask_at > now
    begun, until = offer.verified_at, offer.lease_until
    return begun is not None and until is not None and now < begun + (until - begun) * RENEWAL_SHARE
