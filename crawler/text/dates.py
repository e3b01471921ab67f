"""Dates as pages and feeds write them, in many languages; what is not certain is None. Pure.

feedparser and the usual libraries guess: they read "2023년 8월 22일" as a day of this month, 1692662400 as the year
1692 and KST as UTC. Here a date needs year, month and day in an order that is certain, and a plausible year; a time
needs a zone that can be read, or none, and a part of the day that is known, or none: else the day alone counts.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawler.limits import FUTURE_DATE_S
from crawler.text.calendars import gregorian_day
from crawler.text.date_labels import Said, split_at_labels
from crawler.text.date_words import (
    DAY_FIRST,
    DAY_PARTS,
    ERA_STARTS,
    HIJRI_MONTHS,
    JALALI_MONTHS,
    MONTHS,
    DayPart,
    fold,
)
from crawler.text.storable import storable_line
from crawler.text.zones import StatedZone, find_zone_words, iana_zone, minutes_of, offset_minutes, read_zone
from storage.records.articles import Precision, StatedDate

# Papers put their archives of the whole century on the web; what is older is a placeholder (0001-01-01) or a figure.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
# The zeros of the clocks of Unix and of old databases: no article's day.
_PLACEHOLDERS = ("1970-01-01", "1969-12-31", "1900-01-01")
# Epoch numbers below this would be ordinary numbers that happen to have ten digits.
_EARLIEST_EPOCH = datetime(2001, 1, 1, tzinfo=UTC).timestamp()
_READ_CHARACTERS = 200
# A day behind which other text follows; the time is looked for so far before it.
_CLOCK_CHARACTERS = 60

_ERA = "|".join(ERA_STARTS)
_ERA_WITH_YEAR = re.compile(rf"(?:{_ERA})\s?\d{{1,3}}\s?년?\s?\(\s?(\d{{4}})\s?\)")
_ERA_ALONE = re.compile(rf"({_ERA})\s?(\d{{1,3}}|元)(?!\d)")
_THAI = re.compile("[\u0e01-\u0e4e]")
_BUDDHIST_YEAR = re.compile(r"(?<!\d)2[56]\d\d(?!\d)")
# Words end at digits, spaces and ASCII signs; vowel signs of Thai and Hindi are no letters to `re`, so not \w.
_WORD = re.compile(r"[^\s\d\x00-\x40\x5b-\x60\x7b-\x7f،–—]+")
_TWO_WORD_MONTH = re.compile(
    r"(?:كانون|تشرين|ربيع|جمادي|ذو|ذي) [^\s\d/]+|thang \d{1,2}|[\u0e01-\u0e3e]{1,2}\.[\u0e01-\u0e2e]\."
)

# In these, month words are already numbers between two "#"; Jalali months between two "~".
_YEAR_FIRST = re.compile(r"(?<![\d.:/+-])(\d{4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,2})(?!\d)")
_CHARACTERS = re.compile(r"(?<!\d)(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})(?!\d)\s?[日일号號]?")
_LINK = r"(?:de |del |do |of |di |nam |พ\.ศ\. ?|d'|al )?"
_MONTH = r"#(\d{1,2})#\.?(?:\s?/\s?#\d{1,2}#)?"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|o|a|°)?[\s,./-]*{_LINK}{_MONTH}[\s,./-]*{_LINK}(\d{{4}}|['’]?\d\d(?![\d:.h]))(?!\d)"
)
_MONTH_DAY = re.compile(rf"{_MONTH}\s?-?(\d{{1,2}})(?:st|nd|rd|th)?[\s,.-]+(\d{{4}})(?!\d)")
_YEAR_MONTH_DAY = re.compile(
    rf"(?<!\d)(\d{{4}})(?:\s?(?:m\.|gada|оны|жылғы|ж\.|г\.))?[\s,./-]*{_MONTH}[\s,./-]*(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"
)
_JALALI = re.compile(r"(?<!\d)(\d{1,2})\s?~(\d{1,2})~[\s,،]*(?:ماه )?(\d{4})(?!\d)")
_CTIME = re.compile(
    rf"{_MONTH} (\d{{1,2}}),? (\d{{1,2}}:\d\d(?::\d\d)?(?: [a-z]{{1,5}}| ?[+-]\d\d:?\d\d)?) (\d{{4}})(?!\d)"
)
_NUMBERS = re.compile(r"(?<![\d.:/+-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d\d)(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[t ]?(\d\d)(\d\d)(\d\d)?)?(?=$|z|[+-]\d\d|\.\d)")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)")
# ISO 8601's basic and extended form in one: 2002-12-31T192030+01:00, 20021231T19:20:30.
_MIXED_ISO = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)(?:t(\d\d)(\d\d)(\d\d)?|[t ](\d\d):(\d\d)(?::(\d\d))?)(?:[.,]\d{1,9})?"
    r"(z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_MONTH_ONLY = re.compile(
    rf"(\d{{4}})-(\d\d)|(\d{{4}})\s?[年년]\s?(\d{{1,2}})\s?[月월]|{_MONTH},?\s?{_LINK}(\d{{4}})"
)
_EPOCH = re.compile(r"(?:/?date\()?(\d{10})(?:\d{3}|\.\d{1,9})?(?:\)/?)?")

_DAY_OF_YEAR = re.compile(
    rf"(?<!\d){_MONTH}\s?(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)"
    rf"|(?<!\d)(\d{{1,2}})\s?[月월]\s?(\d{{1,2}})\s?[日일]"
    rf"|(?<!\d)(?P<day_first>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s?{_LINK}{_MONTH}(?!\d)"
)

# Digits must not touch a part of the day behind them ("7 matin" is one, "7 matinée" none).
_DAY_PART = "|".join(sorted(map(re.escape, DAY_PARTS), key=len, reverse=True))
_ZONE = (
    r"(?:(?:utc|gmt|мск|msk)? ?[+\-−]\d{1,2}(?::?\d\d)?(?!\d)|[a-z]{3,10}(?:/[a-z_]{3,20}){1,2}"
    r"|[^\W\d_]{1,5}(?![^\W_])|¤)"
)
_HOURS_WORD = r"(?:\s?(?:uhr|hrs?|hours|hs?|น\.|นาฬิกา|час[а-я]*|ч\.?|बजे|ساعت)(?![^\W\d_])\.?)?"
_CLOCK = (
    rf"(?:(?P<before>{_DAY_PART})[\s,]?)?(?P<hour>\d{{1,2}})(?:\s?[:h.時时시点點]\s?(?P<minute>\d\d|\d(?=\s?[分분]))(?!\d)\s?[分분]?"
    rf"(?::?\s?(?P<second>\d\d)(?:[.,]\d{{1,9}})?(?:\s?[秒초])?(?![\d:.]))?"
    rf"|(?P<alone>\s?[時时시点點]|\s?h(?![a-z])|(?=\s?uhr)|(?=z|\s?[ap]\.?m|[+-]\d\d)))?"
    rf"{_HOURS_WORD}(?:\s?(?P<after>{_DAY_PART})(?![^\W_]))?{_HOURS_WORD}(?:\s?[\[(]?(?P<zone>{_ZONE}))?"
)
_TIME_BEHIND = re.compile(rf"[^\d#~]{{0,25}}?{_CLOCK}")
_TIME_BEFORE = re.compile(rf"(?<![\d.:]){_CLOCK}[^\d#~]{{0,40}}$")
_LONE_TIME = re.compile(rf"[^\d#~]{{0,25}}?{_CLOCK}[^\d#~]{{0,25}}")

# A word of these scripts right beside a clock of twelve hours, which is no part of the day that we know, may be one.
_UNKNOWN_BEFORE = re.compile(
    "([\u0590-\u05ff\u0600-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+) ?$"
)
_UNKNOWN_BEHIND = re.compile("[^\\w]{0,2}([\u0590-\u05ff\u0600-\u06ff\u0900-\u0dff]+)")
_NO_PART_OF_DAY = re.compile(
    "[일日号號年月에は]$|^[月火水木金土日월화수목금토일]$|요일$|曜日?$|^(?:星期|周|週|礼拜|禮拜)|시간$|시각$|[时時][间間]$|기준$|현재$|于$|在$|発$|"
    + "^(?:"
    + "|".join(
        fold(
            "الساعة الساعه ساعت في عند على تمام توقيت بتوقيت وقت در به בשעה שעה को समय बजे पर समयः वाजे টা সময়"
            " เวลา น น. ه م هـ يوم السبت الأحد الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة شنبه يكشنبه"
            " دوشنبه سه_شنبه چهارشنبه پنجشنبه جمعه ראשון שני שלישי"
            " רביעי חמישי שישי שבת सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार"
        )
        .replace(".", r"\.")
        .split(),
    )
    + ")$"
)
# What stands behind a clock in capitals and ends as the names of zones do is one, known or not; so is what stands there
# in the form of mails and feeds ("Thu, 05 Jun 2025 08:57:00 XYZ").
_ZONE_LIKE = re.compile(r"(?<=\d)(\s?(?:[AaPp]\.?[Mm]\.?)?\s?[\[(]?)([A-Z]{2,4}T)(?![A-Za-z])")
_RFC_ZONE_LIKE = re.compile(r"(\d \w{3} \d{2,4} \d\d:\d\d(?::\d\d)? )([A-Za-z]{2,6})$")
_UNREAD_ZONE = "¤"


@dataclass(frozen=True, slots=True)
class LabelledDate:
    """A date, and what the words beside it say that it is."""

    date: StatedDate
    said: Said


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

    hour: int  # of 24
    minute: int | None
    second: int | None
    zone: StatedZone | None
    name: str = ""  # of the zone, as it is written


def read_date(
    text: str, *, rule: str, timezone: str | None, now: datetime, language: str | None = None
) -> StatedDate | None:
    """The first date in *text*; None if there is none, it is not certain, or it cannot be an article's.

    Of a text that labels its dates, the first that is not labelled as that of a change. A time without a zone is
    read in *timezone* (IANA name; UTC if None or unknown), which is recorded; of a time whose zone or part of the day
    cannot be read the day alone counts. *language* (ISO 639-1) settles the order of day and month where the numbers do
    not. Days before 1900 and times later than `limits.FUTURE_DATE_S` after *now* are no article's. Only the first 200
    characters are read.

    Raises:
        Nothing.
    """
    found = read_dates(text, rule=rule, timezone=timezone, now=now, language=language)
    first = min(
        found, key=lambda one: one.said is not Said.PUBLISHED and one.said is not Said.UNSAID, default=None
    )
    return first.date if first else None


def read_dates(
    text: str, *, rule: str, timezone: str | None, now: datetime, language: str | None = None
) -> tuple[LabelledDate, ...]:
    """The dates in *text* in order, each label's first, with what the labels say; otherwise as `read_date`.

    Raises:
        Nothing.
    """
    raw = storable_line(text[:_READ_CHARACTERS])
    if _ISO.fullmatch(raw):
        iso = _plausible(_read_iso(raw), now)
        return (LabelledDate(_kept(iso, raw, rule), Said.UNSAID),) if iso else ()
    prepared = _prepared(_MIXED_ISO.sub(_extended, raw) if _MIXED_ISO.fullmatch(raw) else raw)
    if not any(character.isdigit() for character in prepared):
        return ()
    found: list[LabelledDate] = []
    for segment in split_at_labels(prepared):
        try:
            date = _plausible(_read(segment.text.strip(), timezone, language), now)
        except (ValueError, OverflowError):  # no such day: 31 February
            continue
        if date is not None:
            found.append(LabelledDate(_kept(date, raw, rule), segment.said))
    return tuple(found)


def unread_date(*stated: str) -> str | None:
    """What is kept of dates that were stated and could not be read: the first text of *stated* that is one."""
    return next((line for text in stated if (line := storable_line(text[:_READ_CHARACTERS]))), None)


def read_clock(text: str, date: StatedDate, *, timezone: str | None) -> StatedDate | None:
    """*date*, a day, with the time of day that is all that *text* states; None if it states none that is certain."""
    raw = storable_line(text[:_READ_CHARACTERS])
    match = _LONE_TIME.fullmatch(_prepared(raw))
    if match is None or not _is_time(match) or match["minute"] is None:
        return None
    at = date.at
    day = _Day(at.year, at.month, at.day, match[0], "")
    try:
        clock = _find_clock(day)
        timed = _timed(day, clock, timezone) if clock else None
    except (ValueError, OverflowError):
        return None
    return _kept(timed, f"{date.raw} {raw}"[:_READ_CHARACTERS], date.rule) if timed else None


def read_day_of_year(text: str, now: datetime) -> StatedDate | None:
    """The day in *text* that states month and day alone, in the year that makes it the last one before *now*.

    None if *text* states no such day. Up to a day after *now* counts as before it, since other zones are ahead.
    """
    raw = storable_line(text[:_READ_CHARACTERS])
    match = _DAY_OF_YEAR.search(_prepared(raw))
    if match is None:
        return None
    first, second = (int(group) for group in match.groups() if group)
    month, day = (second, first) if match["day_first"] else (first, second)
    latest = now + timedelta(seconds=FUTURE_DATE_S)
    for year in (latest.year, latest.year - 1):
        try:
            at = datetime(year, month, day, tzinfo=UTC)
        except ValueError:
            continue
        if at <= latest:
            return StatedDate(at, Precision.DAY, raw, "")
    return None


def _kept(date: StatedDate, raw: str, rule: str) -> StatedDate:
    return StatedDate(date.at, date.precision, raw, rule, date.offset_minutes, date.zone)


def _plausible(date: StatedDate | None, now: datetime) -> StatedDate | None:
    if date is None or not EARLIEST <= date.at <= now + timedelta(seconds=FUTURE_DATE_S):
        return None
    local = date.at + timedelta(minutes=date.offset_minutes or 0)
    return None if {f"{date.at:%Y-%m-%d}", f"{local:%Y-%m-%d}"} & set(_PLACEHOLDERS) else date


def _read_iso(text: str) -> StatedDate | None:
    """The usual form of machines, without the search for all others."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return _read(_prepared(text), None, None) if text[11:13] == "24" or text[17:19] == "60" else None
    offset = minutes_of(at)
    return StatedDate(at.astimezone(UTC).replace(microsecond=0), Precision.SECOND, "", "", offset)


