"""Dates as pages and feeds write them, in many languages; what is not certain is None. Pure.

feedparser and the usual libraries guess: they read "2023년 8월 22일" as a day of this month, 1692662400 as the year
1692 and KST as UTC. Here a date needs year, month and day in an order that is certain, and a plausible year.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from crawler.limits import FUTURE_DATE_S
from crawler.text.date_words import DAY_FIRST, ERA_STARTS, HALVES, MONTHS, ZONE_MINUTES, fold
from crawler.text.storable import storable_line
from storage.records.articles import Precision, StatedDate

# No outlet put articles on the web earlier; older values are placeholders (1970-01-01, 0001-01-01).
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Epoch numbers below this would be ordinary numbers that happen to have ten digits.
_EARLIEST_EPOCH = datetime(2001, 1, 1, tzinfo=UTC).timestamp()
_READ_CHARACTERS = 200
# Kiribati is 14 h ahead; no zone is further off.
_LARGEST_OFFSET_MINUTES = 14 * 60

_ERA = "|".join(ERA_STARTS)
_ERA_WITH_YEAR = re.compile(rf"(?:{_ERA})\s?\d{{1,3}}\s?년?\s?\(\s?(\d{{4}})\s?\)")
_ERA_ALONE = re.compile(rf"({_ERA})\s?(\d{{1,3}}|元)(?!\d)")
_THAI = re.compile("[\u0e01-\u0e4e]")
_BUDDHIST_YEAR = re.compile(r"(?<!\d)2[56]\d\d(?!\d)")
# Words end at digits, spaces and ASCII signs; vowel signs of Thai and Hindi are no letters to `re`, so not \w.
_WORD = re.compile(r"[^\s\d\x00-\x40\x5b-\x60\x7b-\x7f،–—]+")
_TWO_WORD_MONTH = re.compile(
    r"(?:كانون|تشرين) [^\s\d/]+|thang \d{1,2}|[\u0e01-\u0e3e]{1,2}\.[\u0e01-\u0e2e]\."
)

# In these, month words are already numbers between two "#".
_YEAR_FIRST = re.compile(r"(?<![\d.:/+-])(\d{4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,2})(?!\d)")
_CHARACTERS = re.compile(r"(?<!\d)(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})(?!\d)\s?[日일号號]?")
_LINK = r"(?:de |del |do |of |di |nam |พ\.ศ\. ?)?"
_MONTH = r"#(\d{1,2})#\.?(?:\s?/\s?#\d{1,2}#)?"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|o|a|°)?[\s,./-]*{_LINK}{_MONTH}[\s,./-]*{_LINK}(\d{{4}}|['’]?\d\d(?![\d:.h]))(?!\d)"
)
_MONTH_DAY = re.compile(rf"{_MONTH}\s?-?(\d{{1,2}})(?:st|nd|rd|th)?[\s,.-]+(\d{{4}})(?!\d)")
_YEAR_MONTH_DAY = re.compile(
    rf"(?<!\d)(\d{{4}})[\s,./-]*{_MONTH}[\s,./-]*(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"
)
_CTIME = re.compile(
    rf"{_MONTH} (\d{{1,2}}),? (\d{{1,2}}:\d\d(?::\d\d)?(?: [a-z]{{1,5}}| ?[+-]\d\d:?\d\d)?) (\d{{4}})(?!\d)"
)
_NUMBERS = re.compile(r"(?<![\d.:/+-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d\d)(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[t ]?(\d\d)(\d\d)(\d\d)?)?(?=$|z|[+-]\d\d|\.\d)")
_MONTH_ONLY = re.compile(
    rf"(\d{{4}})-(\d\d)|(\d{{4}})\s?[年년]\s?(\d{{1,2}})\s?[月월]|{_MONTH},?\s?{_LINK}(\d{{4}})"
)
_EPOCH = re.compile(r"(\d{10})(?:\d{3}|\.\d{1,9})?")

_HALF = "|".join(sorted(map(re.escape, HALVES), key=len, reverse=True))
_ZONE = r"(?:(?:utc|gmt)? ?[+\-−]\d{1,2}(?::?\d\d)?(?!\d)|[^\W\d_]{1,5}(?![^\W_]))"
_CLOCK = (
    rf"(?:(?P<before>{_HALF})\s?)?(?P<hour>\d{{1,2}})(?:\s?[:h.時时시点點]\s?(?P<minute>\d\d|\d(?=\s?[分분]))(?!\d)\s?[分분]?"
    rf"(?::?\s?(?P<second>\d\d)(?:[.,]\d{{1,9}})?(?:\s?[秒초])?(?![\d:.]))?|(?P<alone>\s?[時时시点點]|(?=z|\s?[ap]\.?m|[+-]\d\d)))?"
    rf"(?:\s?(?P<after>{_HALF})(?![^\W_]))?(?:\s?[\[(]?(?P<zone>{_ZONE}))?"
)
_TIME_BEHIND = re.compile(rf"[^\d#]{{0,25}}?{_CLOCK}")
_TIME_BEFORE = re.compile(rf"(?<![\d.:]){_CLOCK}[^\d#]{{0,25}}$")
_OFFSET = re.compile(r"(?:utc|gmt)? ?([+\-−])(\d{1,2}):?(\d\d)?")


@dataclass(frozen=True, slots=True)
class _Day:
    """A calendar day that was found, and the texts behind and before it in which its time may stand."""

    year: int
    month: int
    day: int
    behind: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day as it is written; parts that are not stated are None."""

    hour: int
    minute: int | None
    second: int | None
    zone: str


