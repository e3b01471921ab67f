"""Values as a reader wants to see them: times, spans of time, addresses, explanations. Pure."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WEB = re.compile(r"https?://[^/\s]", re.IGNORECASE)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?")
# Characters of a long query's end.
_KEPT_END = 16
_SHORTER = {"year": 4, "month": 7, "day": 10}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an article matched, as the database keeps it."""

    measure: str
    terms: tuple[tuple[str, float], ...]  # with their part of the score, strongest first
    sentences: tuple[str, ...]  # the best first
    spans: tuple[tuple[str, int, int], ...]  # field ("title" or "text"), first offset, offset behind
    caution: str = ""  # why it is left to a person; "" if nothing but its score is


def clean(text: object) -> str:
    """*text* without the control characters that no page and no XML may hold; "" for None."""
    return _UNFIT.sub("", "" if text is None else str(text))


def is_web_address(url: object) -> bool:
    """Whether *url* may be a link: http(s) with a host and nothing that a browser would read otherwise."""
    return isinstance(url, str) and _WEB.match(url) is not None and _UNFIT.search(url) is None


def short_address(url: str, characters: int = 48) -> str:
    """*url* without scheme and "www.", cut to *characters*; in its middle where it has a query.

    What tells the page from others of its site may stand at the end ("view.php?no=344").
    """
    bare = re.sub(r"^https?://(www\.)?", "", url, flags=re.IGNORECASE).split("#")[0]
    if "?" not in bare or len(bare) <= characters:
        return cut(bare.rstrip("/"), characters)
    return f"{bare[: characters - _KEPT_END - 1].rstrip()}…{bare[-_KEPT_END:]}"


def short_time(stored: object, precision: object = None) -> str:
    """A stored time to the minute ("2026-09-14 08:30"), or to its *precision*; as it is if it is no time."""
    text = clean(stored)
    stated = _TIME.fullmatch(text.strip())
    if stated is None:
        return cut(text, 40)
    day, minute = stated.groups()
    if isinstance(precision, str) and precision in _SHORTER:
        return day[: _SHORTER[precision]]
    return f"{day} {minute}" if minute else day


def moment(stored: object, precision: object) -> str:
    """A stored time as an instant for `<time datetime>`; "" where it is known no finer than an hour, or is no time."""
    if precision in ("hour", *_SHORTER):
        return ""
    at = read_time(stored)
    return at.isoformat(timespec="seconds") if at else ""


def is_day(text: str) -> bool:
    """Whether *text* is a day that exists, as 2026-09-14."""
    try:
        return len(text) == 10 and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def read_time(stored: object) -> datetime | None:
    """A stored time as a datetime in UTC; None if it is none."""
    try:
        at = datetime.fromisoformat(str(stored))
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):  # the year 1 or 9999, moved over its edge by the offset
        return None


def cut(text: str, characters: int) -> str:
    """*text* of at most *characters*, the last an ellipsis if something was cut."""
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


def read_explanation(stored: object) -> Explanation:
    """The explanation of a match; what cannot be read is left out, since a page must show the rest."""
    try:
        values = json.loads(str(stored))
    except ValueError:
        values = {}
    if not isinstance(values, dict):
        values = {}
    return Explanation(
        measure=clean(values.get("measure", "")),
        terms=tuple(
            (clean(surface), float(share))
            for surface, share in _rows(values, "terms", 2)
            if isinstance(share, int | float)
        ),
        sentences=tuple(clean(line) for line in _list(values, "sentences") if isinstance(line, str)),
        spans=tuple(
            (clean(field), start, end)
            for field, start, end in _rows(values, "spans", 3)
            if isinstance(start, int) and isinstance(end, int)
        ),
        caution=clean(values.get("caution")),
    )


def read_list(stored: object) -> tuple[str, ...]:
    """A stored JSON list of texts; empty for what is none."""
    try:
        values = json.loads(str(stored))
    except ValueError:
        return ()
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _rows(values: dict[str, Any], name: str, width: int) -> list[list[Any]]:
    return [row for row in _list(values, name) if isinstance(row, list) and len(row) == width]


def _list(values: dict[str, Any], name: str) -> list[Any]:
    value = values.get(name)
    return value if isinstance(value, list) else []
