"""Our clock beside those of servers."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from crawler import clock
from crawler.downloader.server_clocks import seconds_ahead, usual_ahead
from tests.support import warm_crawls
from tests.support.command_line import run_here
from tests.support.outlets import feed, write_settings
from tests.support.servers import Answer, serving

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("Mon, 04 May 2026 11:59:00 GMT", 60.0),
        ("Mon, 04 May 2026 14:00:00 +0200", 0.0),
        ("Mon, 04 May 2026 12:00:30 -0000", -30.0),
        ("yesterday", None),
        ("", None),
        ("Mon, 99 May 2026 12:00:30 GMT", None),
    ],
)
def test_a_date_header_is_held_against_our_clock(stated: str, expected: float | None) -> None:
    assert seconds_ahead(stated, NOW) == expected


def test_one_wrong_server_among_three_changes_nothing() -> None:
    assert usual_ahead({"a": 0.0, "b": 86_400.0, "c": 1.0}) == 1.0
    assert usual_ahead({}) is None


@pytest.mark.parametrize("cached", [False, True])
def test_a_crawl_of_three_hosts_tells_that_the_clock_is_wrong(tmp_path: Path, cached: bool) -> None:
    slow = format_datetime(clock.now() - timedelta(hours=3), usegmt=True)
    more: dict[str, Any] = {"Date": slow, **({"Age": 10_800} if cached else {})}
    routes: dict[str, Answer] = {"/feed": feed({}, **more)}
    with serving(routes) as one, serving(routes) as two, serving(routes) as three:
        servers = (one, two, three)
        write_settings(
            tmp_path,
            [{"name": f"paper{n}", "feeds": [server.url("/feed")]} for n, server in enumerate(servers)],
            [server.place for server in servers],
            more='[[topic]]\nname = "harbour"\nany = "committee"',
        )
        warm_crawls.crawl(folder=tmp_path)
    shown = run_here("status", folder=tmp_path).out
    known = json.loads(run_here("status", "--json", folder=tmp_path).out)["server_clock"]

    if cached:
        assert known is None
    else:
        assert known["hosts"] == 3
        assert abs(known["ahead_s"] - 10_800) < 60
        assert "s ahead of those of 3 servers" in shown