def _extended(match: re.Match[str]) -> str:
    """A date and time of either form, or of both, in the extended form."""
    year, _, month, day, *clock, zone = match.groups()
    parts = [part for part in clock if part]
    return f"{year}-{month}-{day} {':'.join(parts)}{zone or ''}"


def _prepared(raw: str) -> str:
    """*raw* folded, with years of eras as years of our calendar and month words as numbers between "#"."""
    marked = _RFC_ZONE_LIKE.sub(_marked_zone, _ZONE_LIKE.sub(_marked_zone, raw))
    text = _ERA_WITH_YEAR.sub(r"\1", fold(marked.replace("#", " ").replace("~", " ")))
    text = _ERA_ALONE.sub(_common_year, text)
    if text.isascii() and not any(character.isalpha() for character in text):
        return text
    if _THAI.search(text):
        text = _BUDDHIST_YEAR.sub(_from_buddhist_year, text)
    text = _TWO_WORD_MONTH.sub(_numbered_month, text)
    return _WORD.sub(_numbered_month, text)


def _marked_zone(match: re.Match[str]) -> str:
    """What was matched, with a sign in place of a zone that cannot be read."""
    return match[0] if read_zone(match[2].lower()) else match[1] + _UNREAD_ZONE


def _common_year(match: re.Match[str]) -> str:
    return str(ERA_STARTS[match[1]] + (1 if match[2] == "元" else int(match[2])))


