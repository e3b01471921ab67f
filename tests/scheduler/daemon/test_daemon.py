"""What the daemon does between two crawls."""

import os
from contextlib import closing

import pytest

from crawler import clock
from scheduler.config.load import load_config
from scheduler.config.sync import sync
from scheduler.daemon.crawl import CrawlReport
from scheduler.daemon.daemon import LONGEST_NO_POOL_S, NO_POOL_S, Daemon, as_seen_first
from storage import db
from storage.sources import runs
from tests.support.outlets import write_settings

FAILED = CrawlReport(1, "failed", (), "no process", had_no_pool=True)
FINISHED = CrawlReport(2, "finished", ())


@pytest.fixture
def daemon(tmp_path) -> Daemon:
    """One with a feed that is due."""
    write_settings(tmp_path, [{"name": "herald", "feeds": ["http://herald.example/rss"]}], [])
    config = load_config(tmp_path / "seedwatch.toml", {})
    with closing(db.connect(config.database)) as connection:
        sync(connection, config, clock.now())
    return Daemon(config, os.environ, tell=lambda _: None)


def test_what_is_due_rests_while_no_process_can_be_had_to_read_it(daemon):
    assert daemon._next_work() == ("schedule", (), True, None)

    daemon._rest_without_pool(FAILED)

    assert daemon._next_work() is None
    with closing(db.connect(daemon.config.database)) as connection:
        asked = runs.ask(connection, ["herald"], only_due=False, now=clock.now())
    assert daemon._next_work() == ("manual", ("herald",), False, asked)


def test_the_rest_doubles_up_to_its_limit_and_ends_with_a_crawl_that_went_well(daemon):
    rests = []
    for _ in range(8):
        began_s = clock.monotonic_s()
        daemon._rest_without_pool(FAILED)
        rests.append(daemon._rests_until_s - began_s)

    assert rests[:2] == [pytest.approx(NO_POOL_S, abs=1), pytest.approx(2 * NO_POOL_S, abs=1)]
    assert rests[-1] == pytest.approx(LONGEST_NO_POOL_S, abs=1)

    daemon._rest_without_pool(FINISHED)
    daemon._rest_without_pool(FAILED)

    assert daemon._rests_until_s - clock.monotonic_s() == pytest.approx(NO_POOL_S, abs=1)


def test_file_that_was_changed_while_it_was_read_is_read_again():
    before = (("seedwatch.toml", 10, 1), ("gone.toml", 10, 1))
    after = (("seedwatch.toml", 12, 2), ("included.toml", 5, 1))

    assert as_seen_first(before, after) == (("seedwatch.toml", 10, 1), ("included.toml", 5, 1))
