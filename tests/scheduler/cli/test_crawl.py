"""`seedwatch crawl` beside another crawl: it says which, waits for it, and polls what that one did not."""

import os
import socket
import subprocess
import threading
from contextlib import closing
from datetime import timedelta

import pytest

from crawler import clock
from scheduler.cli.crawl import follow_running
from storage import db
from storage.records.polls import PollResult
from storage.sources import polls, runs, sources
from tests.support.command_line import run_here
from tests.support.outlets import write_settings
from tests.support.samples import DECLARED
from tests.support.servers import answer, serving


@pytest.fixture
def under_way(connection):
    """A run of this process that goes on."""
    sources.sync(connection, DECLARED)
    return runs.begin(
        connection,
        trigger="manual",
        token="one",
        now=clock.now(),
        host=socket.gethostname(),
        pid=os.getppid(),
    )


def test_nothing_is_waited_for_where_no_crawl_goes_on(connection):
    assert follow_running(connection) is None


def test_crawl_that_goes_on_is_named_and_followed_to_its_end(connection, under_way, capsys):
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            polls.record_poll(connection, under_way, PollResult(1, clock.now(), "ok"), 0)
            runs.end(connection, under_way, state="finished", now=clock.now())

    report = follow_running(connection, wait)

    assert len(waits) == 3
    assert (report.run_id, report.state) == (under_way, "finished")
    assert [(line.source, line.polled) for line in report.lines] == [("courier", 1)]
    said = capsys.readouterr().err
    assert f"run {under_way} (manual, since " in said
    assert f"process {os.getppid()} on {socket.gethostname()}) is crawling" in said


@pytest.mark.usefixtures("under_way")
def test_crawl_whose_process_dies_meanwhile_is_closed_and_not_waited_for(connection):
    def wait(_: float) -> None:
        connection.execute("UPDATE runs SET started_at = ?", [db.to_iso(clock.now() - timedelta(days=2))])

    assert follow_running(connection, wait).state == "interrupted"


def test_what_the_other_crawl_did_not_poll_is_polled_then(tmp_path):
    routes = {"/feed": answer(b"<rss version='2.0'><channel/></rss>"), "/robots.txt": answer(b"", 404)}
    with serving(routes) as server, subprocess.Popen(["sleep", "3"]) as other:
        declared = [{"name": name, "feeds": [server.url(f"/feed?{name}")]} for name in ("one", "two")]
        write_settings(tmp_path, declared, [server.place])
        run_here("check", folder=tmp_path)
        with closing(db.connect(tmp_path / "test.db")) as connection:
            run = runs.begin(
                connection,
                trigger="manual",
                token="t",
                now=clock.now(),
                host=socket.gethostname(),
                pid=other.pid,
            )
            polls.record_poll(connection, run, PollResult(1, clock.now(), "ok"), 0)
        reaper = threading.Thread(target=other.wait)
        reaper.start()

        done = run_here("crawl", "--json", folder=tmp_path)
        reaper.join()

    assert f"run {run} (manual, since" in done.err
    assert [line["source"] for line in done.json["lines"] if line["polled"]] == ["two"]
