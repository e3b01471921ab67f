"""Subscriptions to hubs: what feeds offer, what was asked for and granted, and what hubs sent and nobody has read."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.db import from_iso, storage_errors, to_iso, transaction
from storage.records.subscriptions import (
    DueOffer,
    HubOffer,
    HubRequest,
    NamedHub,
    Push,
    PushTrust,
    Subscription,
    SubscriptionState,
)
from storage.sources.sources import IS_NAMED

# Of a feed so many wait at most; with one more, all are dropped and the feed itself is asked.
_WAITING_PUSHES = 8


def note_offer(connection: sqlite3.Connection, feed_id: int, offer: NamedHub | None) -> None:
    """Keep what a feed that was read says of hubs (None: nothing), inside the caller's transaction."""
    if offer is None:
        connection.execute(
            "UPDATE subscriptions SET state = 'ended', proof = 0, news = 0 WHERE feed_id = ?", [feed_id]
        )
        return
    connection.execute(
        """
        INSERT INTO subscriptions (feed_id, hub, topic, state) VALUES (?, ?, ?, 'offered')
        ON CONFLICT (feed_id) DO UPDATE
        SET hub = excluded.hub, topic = excluded.topic, state = 'offered', token = NULL, callback = NULL, secret = NULL,
            next_ask_at = NULL, failures = 0, lease_until = NULL, proof = 0, news = 0, error = NULL
        WHERE hub <> excluded.hub OR topic <> excluded.topic OR state = 'ended'
        """,
        [feed_id, offer.hub, offer.topic],
    )


def note_push(connection: sqlite3.Connection, feed_id: int, at: datetime, new_links: int) -> None:
    """Count a push that was read, with what it brought; inside the caller's transaction."""
    connection.execute(
        "UPDATE subscriptions SET pushed_at = ?, pushes = pushes + 1, news = news + ? WHERE feed_id = ?",
        [to_iso(at), new_links, feed_id],
    )


def set_trust(connection: sqlite3.Connection, feed_id: int, trust: PushTrust) -> None:
    """Keep how far the hub of a feed is believed, inside the caller's transaction."""
    connection.execute(
        "UPDATE subscriptions SET proof = ?, news = ? WHERE feed_id = ?", [trust.proof, trust.news, feed_id]
    )


@storage_errors
def offer_of(connection: sqlite3.Connection, feed_id: int) -> HubOffer | None:
    """What the feed offers; None: no hub, or not any more."""
    row = connection.execute(
        "SELECT * FROM subscriptions WHERE feed_id = ? AND state <> 'ended'", [feed_id]
    ).fetchone()
    if row is None:
        return None
    return HubOffer(
        hub=row["hub"],
        topic=row["topic"],
        state=row["state"],
        token=row["token"],
        callback=row["callback"],
        secret=row["secret"],
        next_ask_at=from_iso(row["next_ask_at"]),
        verified_at=from_iso(row["verified_at"]),
        lease_until=from_iso(row["lease_until"]),
        failures=row["failures"],
    )


@storage_errors
def due_offers(
    connection: sqlite3.Connection,
    now: datetime,
    *,
    public_url: str,
    renewal_share: float,
    names: Sequence[str] = (),
) -> list[DueOffer]:
    """The feeds, of the sources *names* (none: of all), whose hubs may be asked now, by id.

    Their last poll went well, and they were never asked for under *public_url*, or their pause is over, or so large a
    share (0 to 1) of their lease.
    """
    rows = connection.execute(
        f"""
        SELECT feed_id, hub FROM subscriptions
        JOIN feeds ON feeds.id = feed_id JOIN sources ON sources.id = feeds.source_id
        WHERE state <> 'ended' AND feeds.enabled = 1 AND sources.enabled = 1 AND {IS_NAMED}
          AND retired_at IS NULL AND feeds.failures = 0 AND last_ok_at IS NOT NULL
          AND (
            callback IS NULL OR callback <> :public_url || '/' || token OR next_ask_at <= :now
            OR (next_ask_at IS NULL AND unixepoch(:now) >= coalesce(
                unixepoch(verified_at) + :share * (unixepoch(subscriptions.lease_until) - unixepoch(verified_at)), 0))
          )
        ORDER BY feed_id
        """,
        {
            "now": to_iso(now),
            "public_url": public_url,
            "share": renewal_share,
            "names": json.dumps(list(names)),
        },
    )
    return [DueOffer(row["feed_id"], row["hub"]) for row in rows]


@storage_errors
def record_request(connection: sqlite3.Connection, feed_id: int, request: HubRequest) -> None:
    """Write down that the feed's hub is asked now."""
    connection.execute(
        """
        UPDATE subscriptions
        SET state = ?, token = ?, callback = ?, secret = ?, asked_at = ?, next_ask_at = ?, failures = ?,
            proof = CASE WHEN ? THEN proof ELSE 0 END
        WHERE feed_id = ?
        """,
        [
            "active" if request.holds else "asked", request.token, request.callback, request.secret,
            to_iso(request.asked_at), to_iso(request.next_ask_at), request.failures, request.holds, feed_id,
        ],
    )  # fmt: skip


@storage_errors
def note_error(connection: sqlite3.Connection, feed_id: int, error: str) -> None:
    """Keep why a hub did not take a request; it is asked again when the pause is over that was set with the request."""
    connection.execute("UPDATE subscriptions SET error = ? WHERE feed_id = ?", [error, feed_id])


