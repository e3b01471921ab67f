"""What is due as jobs: each of one host and one class of work, none of a host that has one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from crawler.cadence.next_look import next_look
from crawler.cluster.claiming import PAGES_PER_JOB, PUSHED_BYTES, ClusterRun, claim_jobs
from crawler.cluster.jobs import POLLS
from crawler.run.opening import CrawlSettings
from crawler.urls import politeness_key, url_key
from storage.articles import watches
from storage.db import transaction
from storage.records.polls import NextPoll, PollResult
from storage.records.site_memory import CommonMarks, SiteMemory
from storage.records.sources import FeedKind, HostMemory, RobotsFile, Source
from storage.records.subscriptions import NamedHub
from storage.sources import hosts, links, polls, robots_files, runs, site_memories, sources, subscriptions
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.samples import FEED, NOW, TOPIC, entry, link, reading

OUTLETS = [
    (
        Source(name, home=f"http://{name}.example/"),
        [DeclaredFeed(f"http://{name}.example/rss", FeedKind.FEED)],
    )
    for name in ("courier", "herald", "ledger")
]
HOMELESS = (Source("plain", home="http://plain.example/"), [])
LATER = NOW + timedelta(minutes=5)
FEEDS = [feed.url for _, feeds in OUTLETS for feed in feeds]


@pytest.fixture
def run(connection):
    sources.sync(connection, [*OUTLETS, HOMELESS])
    topics.sync(connection, [TOPIC])
    run_id = runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    return ClusterRun(run_id, "one", "schedule", settings=CrawlSettings(delay=1.0), topics="r")


def queue(connection, run, *urls, feed=FEED):
    """Have addresses wait, as a poll of a feed finds them."""
    entries = {url_key(url): entry(url) for url in urls}
    links.discover(connection, feed, entries, run_id=run.id, now=NOW)


def claimed(connection, run, busy=(), now=LATER, **more):
    return claim_jobs(connection, run, now=now, busy=busy, **more)


def told(jobs):
    return [(job.kind, job.host) for job in jobs]


def test_each_host_has_one_job_of_its_highest_class(connection, run):
    queue(connection, run, "http://courier.example/1", "http://other.example/1")

    jobs = claimed(connection, run)

    assert told(jobs) == [
        ("polls", "courier.example"), ("polls", "herald.example"), ("polls", "ledger.example"),
        ("polls", "plain.example"), ("pages", "other.example"),
    ]  # fmt: skip
    assert [feed.url for feed in jobs[0].feeds] == ["http://courier.example/rss"]
    assert [site.source.name for site in jobs[3].sites] == ["plain"]
    assert [waiting.url for waiting in jobs[4].links] == ["http://other.example/1"]
    assert len({job.key for job in jobs}) == 5


def test_a_host_that_is_busy_keeps_what_is_due(connection, run):
    queue(connection, run, "http://courier.example/1")
    busy = {"courier.example", "plain.example"}

    first = claimed(connection, run, busy)
    assert told(first) == [("polls", "herald.example"), ("polls", "ledger.example")]

    second = claimed(connection, run, {"herald.example", "ledger.example"})
    assert told(second) == [("polls", "courier.example"), ("polls", "plain.example")]

    rest = claimed(connection, run, {"herald.example", "ledger.example", "plain.example"})
    assert told(rest) == [("pages", "courier.example")]


def test_feeds_are_leased_and_come_once(connection, run):
    claimed(connection, run)

    assert claimed(connection, run, with_sites=False) == []
    sources.release_feeds(connection, [1], "another")
    assert claimed(connection, run, with_sites=False) == []
    sources.release_feeds(connection, [1], "one")
    assert told(claimed(connection, run, with_sites=False)) == [("polls", "courier.example")]


def test_a_job_has_as_many_pages_as_a_minute_is_enough_for(connection, run):
    urls = [f"http://courier.example/{number}" for number in range(PAGES_PER_JOB + 20)]
    queue(connection, run, *urls)
    (job,) = claimed(connection, run, asked=FEEDS, with_sites=False)
    assert [waiting.url for waiting in job.links] == urls[:PAGES_PER_JOB]

    hosts.remember(connection, HostMemory("courier.example", crawl_delay_s=20.0))
    (job,) = claimed(connection, run, asked=FEEDS, with_sites=False)
    assert len(job.links) == 3
    assert job.memories == (HostMemory("courier.example", crawl_delay_s=20.0),)


def test_a_job_knows_what_is_known_of_its_host(connection, run):
    slow = [(replace(source, delay=7.0), feeds) for source, feeds in OUTLETS[:1]]
    sources.sync(connection, [*slow, *OUTLETS[1:]])
    queue(connection, run, "http://www.courier.example/1")
    common = CommonMarks(frozenset({"line"}), frozenset({"name"}))
    site_memories.remember(connection, "www.courier.example", SiteMemory(pages=9, common=common), NOW)
    robots = RobotsFile("http://courier.example", NOW, NOW + timedelta(days=1), 200, b"User-agent: *")
    robots_files.keep(connection, robots)
    links.discover(connection, FEED, {"bad": entry("http://[bad")}, run_id=run.id, now=NOW)
    subscriptions.add_push(connection, 1, body=b"<rss/>", content_type="application/rss+xml", now=NOW)

    jobs = {job.kind: job for job in claimed(connection, run) if job.host == "courier.example"}
    assert jobs["polls"].delays == (("courier.example", 7.0),)
    assert jobs["polls"].robots == (robots,)
    assert [push.body for push in jobs["polls"].pushes] == [b"<rss/>"]

    pages = claimed(connection, run, {"plain.example"}, asked=FEEDS, with_sites=False)[0]
    assert pages.common == (("www.courier.example", common),)


def test_job_carries_so_much_of_what_hubs_sent_and_the_rest_is_due_with_the_next(connection, run):
    bodies = [b"1" * (PUSHED_BYTES - 1), b"2", b"3", b"4" * (PUSHED_BYTES + 1)]
    for body in bodies:
        subscriptions.add_push(connection, 1, body=body, content_type="text/xml", now=NOW)

    rounds = []
    while subscriptions.pushed_feeds(connection):
        (job,) = [job for job in claimed(connection, run) if job.pushes]
        rounds.append([push.body for push in job.pushes])
        for push in job.pushes:
            subscriptions.drop_push(connection, push)
        sources.release(connection, run.token)

    assert rounds == [bodies[:2], bodies[2:3], bodies[3:]]


HUB, HERE = "https://hub.example/subscribe", "https://here.example/websub"


@pytest.fixture
def offered(connection, run):
    """A run of a cluster that hubs can call, two of whose feeds name a hub; none is due."""
    for feed_id in (1, 2):
        with transaction(connection):
            subscriptions.note_offer(connection, feed_id, NamedHub(HUB, f"http://topic.example/{feed_id}"))
        polls.record_poll(connection, run.id, PollResult(feed_id, NOW, "ok"), 0)
        polls.decide_next(
            connection, [NextPoll(feed_id, feed_id, NOW + timedelta(days=9), "rate", 0.0, None)]
        )
    return replace(run, settings=CrawlSettings(public_url=HERE, delay=1.0))


def hubs_asked(jobs):
    return [(job.kind, job.host, asked.feed_id) for job in jobs for asked in job.hubs]


def test_hubs_are_asked_by_a_job_of_their_host_and_known_here_before_they_call(connection, offered):
    jobs = claimed(connection, offered, busy=["ledger.example", "plain.example"])

    assert hubs_asked(jobs) == [(POLLS, "hub.example", 1), (POLLS, "hub.example", 2)]
    for asked in jobs[0].hubs:
        _, _, token = asked.request.callback.rpartition("/")
        known = subscriptions.by_token(connection, token)
        assert (known.feed_id, known.secret) == (asked.feed_id, asked.request.secret)
        assert asked.request.callback == f"{HERE}/{token}"
    assert hubs_asked(claimed(connection, offered)) == []
    later = LATER + timedelta(hours=2)
    assert {feed_id for *_, feed_id in hubs_asked(claimed(connection, offered, now=later))} == {1, 2}


@pytest.mark.parametrize(
    ("values", "busy"),
    [({"settings": CrawlSettings()}, []), ({}, ["hub.example"]), ({"names": ("ledger",)}, [])],
    ids=["nobody could call", "its host is busy", "of other sources"],
)
def test_hubs_are_left_alone(connection, offered, values, busy):
    assert hubs_asked(claimed(connection, replace(offered, **values), busy=busy)) == []
    assert connection.execute("SELECT count(*) FROM subscriptions WHERE token IS NOT NULL").fetchone()[0] == 0


def test_looks_come_behind_pages_and_of_hosts_that_are_free(connection, run):
    for number, name in enumerate(("courier", "herald"), 1):
        url = f"http://{name}.example/{number}"
        feed = replace(FEED, id=number, source=name, url=f"http://{name}.example/rss")
        queue(connection, run, url, feed=feed)
        item = replace(reading(url), source=name, link=replace(link(number, url), source=name), run_id=run.id)
        store_reading(connection, item)
    queue(connection, run, "http://courier.example/new")
    watches.schedule(
        connection, [(watch.article_id, next_look(watch, NOW)) for watch in watches.undecided(connection)]
    )
    late = NOW + timedelta(days=1)

    jobs = claimed(connection, run, now=late, asked=FEEDS, with_sites=False)

    assert told(jobs) == [("pages", "courier.example"), ("looks", "herald.example")]
    assert [watch.url for watch in jobs[1].looks] == ["http://herald.example/2"]

    later = claimed(connection, run, {"herald.example"}, now=late, asked=FEEDS, with_sites=False)
    assert told(later) == [("pages", "courier.example")]
    connection.execute("UPDATE links SET state = 'fetched'")
    rest = claimed(connection, run, {"herald.example"}, now=late, asked=FEEDS, with_sites=False)
    assert told(rest) == [("looks", "courier.example")]


def test_sources_on_their_first_day_give_no_more_than_they_may(connection, run):
    sources.sync(connection, [(replace(OUTLETS[0][0], first_crawl_pages=2), OUTLETS[0][1]), *OUTLETS[1:]])
    queue(connection, run, *(f"http://courier.example/{number}" for number in range(5)))

    (job,) = claimed(connection, run, asked=FEEDS, with_sites=False)

    assert len(job.links) == 2


def test_all_addresses_of_a_job_burden_its_host(connection, run):
    queue(connection, run, "http://a.other.example/1", "http://b.other.example/2", "http://courier.example/1")

    for job in claimed(connection, run):
        asked = [*(feed.url for feed in job.feeds), *(waiting.url for waiting in job.links)]
        assert {politeness_key(url) for url in asked} <= {job.host}
