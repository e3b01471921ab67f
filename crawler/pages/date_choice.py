"""When an article was published, chosen among all that its page, its feed and its polls say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from crawler.text.date_labels import Said
from crawler.text.zones import iana_zone
from storage.records.articles import Precision, StatedDate

COARSE = frozenset({Precision.DAY, Precision.MONTH, Precision.YEAR})
# An article appears in its feed soon after the hour that it states: editors date drafts, and zones are 14 h apart.
_BEFORE_POLL = timedelta(days=2)
_BEHIND_POLL = timedelta(days=1)
# Two days of one event in different zones.
_ALIKE = timedelta(days=1)
_LARGEST_OFFSET_MINUTES = 14 * 60


class Place(StrEnum):
    """Where a date was found, in the order in which places are believed."""

    JSON_LD = "json-ld"
    META = "meta"
    SAID_LINE = "line that says published"
    SAID_TIME = "time element marked as published"
    ADDRESS = "address"
    TIME = "time element"
    LINE = "line at the headline"
    LISTING = "list that links to it"
    FEED = "feed"
    SCRIPT = "data of a script"
    NAMED = "element named as a date"
    AGE = "age below the headline"
    BODY_LINE = "line in or behind the text"
    DATELINE = "dateline"
    CREATED = "created"
    UPDATED = "update, where nothing says published"
    UPDATED_BEHIND = "update behind the text, where nothing says published"
    SLUG = "number within the address"


_ORDER = {place: number for number, place in enumerate(Place)}


class Witness(StrEnum):
    """Who speaks: two places of one witness are one voice."""

    HEAD = "head of the page"
    TEXT = "shown text"
    ADDRESS = "address"
    FEED = "feed or list"
    POLLS = "polls"
    DATELINE = "dateline"


_WITNESSES = {
    Place.JSON_LD: Witness.HEAD,
    Place.META: Witness.HEAD,
    Place.SCRIPT: Witness.HEAD,
    Place.ADDRESS: Witness.ADDRESS,
    Place.SLUG: Witness.ADDRESS,
    Place.LISTING: Witness.FEED,
    Place.FEED: Witness.FEED,
    Place.DATELINE: Witness.DATELINE,
}
# Places too weak to speak against another.
_SILENT = frozenset(
    {Place.AGE, Place.CREATED, Place.UPDATED, Place.UPDATED_BEHIND, Place.SLUG, Place.BODY_LINE, Place.SCRIPT}
)


_UPDATES = (Place.UPDATED, Place.UPDATED_BEHIND)


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """A date that a page or a feed states."""

    date: StatedDate
    place: Place
    said: Said
    where: str = ""  # for people: the name of the element, the part of the page


@dataclass(frozen=True, slots=True)
class PollBracket:
    """Between which polls of its feed an article appeared."""

    without: datetime | None  # the last poll that did not have it; None: the feed was never polled before
    first_with: datetime


@dataclass(frozen=True, slots=True)
class DateChoice:
    """The date that was chosen, and why."""

    published: StatedDate | None
    reason: str  # a sentence
    contradicted: tuple[DateCandidate, ...] = ()  # more trusted, but two witnesses speak against them


def choose_published(
    candidates: Sequence[DateCandidate], *, timezone: str | None, bracket: PollBracket | None = None
) -> DateChoice:
    """The most trusted date that no two witnesses contradict, as precisely as another place states the same one.

    Dates said to be of a change or of something else are left out; where nothing else is there, a change that stands at
    the headline counts. The order of *candidates* decides among equal places.
    """
    able = sorted(
        (one for one in candidates if one.said in (Said.PUBLISHED, Said.UNSAID) or one.place in _UPDATES),
        key=lambda one: _ORDER[one.place],
    )
    if not able:
        return DateChoice(None, "nothing says when it was published")
    contradicted = tuple(one for one in able if _is_contradicted(one, able, bracket))
    kept = [one for one in able if one not in contradicted] or able
    best = kept[0]
    finer = _finest(best, kept, timezone)
    reason = f"{best.place.value} is the most trusted place"
    if contradicted and kept is not able:
        reason += " that no two witnesses contradict"
    if finer is not best:
        reason += f"; {finer.place.value} states the same more precisely"
    return DateChoice(_with_local_offset(finer, candidates), reason, contradicted if kept is not able else ())


def is_same_day(base: StatedDate, other: StatedDate, timezone: str | None) -> bool:
    """Whether *other* may be *base* said more precisely, or in another zone."""
    if base.precision not in COARSE:
        if other.precision in COARSE:
            return other.at.date() in _local_days(base, timezone)
        # The zone was assumed: the same moment in another zone is off by up to 14 hours, in quarters of an hour.
        apart = abs((base.at - other.at).total_seconds())
        return apart <= 14 * 3_600 and apart % 900 < 60
    return base.at.date() in _local_days(other, timezone)


def _is_contradicted(one: DateCandidate, able: list[DateCandidate], bracket: PollBracket | None) -> bool:
    """Whether two witnesses that agree with each other speak against *one*, and none for it."""
    voices = _voices(one, able)
    if any(_are_near(one.date, other) for other in voices.values()):
        return False
    against = list(voices.values())
    if any(
        _are_near(first, second) for index, first in enumerate(against) for second in against[index + 1 :]
    ):
        return True
    return (
        bracket is not None
        and not _is_within(one.date, bracket)
        and any(_is_within(other, bracket) for other in against)
    )


def _voices(one: DateCandidate, able: list[DateCandidate]) -> dict[Witness, StatedDate]:
    """What each witness but that of *one* says, by its most trusted place."""
    voices: dict[Witness, StatedDate] = {}
    for other in able:
        witness = _witness(other)
        if witness is not _witness(one) and other.place not in _SILENT:
            voices.setdefault(witness, other.date)
    return voices


def _witness(one: DateCandidate) -> Witness:
    return _WITNESSES.get(one.place, Witness.TEXT)


def _are_near(first: StatedDate, second: StatedDate) -> bool:
    return abs(first.at - second.at) <= _ALIKE + (
        timedelta(days=1) if COARSE & {first.precision, second.precision} else timedelta()
    )


def _is_within(date: StatedDate, bracket: PollBracket) -> bool:
    """Whether an article of that *date* may have appeared between the polls."""
    day = timedelta(days=1) if date.precision in COARSE else timedelta()
    if date.at > bracket.first_with + _BEHIND_POLL:
        return False
    return bracket.without is None or date.at + day >= bracket.without - _BEFORE_POLL


def _finest(best: DateCandidate, kept: list[DateCandidate], timezone: str | None) -> DateCandidate:
    """*best*, or another candidate that states the same day with a time, or the same time with its zone."""
    for other in kept:
        if (
            other is not best
            and _worth(other.date) > _worth(best.date)
            and is_same_day(best.date, other.date, timezone)
        ):
            best = other
    return best


def _worth(date: StatedDate) -> tuple[bool, bool]:
    """Whether a time is stated, and whether its zone is."""
    return date.precision not in COARSE, date.precision not in COARSE and date.zone is None


def _with_local_offset(one: DateCandidate, others: Sequence[DateCandidate]) -> StatedDate:
    """The date of *one*; where that is in UTC and the page shows local time, with the offset that this gives away."""
    date = one.date
    if date.precision in COARSE or date.offset_minutes or date.zone:
        return date
    for other in others:
        shown = other.date
        if shown.at == date.at and shown.offset_minutes and shown.zone is None:
            return replace(date, offset_minutes=shown.offset_minutes)
        if (
            _witness(other) is Witness.TEXT
            and shown.zone == "UTC"
            and shown.precision in (Precision.MINUTE, Precision.SECOND)
        ):
            apart = round((shown.at - date.at.replace(second=0)).total_seconds() / 60)
            if 0 < abs(apart) <= _LARGEST_OFFSET_MINUTES and apart % 30 == 0:
                return replace(date, offset_minutes=apart)
    return date


def _local_days(date: StatedDate, timezone: str | None) -> set[object]:
    """The calendar days on which *date* may be said to lie: in its own zone, the source's and UTC."""
    days: set[object] = {date.at.date(), (date.at + timedelta(minutes=date.offset_minutes or 0)).date()}
    zone = iana_zone(timezone)
    return days | {date.at.astimezone(zone).date()} if zone and date.precision not in COARSE else days