@storage_errors
def by_token(connection: sqlite3.Connection, token: str) -> Subscription | None:
    """The subscription whose callback ends in *token*; None: there is none, or not any more."""
    row = connection.execute(
        """
        SELECT subscriptions.feed_id, topic, secret,
            feeds.enabled AND sources.enabled AND feeds.retired_at IS NULL AND state <> 'ended' AS is_wanted
        FROM subscriptions JOIN feeds ON feeds.id = feed_id JOIN sources ON sources.id = feeds.source_id
        WHERE token = ?
        """,
        [token],
    ).fetchone()
    if row is None:
        return None
    return Subscription(row["feed_id"], row["topic"], row["secret"], bool(row["is_wanted"]))


@storage_errors
def verify(
    connection: sqlite3.Connection,
    token: str,
    *,
    topic: str,
    lease: timedelta,
    asked_since: datetime,
    now: datetime,
) -> bool:
    """Whether a hub's question (section 5.3) answers a request *asked_since*: then the subscription is active."""
    return bool(
        connection.execute(
            """
            UPDATE subscriptions
            SET state = 'active', verified_at = :now, lease_until = :until, next_ask_at = NULL, failures = 0,
                error = NULL
            WHERE token = :token AND topic = :topic AND state IN ('asked', 'active') AND asked_at >= :since
            """,
            {
                "now": to_iso(now),
                "until": to_iso(now + lease),
                "token": token,
                "topic": topic,
                "since": to_iso(asked_since),
            },
        ).rowcount
    )


@storage_errors
def deny(
    connection: sqlite3.Connection, token: str, *, topic: str, reason: str, next_ask_at: datetime
) -> bool:
    """Keep that a hub has denied a subscription, or ended it (section 5.2); False: there is no such one."""
    return bool(
        connection.execute(
            """
            UPDATE subscriptions
            SET state = 'denied', next_ask_at = ?, lease_until = NULL, proof = 0, error = ?
            WHERE token = ? AND topic = ? AND state IN ('asked', 'active', 'denied')
            """,
            [to_iso(next_ask_at), reason, token, topic],
        ).rowcount
    )


@storage_errors
def count_refused(connection: sqlite3.Connection, feed_id: int) -> None:
    """Count a delivery that was not signed with the secret of its subscription."""
    connection.execute("UPDATE subscriptions SET refused = refused + 1 WHERE feed_id = ?", [feed_id])


@storage_errors
def states(connection: sqlite3.Connection) -> list[SubscriptionState]:
    """How the subscriptions of enabled feeds do, by source and feed."""
    rows = connection.execute(
        """
        SELECT sources.name AS source, feeds.url AS feed, subscriptions.*
        FROM subscriptions JOIN feeds ON feeds.id = feed_id JOIN sources ON sources.id = feeds.source_id
        WHERE feeds.enabled AND sources.enabled
        ORDER BY sources.name, feeds.id
        """
    )
    return [
        SubscriptionState(
            source=row["source"],
            feed=row["feed"],
            hub=row["hub"],
            state=row["state"],
            lease_until=from_iso(row["lease_until"]),
            pushed_at=from_iso(row["pushed_at"]),
            pushes=row["pushes"],
            refused=row["refused"],
            error=row["error"],
        )
        for row in rows
    ]


@storage_errors
def add_push(
    connection: sqlite3.Connection, feed_id: int, *, body: bytes, content_type: str, now: datetime
) -> None:
    """Keep a push until it is read; an empty one says only that there is news."""
    with transaction(connection):
        waiting = connection.execute(
            "SELECT count(*) AS number, coalesce(max(body IS NULL), 0) AS has_ping FROM pushes WHERE feed_id = ?",
            [feed_id],
        ).fetchone()
        if waiting["has_ping"]:
            return  # the feed itself will be asked, and has what this push has
        if not body or waiting["number"] >= _WAITING_PUSHES:
            connection.execute("DELETE FROM pushes WHERE feed_id = ?", [feed_id])
        keeps = bool(body) and waiting["number"] < _WAITING_PUSHES
        connection.execute(
            "INSERT INTO pushes (feed_id, received_at, content_type, body) VALUES (?, ?, ?, ?)",
            [feed_id, to_iso(now), content_type, body if keeps else None],
        )


@storage_errors
def pushes_of(connection: sqlite3.Connection, feed_id: int) -> list[Push]:
    """What waits to be read of a feed, in the order in which it came."""
    rows = connection.execute("SELECT * FROM pushes WHERE feed_id = ? ORDER BY id", [feed_id])
    return [
        Push(
            row["id"],
            row["feed_id"],
            datetime.fromisoformat(row["received_at"]),
            row["content_type"],
            row["body"],
        )
        for row in rows
    ]


@storage_errors
def pushed_feeds(connection: sqlite3.Connection) -> frozenset[int]:
    """The feeds of which something waits."""
    return frozenset(row["feed_id"] for row in connection.execute("SELECT DISTINCT feed_id FROM pushes"))


@storage_errors
def drop_push(connection: sqlite3.Connection, push: Push) -> None:
    """Forget a push that was read, or cannot be."""
    connection.execute("DELETE FROM pushes WHERE id = ?", [push.id])
