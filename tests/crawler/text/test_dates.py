from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.dates import EARLIEST, read_clock, read_date, read_dates, read_day_of_year
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
    ("2023-08-22T090005+09:00", "2023-08-22 00:00:05 second"),
    ("2023-08-22T0900+0900", "2023-08-22 00:00:00 minute"),
    ("20230822T09:00:05", "2023-08-22 09:00:05 second"),
    ("20230822T09:00:05.250-05:00", "2023-08-22 14:00:05 second"),
    ("20230822 09:00", "2023-08-22 09:00:00 minute"),
    ("2023-08-22T250005", "2023-08-22 00:00:00 day"),
    ("20231322T09:00:05", None),
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
    ("August 22, 1899", None),
    # archives of papers, and placeholders
    ("14 July 1953", "1953-07-14 00:00:00 day"),
    ("1953-07-27", "1953-07-27 00:00:00 day"),
    ("1900-01-01", None),
    ("1969-12-31T16:00:00-08:00", None),
    ("/Date(1692662400000)/", "2023-08-22 00:00:00 second"),
    # more languages
    ("4 de juny de 2025", "2025-06-04 00:00:00 day"),
    ("2025 m. birželio 4 d. 21:05", "2025-06-04 21:05:00 minute"),
    ("4. jūnijs 2025", "2025-06-04 00:00:00 day"),
    ("4. juuni 2025", "2025-06-04 00:00:00 day"),
    ("৪ জুন ২০২৫", "2025-06-04 00:00:00 day"),
    ("4 جون 2025", "2025-06-04 00:00:00 day"),
    ("4 มิถุนายน 2568 เวลา 21.05 น.", "2025-06-04 21:05:00 minute"),
    # other calendars: right, or no date
    ("۱۴ خرداد ۱۴۰۴ - ۲۱:۰۵", "2025-06-04 21:05:00 minute"),
    ("۱۴۰۴/۰۳/۱۴", "2025-06-04 00:00:00 day"),
    ("14/03/1404", "2025-06-04 00:00:00 day"),
    ("31 شهریور ۱۴۰۳", "2024-09-21 00:00:00 day"),
    ("30 اسفند ۱۴۰۳", "2025-03-20 00:00:00 day"),
    ("30 اسفند ۱۴۰۲", None),
    ("1404/13/01", None),
    ("۴ ژوئن ۲۰۲۵", "2025-06-04 00:00:00 day"),
    ("19 ذو الحجة 1446", None),
    ("1446/12/19", None),
    ("19 ذو الحجة 1446 هـ - 15 يونيو 2025", "2025-06-15 00:00:00 day"),
    # a time that cannot be is no time; the day is one
    ("2023年8月22日 25時30分", "2023-08-22 00:00:00 day"),
]

