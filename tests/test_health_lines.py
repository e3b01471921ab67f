"""What `status` says of hosts that are left alone and of feeds that are gone."""

from datetime import timedelta

import pytest

from scheduler.cli.health_lines import print_hosts, print_retired
from storage.host_records import HostMemory
from storage.sources import RetiredFeed
from tests.samples import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("host", "line"),
    [
        (
            HostMemory("a.example", NOW + HOUR, "http_429", 1, NOW),
            "a.example is not asked before 2026-09-14 13:00: http_429\n",
        ),
        (HostMemory("a.example", NOW - HOUR, "http_429", 1, NOW), ""),
        (HostMemory("a.example", crawl_delay_s=10), ""),
        (
            HostMemory("a.example", crawl_delay_s=90),
            "a.example: robots.txt asks for 90 s between requests; 60 s are kept\n",
        ),
    ],
    ids=["paused", "pause-is-over", "delay-that-is-kept", "delay-that-is-cut"],
)  # fmt: skip
def test_hosts_that_are_paused_or_cut_are_told(capsys, host, line):
    print_hosts([host], NOW)

    assert capsys.readouterr().out == line


def test_feed_that_is_gone_is_told_with_what_can_be_done(capsys):
    print_retired([RetiredFeed("courier", "http://courier.example/", "http://courier.example/rss", NOW)])

    told = capsys.readouterr().out
    assert "http://courier.example/rss is not asked since 2026-09-14 12:00" in told
    assert "`seedwatch sources discover http://courier.example/`" in told
    assert "`seedwatch crawl courier`" in told
