"""A feed that is due is polled whatever other hosts do, and who asks for a crawl need not wait for them."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from storage import db
from tests.support.command_line import run_child, run_here, started, wait_until
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import Answer, serving


class Press:
    """A slow outlet, whose pages wait for the gate, and a quick one with a feed that is always due."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self.folder, self.gate = folder, threading.Event()
        self.quick_routes: dict[str, Answer] = {"/one": story("The first story")}
        self.quick = running.enter_context(serving(self.quick_routes))
        slow_routes: dict[str, Answer] = {f"/slow/{number}": self._wait for number in range(9)}
        slow = running.enter_context(serving(slow_routes))
        slow_routes["/feed"] = feed({path: slow.url(path) for path in slow_routes})
        self.publish("/one")
        sources = [
            {"name": "slow", "feeds": [slow.url("/feed")]},
            {"name": "quick", "feeds": [self.quick.url("/feed")], "every": "1m"},
        ]
        write_settings(folder, sources, [slow.place, self.quick.place])
        assert run_here("check", folder=folder).code == 0

    def _wait(self, _: int) -> bytes:
        self.gate.wait(60)
        return story("A slow story")

    def publish(self, *paths: str) -> None:
        self.quick_routes["/feed"] = feed({path: self.quick.url(path) for path in paths})

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(db.connect(self.folder / "test.db", readonly=True)) as connection:
            return [tuple(row) for row in connection.execute(sql).fetchall()]

    def make_due(self) -> None:
        """As if the minute of the quick feed were over."""
        with closing(db.connect(self.folder / "test.db")) as connection:
            connection.execute(
                """
                UPDATE feeds SET next_due_at = '2020-01-01T00:00:00+00:00'
                WHERE next_due_at IS NOT NULL AND source_id = (SELECT id FROM sources WHERE name = 'quick')
                """
            )
            connection.commit()


@pytest.fixture
def press(tmp_path) -> Iterator[Press]:
    with ExitStack() as running:
        press = Press(tmp_path, running)
        yield press
        press.gate.set()


QUICK_POLLS = (
    "SELECT count(*) FROM polls JOIN feeds ON feeds.id = feed_id JOIN sources ON sources.id = source_id"
    " WHERE name = 'quick' AND polls.next_due_at IS NOT NULL"
)


def test_a_feed_that_falls_due_is_polled_and_read_beside_the_pages_of_a_slow_host(press):
    with started("run", "--tick", "0.2", folder=press.folder):
        wait_until(lambda: press.rows(QUICK_POLLS) == [(1,)], what="the first poll")
        press.quick_routes["/two"] = story("The second story")
        press.publish("/two", "/one")
        press.make_due()

        wait_until(lambda: press.rows(QUICK_POLLS) == [(2,)], what="the second poll")
        wait_until(lambda: len(press.rows("SELECT 1 FROM articles")) == 2, what="its article")
        assert press.rows("SELECT state FROM runs") == [("running",)], "the slow pages are still in hand"
        press.gate.set()
        wait_until(
            lambda: press.rows("SELECT state FROM runs")[0] == ("finished",), what="the end of the run"
        )

    assert press.rows("SELECT count(*) FROM polls WHERE outcome NOT IN ('ok', 'same_body')") == [(0,)]
    assert press.rows("SELECT count(*) FROM feeds WHERE lease_token IS NOT NULL") == [(0,)]


def test_who_asks_for_a_crawl_waits_for_the_page_in_hand_and_no_longer(press):
    with started("run", "--tick", "0.2", folder=press.folder):
        wait_until(lambda: press.rows(QUICK_POLLS) == [(1,)], what="the first poll")
        threading.Timer(1, press.gate.set).start()

        done = run_child("crawl", "quick", "--json", folder=press.folder)

        assert done.code == 0
    assert press.rows("SELECT trigger, state FROM runs ORDER BY id LIMIT 2") == [
        ("schedule", "finished"),
        ("manual", "finished"),
    ]
    assert press.rows("SELECT count(*) FROM polls WHERE outcome = 'crashed'") == [(0,)]