# A clock of twelve hours with a word beside it; where the word leaves the half open or is not known, the day alone.
DAY_PARTS = [
    ("2025년 6월 14일 밤 11시 30분", "2025-06-14 23:30:00 minute"),
    ("2025년 6월 14일 밤 1시 30분", "2025-06-14 01:30:00 minute"),
    ("2025년 6월 14일 밤 12시 10분", "2025-06-14 00:00:00 day"),
    ("2025년 6월 14일 새벽 1시 5분", "2025-06-14 01:05:00 minute"),
    ("2025년 6월 14일 저녁 7시 30분", "2025-06-14 19:30:00 minute"),
    ("2025년 6월 14일 낮 12시 30분", "2025-06-14 12:30:00 minute"),
    ("2025년 6월 14일 낮 1시", "2025-06-14 13:00:00 hour"),
    ("2025년 6월 14일 해질녘 7시 10분", "2025-06-14 00:00:00 day"),
    ("2025년 6월 14일 토요일 9:10", "2025-06-14 09:10:00 minute"),
    ("2025년 6월 14일(토) 9:10", "2025-06-14 09:10:00 minute"),
    ("2025年6月14日 深夜11点30分", "2025-06-14 23:30:00 minute"),
    ("2025年6月14日晚8：00 来源：海峡日报", "2025-06-14 20:00:00 minute"),
    ("2025年6月14日 中午12时30分", "2025-06-14 12:30:00 minute"),
    ("2025年6月14日傍晚6点05分", "2025-06-14 18:05:00 minute"),
    ("2025年6月14日午夜12点", "2025-06-14 00:00:00 day"),
    ("2025年6月14日 星期六 9:10", "2025-06-14 09:10:00 minute"),
    ("2025年6月14日 辰刻 9:10", "2025-06-14 00:00:00 day"),
    ("2025年6月14日未明3時", "2025-06-14 03:00:00 hour"),
    ("2025年6月14日 夕方5時30分", "2025-06-14 17:30:00 minute"),
    ("2025年6月14日 夜9時", "2025-06-14 21:00:00 hour"),
    ("2025年6月14日 午後0時30分", "2025-06-14 12:30:00 minute"),
    ("14 июня 2025, 9:30 вечера", "2025-06-14 21:30:00 minute"),
    ("14 июня 2025, 9 часов утра", "2025-06-14 09:00:00 hour"),
    ("14 июня 2025, 2:30 ночи", "2025-06-14 02:30:00 minute"),
    ("14 июня 2025, 3:30 дня", "2025-06-14 15:30:00 minute"),
    ("14 червня 2025, 9:30 вечора", "2025-06-14 21:30:00 minute"),
    ("14 juin 2025 à 9h05 du soir", "2025-06-14 21:05:00 minute"),
    ("14 de junio de 2025 a las 9:05 de la noche", "2025-06-14 21:05:00 minute"),
    ("14 de junho de 2025 às 3:05 da tarde", "2025-06-14 15:05:00 minute"),
    ("14. Juni 2025, 9 Uhr abends", "2025-06-14 21:00:00 hour"),
    ("14 czerwca 2025, 7:30 wieczorem", "2025-06-14 19:30:00 minute"),
    ("14 Ιουνίου 2025, 9:05 μ.μ.", "2025-06-14 21:05:00 minute"),
    ("14 يونيو 2025 9:05 مساءً", "2025-06-14 21:05:00 minute"),
    ("14 يونيو 2025 - 9:05 م", "2025-06-14 21:05:00 minute"),
    ("14 يونيو 2025 9:05 غسقا", "2025-06-14 00:00:00 day"),
    ("14 يونيو 2025 الساعة 9:05", "2025-06-14 09:05:00 minute"),
    ("14 ביוני 2025, 9:05 בערב", "2025-06-14 21:05:00 minute"),
    ("14 जून 2025 रात 9:05 बजे", "2025-06-14 21:05:00 minute"),
    ("14 tháng 6, 2025 9:05 chiều", "2025-06-14 21:05:00 minute"),
    ("14 Juni 2025 7:05 malam", "2025-06-14 19:05:00 minute"),
    ("14 Haziran 2025 7:05 akşam", "2025-06-14 19:05:00 minute"),
]

# A time with a zone in words or names; a zone that cannot be read leaves the day.
ZONES = [
    ("北京时间2025年6月14日16:05", "2025-06-14 08:05:00 minute", 480),
    ("2025年6月14日16:05（莫斯科时间）", "2025-06-14 13:05:00 minute", 180),
    ("日本時間 2025年6月14日 16:05", "2025-06-14 07:05:00 minute", 540),
    ("2025-06-14 16:05 (한국시간)", "2025-06-14 07:05:00 minute", 540),
    ("14 июня 2025, 16:05 по московскому времени", "2025-06-14 13:05:00 minute", 180),
    ("14 июня 2025, 16:05 по владивостокскому времени", "2025-06-14 06:05:00 minute", 600),
    ("14 июня 2025, 16:05 по марсианскому времени", "2025-06-14 00:00:00 day", None),
    ("14 июня 2025, 16:05 МСК+7", "2025-06-14 06:05:00 minute", 600),
    ("14 июня 2025, 16:05 по Москве", "2025-06-14 13:05:00 minute", 180),
    ("14.06.2025 16:05 (Europe/Moscow)", "2025-06-14 13:05:00 minute", 180),
    ("14 June 2025 16:05 Moscow time", "2025-06-14 13:05:00 minute", 180),
    ("14 June 2025 4:05 p.m. Eastern Daylight Time", "2025-06-14 20:05:00 minute", -240),
    ("June 14, 2025 10:05 am ET", "2025-06-14 14:05:00 minute", -240),
    ("December 14, 2025 10:05 am ET", "2025-12-14 15:05:00 minute", -300),
    ("June 14, 2025 10:05 am ZZZT", "2025-06-14 00:00:00 day", None),
    ("June 14, 2025 10:05 Reading time 5 min", "2025-06-14 01:05:00 minute", 540),
    ("Thu, 05 Jun 2025 08:57:00 MEST", "2025-06-05 06:57:00 second", 120),
    ("Wed, 04 Jun 2025 12:00:00 CAT", "2025-06-04 10:00:00 second", 120),
    ("Wed, 04 Jun 2025 12:00:00 EAT", "2025-06-04 09:00:00 second", 180),
    ("Wed, 04 Jun 2025 12:00:00 WAT", "2025-06-04 11:00:00 second", 60),
    ("Wed, 04 Jun 2025 12:00:00 VOLT", "2025-06-04 09:00:00 second", 180),
    ("Wed, 04 Jun 2025 12:00:00 Europe/Moscow", "2025-06-04 09:00:00 second", 180),
    ("Wed, 04 Jun 2025 12:00:00 XYZ", "2025-06-04 00:00:00 day", None),
    ("4 juin 2025 à 9h05 (heure de Paris)", "2025-06-04 07:05:00 minute", 120),
    ("4 de junio de 2025 a las 21:05 (hora de Moscú)", "2025-06-04 18:05:00 minute", 180),
    ("4 de junho de 2025 às 21h05 (horário de Brasília)", "2025-06-05 00:05:00 minute", -180),
    ("4. Juni 2025, 21:05 Uhr MESZ", "2025-06-04 19:05:00 minute", 120),
    ("4. Juni 2025, 21:05 Uhr Moskauer Zeit", "2025-06-04 18:05:00 minute", 180),
    ("4 Haziran 2025 21:05 Moskova saatiyle", "2025-06-04 18:05:00 minute", 180),
    ("4 يونيو 2025 21:05 بتوقيت موسكو", "2025-06-04 18:05:00 minute", 180),
    ("4 يونيو 2025 21:05 بتوقيت غرينتش", "2025-06-04 21:05:00 minute", 0),
    ("2025-06-14 16:05 현지시간", "2025-06-14 07:05:00 minute", 540),
]


