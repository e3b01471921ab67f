"""The dates of the invented press, moved by whole weeks: in fields, addresses and texts. Pure."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.demo.press_pages import ENGLISH_MONTHS, juche_day

# The year of which the press is written. Other years stand where a date is meant to be wrong.
_YEAR = 2026
# Of the outlet whose feed gives seconds: its clock shows the same hour whichever season it is moved to.
_ZONE = ZoneInfo("Europe/Copenhagen")
_MONTHS = "|".join(ENGLISH_MONTHS)
# 2026-10-20, 2026/9/30, 202608/26 and 20261003, also at the beginning of a longer number.
_WRITTEN = re.compile(rf"(?<!\d){_YEAR}(-|/|)(\d\d?)(-|/|)(\d\d?)(?=\d{{9}}|\D|$)")
_PROSE = re.compile(rf"\b({_MONTHS}) (\d\d?)(?: and (\d\d?))?\b")
_JUCHE = re.compile(rf"Juche \d+ \({_YEAR}\) ({_MONTHS}) (\d\d?)")
_KOREAN = re.compile(r"(?<!년 )(\d\d?)월 (\d\d?)일")
# What one feed gives in place of a date: seconds since 1970.
_EPOCH = re.compile(r'(?<=feed_date = ")1[789]\d{8}(?=")')


def days_to_move(newest: date, today: date) -> int:
    """By how many days the press is moved, so that its *newest* date is of the week before *today*: whole weeks."""
    return max((today - newest).days - 1, 0) // 7 * 7


def moved(text: str, days: int) -> str:
    """*text* of the press with each date of its year *days* later, written as it was."""
    if not days:
        return text

    def later(month: int, day: int) -> date:
        return date(_YEAR, month, day) + timedelta(days)

    text = _JUCHE.sub(lambda found: juche_day(later(_number(found[1]), int(found[2]))), text)
    text = _PROSE.sub(lambda found: found[0] if _is_juche(text, found) else _prose(found, later), text)
    text = _KOREAN.sub(lambda found: _korean(later(int(found[1]), int(found[2]))), text)
    text = _EPOCH.sub(lambda found: _seconds(int(found[0]), days), text)
    return _WRITTEN.sub(lambda found: _written(found, later), text)


def _is_juche(text: str, found: re.Match[str]) -> bool:
    """Whether the date stands behind a year of Juche: it was moved with it."""
    return (
        text[: found.start()].endswith(") ") and "Juche" in text[max(found.start() - 20, 0) : found.start()]
    )


def _written(found: re.Match[str], later: Callable[[int, int], date]) -> str:
    before, month, between, day = found.groups()
    try:
        at = later(int(month), int(day))
    except ValueError:  # a number of another kind
        return found[0]
    return f"{at.year}{before}{at.month:0{len(month)}}{between}{at.day:0{len(day)}}"


def _prose(found: re.Match[str], later: Callable[[int, int], date]) -> str:
    month = _number(found[1])
    first = later(month, int(found[2]))
    said = f"{ENGLISH_MONTHS[first.month - 1]} {first.day}"
    if found[3] is None:
        return said
    second = later(month, int(found[3]))
    name = "" if second.month == first.month else f"{ENGLISH_MONTHS[second.month - 1]} "
    return f"{said} and {name}{second.day}"


def _seconds(at: int, days: int) -> str:
    return str(int((datetime.fromtimestamp(at, _ZONE) + timedelta(days)).timestamp()))


def _korean(at: date) -> str:
    return f"{at.month}월 {at.day}일"


def _number(month: str) -> int:
    return ENGLISH_MONTHS.index(month) + 1
