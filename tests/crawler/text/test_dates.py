from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.dates import EARLIEST, read_date
from storage.records.articles import Precision, StatedDate

NOW = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)
PYONGYANG = "Asia/Pyongyang"


def read(text: str, timezone: str | None = None, language: str | None = None) -> StatedDate | None:
    return read_date(text, rule="feed", timezone=timezone, now=NOW, language=language)


def shown(date: StatedDate | None) -> str | None:
    return date.at.strftime("%Y-%m-%d %H:%M:%S ") + date.precision if date else None


# The text, then what it means in UTC and to which precision; None: not certain, or no article's date.
READINGS = [
    # ISO 8601
    ("2023-08-22", "2023-08-22 00:00:00 day"),
    ("2023-8-2", "2023-08-02 00:00:00 day"),
    ("20230822", "2023-08-22 00:00:00 day"),
    ("2023/08/22", "2023-08-22 00:00:00 day"),
    ("2023.08.22", "2023-08-22 00:00:00 day"),
    ("2023. 8. 22.", "2023-08-22 00:00:00 day"),
    ("2023-08-22T09:00:00Z", "2023-08-22 09:00:00 second"),
    ("2023-08-22T09:00:00.123Z", "2023-08-22 09:00:00 second"),
    ("2023-08-22T09:00:00,123456+00:00", "2023-08-22 09:00:00 second"),
    ("2023-08-22T09:00:00+09:00", "2023-08-22 00:00:00 second"),
    ("2023-08-22T09:00:00+0900", "2023-08-22 00:00:00 second"),
    ("2023-08-22T09:00:00+09", "2023-08-22 00:00:00 second"),
    ("2023-08-22 09:00:00 +0900", "2023-08-22 00:00:00 second"),
    ("2023-08-22T09:00-05:00", "2023-08-22 14:00:00 minute"),
    ("2023-08-22T09:00", "2023-08-22 09:00:00 minute"),
    ("2023-08-22T09Z", "2023-08-22 09:00:00 hour"),
    ("2023-08-22 09:00", "2023-08-22 09:00:00 minute"),
    ("2023-08-22 9:05 PM", "2023-08-22 21:05:00 minute"),
    ("20230822T090005Z", "2023-08-22 09:00:05 second"),
    ("20230822090005", "2023-08-22 09:00:05 second"),
    ("2023-08-22T09:00:00+03:00[Europe/Moscow]", "2023-08-22 06:00:00 second"),
    ("2023-08-22T24:00:00Z", "2023-08-23 00:00:00 second"),
    ("2016-12-31T23:59:60Z", "2016-12-31 23:59:59 second"),
    ("2023-08", "2023-08-01 00:00:00 month"),
    ("2023", "2023-01-01 00:00:00 year"),
    # RFC 822 and 2822, RFC 850, ctime and what servers make of them
    ("Tue, 22 Aug 2023 09:00:00 GMT", "2023-08-22 09:00:00 second"),
    ("Tue, 22 Aug 2023 09:00:00 +0900", "2023-08-22 00:00:00 second"),
    ("22 Aug 2023 09:00 UT", "2023-08-22 09:00:00 minute"),
    ("22 Aug 23 09:00:00 GMT", "2023-08-22 09:00:00 second"),
    ("Tue, 22 Aug 2023 09:00:00 KST", "2023-08-22 00:00:00 second"),
    ("Tue, 22 Aug 2023 09:00:00 JST", "2023-08-22 00:00:00 second"),
    ("Tue, 22 Aug 2023 09:00:00 EST", "2023-08-22 14:00:00 second"),
    ("Tue, 22 Aug 2023 09:00:00 EDT", "2023-08-22 13:00:00 second"),
    ("Tue, 22 Aug 2023 09:00:00 MSK", "2023-08-22 06:00:00 second"),
    ("Tue, 22 Aug 2023 09:00:00 CST", "2023-08-22 15:00:00 second"),
    ("Tuesday, 22-Aug-23 09:00:00 GMT", "2023-08-22 09:00:00 second"),
    ("Tue Aug 22 09:00:00 2023", "2023-08-22 09:00:00 second"),
    ("Tue Aug 22 09:00:00 KST 2023", "2023-08-22 00:00:00 second"),
    ("Tue Aug 22 2023 09:00:00 GMT+0900 (Korean Standard Time)", "2023-08-22 00:00:00 second"),
    # English
    ("August 22, 2023", "2023-08-22 00:00:00 day"),
    ("Aug. 22, 2023", "2023-08-22 00:00:00 day"),
    ("22 August 2023", "2023-08-22 00:00:00 day"),
    ("22nd of August, 2023", "2023-08-22 00:00:00 day"),
    ("Published: Tuesday, August 22nd, 2023 at 3:05 p.m. EST", "2023-08-22 20:05:00 minute"),
    ("Aug 22, 2023 3 PM GMT", "2023-08-22 15:00:00 hour"),
    ("12:30 AM, August 22, 2023", "2023-08-22 00:30:00 minute"),
    ("09:00 GMT, Tue 22 Aug 2023", "2023-08-22 09:00:00 minute"),
    ("22 Aug 2023, updated 23 Aug 2023 10:00", "2023-08-22 00:00:00 day"),
    ("August 22, 2023 | 5 min read", "2023-08-22 00:00:00 day"),
    ("August 2023", "2023-08-01 00:00:00 month"),
    # Juche and other eras
    ("Juche 112 (2023) August 22", "2023-08-22 00:00:00 day"),
    ("August 22, Juche 112 (2023)", "2023-08-22 00:00:00 day"),
    ("Juche 112(2023).8.22.", "2023-08-22 00:00:00 day"),
    ("Juche112. 8. 22", "2023-08-22 00:00:00 day"),
    ("주체112(2023)년 8월 22일", "2023-08-22 00:00:00 day"),
    ("22 августа 112 года чучхе", None),
    ("令和5年8月22日", "2023-08-22 00:00:00 day"),
    ("令和元年8月22日", "2019-08-22 00:00:00 day"),
    ("民國112年8月22日", "2023-08-22 00:00:00 day"),
    # Korean, Chinese, Japanese
    ("2023년 8월 22일", "2023-08-22 00:00:00 day"),
    ("2023년 8월 22일 (화) 오후 3시 5분", "2023-08-22 15:05:00 minute"),
    ("2023년 8월 22일 오전 12시", "2023-08-22 00:00:00 hour"),
    ("입력 2023.08.22. 오후 3:05", "2023-08-22 15:05:00 minute"),
    ("2023年8月22日", "2023-08-22 00:00:00 day"),
    ("2023年8月22日 14:05", "2023-08-22 14:05:00 minute"),
    ("２０２３年８月２２日１４時０５分", "2023-08-22 14:05:00 minute"),
    ("2023年08月22日下午3点05分", "2023-08-22 15:05:00 minute"),
    ("2023年8月22日 14时05分30秒", "2023-08-22 14:05:30 second"),
    ("2023年8月", "2023-08-01 00:00:00 month"),
    # Cyrillic
    ("22 августа 2023", "2023-08-22 00:00:00 day"),
    ("22 августа 2023 г., 14:05", "2023-08-22 14:05:00 minute"),
    ("14:05, 22 августа 2023", "2023-08-22 14:05:00 minute"),
    ("22 серпня 2023 року", "2023-08-22 00:00:00 day"),
    ("22 мая 2023, 14:05 (мск)", "2023-05-22 11:05:00 minute"),
    ("22 жніўня 2023", "2023-08-22 00:00:00 day"),
    ("22 август 2023", "2023-08-22 00:00:00 day"),
    # Latin and other scripts
    ("22. August 2023 um 14.05 Uhr", "2023-08-22 14:05:00 minute"),
    ("Dienstag, 1. März 2022", "2022-03-01 00:00:00 day"),
    ("22 août 2023 à 14h05", "2023-08-22 14:05:00 minute"),
    ("1er février 2023", "2023-02-01 00:00:00 day"),
    ("22 de agosto de 2023", "2023-08-22 00:00:00 day"),
    ("mar, 22 ago 2023", "2023-08-22 00:00:00 day"),
    ("22 agosto 2023", "2023-08-22 00:00:00 day"),
    ("22 de março de 2023 às 14h05", "2023-03-22 14:05:00 minute"),
    ("22 augustus 2023", "2023-08-22 00:00:00 day"),
    ("22 sierpnia 2023, 14:05", "2023-08-22 14:05:00 minute"),
    ("22. srpna 2023", "2023-08-22 00:00:00 day"),
    ("22 Ağustos 2023", "2023-08-22 00:00:00 day"),
    ("22 ARALIK 2023", "2023-12-22 00:00:00 day"),
    ("22. elokuuta 2023", "2023-08-22 00:00:00 day"),
    ("2023. augusztus 22.", "2023-08-22 00:00:00 day"),
    ("22 Αυγούστου 2023", "2023-08-22 00:00:00 day"),
    ("22 أغسطس 2023", "2023-08-22 00:00:00 day"),
    ("22 أغسطس/آب 2023", "2023-08-22 00:00:00 day"),
    ("٢٢ كانون الثاني ٢٠٢٣", "2023-01-22 00:00:00 day"),
    ("22 באוגוסט 2023", "2023-08-22 00:00:00 day"),
    ("22 अगस्त 2023", "2023-08-22 00:00:00 day"),
    ("22 สิงหาคม 2566", "2023-08-22 00:00:00 day"),
    ("22 ส.ค. 2566", "2023-08-22 00:00:00 day"),
    ("22 Tháng 8, 2023", "2023-08-22 00:00:00 day"),
    ("22 Agustus 2023", "2023-08-22 00:00:00 day"),
    # numbers whose order is or is not certain
    ("22.08.2023", "2023-08-22 00:00:00 day"),
    ("22.08.2023 14:05", "2023-08-22 14:05:00 minute"),
    ("22/08/2023", "2023-08-22 00:00:00 day"),
    ("08/22/2023", "2023-08-22 00:00:00 day"),
    ("08/08/2023", "2023-08-08 00:00:00 day"),
    ("08/09/2023", None),
    ("08.09.2023", None),
    ("22/08/23", None),
    # epochs
    ("1692662400", "2023-08-22 00:00:00 second"),
    ("1692662400000", "2023-08-22 00:00:00 second"),
    ("1692662400.5", "2023-08-22 00:00:00 second"),
    ("0946684800", None),  # 2000
    ("9999999999", None),
    # no dates
    ("", None),
    ("yesterday", None),
    ("3 hours ago", None),
    ("22 Aug 14:05", None),
    ("Vol. 12 No. 5", None),
    ("Tue, 31 Feb 2023 25:61:61 GMT", None),
    ("2023-13-01", None),
    ("2023-08-22T25:00:00Z", None),
    ("2023-08-22T09:00:00+99:99", None),
    ("0000-00-00T00:00:00Z", None),
    ("0000-00-00", None),
    ("99999-01-01T00:00:00Z", None),
    ("9999-12-31", None),
    ("Mon, 01 Jan 0001 00:00:00 GMT", None),
    ("1692-01-01", None),
    ("1970-01-01T00:00:00Z", None),
    ("Fri, 22 Aug 2099 09:00:00 GMT", None),
    ("August 22, 1989", None),
]