@pytest.mark.parametrize(("text", "wanted"), READINGS, ids=[text[:40] or "empty" for text, _ in READINGS])
def test_text_is_read_as_what_it_says_or_not_at_all(text: str, wanted: str | None) -> None:
    assert shown(read(text)) == wanted


@pytest.mark.parametrize(("text", "wanted"), DAY_PARTS, ids=[text for text, _ in DAY_PARTS])
def test_part_of_the_day_gives_the_hour_or_the_day_alone(text: str, wanted: str) -> None:
    assert shown(read(text)) == wanted


@pytest.mark.parametrize(("text", "wanted", "offset"), ZONES, ids=[text for text, _, _ in ZONES])
def test_stated_zone_is_read_or_leaves_the_day(text: str, wanted: str, offset: int | None) -> None:
    date = read(text, PYONGYANG)

    assert (shown(date), date and date.offset_minutes) == (wanted, offset)


# The dates of a line, each with what its label says; the one that counts as the article's comes first.
LABELS = [
    ("12:24 19.06.2025 (обновлено: 15:33 19.06.2025)", "unsaid 12:24, updated 15:33"),
    ("12:24, 19 июня 2025, обновлено в 15:33", "unsaid 12:24"),
    ("Опубликовано 19.06.2025 12:24, изменено 19.06.2025 15:33", "published 12:24, updated 15:33"),
    ("수정 2025-06-19 15:33 | 입력 2025-06-19 12:24", "published 12:24, updated 15:33"),
    ("2025-06-19 12:24 등록 · 2025-06-19 15:33 수정", "published 12:24, updated 15:33"),
    ("2025-06-19 12:24 发布 2025-06-19 15:33 更新", "published 12:24, updated 15:33"),
    ("更新 2025年6月19日 15:33 公開 2025年6月19日 12:24", "published 12:24, updated 15:33"),
    ("Last updated 19 June 2025 15:33 | Published 19 June 2025 12:24", "published 12:24, updated 15:33"),
    ("19/06/2025 12:24 | Actualizado a 19/06/2025 15:33", "unsaid 12:24, updated 15:33"),
    ("Publié le 19/06/2025 à 12h24, mis à jour le 19/06/2025 à 15h33", "published 12:24, updated 15:33"),
    ("Veröffentlicht 19.06.2025, 12:24 - Aktualisiert 19.06.2025, 15:33", "published 12:24, updated 15:33"),
    ("Atualizado em 19/06/2025 15:33. Publicado em 19/06/2025 12:24", "published 12:24, updated 15:33"),
    (
        "Pubblicato il 19/06/2025 12:24, ultimo aggiornamento 19/06/2025 15:33",
        "published 12:24, updated 15:33",
    ),
    ("Gepubliceerd 19-06-2025 12:24 Bijgewerkt 19-06-2025 15:33", "published 12:24, updated 15:33"),
    ("Publicerad 2025-06-19 12:24 Uppdaterad 2025-06-19 15:33", "published 12:24, updated 15:33"),
    ("Julkaistu 19.6.2025 12.24, päivitetty 19.6.2025 15.33", "published 12:24, updated 15:33"),
    ("Data publikacji: 19.06.2025 12:24, aktualizacja: 19.06.2025 15:33", "published 12:24, updated 15:33"),
    ("Оновлено 19.06.2025 15:33. Опубліковано 19.06.2025 12:24", "published 12:24, updated 15:33"),
    ("Giriş: 19.06.2025 12:24 Güncelleme: 19.06.2025 15:33", "published 12:24, updated 15:33"),
    ("تاريخ النشر: 19 يونيو 2025 12:24 آخر تحديث: 19 يونيو 2025 15:33", "published 12:24, updated 15:33"),
    ("פורסם: 19 ביוני 2025 12:24 עודכן: 19 ביוני 2025 15:33", "published 12:24, updated 15:33"),
    ("प्रकाशित 19 जून 2025 12:24 अपडेट 19 जून 2025 15:33", "published 12:24, updated 15:33"),
    ("Đăng lúc 19 tháng 6, 2025 12:24, cập nhật 19 tháng 6, 2025 15:33", "published 12:24, updated 15:33"),
    ("Δημοσίευση 19.06.2025 12:24 Ενημέρωση 19.06.2025 15:33", "published 12:24, updated 15:33"),
    ("Diterbitkan 19 Juni 2025 12:24, diperbarui 19 Juni 2025 15:33", "published 12:24, updated 15:33"),
    ("19 June 2025 12:24 | 5 comments", "unsaid 12:24"),
    ("© 1995-2025, Harbour Office. Last updated 19 June 2025 15:33", "updated 15:33"),
    ("Today: 19 June 2025 12:24", "other 12:24"),
    ("19 June 2025 12:24 by the Washington Post", "unsaid 12:24"),
]


