"""How sources and topics fare: signs, what is out of the ordinary, what was looked at, figures of the service. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """Something out of the ordinary."""

    kind: str  # "silent", "burst", "layout", "walls", "failing", "gap"; what raised: see scheduler/unexpected.py
    since: datetime
    detail: str
    source: str | None = None  # that it is about; None: a topic, or the daemon
    topic: str | None = None  # that it is about; None: a source, or the daemon
    until: datetime | None = None  # None: it lasts
    noticed_at: datetime | None = None  # None: just now

    @property
    def subject(self) -> tuple[str, str | None, str | None]:
        """What at most one lasting condition can be of."""
        return self.kind, self.source, self.topic


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a number of pages have something."""

    with_it: int = 0
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A share as it is now, and as it was before."""

    name: str  # "date", "authors", "long text", "article" or "no wall": what is good to have
    now: Share
    before: Share


@dataclass(frozen=True, slots=True)
class FeedSigns:
    """A feed that is polled."""

    url: str
    rhythm: bytes | None  # what was learned of it; None: nothing yet
    last_new_at: datetime | None
    last_ok_at: datetime | None
    first_polled_at: datetime | None
    last_polled_at: datetime | None
    last_error: str | None  # of the last poll; None: it could be read


@dataclass(frozen=True, slots=True)
class PageSigns:
    """What the newest pages of a source show."""

    lively_hours: int = 0  # of the last weeks, those with something new
    hours: int = 0  # over which they were counted
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceSigns:
    """A source that is enabled."""

    name: str
    feeds: tuple[FeedSigns, ...]
    days: tuple[tuple[date, int], ...] = ()  # links first seen on each day that it was looked at, in order
    pages: PageSigns = field(default_factory=PageSigns)


@dataclass(frozen=True, slots=True)
class TopicSigns:
    """A topic of the settings."""

    name: str
    hours: tuple[tuple[datetime, int], ...]  # stories that matched in each hour that had some, in order
    since: datetime | None  # the first match of the last weeks; None: there was none


@dataclass(frozen=True, slots=True)
class FeedLook:
    """A look at a feed that could be read."""

    at: datetime
    entries: int | None  # in the document; None: it had not changed
    new: int | None  # of them never seen before; None as above


@dataclass(frozen=True, slots=True)
class FeedLooks:
    """The looks at one feed, in order of time; those between which nothing was missed may be left out."""

    looks: tuple[FeedLook, ...]
    rhythm: bytes | None = None  # what was learned of it; None: nothing yet
    rate_per_day: float | None = None  # entries that are expected; None: not known
    watched_since: datetime | None = None  # the first poll ever, a failed one too; None: never polled


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """What is known of a day of a source."""

    source: str
    day: date
    expected: float  # entries that its rhythm led to expect
    lost: float  # entries that may have fallen out of its feeds unseen
    blind_s: int  # seconds that no look covers


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """The coverage of a day, for people."""

    source: str
    day: date
    polls: int
    failed_polls: int
    seen: int
    expected: float | None  # this and below None: not worked out
    lost: float | None
    blind_s: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """The last rows that were counted."""

    poll_id: int = 0
    run_id: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What was done after a mark."""

    until: Mark
    polls: Mapping[str, int]  # by outcome
    runs: tuple[tuple[str, float], ...]  # state and seconds of each run that has ended
    pages: Mapping[str, int]  # by the names of PAGE_COUNTS, of these runs


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """How things stand."""

    feeds_due: int
    feeds: int  # enabled
    links_waiting: Mapping[str, int]  # "queued", "failed" and "past"
    requests_waiting: int
    messages_waiting: int  # alerts on their way
    articles: int
    matches: Mapping[tuple[str, str], int]  # by topic and band
    last_ok_at: Mapping[str, datetime | None] = field(default_factory=dict)  # by source; None: never


@dataclass(frozen=True, slots=True)
class ServerClock:
    """Our clock beside those of servers."""

    at: datetime  # when the crawl ended
    hosts: int  # that were compared
    ahead_s: int  # ours before theirs, the median; negative: behind

    @property
    def difference(self) -> str:
        """In words, to be followed by what it is compared with: "3600 s behind"."""
        return f"{abs(self.ahead_s)} s {'ahead of' if self.ahead_s > 0 else 'behind'}"


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """Whether our clock is believed where something would be deleted or ended by it."""

    seen_at: datetime | None = None  # the last sign of life, by our clock; None: there was none
    doubted_since: datetime | None = (
        None  # by our clock, when it was seen to have jumped; None: it is believed
    )
    agreeing: int = 0  # hosts that have agreed with it since