@pytest.mark.parametrize(("text", "wanted"), READINGS, ids=[text[:40] or "empty" for text, _ in READINGS])
def test_text_is_read_as_what_it_says_or_not_at_all(text: str, wanted: str | None) -> None:
    assert shown(read(text)) == wanted


@pytest.mark.parametrize(
    ("text", "timezone", "wanted", "offset", "zone"),
    [
        ("2023-08-22T09:00:00", PYONGYANG, "2023-08-22 00:00:00 second", 540, PYONGYANG),
        ("2023년 8월 22일 오전 9시", PYONGYANG, "2023-08-22 00:00:00 hour", 540, PYONGYANG),
        ("2017-08-22T09:00:00", PYONGYANG, "2017-08-22 00:30:00 second", 510, PYONGYANG),
        ("2023-01-22 09:00", "America/New_York", "2023-01-22 14:00:00 minute", -300, "America/New_York"),
        ("2023-08-22 09:00", "America/New_York", "2023-08-22 13:00:00 minute", -240, "America/New_York"),
        ("2023-08-22 09:00", None, "2023-08-22 09:00:00 minute", 0, "UTC"),
        ("2023-08-22 09:00", "Mars/Olympus", "2023-08-22 09:00:00 minute", 0, "UTC"),
        ("2023-08-22 09:00", "../etc/passwd", "2023-08-22 09:00:00 minute", 0, "UTC"),
        ("2023-08-22 09:00 Uhr", "Europe/Berlin", "2023-08-22 07:00:00 minute", 120, "Europe/Berlin"),
        ("2023-08-22 09:00 +03:00", PYONGYANG, "2023-08-22 06:00:00 minute", 180, None),
        ("22 Aug 2023 09:00 CST", "Asia/Shanghai", "2023-08-22 01:00:00 minute", 480, None),
        ("22 Aug 2023 09:00 CST", "America/Chicago", "2023-08-22 15:00:00 minute", -360, None),
        ("22 Aug 2023 09:00 IST", "Asia/Kolkata", "2023-08-22 03:30:00 minute", 330, None),
        ("22 Jan 2023 09:00 IST", "Asia/Jerusalem", "2023-01-22 07:00:00 minute", 120, None),
        ("22 Aug 2023", PYONGYANG, "2023-08-22 00:00:00 day", None, None),
        ("1692662400", PYONGYANG, "2023-08-22 00:00:00 second", 0, None),
    ],
)
def test_zone_is_the_stated_one_else_the_source_s(
    text: str, timezone: str | None, wanted: str, offset: int | None, zone: str | None
) -> None:
    date = read(text, timezone)

    assert shown(date) == wanted
    assert date is not None
    assert (date.offset_minutes, date.zone) == (offset, zone)


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("08.09.2023", "de", "2023-09-08 00:00:00 day"),
        ("08/09/2023", "fr", "2023-09-08 00:00:00 day"),
        ("08/09/23", "es", "2023-09-08 00:00:00 day"),
        ("08/09/2023", "en", None),
        ("08/22/2023", "de", None),
    ],
)
def test_language_settles_the_order_of_numbers(text: str, language: str, wanted: str | None) -> None:
    assert shown(read(text, language=language)) == wanted


