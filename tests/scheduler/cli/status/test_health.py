"""What `status` says of hosts that are left alone and of feeds that are gone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.cli.status.health import print_dead, print_hosts, print_out_of_time
from storage.records.sources import FeedKind, HostMemory
from storage.sources.successors import DeadFeed, Offer
from tests.support.samples import NOW

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


GONE = DeadFeed(1, "courier", "http://a.example/rss", FeedKind.FEED, None, NOW)
LOST = DeadFeed(1, "courier", "http://a.example/rss", FeedKind.FEED, NOW, None, last_error="html: a page")
OFFER = Offer("http://a.example/new", FeedKind.SITEMAP, "News", 20, NOW)


@pytest.mark.parametrize(
    ("feed", "line"),
    [
        (GONE, "is not asked since 2026-09-14 12:00: its server says that it is gone for good; its site will"),
        (LOST, "could not be read since 2026-09-14 12:00: html: a page; its site will be searched for a successor"),
        (replace(LOST, last_ok_at=None), "could not be read once: html: a page; "),
        (
            replace(GONE, searched_at=NOW, search_error="http_404"),
            "; its site was searched 2026-09-14 12:00 in vain: http_404",
        ),
        (
            replace(GONE, searched_at=NOW, offer=OFFER),
            "; its site offers http://a.example/new (sitemap, 20 entries, newest 2026-09-14): "
            "`seedwatch sources adopt courier` takes it",
        ),
    ],
    ids=["gone", "lost", "never-read", "searched-in-vain", "offered"],
)  # fmt: skip
def test_feed_that_has_died_is_told_with_what_can_be_done(capsys, feed, line):
    print_dead([feed])

    told = capsys.readouterr().out
    assert told.startswith("courier: http://a.example/rss ")
    assert line in told


def test_a_source_whose_pages_run_out_of_time_is_named_with_what_can_be_done(capsys):
    print_out_of_time({"courier": 3})

    assert capsys.readouterr().out == (
        "courier: 3 pages of its last 20 took longer to read than 20 s; after three in a row the rest waits for the "
        'next crawl; `text = "feed"` in its settings reads none\n'
    )