def _from_buddhist_year(match: re.Match[str]) -> str:
    return str(int(match[0]) - 543)


def _numbered_month(match: re.Match[str]) -> str:
    word = match[0]
    if month := MONTHS.get(word):
        return f"#{month}#"
    if month := JALALI_MONTHS.get(word):
        return f"~{month}~"
    return "~~" if word in HIJRI_MONTHS else word


def _read(text: str, timezone: str | None, language: str | None) -> StatedDate | None:
    """The date of a prepared *text*, before its plausibility is judged; raw and rule are left empty."""
    if match := _EPOCH.fullmatch(text):
        at = datetime.fromtimestamp(int(match[1]), UTC)
        return StatedDate(at, Precision.SECOND, "", "", 0) if at.timestamp() >= _EARLIEST_EPOCH else None
    day = _find_day(text, language)
    if day is None:
        return _read_coarse(text)
    date = StatedDate(datetime(day.year, day.month, day.day, tzinfo=UTC), Precision.DAY, "", "")
    try:
        clock = _find_clock(day)
        return _timed(day, clock, timezone) if clock else date
    except (ValueError, OverflowError):  # no such time or zone: 25:61, +99:99
        return date


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
    whole = gregorian_day(_full_year(year), int(month), int(day))
    return _Day(*whole, text[match.end() :], text[: match.start()])


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
    (_JALALI, lambda match, _: _around(match, match[3], match[2], match[1])),
    (_NUMBERS, _ordered_day),
)