def test_raw_text_and_rule_are_kept() -> None:
    date = read("  Tue, 22 Aug 2023 09:00:00 KST ")

    assert date is not None
    assert (date.raw, date.rule) == ("Tue, 22 Aug 2023 09:00:00 KST", "feed")


def test_tomorrow_in_a_zone_ahead_is_believed_and_the_day_after_is_not() -> None:
    assert read("2026-09-15T11:59:00Z") is not None
    assert read("2026-09-15T12:01:00Z") is None


@pytest.mark.parametrize("filler", ["a", " ", "1", "1.", "#", "2023-", "ม.", "١", "Juche 1"])
def test_long_text_is_cut_and_read_in_time(filler: str) -> None:
    date = read("22 August 2023 " + filler * 1_000_000)

    assert date is None or len(date.raw) <= 200


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    date = read(text)

    assert date is None or EARLIEST <= date.at <= NOW + timedelta(days=1)


@given(st.integers(0, 13_000), st.integers(0, 86_399), st.integers(-14 * 60, 14 * 60))
def test_isoformat_comes_back_whatever_the_offset(days: int, seconds: int, offset: int) -> None:
    at = EARLIEST + timedelta(days=days, seconds=seconds)
    local = at + timedelta(minutes=offset)
    sign, minutes = ("-" if offset < 0 else "+"), abs(offset)
    text = f"{local:%Y-%m-%dT%H:%M:%S}{sign}{minutes // 60:02}:{minutes % 60:02}"

    date = read(text)

    assert date is not None
    assert (date.at, date.precision, date.offset_minutes, date.zone) == (at, Precision.SECOND, offset, None)
