"""The settings into the database: what a change does to what was decided and remembered under the old ones."""

from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.config.load import load_config
from scheduler.config.sync import sync, sync_present
from scheduler.pacing import decide_polls
from storage.errors import ConfigError
from storage.health.source_health import source_health
from storage.records.polls import PollResult
from storage.records.sources import FeedKind
from storage.sources import polls, runs, site_searches
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.outlets import write_settings
from tests.support.samples import NOW

URL = "http://herald.example/news"
HOUR = timedelta(hours=1)


def take(connection, folder: Path, *, budget: int = 24, kind: str = "feeds", **source: object) -> None:
    """Sync settings with one source that has one address."""
    described = {"name": "herald", kind: [URL], **source}
    write_settings(folder, [described], [], more=f"polls_per_feed_per_day = {budget}")
    sync(connection, load_config(folder / "seedwatch.toml", {}), NOW)


def take_home(connection, folder: Path, **source: object) -> None:
    """Sync settings with one source whose addresses are to be found."""
    write_settings(folder, [{"name": "herald", "home": "http://herald.example/", **source}], [])
    sync(connection, load_config(folder / "seedwatch.toml", {}), NOW)


def poll(connection, outcome: str = "ok", **more) -> None:
    run_id = runs.begin(connection, trigger="manual", token=outcome, now=NOW, host="here", pid=1)
    polls.record_poll(connection, run_id, PollResult(1, NOW, outcome, etag='"7"', body_hash="b7", **more), 0)
    decide_polls(connection, NOW)
    runs.end(connection, run_id, state="finished", now=NOW)


def pause(connection) -> timedelta:
    """From the poll to the next one."""
    (health,) = source_health(connection)
    return health.next_due_at - NOW


def validators(connection) -> tuple[str | None, str | None]:
    return tuple(connection.execute("SELECT etag, body_hash FROM feeds").fetchone())


def test_an_interval_holds_for_feeds_that_were_found_too(connection, tmp_path):
    take_home(connection, tmp_path, every="10m")
    site_searches.add_found(connection, "herald", [DeclaredFeed(URL, FeedKind.FEED)], NOW)

    poll(connection)

    assert pause(connection) == timedelta(minutes=10)
    take_home(connection, tmp_path)
    poll(connection, "not_modified")
    assert pause(connection) > timedelta(minutes=10)


def test_shorter_interval_moves_the_next_poll(connection, tmp_path):
    take(connection, tmp_path)
    poll(connection)
    before = pause(connection)

    take(connection, tmp_path, every="10m")

    assert before >= HOUR
    assert pause(connection) == timedelta(minutes=10)
    (row,) = connection.execute("SELECT next_due_at, decided_by FROM polls").fetchall()
    assert row["decided_by"] == "fixed"


def test_cron_moves_the_next_poll_of_feeds_that_were_found_too(connection, tmp_path):
    take_home(connection, tmp_path)
    site_searches.add_found(connection, "herald", [DeclaredFeed(URL, FeedKind.FEED)], NOW, run_id=None)
    poll(connection)

    take_home(connection, tmp_path, timezone="Asia/Seoul", cron="*/10 * * * *")

    assert pause(connection) <= timedelta(minutes=10)
    (row,) = connection.execute("SELECT decided_by FROM polls").fetchall()
    assert row["decided_by"] == "cron"


def test_larger_budget_moves_the_next_poll(connection, tmp_path):
    take(connection, tmp_path, budget=24)
    poll(connection)

    take(connection, tmp_path, budget=96)

    assert timedelta(minutes=15) <= pause(connection) < timedelta(minutes=17)


@pytest.mark.parametrize("changed", [{"every": "12h"}, {"budget": 2}])
def test_longer_pauses_begin_with_the_next_poll(connection, tmp_path, changed):
    take(connection, tmp_path)
    poll(connection)
    before = pause(connection)

    take(connection, tmp_path, **changed)

    assert pause(connection) == before


def test_server_that_asked_for_a_pause_keeps_it(connection, tmp_path):
    take(connection, tmp_path)
    poll(connection, retry_after_s=7_200)

    take(connection, tmp_path, every="10m")

    assert pause(connection) == 2 * HOUR


def test_failing_feed_is_not_asked_oftener(connection, tmp_path):
    take(connection, tmp_path)
    poll(connection, "timeout")
    before = pause(connection)

    take(connection, tmp_path, budget=96)

    assert pause(connection) == before


@pytest.mark.parametrize(
    ("before", "after", "are_kept"),
    [
        ({"kind": "sections"}, {"kind": "sections", "link_pattern": "/news/"}, False),
        ({"kind": "sections", "link_pattern": "/news/"}, {"kind": "sections"}, False),
        ({"kind": "sections"}, {"kind": "sections", "title": "The Herald"}, True),
        ({"kind": "feeds"}, {"kind": "feeds", "link_pattern": "/news/"}, True),
        ({"kind": "feeds"}, {"kind": "sections"}, False),
        ({"kind": "feeds"}, {"kind": "feeds"}, True),
    ],
    ids=["pattern", "no-pattern", "title", "pattern-of-a-feed", "kind", "nothing"],
)
def test_page_that_is_to_be_read_otherwise_is_asked_for_in_full(
    connection, tmp_path, before, after, are_kept
):
    take(connection, tmp_path, **before)
    poll(connection)

    take(connection, tmp_path, **after)

    assert validators(connection) == (('"7"', "b7") if are_kept else (None, None))


class ChangedMeanwhile(dict):
    """An environment that has another change the settings while they are read."""

    def __init__(self, file: Path, *texts: str) -> None:
        self.file, self.texts = file, list(texts)

    def get(self, _name, default=None):
        if self.texts:
            self.file.write_text(self.texts.pop(0))
        return default


def settings_with(*topics: str) -> str:
    tables = "".join(f'[[topic]]\nname = "{name}"\nany = "{name}"\n' for name in topics)
    return f'database = "test.db"\n{tables}'


def test_change_that_was_made_while_the_settings_were_read_is_not_taken_back(connection, tmp_path):
    file = tmp_path / "seedwatch.toml"
    file.write_text(settings_with("old"))
    environment = ChangedMeanwhile(file, settings_with("old", "new"), settings_with("old", "new", "newest"))
    config = load_config(file, environment)

    told = sync_present(connection, config, environment, NOW)

    assert [topic.name for topic in config.topics] == ["old"]
    assert [topic.name for topic in told.topics] == ["old", "new", "newest"]
    assert [topic.name for topic in topics.followed(connection)] == ["old", "new", "newest"]


def test_who_writes_the_settings_all_the_time_is_not_waited_for(connection, tmp_path):
    file = tmp_path / "seedwatch.toml"
    file.write_text(settings_with())
    environment = ChangedMeanwhile(file, *(settings_with(*"abcdefghij"[:count]) for count in range(1, 10)))

    assert sync_present(connection, load_config(file, environment), environment, NOW).topics


def test_change_with_a_mistake_is_said(connection, tmp_path):
    file = tmp_path / "seedwatch.toml"
    file.write_text(settings_with("old"))
    environment = ChangedMeanwhile(file, "[[topic]]\n")

    with pytest.raises(ConfigError, match="name: is missing"):
        sync_present(connection, load_config(file, environment), environment, NOW)
