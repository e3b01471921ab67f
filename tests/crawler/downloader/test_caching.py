from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import limits
from crawler.downloader.caching import fresh_s, retry_after_s, robots_kept_s

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 120 ", 120),
        ("0120", 120),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("999999999", 86_400),
        ("9" * 5_000, 86_400),
        ("١٢٠", None),
        ("soon", None),
        ("Mon, 23 Nov 2026 12:02:00 GMT", 120),
        ("Monday, 23-Nov-26 12:02:00 GMT", 120),
        ("Mon Nov 23 12:02:00 2026", 120),
        ("Mon, 23 Nov 2026 13:02:00 +0100", 120),
        ("Mon, 23 Nov 2026 12:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Thu, 01 Jan 2099 00:00:00 GMT", 86_400),
        ("Thu, 99 Jan 2026 00:00:00 GMT", None),
    ],
)
def test_seconds_of_a_retry_after_header(header, seconds):
    assert retry_after_s(header, NOW) == seconds


@given(st.text())
def test_any_header_gives_seconds_within_a_day_or_nothing(header):
    wait_s = retry_after_s(header, NOW)

    assert wait_s is None or 1 <= wait_s <= 86_400


@given(st.integers(1, 86_400))
def test_both_forms_mean_the_same(seconds):
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert retry_after_s(date, NOW) == retry_after_s(str(seconds), NOW) == seconds


@pytest.mark.parametrize(
    ("cache_control", "expires", "age", "seconds"),
    [
        ("max-age=600", None, None, 600),
        ("public, Max-Age=600", None, "100", 500),
        ('max-age="60"', None, None, 60),
        ("max-age=600", None, "700", None),
        ("max-age=600", None, "no number", 600),
        ("max-age=0, must-revalidate", None, None, None),
        ("no-cache, max-age=600", None, None, None),
        ("no-store", "Mon, 14 Sep 2026 13:00:00 GMT", None, None),
        ("s-maxage=600", None, None, None),
        ("max-age=600", "Mon, 14 Sep 2026 13:00:00 GMT", None, 600),
        (None, "0", None, None),
        (None, None, None, None),
        ("max-age=999999999", None, None, limits.RETRY_AFTER_S),
    ],
)
def test_freshness_is_what_the_headers_say(cache_control, expires, age, seconds):
    assert fresh_s(cache_control=cache_control, expires=expires, age=age, now=NOW) == seconds


def test_freshness_by_date_counts_from_now():
    assert (
        fresh_s(
            cache_control=None,
            expires=format_datetime(NOW + timedelta(hours=1), usegmt=True),
            age=None,
            now=NOW,
        )
        == 3_600
    )


@pytest.mark.parametrize(
    ("cache_control", "expires", "age", "seconds"),
    [
        (None, None, None, limits.ROBOTS_KEPT_S),
        ("", " ", None, limits.ROBOTS_KEPT_S),
        ("public", None, "90000", limits.ROBOTS_KEPT_S),
        ("max-age=600", None, "100", 500),
        ("max-age=999999999", None, None, limits.ROBOTS_KEPT_S),
        ("max-age=0", None, None, 0),
        ("no-cache", None, None, 0),
        ("no-store, max-age=600", None, None, 0),
        (None, "Mon, 23 Nov 2026 12:10:00 GMT", None, 600),
        (None, "0", None, 0),
    ],
)
def test_robots_txt_is_kept_a_day_unless_its_headers_say_less(cache_control, expires, age, seconds):
    assert robots_kept_s(cache_control=cache_control, expires=expires, age=age, now=NOW) == seconds
