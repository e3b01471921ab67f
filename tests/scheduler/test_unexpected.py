"""An error of one source, topic, alert or part of the daemon stops only that one, and is shown until it is over."""

import asyncio
from datetime import datetime, timedelta

import pytest

from scheduler import unexpected
from scheduler.alerts.delivery import prepare
from scheduler.cli.status.facts import gather
from scheduler.daemon.daemon import keep_running
from scheduler.health import hourly_check
from scheduler.pacing import decide_good_polls, decide_polls, hasten_polls
from storage import db
from storage.alerts import rules
from storage.health import conditions
from storage.health.source_health import source_health
from storage.records.alerts import AlertRule
from storage.records.polls import PollResult
from storage.records.sources import FeedKind, Source
from storage.sources import polls, runs, sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.samples import NOW, TOPIC

HOUR = timedelta(hours=1)
# What nothing of ours writes: another program did, or a mistake of ours.
DAMAGE = {
    "a cron that is none": "UPDATE sources SET cron = '0 6 30 2 mon' WHERE name = 'bad'",
    "a zone that is none": "UPDATE sources SET cron = '0 6 * * *', timezone = 'No/Where' WHERE name = 'bad'",
    "a rhythm that cannot be read": "UPDATE feeds SET rhythm = x'00' WHERE url LIKE '%bad%'",
}


@pytest.fixture
def two(connection):
    """Two sources with a feed each, "bad" before "good"."""
    declared = [
        (Source(name), [DeclaredFeed(f"http://{name}.example/feed", FeedKind.FEED)])
        for name in ("bad", "good")
    ]
    sources.sync(connection, declared)
    topics.sync(connection, [TOPIC])
    return connection


def poll(connection, at=NOW, outcome: str = "ok") -> None:
    token = f"{at}"
    run_id = runs.begin(connection, trigger="manual", token=token, now=at, host="here", pid=1)
    for feed in (1, 2):
        polls.record_poll(connection, run_id, PollResult(feed, at, outcome), 0)
    runs.end(connection, run_id, state="finished", now=at)


def due(connection) -> dict[str, datetime]:
    return {health.source: health.next_due_at for health in source_health(connection)}


def lasting(connection) -> list[tuple[str, str | None, str | None]]:
    return [condition.subject for condition in conditions.lasting(connection)]


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("decide", [decide_polls, decide_good_polls], ids=["at the end", "meanwhile"])
def test_a_feed_that_cannot_be_decided_on_waits_and_no_other_does(two, caplog, damage, decide):
    two.execute(damage)
    poll(two)

    decide(two, NOW)

    assert due(two)["bad"] == NOW + HOUR
    assert due(two)["good"] > NOW
    assert [row[0] for row in two.execute("SELECT decided_by FROM polls ORDER BY id")] == ["error", "first"]
    assert lasting(two) == [(unexpected.SCHEDULE, "bad", None)]
    assert "Traceback" in caplog.text
    assert not gather(two, None, NOW).is_well


def test_what_raised_is_over_once_it_goes_well(two, caplog):
    two.execute(DAMAGE["a cron that is none"])
    poll(two)
    decide_polls(two, NOW)
    caplog.clear()
    poll(two, NOW + HOUR)
    decide_polls(two, NOW + HOUR)
    logged_again = caplog.text
    two.execute("UPDATE sources SET cron = NULL")

    poll(two, NOW + 2 * HOUR)
    decide_polls(two, NOW + 2 * HOUR)

    assert logged_again == "", "the traceback stands in the log once"
    assert lasting(two) == []
    assert [condition.until for condition in conditions.since(two, NOW)] == [NOW + 2 * HOUR]


def test_changed_settings_hasten_the_other_feeds(two):
    poll(two)
    decide_polls(two, NOW)
    two.execute(DAMAGE["a cron that is none"])
    two.execute("UPDATE sources SET every_s = 600 WHERE name = 'good'")

    assert hasten_polls(two, NOW) == 1
    assert due(two)["good"] == NOW + timedelta(minutes=10)


def test_a_source_that_cannot_be_judged_is_shown_and_the_others_are_judged(two, caplog):
    two.execute(
        "UPDATE feeds SET last_polled_at = :at, last_ok_at = :at, last_new_at = :at", {"at": db.to_iso(NOW)}
    )
    poll(two)
    two.execute(DAMAGE["a rhythm that cannot be read"])

    hourly_check.look(two, NOW + HOUR)
    shown = lasting(two)
    two.execute("UPDATE feeds SET rhythm = NULL")
    hourly_check.look(two, NOW + 2 * HOUR)

    assert shown == [(unexpected.CHECK, "bad", None)]
    assert "Traceback" in caplog.text
    assert [row[0] for row in two.execute("SELECT DISTINCT source_id FROM coverage ORDER BY 1")] == [1, 2]
    assert lasting(two) == []


def test_what_is_shown_of_a_source_that_was_taken_out_is_dropped(two):
    poll(two)
    two.execute(DAMAGE["a rhythm that cannot be read"])
    hourly_check.look(two, NOW + HOUR)
    sources.sync(two, [(Source("good"), [DeclaredFeed("http://good.example/feed", FeedKind.FEED)])])

    hourly_check.look(two, NOW + 2 * HOUR)

    assert lasting(two) == []


def test_an_alert_that_cannot_be_put_together_stops_no_other(database, two):
    poll(two)
    told = [
        AlertRule(name, "url", ("health",), digest="08:00", timezone="Asia/Seoul") for name in ("bad", "good")
    ]
    rules.sync(two, [(rule, NOW) for rule in told])
    two.execute("UPDATE alert_rules SET timezone = 'No/Where' WHERE name = 'bad'")
    unexpected.note(two, unexpected.CHECK, {("good", None): ValueError("x")}, [("good", None)], NOW)

    messages = prepare(database, NOW + HOUR)

    assert [message.rule for message in messages] == ["good"]
    assert (unexpected.ALERT, None, None) in lasting(two)
    assert "alert bad: ZoneInfoNotFoundError" in next(
        condition.detail for condition in conditions.lasting(two) if condition.kind == unexpected.ALERT
    )


def test_a_part_of_the_daemon_that_raises_is_begun_anew_and_goes_well_again():
    noted: list[str | None] = []
    begun = 0

    async def part() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise ValueError(f"attempt {begun}")
        while noted[-1] is not None:
            await asyncio.sleep(0)

    asyncio.run(
        keep_running(
            part, lambda error: noted.append(str(error) if error else None), pause_s=0.0, well_s=0.01
        )
    )

    assert noted == ["attempt 1", "attempt 2", None]


def test_cancelling_ends_the_part():
    async def main() -> bool:
        ended = asyncio.Event()

        async def part() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        running = asyncio.create_task(keep_running(part, lambda _: None))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.wait_for(ended.wait(), 5)
        return running.cancelled()

    assert asyncio.run(main())
