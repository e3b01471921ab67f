"""Sources and feeds: the tables follow the settings, state survives, and no two crawls get the same feed."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.cadence.due_rules import DUE_RULES
from storage import db
from storage.health.source_health import source_health
from storage.records.polls import NextPoll, PollResult
from storage.records.sources import FeedKind, Source
from storage.sources import links, polls, runs, site_searches, sources
from storage.sources.sources import DeclaredFeed
from tests.support.samples import NOW, entry
from tests.support.work import count_due

LATER = NOW + timedelta(minutes=40)
COURIER = Source("courier", title="The Courier", home="http://courier.example/", country="xa", language="en")
GAZETTE = Source("gazette", home="http://gazette.example/", timezone="Asia/Seoul")
RSS = DeclaredFeed("http://courier.example/rss", FeedKind.FEED)
MAP = DeclaredFeed("http://courier.example/news.xml", FeedKind.SITEMAP)
WIRE = DeclaredFeed("http://wire.example/rss", FeedKind.FEED)


def polled(connection, *names: str) -> list[str]:
    return [feed.url for feed in sources.feeds_of(connection, names)]


def owner(connection, url: str) -> str:
    (feed,) = [feed for feed in sources.feeds_of(connection) if feed.url == url]
    return feed.source


def claim(connection, token="run", *, now=NOW, until=LATER, **more) -> list[str]:
    return [feed.url for feed in sources.claim(connection, token, DUE_RULES, now=now, until=until, **more)]


def due_at(connection, url: str, at) -> None:
    connection.execute("UPDATE feeds SET next_due_at = ? WHERE url = ?", [db.to_iso(at), url])


def poll(connection, url: str, *, outcome="ok", failures=0.0, at=NOW) -> None:
    """One poll of the feed, decided."""
    run_id = runs.begin(
        connection, trigger="manual", token=f"{url} {outcome} {at}", now=at, host="here", pid=1
    )
    feed_id = connection.execute("SELECT id FROM feeds WHERE url = ?", [url]).fetchone()[0]
    polls.record_poll(connection, run_id, PollResult(feed_id, at, outcome, etag='"7"', body_hash="b7"), 0)
    (facts,) = polls.undecided(connection)
    polls.decide_next(
        connection, [NextPoll(feed_id, facts.poll_id, at + timedelta(hours=1), "rate", failures, 5.0)]
    )


def states(connection, *columns: str) -> list[tuple]:
    return [tuple(row) for row in connection.execute(f"SELECT {', '.join(columns)} FROM feeds ORDER BY id")]


# sync


def test_the_settings_reach_the_tables(connection):
    sources.sync(connection, [(COURIER, [RSS, MAP]), (GAZETTE, [])])

    assert sources.all_sources(connection) == [COURIER, GAZETTE]
    assert [(feed.url, feed.kind, feed.language) for feed in sources.feeds_of(connection)] == [
        (RSS.url, FeedKind.FEED, "en"),
        (MAP.url, FeedKind.SITEMAP, "en"),
    ]


def test_addresses_come_by_source_in_the_order_of_the_feeds(connection):
    sources.sync(connection, [(COURIER, [RSS]), (GAZETTE, [WIRE]), (Source("idle"), [])])
    sources.sync(connection, [(GAZETTE, [WIRE]), (COURIER, [MAP, RSS])])

    assert sources.addresses(connection) == {"courier": [RSS.url, MAP.url], "gazette": [WIRE.url]}


def test_a_changed_source_is_updated(connection):
    sources.sync(connection, [(COURIER, [RSS])])
    changed = replace(
        COURIER, title="Courier", home=None, language="ru", timezone="UTC", link_pattern="/news/"
    )

    sources.sync(connection, [(changed, [replace(RSS, kind=FeedKind.SECTION)])])

    assert sources.all_sources(connection) == [changed]
    assert states(connection, "kind") == [("section",)]


def test_what_is_taken_out_is_switched_off_and_stays(connection):
    sources.sync(connection, [(COURIER, [RSS, MAP]), (GAZETTE, [WIRE])])

    sources.sync(connection, [(COURIER, [RSS])])

    assert polled(connection) == [RSS.url]
    assert [source.name for source in sources.all_sources(connection)] == ["courier"]
    assert connection.execute("SELECT count(*) FROM feeds").fetchone()[0] == 3


def test_a_source_switched_off_is_not_polled(connection):
    sources.sync(connection, [(replace(COURIER, enabled=False), [RSS])])

    assert (polled(connection), claim(connection), count_due(connection, NOW)) == ([], [], 0)


def test_state_survives_a_sync_and_a_time_outside_the_settings(connection):
    sources.sync(connection, [(COURIER, [RSS])])
    poll(connection, RSS.url)
    kept = ("etag", "body_hash", "next_due_at", "last_ok_at", "rate_per_day")
    before = states(connection, *kept)

    sources.sync(connection, [])
    sources.sync(connection, [(COURIER, [RSS])])

    assert states(connection, *kept) == before
    assert before[0][:2] == ('"7"', "b7")


def test_a_lease_survives_a_sync(connection):
    sources.sync(connection, [(COURIER, [RSS])])
    claim(connection)

    sources.sync(connection, [(COURIER, [RSS])])

    assert claim(connection, "other") == []


def test_an_address_that_moves_takes_its_state_along(connection):
    sources.sync(connection, [(COURIER, [RSS, WIRE])])
    poll(connection, WIRE.url)

    sources.sync(connection, [(COURIER, [RSS]), (GAZETTE, [WIRE])])

    assert owner(connection, WIRE.url) == "gazette"
    assert [row[0] for row in states(connection, "etag")] == [None, '"7"']


def test_an_address_in_two_sources_is_polled_once_for_the_last(connection):
    """The check of the settings refuses it; here it must not fail."""
    for _ in range(2):
        sources.sync(connection, [(COURIER, [WIRE]), (GAZETTE, [WIRE])])

    assert polled(connection) == [WIRE.url]
    assert owner(connection, WIRE.url) == "gazette"


# Discovered feeds


def test_discovered_feeds_are_polled_and_survive_a_sync(connection):
    sources.sync(connection, [(COURIER, [])])

    found = site_searches.add_found(connection, "courier", [RSS, MAP], NOW)
    sources.sync(connection, [(COURIER, [])])

    assert [feed.url for feed in found] == polled(connection) == [RSS.url, MAP.url]


def test_discovered_feeds_give_way_to_declared_ones_and_come_back(connection):
    sources.sync(connection, [(COURIER, [])])
    site_searches.add_found(connection, "courier", [RSS, MAP], NOW)

    sources.sync(connection, [(COURIER, [MAP, WIRE])])
    declared = polled(connection)
    sources.sync(connection, [(COURIER, [])])

    assert sorted(declared) == sorted([MAP.url, WIRE.url])
    assert polled(connection) == [RSS.url]


def test_a_feed_once_declared_is_discovered_again_for_good(connection):
    sources.sync(connection, [(COURIER, [RSS])])
    sources.sync(connection, [(COURIER, [])])

    site_searches.add_found(connection, "courier", [RSS], NOW)
    sources.sync(connection, [(COURIER, [])])

    assert polled(connection) == [RSS.url]


def test_a_discovery_takes_no_feed_from_another_source(connection):
    sources.sync(connection, [(COURIER, [WIRE]), (GAZETTE, [])])

    found = site_searches.add_found(connection, "gazette", [WIRE], NOW)

    assert found == []
    assert owner(connection, WIRE.url) == "courier"


def test_a_discovered_feed_of_a_source_taken_out_is_not_polled(connection):
    sources.sync(connection, [(COURIER, [])])
    site_searches.add_found(connection, "courier", [RSS], NOW)

    sources.sync(connection, [(GAZETTE, [])])

    assert polled(connection) == []
    assert [line.source for line in source_health(connection)] == ["gazette"]


def test_a_source_with_a_discovered_feed_is_not_searched(connection):
    sources.sync(connection, [(COURIER, [])])
    site_searches.add_found(connection, "courier", [RSS], NOW)

    assert site_searches.due(connection, NOW + timedelta(days=9)) == []


def test_an_unknown_name_becomes_a_source_that_is_switched_off(connection):
    id = sources.find_id(connection, "museum")

    assert sources.find_id(connection, "museum") == id
    assert sources.all_sources(connection) == []


names = st.sampled_from(["courier", "gazette", "herald"])
urls = st.sampled_from([f"http://{number}.example/rss" for number in range(5)])
declarations = st.dictionaries(names, st.lists(urls, unique=True, max_size=3))
steps = st.one_of(
    st.tuples(st.just("sync"), declarations),
    st.tuples(st.just("found"), st.tuples(names, st.lists(urls, unique=True, max_size=3))),
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the database is emptied by ROLLBACK
@given(st.lists(steps, max_size=6), declarations)
def test_what_is_declared_is_polled_whatever_came_before(connection, history, last):
    """A source's declared addresses are polled, nothing else of it; a source without any has only discovered ones."""
    connection.execute("BEGIN")
    for step, content in history:
        if step == "sync":
            sources.sync(connection, declared(content))
        else:
            site_searches.add_found(
                connection, content[0], [DeclaredFeed(url, FeedKind.FEED) for url in content[1]], NOW
            )

    sources.sync(connection, declared(last))
    by_url = {feed.url: feed.source for feed in sources.feeds_of(connection)}
    found = [row[0] for row in connection.execute("SELECT url FROM feeds WHERE origin = 'discovered'")]
    connection.execute("ROLLBACK")

    wanted = {url: name for name, feeds in last.items() for url in feeds}
    assert {url: by_url.get(url) for url in wanted} == wanted
    assert all(url in found and not last[name] for url, name in by_url.items() if url not in wanted)


