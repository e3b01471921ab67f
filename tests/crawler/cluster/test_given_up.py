"""Jobs that nobody could do: all that they asked for waits, so that nothing kills workers for ever."""

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest

from crawler.articles.store import store_reading
from crawler.cadence.due_rules import BACKFILL_RULES, DUE_RULES
from crawler.cadence.next_look import next_look
from crawler.cadence.next_try import RETRY_PAUSES, SUSPECTS_APART
from crawler.cluster.claiming import ClusterRun, claim_jobs
from crawler.cluster.given_up import give_up
from crawler.cluster.jobs import POLLS, HostJob, Site
from crawler.run.opening import CrawlSettings
from crawler.tasks.backfills import claim_past
from crawler.tasks.subscriptions import begin_request
from crawler.urls import url_key
from storage.articles import watches
from storage.db import transaction
from storage.records.backfills import FurtherPage
from storage.records.sources import FeedKind, Source
from storage.records.subscriptions import AskedHub, NamedHub
from storage.sources import backfills, links, runs, site_searches, sources, subscriptions, successors
from storage.sources.successors import DeadFeed, DeadFeeds
from storage.topics import topics
from tests.support.samples import DECLARED, FEED, NOW, SOURCE, TOPIC, entry, reading

HOMELESS = Source("plain", home="http://plain.example/")
URLS = [f"http://courier.example/{number}" for number in range(4)]
SOON = NOW + timedelta(minutes=10)
WHY = "its worker died 3 times"
# What a job asks for, and what it only knows.
WORK = {"feeds", "pushes", "hubs", "sites", "dead", "links", "looks", "lists"}
KNOWN = {
    "key",
    "host",
    "kind",
    "run_id",
    "token",
    "trigger",
    "settings",
    "topics",
    "access",
    "is_clock_doubted",
}
KNOWN |= {"polled", "memories", "robots", "delays", "common"}


@pytest.fixture
def stocked(connection):
    sources.sync(connection, [*DECLARED, (HOMELESS, [])])
    topics.sync(connection, [TOPIC])
    runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    return connection


def given_up(connection, **work):
    job = HostJob("key", "courier.example", POLLS, 1, "one", "schedule", CrawlSettings(), **work)
    give_up(connection, job, WHY, NOW)


def rows(connection, sql):
    return [tuple(row) for row in connection.execute(sql)]


def test_each_part_of_a_job_is_asked_for_or_known():
    assert {field.name for field in fields(HostJob)} == WORK | KNOWN


def test_polls_and_what_hubs_pushed(stocked):
    with transaction(stocked):
        subscriptions.note_offer(stocked, 1, NamedHub("http://hub.example/", FEED.url))
    subscriptions.add_push(stocked, 1, body=b"<rss/>", content_type="", now=NOW)
    request = begin_request(stocked, 1, public_url="https://here.example", now=NOW)

    given_up(stocked, feeds=(FEED,), pushes=tuple(subscriptions.pushes_of(stocked, 1)))

    assert rows(stocked, "SELECT feed_id, outcome, detail FROM polls") == [(1, "crashed", WHY)]
    assert subscriptions.pushes_of(stocked, 1) == []
    assert rows(stocked, "SELECT error FROM subscriptions") == [(f"a push failed: {WHY}",)]

    given_up(stocked, hubs=(AskedHub(1, request),))
    assert rows(stocked, "SELECT error FROM subscriptions") == [(f"crashed: {WHY}",)]


def test_searches_of_sites(stocked):
    (plain,) = site_searches.due(stocked, NOW, run_id=1)
    feed = DeadFeed(1, "courier", FEED.url, FeedKind.FEED, None, None, searches=2)

    given_up(stocked, sites=(Site(plain, 0),), dead=(DeadFeeds(SOURCE, (feed,)),))

    assert site_searches.due(stocked, SOON, run_id=2) == []
    assert rows(stocked, "SELECT feed_id, searches, error FROM successors") == [(1, 3, f"crashed: {WHY}")]
    assert successors.due(stocked, SOON, DUE_RULES) == []


def test_pages_come_back_one_by_one(stocked):
    found, _ = links.discover(stocked, FEED, {url_key(url): entry(url) for url in URLS}, run_id=1, now=NOW)

    given_up(stocked, links=tuple(found))

    for turn in range(len(URLS)):
        at = NOW + RETRY_PAUSES[0] + turn * SUSPECTS_APART
        assert len(links.waiting(stocked, now=at - timedelta(seconds=1))) == turn
        assert len(links.waiting(stocked, now=at)) == turn + 1


def test_a_page_that_was_tried_often_is_given_up(stocked):
    found, _ = links.discover(stocked, FEED, {"k": entry(URLS[0])}, run_id=1, now=NOW)

    given_up(stocked, links=(replace(found[0], attempts=9, feed_id=None),))

    assert rows(stocked, "SELECT state, next_try_at FROM links") == [("failed", None)]


def test_second_looks(stocked):
    found, _ = links.discover(stocked, FEED, {url_key(URLS[0]): entry(URLS[0])}, run_id=1, now=NOW)
    store_reading(stocked, replace(reading(URLS[0]), link=found[0], run_id=1))
    watches.schedule(stocked, [(one.article_id, next_look(one, NOW)) for one in watches.undecided(stocked)])
    late = NOW + timedelta(days=1)

    def claimed(at):
        run = ClusterRun(1, "one", "schedule")
        return claim_jobs(stocked, run, now=at, busy=["plain.example"], asked=[FEED.url], with_sites=False)

    (job,) = claimed(late)

    give_up(stocked, job, WHY, late)

    assert rows(stocked, "SELECT outcome, reason, detail FROM looks") == [("failed", "crashed", WHY)]
    assert rows(stocked, "SELECT failures, run_id FROM watches") == [(1, None)]
    assert claimed(late + timedelta(minutes=10)) == []


def test_lists_of_the_past(stocked):
    first = [FurtherPage("http://courier.example/sitemap.xml", "s", "sitemap")]
    backfills.begin(stocked, "courier", date(2026, 1, 1), first, NOW, BACKFILL_RULES)

    def claimed(at, run_id=1):
        past = claim_past(stocked, run_id=run_id, now=at, names=["courier"], hosts={}, yields_to_polls=False)
        return past.pages

    given_up(stocked, lists=tuple(claimed(NOW)))

    assert rows(stocked, "SELECT state, detail FROM archive_pages") == [("waiting", f"crashed: {WHY}")]
    runs.end(stocked, 1, state="finished", now=NOW)
    after = runs.begin(stocked, trigger="schedule", token="two", now=NOW, host="here", pid=1)
    assert not claimed(SOON, after)
    assert claimed(NOW + RETRY_PAUSES[1], after)
