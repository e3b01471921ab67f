"""Which outlets lead and which follow."""

import pytest

from storage.datasette.pages.topics.leaders import Carried, followers, leaders, median_lag

MINUTES = ("minute", "minute")


def carried(story: int, first: str, outlet: str, hours: float | None = 1.0, precisions=MINUTES) -> Carried:
    return Carried(story, first, outlet, None if hours is None else round(hours * 3_600), precisions)


def test_stories_are_counted_once_and_copies_each():
    copies = [
        carried(1, "Wire", "Courier", 1),
        carried(1, "Wire", "Mail", 3),
        carried(2, "Wire", "Mail", 8),
        carried(3, "Mail", "Courier", 2),
    ]

    assert [(line.outlet, line.stories, line.copies, line.lag, line.others) for line in leaders(copies)] == [
        ("Wire", 2, 3, "3 h later", (("Mail", 2), ("Courier", 1))),
        ("Mail", 1, 1, "2 h later", (("Courier", 1),)),
    ]
    assert [
        (line.outlet, line.stories, line.copies, line.lag, line.others) for line in followers(copies)
    ] == [
        ("Courier", 2, 2, "1 h 30 min later", (("Wire", 1), ("Mail", 1))),
        ("Mail", 2, 2, "5 h 30 min later", (("Wire", 2),)),
    ]


def test_an_outlet_that_repeats_itself_follows_nobody():
    assert leaders([carried(1, "Wire", "Wire")]) == followers([carried(1, "Wire", "Wire")]) == []


@pytest.mark.parametrize(
    ("copies", "said"),
    [
        ([], ""),
        ([carried(1, "a", "b", None)], ""),
        ([carried(1, "a", "b", 24, ("day", "minute"))], "1 day later"),
        ([carried(1, "a", "b", 5, ("day", "day"))], "the same day"),
        # Days say nothing where hours are known.
        (
            [carried(1, "a", "b", 240, ("day", "day")), carried(2, "a", "b", 2, ("hour", "second"))],
            "2 h later",
        ),
        ([carried(1, "a", "b", 24, (None, "minute"))], "1 day later"),
        ([carried(1, "a", "b", 0)], "at the same time"),
    ],
)
def test_median_is_no_finer_than_the_dates(copies, said):
    assert median_lag(copies) == said
