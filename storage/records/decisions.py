"""The records by which decisions reach the database, and facts come back. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from storage.records.articles import Article, Feed, FeedEntry, Match, Verdict
from storage.records.looks import Answer, Event
from storage.records.subscriptions import Offer, PushTrust


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
    plain_until: datetime | None = (
        None  # an earlier answer was wrong: from now on without validators; None: it was not
    )
    links: tuple[tuple[str, str], ...] = ()  # relation and address of the answer's Link headers
    offer: Offer | None = None  # the hub that the feed names; None: none, or the document was not read
    pushed: bool = False  # a hub sent the document, the feed itself was not asked

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
    was_fetched: bool = False  # some time before


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
class FailedSearch:
    """A site that was searched for feeds in vain."""

    source: str  # the source's name
    at: datetime
    reason: str  # of the home page's failure, "no_feed", "error" or "crashed"
    detail: str
    next_search_at: datetime
    was_answered: bool  # whether the home page came


@dataclass(frozen=True, slots=True)
class Member:
    """An article beside others that tell its story, or may."""

    id: int | None  # None: the article at hand, which has no row yet
    origin: str
    source: str
    title: str
    words: int
    published_at: datetime | None
    first_seen_at: datetime
    url: str | None = None
    head_id: int | None = None  # the head of its story; None: itself
    text: str = ""  # "" where it is not needed
    text_hash: str = ""
    url_key: str | None = None
    canonical_key: str | None = (
        None  # of the address that its page names as the original; None: none, or its own
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How the article that is stored under an address has fared so far."""

    modified_at: datetime | None  # as its page stated it last; None: never
    revisions_in_day: int = 0  # recorded in the 24 hours before this reading
    returns_in_day: int = 0  # of them, those that brought back an earlier text
    had_this_text: bool = False  # whether the text at hand is one that it had before


@dataclass(frozen=True, slots=True)
class Known:
    """What the database has beside an article at hand."""

    article_id: int | None = None  # the row with the same address
    article_hash: str | None = None  # its text hash
    article_title: str = ""
    article_text: str = ""
    same_text: tuple[Member, ...] = ()  # other rows with the same text hash, by id
    similar: tuple[Member, ...] = ()  # rows that may share a part of the text, best first, with their texts
    stories: tuple[Member, ...] = ()  # the stories of both, heads included, with their texts
    namings: frozenset[tuple[str, int]] = (
        frozenset()
    )  # address keys that pages name as their original, with the story's head
    standing: Standing | None = None  # of the row with the same address; None: not asked for
    former_id: int | None = None  # the row that had the address, where another story stands there now


@dataclass(frozen=True, slots=True)
class Pair:
    """What the article at hand is to a stored one."""

    member: Member  # the stored one
    relation: str  # "copy", or "follow_up" whichever of the two came later
    similarity: float  # 0 to 1: share of the shorter text that the other has


@dataclass(frozen=True, slots=True)
class Family:
    """The stories that an article at hand belongs to or follows up, before it is stored."""

    pairs: tuple[Pair, ...] = ()
    members: tuple[
        Member, ...
    ] = ()  # of the stories that it tells; with texts where a relation is to be judged anew
    doubtful_keys: frozenset[str] = (
        frozenset()
    )  # addresses that pages of other stories name as the original, too


@dataclass(frozen=True, slots=True)
class Copy:
    """That one article repeats another, or follows it up. None stands for the article at hand."""

    article_id: int | None
    original_id: int | None  # the head of the story
    relation: str  # "copy", "excerpt", "extended" or "follow_up"
    similarity: float  # 0 to 1: share of the shorter text that the other has
    first_by: str  # why the original counts as first: "seed", "canonical", "published" or "seen"
    lag_s: int | None


@dataclass(frozen=True, slots=True)
class Revision:
    """A change of an article's text or headline."""

    added: str  # sentences that came, those of a paragraph in one line
    removed: str  # sentences that went, likewise
    kind: str = "major"  # "minor" (typos, figures, a few words) or "major"
    is_silent: bool | None = None  # whether the page states no new date of change; None: not known
    words_added: int = 0  # of headline and text
    words_removed: int = 0
    has_new_title: bool = False


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
    answer: Answer | None = None  # what it was read from; None: no page
    anchors: tuple[int, ...] | None = None  # what near copies are found by; None: not computed yet
    canonical_key: str | None = (
        None  # of the address that the page names as the original; None: none, or its own
    )


@dataclass(frozen=True, slots=True)
class Intent:
    """A reading with the decision made on it; storage carries it out."""

    reading: Reading
    verdict: Verdict
    article_id: int | None = None  # the row that is revised or unchanged
    copies: tuple[Copy, ...] = ()  # the relations that are new or changed
    gives_address_to: tuple[int, ...] = ()  # seeds without address that have this text
    revision: Revision | None = None
    replaces: int | None = None  # the row that had this address, whose story another one took over
    alternates: bool = False  # the text changed too often in a day to be recorded again
    hold_text_until: datetime | None = None  # for an off-topic article; None: not held
    answer: Answer | None = None  # what is noted for the next look; None: nothing
    keeps_page: bool = False  # the page is evidence of what is stored, if the article is watched
    returned: Event | None = None  # written down if the article counted as deleted; None: it was not seen


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
class PaceFacts:
    """What the pace of a day is made of."""

    roots: tuple[
        float, ...
    ]  # `NextPoll.roots_per_day` of each feed that is polled by its rate, where it is known
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
