"""Signs of how sources and topics fare, and what is out of the ordinary. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """Something out of the ordinary."""

    kind: str  # "silent", "burst", "layout", "walls", "failing" or "gap"
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