def read_date(
    text: str, *, rule: str, timezone: str | None, now: datetime, language: str | None = None
) -> StatedDate | None:
    """The first date in *text*; None if there is none, it is not certain, or it cannot be an article's.

    A time without a zone is read in *timezone* (IANA name; UTC if None or unknown), which is recorded. *language*
    (ISO 639-1) settles the order of day and month where the numbers do not. Days before 1990 and times later than
    `limits.FUTURE_DATE_S` after *now* are no article's. Only the first 200 characters are read.

    Raises:
        Nothing.
    """
    raw = storable_line(text[:_READ_CHARACTERS])
    try:
        found = _read(_prepared(raw), timezone, language)
    except (ValueError, OverflowError):  # no such day, time or zone: 31 February, 25:61, +99:99
        return None
    if found is None or not EARLIEST <= found.at <= now + timedelta(seconds=FUTURE_DATE_S):
        return None
    return StatedDate(found.at, found.precision, raw, rule, found.offset_minutes, found.zone)


def _prepared(raw: str) -> str:
    """*raw* folded, with years of eras as years of our calendar and month words as numbers between "#"."""
    text = _ERA_WITH_YEAR.sub(r"\1", fold(raw.replace("#", " ")))
    text = _ERA_ALONE.sub(_common_year, text)
    if text.isascii() and not any(character.isalpha() for character in text):
        return text
    if _THAI.search(text):
        text = _BUDDHIST_YEAR.sub(_from_buddhist_year, text)
    text = _TWO_WORD_MONTH.sub(_numbered_month, text)
    return _WORD.sub(_numbered_month, text)


def _common_year(match: re.Match[str]) -> str:
    return str(ERA_STARTS[match[1]] + (1 if match[2] == "元" else int(match[2])))


def _from_buddhist_year(match: re.Match[str]) -> str:
    return str(int(match[0]) - 543)


def _numbered_month(match: re.Match[str]) -> str:
    month = MONTHS.get(match[0])
    return f"#{month}#" if month else match[0]


def _read(text: str, timezone: str | None, language: str | None) -> StatedDate | None:
    """The date of a prepared *text*, before its plausibility is judged; raw and rule are left empty."""
    if match := _EPOCH.fullmatch(text):
        at = datetime.fromtimestamp(int(match[1]), UTC)
        return StatedDate(at, Precision.SECOND, "", "", 0) if at.timestamp() >= _EARLIEST_EPOCH else None
    day = _find_day(text, language)
    if day is None:
        return _read_coarse(text)
    clock = _find_clock(day)
    if clock is None:
        return StatedDate(datetime(day.year, day.month, day.day, tzinfo=UTC), Precision.DAY, "", "")
    return _timed(day, clock, timezone)


def _read_coarse(text: str) -> StatedDate | None:
    """A text that is nothing but a month or a year."""
    if match := _MONTH_ONLY.fullmatch(text):
        numbers = [int(number) for number in match.groups() if number]
        year, month = numbers if numbers[0] > 12 else numbers[::-1]
        return StatedDate(datetime(year, month, 1, tzinfo=UTC), Precision.MONTH, "", "")
    if re.fullmatch(r"\d{4}", text):
        return StatedDate(datetime(int(text), 1, 1, tzinfo=UTC), Precision.YEAR, "", "")
    return None


def _find_day(text: str, language: str | None) -> _Day | None:
    """The day that stands first in *text*; None if none, or if the order of its numbers is not certain."""
    if match := _COMPACT.match(text):
        return _compact_day(match, text)
    found = [(match.start(), read, match) for pattern, read in _FORMS if (match := pattern.search(text))]
    if not found:
        return None
    _, read, match = min(found, key=lambda form: form[0])
    return read(match, language)


def _compact_day(match: re.Match[str], text: str) -> _Day:
    behind = ":".join(part for part in match.groups()[3:] if part) + text[match.end() :]
    return _Day(int(match[1]), int(match[2]), int(match[3]), behind)


