"""Days of other calendars as days of ours. Pure."""

from datetime import date, timedelta

# Years of the Jalali calendar that a newspaper of ours can have: 1921 to 2071.
_JALALI_YEARS = range(1300, 1450)
# A cycle of 33 years has eight leap years, at these places; exact for 1178 to 1633 (Borkowski, "The Persian calendar
# for 3000 years", Earth, Moon, and Planets 74, 1996).
_CYCLE, _LEAP_YEARS = 33, frozenset({1, 5, 9, 13, 17, 22, 26, 30})
# The first day of the year 1300.
_FIRST_DAY = date(1921, 3, 21)


def gregorian_day(year: int, month: int, day: int) -> tuple[int, int, int]:
    """Year, month and day in our calendar: of a Jalali year converted, of any other year as they are.

    Raises:
        ValueError: there is no such day in the Jalali year.
    """
    if year not in _JALALI_YEARS:
        return year, month, day
    if not 1 <= month <= 12 or not 1 <= day <= _month_length(year, month):
        raise ValueError("Jalali day")
    passed = sum(365 + _is_leap(before) for before in range(_JALALI_YEARS.start, year))
    passed += sum(_month_length(year, before) for before in range(1, month)) + day - 1
    found = _FIRST_DAY + timedelta(days=passed)
    return found.year, found.month, found.day


def _is_leap(year: int) -> bool:
    return year % _CYCLE in _LEAP_YEARS


def _month_length(year: int, month: int) -> int:
    if month <= 6:
        return 31
    return 30 if month < 12 or _is_leap(year) else 29
