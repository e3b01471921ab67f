"""Days of `date:`, and the day of an article."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.query.days import article_days, read_days, within

NIGHT = datetime(2026, 9, 15, 2, 30, tzinfo=timezone(timedelta(hours=9)))
SEEN = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2026-9-4", "2026-09-04", "2026-09-04"),
        ("[2026-01 TO 2026-03]", "2026-01-01", "2026-03-31"),
        ("[ 2026 TO 2026 ]", "2026-01-01", "2026-12-31"),
        ("[* TO 2026-03-05]", "", "2026-03-05"),
        ("[2026-03-05 TO *]", "2026-03-05", ""),
        ("[* TO *]", "", ""),
        ("9999-12", "9999-12-01", "9999-12-31"),
    ],
)
def test_days_are_read(text: str, first: str, last: str) -> None:
    assert read_days(text) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "x", "26", "2026-", "2026-09-14T10:00", "2026-00", "2025-02-29", "[2026]", "*"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no da(te|y)"):
        read_days(text)


@pytest.mark.parametrize(
    ("published", "precision", "expected"),
    [
        (NIGHT, "minute", "2026-09-14"),  # the day in UTC
        (NIGHT, "day", "2026-09-14"),
        (NIGHT, "month", "2026-09"),
        (NIGHT, "year", "2026"),
        (None, None, "2026-10-01"),  # the day on which it was first seen
    ],
)
def test_article_stands_on_its_published_day_or_the_day_it_was_seen(
    published: datetime | None, precision: str | None, expected: str
) -> None:
    assert article_days(published, precision, SEEN) == expected


def test_article_of_which_nothing_is_known_stands_on_no_day() -> None:
    assert article_days(None, None, None) == ""
    assert not within("", "", "")


@pytest.mark.parametrize(
    ("stated", "days", "expected"),
    [
        ("2026-09", "2026-09", True),
        ("2026-09", "2026", True),
        ("2026-09", "2026-09-14", False),  # the day is not known
        ("2026-09", "[2026-09-02 TO *]", False),
        ("2026", "[* TO 2026]", True),
    ],
)
def test_month_or_year_lies_within_days_only_as_a_whole(stated: str, days: str, expected: bool) -> None:
    assert within(stated, *read_days(days)) is expected


@given(st.dates(), st.dates(), st.dates())
def test_day_lies_within_a_range_as_days_are_ordered(day: date, one: date, other: date) -> None:
    first, last = sorted((one, other))

    assert within(day.isoformat(), *read_days(f"[{first} TO {last}]")) is (first <= day <= last)
