"""What a source itself lists, held against what is known of its pages. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

# Why a page that its source lists was not read, in words.
MISS_WORDS = {
    "never_listed": "never listed by what is polled",
    "waiting": "waits to be read",
    "failed": "could not be fetched",
    "robots": "off limits by robots.txt",
    "blocked": "refused by the gate",
    "not_article": "no article",
    "out_of_time": "ran out of time",
    "gone": "was gone",
    "removed": "was removed here",
}


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page that a list of its own source names."""

    url: str
    url_key: str
    day: date | None  # of publication, as list or address state it; None: neither does


@dataclass(frozen=True, slots=True)
class SourceListing:
    """What the lists of a source name, from a day on."""

    source: str
    pages: tuple[ListedPage, ...]  # each once
    lists: int  # that were read
    failed: tuple[str, ...] = ()  # lists that were not: address and reason
    left: int = 0  # lists that were named and not asked for: there were too many


@dataclass(frozen=True, slots=True)
class KnownPage:
    """What is known of a page."""

    article_id: int | None  # None: none is held
    state: str | None  # of its link; None: no feed listed it
    reason: str | None


@dataclass(frozen=True, slots=True)
class MissedPage:
    """A page that the source lists and that was not read here."""

    url: str
    day: date
    why: str  # a key of MISS_WORDS
    detail: str  # the link's reason; "" if there is none


@dataclass(frozen=True, slots=True)
class ListComparison:
    """How much of what a source lists for a span of days is held."""

    source: str
    against: str  # "sitemap", or "archive": feeds and section pages with their older pages, too
    since: date
    until: date  # the last day, included
    compared_at: datetime
    kept: int  # listed for these days, and held as articles
    off_topic: int  # listed for these days, read, and about no topic
    reasons: tuple[tuple[str, int], ...]  # pages that were neither, by why, the most first
    misses: tuple[MissedPage, ...]  # the newest of them by name
    undated: int  # listed without a day of publication, so for no days
    undated_known: int  # of them, how many are known here
    lists: int  # that were read
    failed: tuple[str, ...] = ()  # lists that were not: address and reason
    left: int = 0  # lists that were named and not asked for

    @property
    def missed(self) -> int:
        """Pages that the source lists for these days and that were not read here."""
        return sum(number for _, number in self.reasons)

    @property
    def listed(self) -> int:
        """Pages that the source lists for these days."""
        return self.kept + self.off_topic + self.missed

    @property
    def share(self) -> float | None:
        """Of the pages listed for these days, how many were read and judged, 0 to 1; None if none is listed."""
        return (self.kept + self.off_topic) / self.listed if self.listed else None