def declared(content: dict[str, list[str]]) -> Sequence[tuple[Source, Sequence[DeclaredFeed]]]:
    return [
        (Source(name, home=f"http://{name}.example/"), [DeclaredFeed(url, FeedKind.FEED) for url in feeds])
        for name, feeds in content.items()
    ]


# Leases


def test_a_claimed_feed_is_not_claimed_again_until_it_is_released(connection):
    sources.sync(connection, [(COURIER, [RSS, MAP])])

    assert claim(connection, "one") == [RSS.url, MAP.url]
    assert claim(connection, "two") == []
    sources.release(connection, "two")
    assert claim(connection, "two") == []
    sources.release(connection, "one")
    assert claim(connection, "two") == [RSS.url, MAP.url]
    assert [feed.url for feed in sources.leased(connection, "two")] == [RSS.url, MAP.url]
    assert sources.leased(connection, "one") == []


def test_an_expired_lease_is_taken(connection):
    sources.sync(connection, [(COURIER, [RSS])])
    claim(connection, "one", until=LATER)

    assert claim(connection, "two", now=LATER - timedelta(seconds=1)) == []
    assert claim(connection, "two", now=LATER, until=LATER + timedelta(hours=1)) == [RSS.url]
    assert sources.leased(connection, "one") == []


