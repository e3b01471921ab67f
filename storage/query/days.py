"""Days: what `date:` may say, and on which day an article stands. Pure."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$")
_RANGE = re.compile(r"\[\s*(\S+)\s+TO\s+(\S+?)\s*\]$")
# What an article's date is cut to, by its precision: characters of the ISO day.
_STATED = {"year": 4, "month": 7}


def read_days(text: str) -> tuple[str, str]:
    """The first and the last day, ISO 8601, both included, that *text* names; "" for an open end.

    A year (2026), a month (2026-09), a day (2026-09-14), or a range of these, [2026-01 TO 2026-03], where * leaves an
    end open. The syntax is Lucene's.

    Raises:
        ValueError: it is none of these, or the range ends before it begins; the text says what is allowed.
    """
    limits = _RANGE.match(text)
    if limits is None:
        return _unit(text)
    first = "" if limits[1] == "*" else _unit(limits[1])[0]
    last = "" if limits[2] == "*" else _unit(limits[2])[1]
    if first and last and last < first:
        raise ValueError(f"{text} ends before it begins")
    return first, last


def article_days(published_at: datetime | None, precision: str | None, first_seen_at: datetime | None) -> str:
    """The date that `date:` compares: the published day in UTC, else the day on which the article was first seen.

    As precise as it was stated: 2026-09-14, 2026-09 or 2026; "" where nothing is known.
    """
    if published_at is not None:
        return published_at.astimezone(UTC).date().isoformat()[: _STATED.get(precision or "", 10)]
    return first_seen_at.astimezone(UTC).date().isoformat() if first_seen_at is not None else ""


def within(stated: str, first: str, last: str) -> bool:
    """Whether all days of *stated*, as `article_days` gives it, lie from *first* to *last*; an unknown date never."""
    if not stated:
        return False
    begin, end = _unit(stated)
    return first <= begin and (not last or end <= last)


def _unit(text: str) -> tuple[str, str]:
    """The first and the last day of a year, a month or a day."""
    stated = _DAY.match(text)
    if stated is None:
        raise ValueError(
            f"{text} is no date; write 2026, 2026-09, 2026-09-14 or [2026-01 TO 2026-03], with * for an open end"
        )
    year, month, day = (int(part) if part else None for part in stated.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        if day is not None:
            last = first
        elif month is not None:
            last = first.replace(day=monthrange(first.year, month)[1])
        else:
            last = date(first.year, 12, 31)
    except ValueError as error:
        raise ValueError(f"{text} is no day of the calendar") from error
    return first.isoformat(), last.isoformat()
