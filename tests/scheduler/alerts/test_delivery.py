"""From the outbox to a real server: batches, digests, tries, and that nothing is lost."""

import asyncio
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler import clock
from crawler.articles.store import store_reading
from scheduler.alerts.delivery import AlertDelivery, prepare
from scheduler.config.records import AlertSettings, Config
from scheduler.config.settings import CrawlConfig
from storage import db
from storage.alerts import outbox, rules
from storage.articles import pruning
from storage.health import conditions
from storage.records.alerts import AlertRule
from storage.records.health import Condition
from storage.sources import sources
from storage.topics import topics
from tests.support.command_line import environment, wait_until
from tests.support.receivers import receiving
from tests.support.samples import DECLARED, NOW, RULE, TOPIC, reading, stated


class Office:
    """A database with a delivery, whose clock stands where a test puts it."""

    def __init__(self, database: Path) -> None:
        self.database, self.now, self.said = database, NOW, []
        self.alerts: tuple[AlertSettings, ...] = ()
        with closing(db.connect(database)) as connection:
            sources.sync(connection, DECLARED)
            topics.sync(connection, [TOPIC])

    def declare(self, *alerts: AlertSettings, next_digest_at: datetime | None = None) -> None:
        self.alerts = alerts
        with closing(db.connect(self.database)) as connection:
            rules.sync(connection, [(alert.rule, next_digest_at) for alert in alerts])

    def publish(self, *numbers: int) -> None:
        with closing(db.connect(self.database)) as connection:
            for number in numbers:
                text = " ".join(f"Tunnel{number} sentence{word} of story{number}." for word in range(60))
                item = reading(
                    f"http://courier.example/{number}",
                    text=text, title=f"Story {number}", read_at=self.now, published=stated(NOW),
                )  # fmt: skip
                store_reading(connection, item)

    def look(self, allowed: str) -> None:
        config = Config(
            Path("seedwatch.toml"), self.database, CrawlConfig(allow_private=(allowed,)), alerts=self.alerts
        )

        async def deliver() -> None:
            delivery = AlertDelivery(lambda: config, {}, self.said.append, lambda: self.now)
            await delivery.look(self.database)
            await delivery.settle()

        asyncio.run(deliver())

    def messages(self, *states: str) -> list[dict[str, object]]:
        with closing(db.connect(self.database)) as connection:
            rows = outbox.messages(connection, states or ("waiting", "sent", "failed", "withdrawn"), 50)
            return [dict(row) for row in reversed(rows)]


@pytest.fixture
def office(database):
    return Office(database)


def webhook(place: str, path: str, **more) -> AlertSettings:
    return AlertSettings(replace(RULE, name=path, **more), url=f"json+http://{place}/{path}")


def ids(body) -> list[int]:
    return [article["id"] for article in body["articles"]]


def test_what_came_is_one_message_and_the_next_waits_a_minute(office):
    with receiving() as server:
        office.declare(webhook(server.place, "desk"))
        office.publish(1, 2)
        office.look(server.place)
        office.publish(3)
        office.look(server.place)
        between = len(server.posts)
        office.publish(4)
        office.now += timedelta(minutes=1)
        office.look(server.place)

    first, second = server.bodies("/desk")
    assert between == 1
    assert (ids(first), ids(second)) == ([1, 2], [3, 4])
    assert [one["state"] for one in office.messages()] == ["sent", "sent"]
    assert first["articles"][0]["title"] == "Story 1"
    assert first["articles"][0]["topics"][0]["topic"] == "strait"


