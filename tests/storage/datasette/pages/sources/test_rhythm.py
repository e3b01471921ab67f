"""When an outlet publishes, by hour and weekday."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.datasette.pages.sources.rhythm import CELL, SHADES, WEEKDAYS, week_rhythm

MONDAY = datetime(2026, 9, 14, tzinfo=UTC)


def test_each_article_falls_into_its_hour():
    rhythm = week_rhythm(
        [MONDAY + timedelta(hours=10), MONDAY + timedelta(hours=10.9), MONDAY + timedelta(days=6)]
    )

    cells = {(cell.weekday, cell.hour): cell for cell in rhythm.cells}
    assert (cells["Mon", 10].count, cells["Sun", 0].count) == (2, 1)
    assert (rhythm.hours[10], rhythm.hours[0], sum(rhythm.hours)) == (2, 1, 3)
    assert rhythm.weekdays == (2, 0, 0, 0, 0, 0, 1)
    assert rhythm.busiest == "Mon 10:00, 2 of 3"


def test_cells_tile_the_week_from_monday_on():
    rhythm = week_rhythm([])

    assert [(cell.weekday, cell.hour) for cell in rhythm.cells] == [
        (day, hour) for day in WEEKDAYS for hour in range(24)
    ]
    assert {(cell.x, cell.y) for cell in rhythm.cells} == {
        (x, y) for x in range(0, rhythm.width, CELL) for y in range(0, rhythm.height, CELL)
    }
    assert (rhythm.total, rhythm.busiest) == (0, "")


@pytest.mark.parametrize("most", [1, 4, 5, 6, 999])
def test_more_is_never_lighter_and_one_of_many_is_seen(most):
    published = [MONDAY] * most + [MONDAY + timedelta(hours=1)]
    shades = {cell.hour: cell.shade for cell in week_rhythm(published).cells if cell.weekday == "Mon"}

    assert shades[0] == SHADES
    assert 1 <= shades[1] <= SHADES
    assert shades[2] == 0
