"""The daemon's sign of life, and what is made of a missing one."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.daemon.heartbeat import Heartbeat, Moment, clock_step
from storage import db, meta
from storage.health import gaps
from storage.records.sources import FeedKind, Source
from storage.sources import sources
from storage.sources.sources import DeclaredFeed

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
FAR_BACK = datetime(2020, 1, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Watched:
    """A heartbeat that has begun at NOW, on a database with one feed that is due in an hour."""

    def __init__(self, database, connection) -> None:
        self.database, self.connection = database, connection
        self.told: list[str] = []
        self.steps = 0
        sources.sync(
            connection, [(Source("herald"), [DeclaredFeed("http://herald.example/rss", FeedKind.FEED)])]
        )
        connection.execute("UPDATE feeds SET next_due_at = ?", [db.to_iso(NOW + HOUR)])
        self.heartbeat = self.begin(NOW)

    def begin(self, at: datetime) -> Heartbeat:
        heartbeat = Heartbeat(self.told.append, self.step)
        heartbeat.begin(self.connection, Moment(at, 1_000.0))
        return heartbeat

    def step(self) -> None:
        self.steps += 1

    def look(self, after: timedelta, *, clock_set: timedelta = timedelta(0)) -> None:
        now = Moment(NOW + after + clock_set, 1_000.0 + after.total_seconds())
        self.heartbeat.look(self.database, now)

    @property
    def beat_at(self) -> datetime:
        return meta.get(self.connection, meta.HEARTBEAT)

    @property
    def due_at(self) -> datetime:
        return datetime.fromisoformat(
            self.connection.execute("SELECT next_due_at FROM feeds").fetchone()["next_due_at"]
        )

    def gaps(self) -> list[gaps.Gap]:
        return gaps.gaps_since(self.connection, FAR_BACK)


@pytest.fixture
def watched(database, connection) -> Watched:
    return Watched(database, connection)


def test_sign_of_life_is_written_once_a_minute(watched):
    watched.look(timedelta(seconds=59))
    early = watched.beat_at
    watched.look(timedelta(seconds=60))

    assert (early, watched.beat_at) == (NOW, NOW + MINUTE)
    assert (watched.gaps(), watched.told, watched.steps) == ([], [], 0)


def test_first_daemon_of_a_database_finds_no_gap(watched):
    assert (watched.gaps(), watched.told) == ([], [])


@pytest.mark.parametrize(("off", "number"), [(4 * MINUTE, 0), (2 * HOUR, 1)], ids=["restart", "off"])
def test_time_between_two_daemons_is_a_gap_if_it_is_long(watched, off, number):
    watched.begin(NOW + off)

    assert watched.gaps() == [gaps.Gap(NOW, NOW + off, "off", 1)] * number
    assert watched.told == ["nothing was watched for 2 h 0 min; 1 feed came due meanwhile"] * number


def test_machine_that_slept_leaves_a_gap(watched):
    watched.look(3 * HOUR)

    assert watched.gaps() == [gaps.Gap(NOW, NOW + 3 * HOUR, "asleep", 1)]
    assert (watched.due_at, watched.steps) == (NOW + 3 * HOUR, 0)


def test_clock_set_back_makes_nobody_wait_longer(watched):
    watched.look(MINUTE, clock_set=-50 * HOUR)

    assert watched.due_at == NOW + HOUR - 50 * HOUR
    assert watched.beat_at == NOW + MINUTE - 50 * HOUR
    assert (watched.steps, watched.gaps()) == (1, [])
    assert watched.told == ["the clock was set back by 2 d 2 h"]


def test_clock_set_back_between_two_daemons_makes_nobody_wait_longer(watched):
    watched.begin(NOW - 50 * HOUR)

    assert watched.due_at == NOW + HOUR - 50 * HOUR
    assert watched.gaps() == []


def test_clock_set_forward_is_no_gap_and_feeds_take_turns(watched):
    watched.look(MINUTE, clock_set=30 * HOUR)

    assert watched.due_at == NOW + MINUTE + 30 * HOUR
    assert (watched.steps, watched.gaps()) == (1, [])
    assert watched.told == ["the clock was set forward by 1 d 6 h"]


@pytest.mark.parametrize("seconds", [-4, 0, 4])
def test_clock_that_is_steered_was_not_set(seconds):
    before = Moment(NOW, 10.0)

    assert clock_step(before, Moment(NOW + timedelta(seconds=60 + seconds), 70.0)) == timedelta(0)