def test_a_dead_channel_is_tried_again_and_again_then_given_up_and_hinders_no_other(office):
    with receiving(dead=503) as server:
        office.declare(webhook(server.place, "dead"), webhook(server.place, "desk"))
        office.publish(1)
        for minutes in (0, 1, 5, 30, 120, 720, 10_000):
            office.now += timedelta(minutes=minutes)
            office.look(server.place)
        office.publish(2)
        office.look(server.place)

    (failed,) = office.messages("failed")
    assert [ids(body) for body in server.bodies("/desk")] == [[1], [2]]
    assert len({body["id"] for body in server.bodies("/dead")[:6]}) == 1
    assert [ids(body) for body in server.bodies("/dead")] == [[1]] * 6 + [[2]]
    assert (failed["tries"], failed["next_try_at"]) == (6, None)
    assert str(failed["error"]).startswith("HTTP 503")
    assert office.said == [f"alert dead: a message was given up after 6 tries: {failed['error']}"]


def test_what_failed_goes_out_after_a_retry_under_its_own_id(office):
    with receiving(desk=500) as server:
        office.declare(webhook(server.place, "desk"))
        office.publish(1)
        office.look(server.place)
        server.answers.clear()
        office.look(server.place)
        with closing(db.connect(office.database)) as connection:
            number = outbox.retry(connection, office.now)
        office.look(server.place)

    first, second = server.bodies("/desk")
    assert number == 1
    assert first == second
    assert [one["state"] for one in office.messages()] == ["sent"]


def test_a_digest_that_a_wrong_clock_put_off_comes_at_its_next_hour(office):
    daily = AlertRule("daily", "url", ("match",), digest="08:00", timezone="Asia/Seoul")
    with closing(db.connect(office.database)) as connection:
        rules.sync(connection, [(daily, NOW + timedelta(days=100))])

    prepare(office.database, NOW)

    with closing(db.connect(office.database)) as connection:
        assert outbox.rule_states(connection)[0].next_digest_at == NOW + timedelta(hours=11)


def test_a_digest_comes_once_a_day_and_not_when_there_is_nothing_to_tell(office):
    with receiving() as server:
        office.declare(
            webhook(server.place, "daily", digest="08:00", timezone="Asia/Seoul"),
            next_digest_at=NOW + timedelta(hours=11),
        )
        office.publish(1)
        office.look(server.place)
        before = len(server.posts)
        office.now += timedelta(hours=11)
        office.publish(2)
        office.look(server.place)
        office.look(server.place)
        office.now += timedelta(days=1)
        office.look(server.place)

    assert before == 0
    assert [ids(body) for body in server.bodies("/daily")] == [[1, 2]]
    with closing(db.connect(office.database)) as connection:
        assert outbox.rule_states(connection)[0].next_digest_at == NOW + timedelta(hours=11, days=2)


def test_conditions_are_told_with_their_figures(office):
    with receiving() as server:
        office.declare(webhook(server.place, "desk"))
        with closing(db.connect(office.database)) as connection:
            silent = Condition("silent", NOW, "nothing came", source="courier")
            conditions.update(connection, began=[silent], goes_on=[], ended=[], now=NOW)
        office.look(server.place)

    (body,) = server.bodies("/desk")
    assert (body["kind"], body["title"]) == ("health", "courier: silent")
    assert body["conditions"][0]["detail"] == "nothing came"


def test_a_message_whose_article_was_removed_meanwhile_is_withdrawn(office):
    with receiving() as server:
        office.declare(webhook(server.place, "desk"))
        office.publish(1)
        with closing(db.connect(office.database)) as connection:
            outbox.put_together(connection, 1, key="one", now=NOW, next_digest_at=None)
            pruning.remove_articles(connection, [1])
        office.look(server.place)

    assert server.posts == []
    assert [one["state"] for one in office.messages()] == ["withdrawn"]


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from scheduler.alerts import delivery
from scheduler.config.records import AlertSettings, Config
from scheduler.config.settings import CrawlConfig
from tests.support.samples import RULE

def end(*_):
    os.kill(os.getpid(), signal.SIGKILL)  # the channel took it, and this was not written down

delivery.record = end
place, database = sys.argv[1], Path(sys.argv[2])
alert = AlertSettings(RULE, url=f"json+http://{place}/desk")
config = Config(Path("x"), database, CrawlConfig(allow_private=(place,)), alerts=(alert,))

