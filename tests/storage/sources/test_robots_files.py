"""robots.txt is kept from run to run, and no longer than it may be."""

from datetime import timedelta

import pytest

from storage.records.sources import RobotsFile
from storage.sources import robots_files
from tests.support.samples import NOW

HOUR = timedelta(hours=1)
FILE = RobotsFile("https://courier.example", NOW, NOW + HOUR, 200, b"User-agent: *\nDisallow: /\xff\n")


def test_a_file_comes_back_as_it_was_and_the_last_one_holds(connection):
    robots_files.keep(connection, RobotsFile(FILE.place, NOW - HOUR, NOW + 9 * HOUR, 404, b""))
    robots_files.keep(connection, FILE)

    assert robots_files.kept(connection, FILE.place, NOW) == FILE
    assert robots_files.kept(connection, "http://courier.example", NOW) is None


@pytest.mark.parametrize(
    ("now", "is_kept"),
    [(NOW - HOUR, False), (NOW, True), (NOW + HOUR, False), (NOW + 9 * HOUR, False)],
    ids=["clock-set-back", "at-once", "at-its-end", "later"],
)
def test_a_file_is_used_in_its_time_alone(connection, now, is_kept):
    robots_files.keep(connection, FILE)

    assert (robots_files.kept(connection, FILE.place, now) is not None) == is_kept


def test_files_whose_time_is_over_go_with_the_next_that_is_kept(connection):
    robots_files.keep(connection, FILE)
    later = NOW + 2 * HOUR
    robots_files.keep(connection, RobotsFile("https://gazette.example", later, later + HOUR, 404, b""))

    (rows,) = connection.execute("SELECT group_concat(place) FROM robots_files")
    assert rows[0] == "https://gazette.example"