def _around(match: re.Match[str], year: str, month: str, day: str) -> _Day:
    text = match.string
    return _Day(_full_year(year), int(month), int(day), text[match.end() :], text[: match.start()])


def _full_year(year: str) -> int:
    """The year of four digits, or of two as RFC 2822 section 4.3 reads them."""
    digits = year.lstrip("'’")
    if len(digits) == 2:
        return int(digits) + (2000 if int(digits) < 50 else 1900)
    return int(digits)


def _ordered_day(match: re.Match[str], language: str | None) -> _Day | None:
    """Day, month and year of 22/08/2023 and its like; None where day and month may be swapped."""
    first, second, year = int(match[1]), int(match[3]), match[4]
    if len(year) == 2 and language not in DAY_FIRST:
        return None  # 22/08/23 may be the year 22
    if first > 12 or first == second or language in DAY_FIRST:
        return _around(match, year, match[3], match[1])
    return _around(match, year, match[1], match[3]) if second > 12 else None


_Reader = Callable[[re.Match[str], str | None], _Day | None]
# Of two forms that begin at the same place the first is taken.
_FORMS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (_YEAR_FIRST, lambda match, _: _around(match, match[1], match[2], match[3])),
    (_CHARACTERS, lambda match, _: _around(match, match[1], match[2], match[3])),
    (_CTIME, lambda match, _: _Day(int(match[4]), int(match[1]), int(match[2]), match[3])),
    (_DAY_MONTH, lambda match, _: _around(match, match[3], match[2], match[1])),
    (_MONTH_DAY, lambda match, _: _around(match, match[3], match[1], match[2])),
    (_YEAR_MONTH_DAY, lambda match, _: _around(match, match[1], match[2], match[3])),
    (_NUMBERS, _ordered_day),
)


def _find_clock(day: _Day) -> _Clock | None:
    """The time that follows a day, else the one that goes before it; None if none is stated."""
    match = _TIME_BEHIND.match(day.behind)
    if match is None or not _is_time(match):
        match = _TIME_BEFORE.search(day.before[-60:])
    if match is None or not _is_time(match):
        return None
    hour, half = int(match["hour"]), match["before"] or match["after"]
    if half and hour <= 12:
        hour = hour % 12 + HALVES[half]
    minute, second = (int(match[name]) if match[name] else None for name in ("minute", "second"))
    return _Clock(hour, minute, second, (match["zone"] or "").strip())


def _is_time(match: re.Match[str]) -> bool:
    """Whether the number that was found is more than a number."""
    return any(match[name] is not None for name in ("minute", "before", "after", "alone")) or (
        re.fullmatch(r"t\d\d", match[0]) is not None
    )


def _timed(day: _Day, clock: _Clock, timezone: str | None) -> StatedDate:
    extra_day = timedelta(days=1 if clock.hour == 24 and not clock.minute else 0)  # ISO 8601's end of the day
    second = min(clock.second or 0, 59)  # a leap second has no place in datetime
    hour = 0 if extra_day else clock.hour
    if clock.second and clock.second > 60:
        raise ValueError("second")
    local = datetime(day.year, day.month, day.day, hour, clock.minute or 0, second)  # noqa: DTZ001 # zone below
    local += extra_day
    offset, zone = _offset(clock.zone, local, timezone)
    precision = (
        Precision.HOUR
        if clock.minute is None
        else Precision.MINUTE
        if clock.second is None
        else Precision.SECOND
    )
    return StatedDate(
        (local - timedelta(minutes=offset)).replace(tzinfo=UTC), precision, "", "", offset, zone
    )


def _offset(stated: str, local: datetime, timezone: str | None) -> tuple[int, str | None]:
    """Minutes east of Greenwich, and the zone that had to be assumed (None if the text states one).

    Raises:
        ValueError: no place on Earth has the stated offset.
    """
    if match := _OFFSET.fullmatch(stated):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if minutes > _LARGEST_OFFSET_MINUTES or int(match[3] or 0) > 59:
            raise ValueError("offset")
        return (minutes if match[1] == "+" else -minutes), None
    own = _zone(timezone)
    there = local.replace(tzinfo=own or UTC)
    if stated and own and (there.tzname() or "").lower() == stated:
        return _minutes(there), None
    if stated in ZONE_MINUTES:
        return ZONE_MINUTES[stated], None
    return _minutes(there), timezone if own and timezone else "UTC"


def _minutes(there: datetime) -> int:
    return round((there.utcoffset() or timedelta()).total_seconds() / 60)


@lru_cache(maxsize=256)
def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, LookupError):  # LookupError: the zone is not known here
        return None
