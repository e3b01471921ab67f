"""The press as it is some weeks later: the same press, all of whose dates are of those weeks."""

from datetime import date, datetime, timedelta

import pytest

from scheduler.demo.press_content import load_content, load_edits, load_removals, newest_day
from scheduler.demo.press_dates import days_to_move, moved
from scheduler.demo.press_truth import expected_of, load_expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("published = 2026-10-20T09:33:51", "published = 2026-11-24T09:33:51"),
        ("/world/2026-09-15/ministers", "/world/2026-10-20/ministers"),
        ("/2026/9/30/x", "/2026/11/04/x"),
        ("/a/202610/02/c1064.html", "/a/202611/06/c1064.html"),
        ("/view/AEN20260925003951320", "/view/AEN20261030003951320"),
        ("held on October 19 and 20.", "held on November 23 and 24."),
        ("on October 26 and 27", "on November 30 and December 1"),
        ("KARSHOLM, December 28 (KB)", "KARSHOLM, February 1 (KB)"),
        ("11월 4일", "12월 9일"),
        ("2023년 3월 2일 09:00", "2023년 3월 2일 09:00"),
        (
            'feed_date = "1790171100"',
            f'feed_date = "{1790171100 + 35 * 86_400 + 3_600}"',
        ),  # the clock went back
        ('feed_date = "Juche 115 (2026) September 6"', 'feed_date = "Juche 115 (2026) October 11"'),
        ('feed_date = "Juche 115 (2026) December 6"', 'feed_date = "Juche 116 (2027) January 10"'),
        ("Fri, 18 Sep 2099 06:15:00 +0200", "Fri, 18 Sep 2099 06:15:00 +0200"),
        ("/story/2026/mussel-barons/", "/story/2026/mussel-barons/"),
        ("/news/articleView.html?idxno=20411", "/news/articleView.html?idxno=20411"),
        ("2026-13-45", "2026-13-45"),
    ],
)
def test_dates_are_moved_as_they_are_written(text, expected):
    assert moved(text, 35) == expected
    assert moved(text, 0) == text


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2026, 10, 29), 0),
        (date(2026, 11, 5), 0),
        (date(2026, 11, 6), 7),
        (date(2026, 11, 29), 28),
        (date(2020, 1, 1), 0),
        (date(2031, 6, 1), 1673),
    ],
)
def test_press_is_moved_by_whole_weeks_and_never_into_the_future(today, days):
    assert days_to_move(date(2026, 10, 29), today) == days
    assert days % 7 == 0


@pytest.mark.parametrize("days", [7, 35, 140, 1673])
def test_moved_press_is_the_same_but_for_its_dates(days):
    before, after = load_content(), load_content(days)
    pairs = [
        (old, new)
        for one, other in zip(before, after, strict=True)
        for old, new in zip(one.articles, other.articles, strict=True)
    ]

    def day(at):
        return at.date() if isinstance(at, datetime) else at

    assert all(
        (old.published and day(old.published) + timedelta(days)) == (new.published and day(new.published))
        for old, new in pairs
    )
    assert [(old.title, old.kind, old.on_topic) for old, _ in pairs] == [
        (new.title, new.kind, new.on_topic) for _, new in pairs
    ]
    keys = {new.key for _, new in pairs}
    assert len(keys) == len(pairs)
    named = {new.copy_of or new.story_of for _, new in pairs} - {None}
    assert {name for name in named if not name.startswith("seeds/")} <= keys
    assert {edit.of for edit in load_edits(after, days)} | {gone.of for gone in load_removals(days)} <= keys
    assert newest_day(after) == newest_day(before) + timedelta(days)
    truth = expected_of(after, days)
    assert [page.change for page in truth.values()] == [page.change for page in load_expected().values()]
