"""The records by which decisions reach the database, and facts come back. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from storage.records import Article, Feed, FeedEntry, Match, Verdict


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

    @property
    def is_ok(self) -> bool:
        """Whether the feed could be read, or had not changed."""
        return self.outcome in {"ok", "not_modified", "same_body"}


@dataclass(frozen=True, slots=True)
class QueuedLink:
    """A discovered address that is to be fetched."""

    id: int
    url: str
    url_key: str
    source: str
    entry: FeedEntry
    attempts: int = 0
    feed_id: int | None = None
    language: str | None = None  # of its source
    timezone: str | None = None  # of its source
    country: str | None = None  # of its source


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What became of a link that is no article, or could not be fetched."""

    link_id: int
    state: str  # "not_article", "blocked", "failed" or "gone"
    reason: str
    at: datetime
    detail: str = ""
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a group with the same text."""

    id: int | None  # None: the article at hand, which has no row yet
    origin: str
    source: str
    title: str
    words: int
    published_at: datetime | None
    first_seen_at: datetime
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the database has beside an article at hand."""

    article_id: int | None = None  # the row with the same address
    article_hash: str | None = None  # its text hash
    article_title: str = ""
    article_text: str = ""
    article_revisions: int = 0
    same_text: tuple[Member, ...] = ()  # other rows with the same text hash, by id


@dataclass(frozen=True, slots=True)
class Copy:
    """That one article repeats another. None stands for the article at hand."""

    article_id: int | None
    original_id: int | None
    relation: str  # "copy"
    similarity: float  # 0 to 1
    first_by: str  # "seed", "published" or "seen"
    lag_s: int | None


@dataclass(frozen=True, slots=True)
class Revision:
    """A change of an article's text."""

    added: str
    removed: str


@dataclass(frozen=True, slots=True)
class Reading:
    """An article that was read and matched, on its way to a decision."""

    article: Article
    url_key: str | None
    text_hash: str
    source: str
    origin: str  # "crawl", "seed" or "import"
    read_at: datetime
    matches: tuple[Match, ...] = ()
    score: float | None = None  # best score of any topic; None: no topic could score it
    background: tuple[str, ...] = ()  # terms for the background; () if not offered
    link: QueuedLink | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A reading with the decision made on it; storage carries it out."""

    reading: Reading
    verdict: Verdict
    article_id: int | None = None  # the row that is revised or unchanged
    copies: tuple[Copy, ...] = ()  # the whole group anew
    gives_address_to: tuple[int, ...] = ()  # seeds without address that have this text
    revision: Revision | None = None
    hold_text_until: datetime | None = None  # for an off-topic article; None: not held


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
    previous_polled_at: datetime | None


@dataclass(frozen=True, slots=True)
class NextPoll:
    """When a feed is polled next, and why then."""

    feed_id: int
    poll_id: int
    due_at: datetime
    rule: str
    failures: float
    rate_per_day: float | None


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
    off_topic: int = 0
    not_articles: int = 0
    failed: int = 0  # links
    waiting: int = 0  # links left for the next run
    why: tuple[str, ...] = field(default=())  # reasons with counts, commonest first