def _find_clock(day: _Day) -> _Clock | None:
    """The time that follows a day, else the one that goes before it; None if none is stated that is certain."""
    match = _TIME_BEHIND.match(day.behind)
    if match is None or not _is_time(match):
        match = _TIME_BEFORE.search(day.before[-_CLOCK_CHARACTERS:])
    if match is None or not _is_time(match):
        return None
    hour = _hour(int(match["hour"]), match["before"] or match["after"])
    if hour is None or (not (match["before"] or match["after"]) and _may_be_half(match)):
        return None
    minute, second = (int(match[name]) if match[name] else None for name in ("minute", "second"))
    name = (match["zone"] or "").strip()
    zone = (
        StatedZone()
        if name == _UNREAD_ZONE
        else read_zone(name) or find_zone_words(f"{day.before} {day.behind}")
    )
    return None if zone == StatedZone() else _Clock(hour, minute, second, zone, name)


def _is_time(match: re.Match[str]) -> bool:
    """Whether the number that was found is more than a number."""
    return any(match[name] is not None for name in ("minute", "before", "after", "alone")) or (
        re.fullmatch(r"t\d\d", match[0]) is not None
    )


def _hour(hour: int, word: str | None) -> int | None:
    """The *hour* of 24 that *word*, a part of the day, makes of it; None if the two leave it open."""
    if not word or hour > 12:
        return hour
    part = DAY_PARTS[word]
    if part is DayPart.NOON:
        return hour if hour >= 10 else hour + 12
    if part in (DayPart.EVENING, DayPart.NIGHT):
        if hour == 12:
            return None  # the midnight before or behind the day
        return hour + 12 if part is DayPart.EVENING or hour >= 6 else hour
    return hour % 12 + (12 if part is DayPart.AFTERNOON else 0)


