"""Whether a server is believed when it says that a feed has not changed. Pure.

Some servers answer 304 to validators that they should not know any more (caches, clusters with clocks apart), and news
is late or lost. What comes later tells on them; after many such answers in a row a poll is made without validators.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from storage.records.articles import Feed, FeedEntry, Precision

# After so many answers in a row that nothing has changed, a poll is made without validators.
PROBE_AFTER = 19
# How long a server that was wrong is asked without; then it is tried again.
DISTRUSTED = timedelta(days=28)
# Entries appear in feeds some time after the date that they bear, honestly.
MARGIN = timedelta(minutes=30)


def is_asked_plainly(feed: Feed, now: datetime) -> bool:
    """Whether *feed* is asked for without validators: its server was wrong lately, or this is a probe."""
    if feed.plain_until is not None and now < feed.plain_until <= now + DISTRUSTED:
        return True
    return feed.unmodified >= PROBE_AFTER


def was_wrong(feed: Feed, new: Iterable[FeedEntry]) -> bool:
    """Whether one of *new*, the entries never seen before, was there when the server said that nothing had changed.

    It bears a time after the last document that came and well before the last such answer. Entries with a day alone,
    and older ones, which feeds show again now and then, say nothing.
    """
    said, came = feed.unmodified_at, feed.read_at
    if said is None or came is None:
        return False
    dates = (entry.published for entry in new)
    return any(
        date is not None and date.precision is not Precision.DAY and came < date.at < said - MARGIN
        for date in dates
    )
