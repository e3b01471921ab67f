"""A session without a database: what it answers comes from the job, what it is told to store is written down."""

import asyncio
import re
from dataclasses import replace

import pytest

from crawler.articles.store import store_reading
from crawler.cluster.effects import carry_out
from crawler.cluster.jobs import LOOKS, PAGES, PAST, POLLS, HostJob, Site
from crawler.cluster.session import JobSession
from crawler.documents.ingest import ingest
from crawler.run.opening import CrawlSettings
from crawler.run.pool import TaskPool
from crawler.tasks.backfills import claim_past
from crawler.tasks.second_looks import claim_looks
from storage.records.looks import Watch
from storage.records.polls import PollResult
from storage.records.site_memory import NOTHING_COMMON, CommonMarks
from storage.records.sources import FailedSearch, FeedDocument, HostMemory, RobotsFile
from storage.sources import hosts, links, polls, robots_files, runs, site_memories, site_searches, sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.folders import ROOT
from tests.support.samples import DECLARED, FEED, NOW, SOURCE, TOPIC, entry, link, reading

ROBOTS = RobotsFile("http://courier.example", NOW, NOW.replace(year=2030), 200, b"User-agent: *")
MARKS = CommonMarks(frozenset({"a"}), frozenset({"b"}))
WATCH = Watch(2, "http://courier.example/w", "key", "courier", 1, "Ministers meet", 60, "live", NOW)
JOB = HostJob("key", "courier.example", POLLS, 1, "one", "schedule", CrawlSettings())


def session(kind=POLLS, **values):
    return JobSession(replace(JOB, kind=kind, **values), TaskPool(), ("strait",))


def test_what_spiders_and_tasks_ask_of_a_session_it_has():
    files = [
        path for room in ("spiders", "tasks", "downloader") for path in (ROOT / "crawler" / room).glob("*.py")
    ]
    asked = {name for path in files for name in re.findall(r"\bsession\.([a-z_]+)", path.read_text())}

    assert {"closing", "store", "pool"} <= asked
    assert [name for name in sorted(asked) if not hasattr(session(), name)] == []


def test_questions_are_answered_from_the_job():
    crawl = session(
        PAGES,
        links=(link(),),
        sites=(Site(SOURCE, 3),),
        robots=(ROBOTS,),
        common=(("courier.example", MARKS),),
        memories=(HostMemory("courier.example", crawl_delay_s=3.0),),
        delays=(("courier.example", 2.0),),
    )

    assert crawl.store_now(links.claim_waiting, run_id=1, now=NOW, running_since=NOW) == [link()]
    assert crawl.store_now(links.first_day_room, NOW) == {}
    assert crawl.store_now(site_searches.due, NOW, (), run_id=1) == [SOURCE]
    assert crawl.store_now(site_searches.failures, "courier") == 3
    assert crawl.store_now(site_memories.common_marks, "courier.example") == MARKS
    assert crawl.store_now(site_memories.common_marks, "other.example") == NOTHING_COMMON
    assert asyncio.run(crawl.kept_robots("http://courier.example")) == ROBOTS
    assert asyncio.run(crawl.kept_robots("http://other.example")) is None
    assert crawl.hosts["courier.example"].crawl_delay_s == 3.0
    assert crawl.delays == {"courier.example": 2.0}


@pytest.mark.parametrize(
    ("kind", "values", "function", "found"),
    [
        (LOOKS, {"looks": (WATCH,)}, claim_looks, [WATCH]),
        (PAST, {"links": (link(),)}, claim_past, None),
    ],
)
def test_what_is_claimed_is_claimed_once(kind, values, function, found):
    crawl = session(kind, **values)

    first, second = crawl.store_now(function), crawl.store_now(function)

    assert first == found if found is not None else first.links == (link(),)
    assert not second if found is not None else second.links == ()


def test_pages_of_the_past_are_no_news():
    assert session(PAST, links=(link(),)).store_now(links.claim_waiting) == []


def test_what_is_stored_is_written_down_in_order_and_can_be_carried_out(connection):
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    crawl = session(feeds=(FEED,))

    queued = crawl.store_now(
        ingest, FEED, FeedDocument((entry(),)), PollResult(1, NOW, "ok", entries=1), url=FEED.url, run_id=1
    )
    crawl.store_now(store_reading, replace(reading(), link=link(), run_id=1), keep_all=True, hold_days=0)
    crawl.remember_host(HostMemory("courier.example", crawl_delay_s=5.0))
    crawl.remember_host(HostMemory("courier.example", crawl_delay_s=5.0))
    crawl.keep_robots(ROBOTS)
    crawl.close(finished=True)
    crawl.remember_host(HostMemory("courier.example", crawl_delay_s=6.0))

    assert queued == []
    assert [record.kind for record in crawl.records] == ["document", "article", "host", "robots"]
    for record in crawl.records:
        carry_out(connection, record.kind, record.payload)
    assert connection.execute("SELECT count(*) FROM articles").fetchone()[0] == 1
    assert hosts.remembered(connection) == [HostMemory("courier.example", crawl_delay_s=5.0)]
    assert robots_files.kept(connection, ROBOTS.place, NOW) == ROBOTS


@pytest.mark.parametrize("is_finished", [True, False])
def test_a_poll_of_which_nothing_came_is_told_unless_the_crawl_was_broken_off(is_finished):
    other = replace(FEED, id=2)
    crawl = session(feeds=(FEED, other))
    crawl.store_now(polls.record_poll, 1, PollResult(1, NOW, "timeout"), None)

    crawl.close(finished=is_finished)
    crawl.close(finished=is_finished)

    assert [record.kind for record in crawl.records] == ["poll", "poll"][: 1 + is_finished]


def test_a_search_that_found_feeds_is_no_failure_though_they_come_as_another_job():
    crawl = session(sites=(Site(SOURCE, 0),))
    failed = FailedSearch("courier", NOW, "no_feed", "", NOW, was_answered=True)
    declared = [DeclaredFeed("http://courier.example/rss", FEED.kind)]

    assert crawl.store_now(site_searches.add_found, "courier", declared, NOW, run_id=1) == []
    crawl.store_now(site_searches.record_failure, failed, run_id=1)
    crawl.store_now(site_searches.record_failure, replace(failed, source="herald"), run_id=1)

    assert [record.kind for record in crawl.records] == ["feeds found", "no feeds found"]


def test_the_other_machines_are_told_at_once_what_a_host_asks_for():
    told = []
    crawl = JobSession(JOB, TaskPool(), (), told.append)

    crawl.remember_host(HostMemory("courier.example", NOW, "http_429", 1, NOW))

    assert [memory.reason for memory in told] == ["http_429"]
