from datetime import UTC, datetime

import pytest

from crawler.text.ages import read_ages
from crawler.text.date_labels import Said

NOW = datetime(2026, 9, 14, 12, 34, 56, tzinfo=UTC)


def ages(text: str, timezone: str | None = None) -> list[tuple[str, str, str]]:
    found = read_ages(text, rule="text", timezone=timezone, now=NOW)
    return [(f"{one.date.at:%m-%d %H:%M}", one.date.precision.value, one.said.name) for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "3 hours ago",
        "3 hrs ago",
        "3h ago",
        "vor 3 Stunden",
        "il y a 3 heures",
        "hace 3 horas",
        "há 3 horas",
        "3 horas atrás",
        "3 ore fa",
        "3 uur geleden",
        "för 3 timmar sedan",
        "3 timer siden",
        "3 tuntia sitten",
        "3 godziny temu",
        "před 3 hodinami",
        "3 часа назад",
        "3 часа тому назад",
        "3 години тому",
        "преди 3 часа",
        "acum 3 ore",
        "3 saat önce",
        "πριν 3 ώρες",
        "منذ 3 ساعات",
        "قبل ٣ ساعات",
        "۳ ساعت پیش",
        "לפני 3 שעות",
        "3 घंटे पहले",
        "3 giờ trước",
        "3 jam yang lalu",
        "3시간 전",
        "3小时前",
        "3個小時前",
        "3時間前",
    ],
)
def test_hours_are_read_in_the_languages_of_the_press(text: str) -> None:
    assert ages(text) == [("09-14 09:00", "hour", "UNSAID")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("5 minutes ago", ("09-14 12:29", "minute")),
        ("5분 전", ("09-14 12:29", "minute")),
        ("5分钟前", ("09-14 12:29", "minute")),
        ("5分前", ("09-14 12:29", "minute")),
        ("5 минут назад", ("09-14 12:29", "minute")),
        ("an hour ago", ("09-14 11:00", "hour")),
        ("час назад", ("09-14 11:00", "hour")),
        ("vor einer Stunde", ("09-14 11:00", "hour")),
        ("il y a une heure", ("09-14 11:00", "hour")),
        ("2 days ago", ("09-12 00:00", "day")),
        ("2 дня назад", ("09-12 00:00", "day")),
        ("2일 전", ("09-12 00:00", "day")),
        ("2天前", ("09-12 00:00", "day")),
        ("· 2 days ago ·", ("09-12 00:00", "day")),
        ("Today at 08:15", ("09-14 08:15", "minute")),
        ("вчера, 14:05", ("09-13 14:05", "minute")),
        ("昨天 14:05", ("09-13 14:05", "minute")),
        ("어제 14:05", ("09-13 14:05", "minute")),
    ],
)
def test_units_ones_and_near_days(text: str, wanted: tuple[str, str]) -> None:
    assert [(at, precision) for at, precision, _ in ages(text)] == [wanted]


def test_days_are_those_of_the_outlet() -> None:
    assert ages("1 day ago", "Pacific/Auckland") == [("09-14 00:00", "day", "UNSAID")]
    assert ages("어제 14:05", "Asia/Seoul") == [("09-13 05:05", "minute", "UNSAID")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Published 2 hours ago", Said.PUBLISHED),
        ("Updated 2 hours ago", Said.MODIFIED),
        ("обновлено 2 часа назад", Said.MODIFIED),
        ("Updated: yesterday at 14:05", Said.MODIFIED),
    ],
)
def test_labels_say_what_the_age_is_of(text: str, said: Said) -> None:
    assert [one[2] for one in ages(text)] == [said.name]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Today",
        "yesterday",
        "hours ago, the port was open",
        "3 weeks ago",
        "400 days ago",
        "ago 3 hours",
        "3 hours",
        "3 hours ago a train left the station",
        "Today at 27:80",
        "3 hours ago " + "·" * 60,
    ],
)
def test_what_is_prose_or_names_no_day_gives_none(text: str) -> None:
    assert ages(text) == []