async def deliver():
    sending = delivery.AlertDelivery(lambda: config, {}, print)
    await sending.look(database)
    await sending.settle()

asyncio.run(deliver())
"""


def test_killed_between_sending_and_writing_down_sends_again_under_the_same_id(office):
    with receiving() as server:
        office.declare(AlertSettings(RULE, url=f"json+http://{server.place}/desk"))
        office.publish(1)
        office.now = clock.system_now().replace(microsecond=0)
        command = [sys.executable, "-c", KILLED, server.place, str(office.database)]
        killed = subprocess.run(command, env=environment(), timeout=90, check=False)
        office.now += timedelta(days=1)
        office.look(server.place)

    first, second = server.bodies("/desk")
    assert killed.returncode == -signal.SIGKILL
    assert first == second
    assert [one["state"] for one in office.messages()] == ["sent"]


def test_ending_the_daemon_ends_what_is_being_sent_and_keeps_it(office):
    async def deliver_for_a_moment() -> None:
        config = Config(
            Path("x"), office.database, CrawlConfig(allow_private=(server.place,)), alerts=office.alerts
        )
        delivery = AlertDelivery(lambda: config, {}, office.said.append, lambda: office.now)
        delivering = asyncio.create_task(delivery.deliver(office.database, 0.1))
        await asyncio.to_thread(wait_until, lambda: server.posts, what="the message")
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)

    with receiving(desk=0) as server:
        office.declare(webhook(server.place, "desk"))
        office.publish(1)
        asyncio.run(deliver_for_a_moment())

    assert [(one["state"], one["tries"]) for one in office.messages()] == [("waiting", 0)]


def test_daily_message_tells_carriers_and_what_was_changed_since_the_last(office):
    with receiving() as server:
        office.declare(webhook(server.place, "morning", digest="08:00"), next_digest_at=NOW)
        office.publish(1, 2)
        office.now += timedelta(minutes=1)
        with closing(db.connect(office.database)) as connection:
            other = connection.execute(
                "INSERT INTO sources (name, title, home) VALUES ('tass', 'TASS', 'http://tass.example/') RETURNING id"
            ).fetchone()["id"]
            connection.execute("UPDATE articles SET source_id = ? WHERE id = 2", [other])
            connection.execute("INSERT INTO copies VALUES (2, 1, 'copy', 1.0, 'published', 0)")
            connection.executemany(
                "INSERT INTO article_events (article_id, happened_at, event) VALUES (1, ?, ?)",
                [
                    ((NOW - timedelta(days=3)).isoformat(), "moved"),
                    (NOW.isoformat(), "deleted"),
                    (NOW.isoformat(), "address_found"),
                ],
            )
            connection.executemany(
                "INSERT INTO revisions (article_id, number, seen_at, title, kind, text, text_hash) "
                "VALUES (2, ?, ?, 'A', ?, 'a', 'a')",
                [
                    (1, NOW.isoformat(), None),
                    (2, NOW.isoformat(), "re-extracted"),
                ],  # our own reading: no edit
            )
            connection.commit()
        office.look(server.place)

    told = server.bodies("/morning")[0]
    assert [article["carried"] for article in told["articles"]] == [["TASS"], ["The Courier"]]
    assert [(change["what"], change["article_id"]) for change in told["changes"]] == [("deleted", 1)]
    assert told["changes"][0]["source"] == "The Courier"


def test_day_with_changes_alone_has_a_daily_message_and_the_next_tells_them_no_more(office):
    def removed(at: datetime) -> None:
        with closing(db.connect(office.database)) as connection:
            connection.execute(
                "INSERT INTO article_events (article_id, happened_at, event) VALUES (1, ?, 'deleted')",
                [at.isoformat()],
            )
            connection.commit()

    with receiving() as server:
        morning, ferries = (
            webhook(server.place, "morning", digest="08:00"),
            webhook(server.place, "ferries", digest="08:00", topics=("ferry",)),
        )
        office.declare(morning, ferries, next_digest_at=NOW)
        office.publish(1)
        office.look(server.place)
        for day in (1, 2, 3):
            office.now = NOW + timedelta(days=day)
            if day == 2:
                removed(office.now - timedelta(hours=5))
            office.look(server.place)

    first, second = server.bodies("/morning")
    assert (ids(first), ids(second)) == ([1], [])
    assert [(change["what"], change["article_id"]) for change in second["changes"]] == [("deleted", 1)]
    assert (second["kind"], second["title"]) == ("changes", "1 article edited or removed")
    assert server.bodies("/ferries") == []
    assert [one["state"] for one in office.messages()] == ["sent", "sent"]


def test_daily_messages_tell_each_change_once_however_late_it_was_stored(office):
    """Also one that was seen before the message but stored after it, and one under the number of a row that went."""

    def written(event: str, at: datetime) -> None:
        with closing(db.connect(office.database)) as connection:
            connection.execute(
                "INSERT INTO article_events (article_id, happened_at, event) VALUES (1, ?, ?)",
                [at.isoformat(), event],
            )
            connection.commit()

    def pruned() -> None:
        with closing(db.connect(office.database)) as connection, db.transaction(connection):
            connection.execute("DELETE FROM article_events")
            outbox.forget_removed_rows(connection)

    with receiving() as server:
        office.declare(webhook(server.place, "morning", digest="08:00"), next_digest_at=NOW)
        office.publish(1)
        office.look(server.place)
        written("deleted", NOW - timedelta(hours=1))  # by a worker whose record came late
        written("moved", NOW - timedelta(days=300))  # history that was imported
        office.now = NOW + timedelta(days=1)
        office.look(server.place)
        office.now += timedelta(days=1)
        office.look(server.place)
        pruned()
        written("returned", office.now + timedelta(hours=1))
        office.now += timedelta(days=1)
        office.look(server.place)

    told = [[change["what"] for change in body["changes"]] for body in server.bodies("/morning")]
    assert told == [[], ["deleted"], ["returned"]]


def test_message_of_an_earlier_version_goes_by_time(office):
    with receiving() as server:
        office.declare(webhook(server.place, "morning", digest="08:00"), next_digest_at=NOW)
        office.publish(1)
        office.look(server.place)
        with closing(db.connect(office.database)) as connection:
            connection.execute("UPDATE alert_messages SET told_revision = NULL, told_event = NULL")
            connection.executemany(
                "INSERT INTO article_events (article_id, happened_at, event) VALUES (1, ?, ?)",
                [
                    ((NOW - timedelta(hours=1)).isoformat(), "moved"),
                    ((NOW + timedelta(hours=1)).isoformat(), "deleted"),
                ],
            )
            connection.commit()
        office.now = NOW + timedelta(days=1)
        office.look(server.place)

    told = [[change["what"] for change in body["changes"]] for body in server.bodies("/morning")]
    assert told == [[], ["deleted"]]


def test_message_of_changes_whose_article_is_gone_is_withdrawn(office):
    with receiving(morning=503) as server:
        office.declare(webhook(server.place, "morning", digest="08:00"), next_digest_at=NOW)
        office.publish(1)
        with closing(db.connect(office.database)) as connection:
            connection.execute("DELETE FROM alerts")
            connection.execute(
                "INSERT INTO article_events (article_id, happened_at, event) VALUES (1, ?, 'deleted')",
                [NOW.isoformat()],
            )
            connection.commit()
        office.look(server.place)
        with closing(db.connect(office.database)) as connection:
            connection.execute("DELETE FROM article_events")
            connection.commit()
        office.now += timedelta(minutes=2)
        office.look(server.place)

    assert [one["state"] for one in office.messages()] == ["withdrawn"]