def _may_be_half(match: re.Match[str]) -> bool:
    """Whether a word that we do not know stands beside a clock of twelve hours and may say which half it is of."""
    if int(match["hour"]) > 12 or match["alone"] == "z":
        return False
    before = _UNKNOWN_BEFORE.search(match.string[: match.start("hour")])
    if before and not _NO_PART_OF_DAY.search(before[1]):
        return True
    behind = _UNKNOWN_BEHIND.match(
        match.string[max(match.end(name) for name in ("hour", "minute", "second")) :]
    )
    return behind is not None and not _NO_PART_OF_DAY.search(behind[1])


def _timed(day: _Day, clock: _Clock, timezone: str | None) -> StatedDate:
    extra_day = timedelta(days=1 if clock.hour == 24 and not clock.minute else 0)  # ISO 8601's end of the day
    second = min(clock.second or 0, 59)  # a leap second has no place in datetime
    hour = 0 if extra_day else clock.hour
    if clock.second and clock.second > 60:
        raise ValueError("second")
    local = datetime(day.year, day.month, day.day, hour, clock.minute or 0, second)  # noqa: DTZ001 # zone below
    local += extra_day
    offset, zone = _offset(clock, local, timezone)
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


def _offset(clock: _Clock, local: datetime, timezone: str | None) -> tuple[int, str | None]:
    """Minutes east of Greenwich, and the zone that had to be assumed (None if the text states one)."""
    own = iana_zone(timezone)
    there = local.replace(tzinfo=own or UTC)
    if clock.name and own and (there.tzname() or "").lower() == clock.name:
        return minutes_of(there), None
    if clock.zone and not clock.zone.is_local:
        return offset_minutes(clock.zone, local, timezone), None
    return minutes_of(there), timezone if own and timezone else "UTC"
