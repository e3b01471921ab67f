"""Looks at feeds, when the next one is, and what a run has seen. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from storage.records.sources import Feed
from storage.records.subscriptions import NamedHub, PushTrust


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one look at a feed gave."""

    feed_id: int
    polled_at: datetime
    outcome: str  # "ok", "not_modified", "same_body", or the reason of a failure
    status: int | None = None
    body_bytes: int | None = None
    entries: int | None = None
    skipped: int | None = None
    detail: str | None = None
    retry_after_s: int | None = None
    ttl_s: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    title: str = ""
    # An earlier answer was wrong: from now on without validators; None: it was not.
    plain_until: datetime | None = None
    links: tuple[tuple[str, str], ...] = ()  # relation and address of the answer's Link headers
    offer: NamedHub | None = None  # the hub that the feed names; None: none, or the document was not read
    pushed: bool = False  # a hub sent the document, the feed itself was not asked

    @property
    def is_ok(self) -> bool:
        """Whether the feed could be read, or had not changed."""
        return self.outcome in {"ok", "not_modified", "same_body"}


@dataclass(frozen=True, slots=True)
class PollFacts:
    """What the cadence needs to know of a feed whose last poll waits for a decision."""

    feed: Feed
    poll_id: int
    polled_at: datetime
    is_ok: bool
    outcome: str
    failures: float
    every_s: int | None
    rate_per_day: float | None
    retry_after_s: int | None
    ttl_s: int | None
    new_links: int
    previous_polled_at: datetime | None  # the last one before it that could be read; None: there was none
    entries: int | None = None  # in the last document that was read; None: none yet
    last_new_at: datetime | None = None  # when something new was found last; None: never
    rhythm: bytes | None = None  # what was learned of it; None: nothing yet
    previous_outcome: str | None = None  # of the poll before; None: there was none
    cron: str | None = None  # crontab expression of its source, in the feed's time zone; None: none
    is_push: bool = False  # a hub sent it, the feed itself was not asked
    trust: PushTrust | None = None  # in the hub that it is subscribed to; None: there is none


@dataclass(frozen=True, slots=True)
class NextPoll:
    """When a feed is polled next, and why then."""

    feed_id: int
    poll_id: int
    due_at: datetime
    rule: str
    failures: float
    rate_per_day: float | None
    roots_per_day: float | None = None  # square roots of the hourly rates over a day; None: not known
    rhythm: bytes | None = None  # as learned now
    retired_at: datetime | None = None  # it is not asked any more from then on; None: it is
    trust: PushTrust | None = None  # in its hub, from now on; None: there is none


@dataclass(frozen=True, slots=True)
class Pace:
    """How the budget of polls is shared out on a day."""

    roots: float  # of the square roots of the hourly rates, what one poll takes
    correction: float  # by what was spent on the days before; 1: as planned


@dataclass(frozen=True, slots=True)
class DecidedPace:
    """The pace of a day, with what it was decided on."""

    roots: float  # as in Pace
    correction: float
    decided_at: datetime
    polls_per_day: int  # of each feed, by the settings of then
    feeds: int  # whose rate was known


@dataclass(frozen=True, slots=True)
class PaceFacts:
    """What the pace of a day is made of."""

    # `NextPoll.roots_per_day` of each feed that is polled by its rate, where it is known.
    roots: tuple[float, ...]
    spent: int  # polls of these feeds on the day before, without those that their window asked for


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """A line of a run's closing table."""

    source: str
    polled: int = 0
    poll_failures: int = 0
    new: int = 0  # links first seen
    matched: int = 0  # articles stored that match a topic, copies included
    copies: int = 0
    revised: int = 0  # articles whose text had changed
    looked: int = 0  # articles looked at again
    deleted: int = 0  # of them, those that count as deleted from now on
    skipped: int = 0  # looks that were due, and left out because of the day's budget
    off_topic: int = 0
    not_articles: int = 0
    failed: int = 0  # links
    waiting: int = 0  # links of the source that wait for the next run, whichever found them
    why: tuple[str, ...] = field(default=())  # reasons with counts, commonest first