def test_the_late_end_of_a_run_does_not_free_what_another_has_taken(connection):
    sources.sync(connection, [(COURIER, [RSS])])
    claim(connection, "one", until=LATER)
    claim(connection, "two", now=LATER, until=LATER + timedelta(hours=1))

    sources.release(connection, "one")

    assert claim(connection, "three", now=LATER) == []


def test_only_what_is_due_is_claimed_unless_all_is_asked_for(connection):
    sources.sync(connection, [(COURIER, [RSS, MAP, WIRE])])
    due_at(connection, RSS.url, NOW)
    due_at(connection, MAP.url, NOW + timedelta(seconds=1))

    assert count_due(connection, NOW) == 2
    assert claim(connection) == [RSS.url, WIRE.url]
    assert count_due(connection, NOW) == 0
    assert claim(connection, "all", only_due=False) == [MAP.url]


def test_names_choose_among_the_sources(connection):
    sources.sync(connection, [(COURIER, [RSS]), (GAZETTE, [WIRE])])

    assert claim(connection, "none", names=["herald", "o'clock"]) == []
    assert claim(connection, "one", names=["gazette"]) == [WIRE.url]
    assert claim(connection, "both", names=["gazette", "courier"]) == [RSS.url]
    assert polled(connection, "gazette") == [WIRE.url]


