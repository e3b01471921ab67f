"""What was looked at, and what is known of a day of a source. Pure."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a feed that could be read."""

    at: datetime
    entries: int | None  # in the document; None: it had not changed
    new: int | None  # of them never seen before; None as above


@dataclass(frozen=True, slots=True)
class FeedLooks:
    """The looks at one feed, in order of time."""

    looks: tuple[Look, ...]
    rhythm: bytes | None = None  # what was learned of it; None: nothing yet
    rate_per_day: float | None = None  # entries that are expected; None: not known
    watched_since: datetime | None = None  # the first poll ever, a failed one too; None: never polled


@dataclass(frozen=True, slots=True)
class DayLedger:
    """What is known of a day of a source."""

    source: str
    day: date
    expected: float  # entries that its rhythm led to expect
    lost: float  # entries that may have fallen out of its feeds unseen
    blind_s: int  # seconds that no look covers


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """A row of the ledger, for people."""

    source: str
    day: date
    polls: int
    failed_polls: int
    seen: int
    expected: float | None  # this and below None: not worked out
    lost: float | None
    blind_s: int | None