@pytest.mark.parametrize(("line", "wanted"), LABELS, ids=[line for line, _ in LABELS])
def test_line_is_cut_at_its_labels(line: str, wanted: str) -> None:
    found = read_dates(line, rule="text", timezone=None, now=NOW, language="en")

    assert (
        ", ".join(f"{one.said} {one.date.at:%H:%M}" for one in sorted(found, key=lambda one: one.date.at))
        == wanted
    )
    assert {f"{one.date.at:%Y-%m-%d}" for one in found} == {"2025-06-19"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("16:06:20", "2025-06-15 08:06:20 second"),
        ("오후 4:06", "2025-06-15 07:06:00 minute"),
        ("at 16:06 GMT", "2025-06-15 16:06:00 minute"),
        ("16", None),
        ("at 16:06, 3 arrests", None),
        ("24 wagons", None),
        ("", None),
    ],
)
def test_time_in_a_line_of_its_own_refines_a_day(text: str, wanted: str | None) -> None:
    day = read("2025-06-15")
    assert day is not None
    zone = PYONGYANG if "오후" in text else "Asia/Shanghai"

    assert shown(read_clock(text, day, timezone=zone)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Pyongyang, September 10 (KCNA) --", "2026-09-10"),
        ("MOSCOW, September 20. /TASS/.", "2025-09-20"),
        ("МОСКВА, 20 ноября. /ТАСС/.", "2025-11-20"),
        ("(평양 11월 20일발 조선중앙통신)", "2025-11-20"),
        ("（新华社平壤11月20日电）", "2025-11-20"),
        ("Paris, 1er mars (AFP)", "2026-03-01"),
        ("29 February", None),
        ("Pyongyang (KCNA) --", None),
    ],
)
def test_day_without_a_year_is_the_last_one(text: str, wanted: str | None) -> None:
    found = read_day_of_year(text, NOW)

    assert (found and f"{found.at:%Y-%m-%d}") == wanted


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


@given(st.integers(1, 25_000), st.integers(0, 86_399), st.integers(-14 * 60, 14 * 60))
def test_isoformat_comes_back_whatever_the_offset(days: int, seconds: int, offset: int) -> None:
    at = datetime(1900, 1, 2, tzinfo=UTC) + timedelta(days=days, seconds=seconds)
    local = at + timedelta(minutes=offset)
    sign, minutes = ("-" if offset < 0 else "+"), abs(offset)
    text = f"{local:%Y-%m-%dT%H:%M:%S}{sign}{minutes // 60:02}:{minutes % 60:02}"

    date = read(text)

    assert date is not None
    assert (date.at, date.precision, date.offset_minutes, date.zone) == (at, Precision.SECOND, offset, None)