def test_a_site_to_search_counts_as_due(connection):
    sources.sync(connection, [(COURIER, [RSS]), (GAZETTE, [])])

    assert count_due(connection, NOW) == 2


@pytest.mark.parametrize("attempt", range(3))
def test_claims_at_once_share_no_feed(database, connection, attempt):
    many = [DeclaredFeed(f"http://courier.example/{number}", FeedKind.FEED) for number in range(40)]
    sources.sync(connection, [(COURIER, many[::2]), (GAZETTE, many[1::2])])
    start = threading.Barrier(4)

    def take(number: int) -> list[str]:
        own = db.connect(database)
        try:
            start.wait(timeout=30)
            return claim(own, f"run {number}", names=[[], ["courier"], ["gazette"]][(number + attempt) % 3])
        finally:
            own.close()

    with ThreadPoolExecutor(4) as threads:
        taken = [url for urls in threads.map(take, range(4)) for url in urls]

    assert sorted(taken) == sorted(feed.url for feed in many)


# Sources that are renamed by hand, or put together


_MERGED = {"courier": False, "gazette": False, "harbour": True}


def enabled_by_name(connection) -> dict[str, bool]:
    rows = connection.execute("SELECT name, enabled FROM sources ORDER BY name")
    return {row["name"]: bool(row["enabled"]) for row in rows}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ([(COURIER, [RSS, MAP])], [("harbour", [RSS, MAP])], {"harbour": True}),
        ([(COURIER, [RSS])], [("harbour", [RSS, MAP])], {"harbour": True}),
        ([(COURIER, [])], [("harbour", [])], {"harbour": True}),
        ([(COURIER, [RSS])], [("courier", [RSS]), ("harbour", [MAP])], {"courier": True, "harbour": True}),
        ([(COURIER, [RSS]), (GAZETTE, [MAP])], [("harbour", [RSS, MAP])], _MERGED),
        ([(COURIER, [RSS, MAP])], [("one", [RSS]), ("two", [MAP])], {"courier": False, "one": True, "two": True}),
        ([(COURIER, [RSS]), (GAZETTE, [MAP])], [("gazette", [RSS, MAP])], {"courier": False, "gazette": True}),
    ],
    ids=["renamed", "renamed-and-grown", "by-its-home", "another", "two-into-one", "one-into-two", "into-a-known-one"],
)  # fmt: skip
def test_a_source_that_was_renamed_by_hand_keeps_its_row(connection, before, after, wanted):
    sources.sync(connection, before)

    for _ in range(2):
        sources.sync(connection, [(replace(COURIER, name=name), feeds) for name, feeds in after])

    assert enabled_by_name(connection) == wanted
    assert set(polled(connection)) == {feed.url for _, feeds in after for feed in feeds}


def test_what_waits_goes_with_its_feed_into_another_source(connection):
    sources.sync(connection, [(COURIER, [RSS]), (GAZETTE, [MAP])])
    (feed,) = [feed for feed in sources.feeds_of(connection) if feed.url == RSS.url]
    run_id = runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)
    links.discover(
        connection, feed, {"courier.example/1": entry("http://courier.example/1")}, run_id=run_id, now=NOW
    )
    runs.end(connection, run_id, state="interrupted", now=NOW)

    sources.sync(connection, [(GAZETTE, [RSS, MAP])])
    before = [link.source for link in links.waiting(connection, now=NOW)]
    moved = links.follow_feeds(connection)

    assert (before, moved, links.follow_feeds(connection)) == ([], 1, 0)
    assert [link.source for link in links.waiting(connection, now=NOW)] == ["gazette"]
