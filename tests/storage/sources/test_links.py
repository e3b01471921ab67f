"""Links: no address is fetched twice, unless the feed says that a kept article was updated."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.articles.store import store_reading
from crawler.documents.entries import is_updated
from crawler.urls import url_key
from storage.errors import StorageError
from storage.records.articles import Precision, StatedDate
from storage.records.polls import PollResult
from storage.records.sources import Feed, FeedEntry, FeedKind, LinkOutcome
from storage.sources import links, polls, runs, sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.samples import DECLARED, FEED, NOW, SOURCE, TOPIC, entry, reading, stated
from tests.support.work import count_due

HOUR = timedelta(hours=1)
WIRE = Feed(id=2, source="wire", url="http://wire.example/rss", kind=FeedKind.FEED)


@pytest.fixture
def run_id(connection):
    """An open run over two sources with a feed each."""
    wire = replace(SOURCE, name="wire", country="xb", timezone="Asia/Seoul")
    sources.sync(connection, [*DECLARED, (wire, [DeclaredFeed(WIRE.url, WIRE.kind)])])
    topics.sync(connection, [TOPIC])
    return runs.begin(connection, trigger="manual", token="run", now=NOW, host="here", pid=1)


def address(name: object) -> str:
    return f"http://courier.example/{name}"


def keyed(*entries: FeedEntry) -> dict[str, FeedEntry]:
    return {url_key(one.url): one for one in entries}


def discover(connection, run_id, *entries, feed=FEED, now=NOW):
    return links.discover(connection, feed, keyed(*entries), run_id=run_id, now=now, is_updated=is_updated)


def record(connection, run_id, link, state, *, at=NOW, next_try_at=None, reason="timeout", detail=""):
    links.record(connection, LinkOutcome(link.id, state, reason, at, detail, next_try_at), run_id=run_id)


def keep(connection, link, *, at=NOW, **more):
    """The link's page is read and kept as an article."""
    store_reading(connection, reading(link.url, link=link, read_at=at, **more))


def waiting(connection, now=NOW, **more):
    return [link.url for link in links.waiting(connection, now=now, **more)]


def row(connection, url):
    return connection.execute("SELECT * FROM links WHERE url_key = ?", [url_key(url)]).fetchone()


# Discovering


def test_new_links_come_back_in_the_feeds_order_with_what_the_feed_said(connection, run_id):
    items = [entry(address(name), title=f"No. {name}", published=stated(NOW)) for name in (3, 1, 2)]

    found, new = discover(connection, run_id, *items)

    assert [link.entry for link in found] == items
    assert new == 3
    assert (found[0].source, found[0].feed_id, found[0].language, found[0].attempts) == (
        "courier",
        1,
        "en",
        0,
    )


def test_link_knows_the_last_poll_that_did_not_have_it(connection, run_id):
    looks = ((NOW - 2 * HOUR, "ok"), (NOW - HOUR, "not_modified"), (NOW - HOUR / 2, "failed"), (NOW, "ok"))
    for at, outcome in looks:
        polled = "INSERT INTO polls (feed_id, run_id, polled_at, outcome) VALUES (?, ?, ?, ?)"
        connection.execute(polled, [FEED.id, run_id, at.isoformat(), outcome])
    discover(connection, run_id, entry(address(1)))

    (link,) = links.waiting(connection, now=NOW)

    assert (link.first_seen_at, link.unlisted_at) == (NOW, NOW - HOUR)


def test_a_known_link_is_not_found_again_by_any_feed(connection, run_id):
    discover(connection, run_id, entry(address(1)))

    found, new = discover(connection, run_id, entry(address(1)), entry(address(2)), feed=WIRE)

    assert ([link.url for link in found], new) == ([address(2)], 1)
    assert found[0].source == "wire"
    assert row(connection, address(1))["feed_id"] == 1


def test_nothing_to_discover_is_no_error(connection, run_id):
    assert discover(connection, run_id) == ([], 0)


def test_two_thousand_entries_are_taken_at_once_and_in_order(connection, run_id):
    items = [entry(address(number)) for number in range(2_000)]
    statements: list[str] = []
    connection.set_trace_callback(statements.append)

    found, new = discover(connection, run_id, *items)

    connection.set_trace_callback(None)
    assert ([link.url for link in found], new) == ([item.url for item in items], 2_000)
    assert statements.count("COMMIT") == 1


def test_a_discovery_that_fails_leaves_nothing(connection, run_id):
    broken = {"one": entry(address(1)), "two": replace(entry(address(2)), title=None)}

    with pytest.raises(StorageError):
        links.discover(connection, FEED, broken, run_id=run_id, now=NOW)

    assert connection.execute("SELECT count(*) FROM links").fetchone()[0] == 0


STATES = ["not_article", "blocked", "failed", "gone", "kept", "off_topic"]
pages = st.integers(0, 4)
steps = st.one_of(
    st.tuples(st.just("discover"), st.lists(pages, unique=True), st.sampled_from([FEED, WIRE])),
    st.tuples(st.sampled_from(STATES), pages, st.none()),
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the database is emptied by ROLLBACK
@given(st.lists(steps, max_size=12))
def test_no_address_is_handed_out_twice_whatever_became_of_it(connection, run_id, history):
    handed_out = []
    known = {}
    connection.execute("BEGIN")
    for number, (step, content, feed) in enumerate(history):
        now = NOW + number * HOUR
        if step == "discover":
            found, new = discover(
                connection, run_id, *[entry(address(page)) for page in content], feed=feed, now=now
            )
            assert len(found) == new
            handed_out += [link.url for link in found]
            known |= {link.url: link for link in found}
        elif address(content) in known:
            settle(connection, run_id, known[address(content)], step, now)
    connection.execute("ROLLBACK")

    assert len(handed_out) == len(set(handed_out))


def settle(connection, run_id, link, state, now):
    if state == "kept":
        keep(connection, link, at=now, text=f"{link.url} " * 40)
    elif state == "off_topic":
        keep(connection, link, at=now, text=f"{link.url} " * 40, matches=())
    else:
        record(connection, run_id, link, state, at=now, next_try_at=now + HOUR if state == "failed" else None)


# Updates


def updated(hours: float, precision: Precision = Precision.MINUTE) -> FeedEntry:
    return entry(address(1), updated=StatedDate(NOW + hours * HOUR, precision, "", "feed"))


@pytest.mark.parametrize(
    ("first", "second", "is_fetched"),
    [
        (updated(-2), updated(-1), True),
        (updated(-2), updated(-2), False),
        (updated(-2), updated(-3), False),
        (updated(-2), entry(address(1)), False),
        (entry(address(1), published=stated(NOW - 2 * HOUR)), updated(-1), True),
        (entry(address(1), published=stated(NOW - 2 * HOUR)), updated(-2), False),
        (entry(address(1)), updated(1), True),
        (entry(address(1)), updated(-1), False),
    ],
    ids=[
        "later", "the same", "earlier", "no longer stated", "after publication", "at publication",
        "first stated, after our reading", "first stated, before our reading",
    ],
)  # fmt: skip
def test_a_kept_article_is_fetched_again_if_the_feed_states_a_later_update(
    connection, run_id, first, second, is_fetched
):
    (link,), _ = discover(connection, run_id, first)
    keep(connection, link)

    found, new = discover(connection, run_id, second, now=NOW + 2 * HOUR)

    assert [one.url for one in found] == ([address(1)] if is_fetched else [])
    assert new == 0
    assert row(connection, address(1))["state"] == ("queued" if is_fetched else "fetched")


def test_an_update_is_fetched_once(connection, run_id):
    (link,), _ = discover(connection, run_id, updated(-2))
    keep(connection, link)

    (again,), _ = discover(connection, run_id, updated(-1))
    keep(connection, again, at=NOW + HOUR)

    assert discover(connection, run_id, updated(-1), now=NOW + 2 * HOUR) == ([], 0)
    assert again.entry == updated(-1)


@pytest.mark.parametrize("state", ["off_topic", "queued"])
def test_an_update_of_what_is_not_kept_is_not_fetched(connection, run_id, state):
    (link,), _ = discover(connection, run_id, updated(-2))
    if state != "queued":
        settle(connection, run_id, link, state, NOW)

    assert discover(connection, run_id, updated(5), now=NOW + 6 * HOUR) == ([], 0)


@pytest.mark.parametrize("state", ["not_article", "blocked", "failed", "gone"])
def test_what_was_given_up_is_fetched_when_its_feed_calls_it_updated(connection, run_id, state):
    (link,), _ = discover(connection, run_id, updated(-2))
    settle(connection, run_id, link, state, NOW)

    (again,), new = discover(connection, run_id, updated(5), now=NOW + 6 * HOUR)

    assert (again.id, again.attempts, new) == (link.id, 0, 0)


def given_up(connection, run_id, *, next_try_at=NOW + HOUR, state="gone"):
    """A link that was given up, and is tried again if it is listed still."""
    (link,), _ = discover(connection, run_id, entry(address(1)))
    outcome = LinkOutcome(link.id, state, "http_404", NOW, next_try_at=next_try_at, is_given_up=True)
    links.record(connection, outcome, run_id=run_id)
    return link


def read(connection, *, at):
    """The feed's document comes again."""
    result = PollResult(FEED.id, at, "ok", status=200, body_hash=str(at))
    polls.record_poll(connection, 1, result, 0)


@pytest.mark.parametrize("state", ["not_article", "blocked", "failed", "gone"])
def test_what_was_given_up_is_tried_again_while_its_feed_lists_it(connection, run_id, state):
    link = given_up(connection, run_id, state=state)
    read(connection, at=NOW)
    early, unchanged = waiting(connection), waiting(connection, now=NOW + HOUR)
    read(connection, at=NOW + 2 * HOUR)
    left_out = waiting(connection, now=NOW + 2 * HOUR)
    discover(connection, run_id, entry(address(1)), now=NOW + 3 * HOUR)
    read(connection, at=NOW + 3 * HOUR)

    assert (early, unchanged, left_out) == ([], [link.url], [])
    assert waiting(connection, now=NOW + 3 * HOUR) == [link.url]
    assert row(connection, link.url)["state"] == state
    assert row(connection, link.url)["listed_tries"] == 1


def test_what_is_listed_by_a_feed_that_is_followed_goes_on_under_it(connection, run_id):
    link = given_up(connection, run_id)
    connection.execute("UPDATE feeds SET enabled = 0 WHERE id = 1")

    discover(connection, run_id, entry(address(1)), feed=WIRE, now=NOW + HOUR)

    (again,) = links.waiting(connection, now=NOW + 2 * HOUR)
    assert (again.id, again.source, again.feed_id) == (link.id, "wire", WIRE.id)


def test_what_the_gate_refused_is_tried_when_more_is_allowed(connection, run_id):
    (link,), _ = discover(connection, run_id, entry(address(1)))
    record(connection, run_id, link, "blocked", reason="blocked")

    assert links.try_refused_again(connection, NOW + HOUR) == 1
    assert waiting(connection, now=NOW + HOUR) == [link.url]


def test_of_a_feed_that_calls_all_updated_so_many_are_read_again_as_are_asked_for(connection, run_id):
    many = [replace(entry(address(number)), updated=stated(NOW)) for number in range(5)]
    found, _ = discover(connection, run_id, *many)
    for link in found:
        keep(connection, link)
    later = [replace(one, updated=stated(NOW + HOUR)) for one in many]

    some, _ = links.discover(
        connection, FEED, keyed(*later), run_id=run_id, now=NOW + HOUR, is_updated=is_updated, updates=2
    )

    assert len(some) == 2
    assert connection.execute("SELECT update_read_at FROM feeds WHERE id = 1").fetchone()[0] is not None


def test_updates_that_were_none_are_counted_until_one_was(connection, run_id):
    def idle() -> int:
        return connection.execute("SELECT idle_updates FROM feeds WHERE id = 1").fetchone()[0]

    (link,), _ = discover(connection, run_id, updated(-2))
    keep(connection, link)
    counts = [idle()]
    for number, text in enumerate(("", "", "Another committee met in the harbour today."), start=1):
        (again,), _ = discover(connection, run_id, updated(number), now=NOW + number * HOUR)
        keep(
            connection,
            again,
            at=NOW + number * HOUR,
            **({"text": f"{reading().article.text} {text}"} if text else {}),
        )
        counts.append(idle())

    assert counts == [0, 1, 2, 0]


def test_an_update_is_tried_as_often_as_a_new_link(connection, run_id):
    (link,), _ = discover(connection, run_id, updated(-2))
    for number in range(3):
        record(connection, run_id, link, "failed", next_try_at=NOW + number * HOUR)
    keep(connection, link)

    (again,), _ = discover(connection, run_id, updated(-1))

    assert again.attempts == 0


def test_a_kept_article_is_marked_as_seen_through_each_feed(connection, run_id):
    (link,), _ = discover(connection, run_id, entry(address(1)))
    keep(connection, link)

    discover(connection, run_id, entry(address(1)), now=NOW + HOUR)
    discover(connection, run_id, entry(address(1)), feed=WIRE, now=NOW + 2 * HOUR)

    rows = connection.execute("SELECT feed_id, first_seen_at, last_seen_at FROM sightings ORDER BY feed_id")
    assert [tuple(one) for one in rows] == [
        (1, NOW.isoformat(), (NOW + HOUR).isoformat()),
        (2, (NOW + 2 * HOUR).isoformat(), (NOW + 2 * HOUR).isoformat()),
    ]


# What is left to do


def test_queued_links_wait_in_turns_of_their_feeds_the_oldest_first(connection, run_id):
    discover(connection, run_id, *[entry(address(number)) for number in (5, 2, 1)])
    discover(connection, run_id, entry(address(3)), feed=WIRE)

    assert waiting(connection) == [address(5), address(3), address(2), address(1)]
    assert waiting(connection, limit=2) == [address(5), address(3)]
    assert waiting(connection, per_feed=2) == [address(5), address(3), address(2)]
    assert waiting(connection, names=["wire"]) == [address(3)]
    assert waiting(connection, names=["herald"]) == []


def test_a_failed_link_waits_until_its_next_try(connection, run_id):
    (link,), _ = discover(connection, run_id, entry(address(1)))

    record(connection, run_id, link, "failed", next_try_at=NOW + HOUR)

    assert waiting(connection, NOW + HOUR - timedelta(seconds=1)) == []
    (again,) = links.waiting(connection, now=NOW + HOUR)
    assert (again.id, again.attempts) == (link.id, 1)


@pytest.mark.parametrize("state", ["not_article", "blocked", "failed", "gone", "kept", "off_topic"])
def test_what_is_settled_does_not_wait(connection, run_id, state):
    (link,), _ = discover(connection, run_id, entry(address(1)))

    if state == "failed":
        record(connection, run_id, link, "failed", next_try_at=None)
    else:
        settle(connection, run_id, link, state, NOW)

    assert waiting(connection, NOW + timedelta(days=900)) == []


def test_links_of_a_source_that_is_switched_off_wait_for_its_return(connection, run_id):
    discover(connection, run_id, entry(address(1)))

    sources.sync(connection, [])
    off = waiting(connection)
    sources.sync(connection, DECLARED)

    assert (off, waiting(connection)) == ([], [address(1)])


@pytest.mark.usefixtures("run_id")
def test_what_waits_is_found_by_its_index(connection):
    """Of millions of links only some wait; failed ones that are not tried again are among the passed over."""
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    links.waiting(connection, now=NOW)
    connection.set_trace_callback(None)

    plan = [one["detail"] for one in connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]

    assert not [line for line in plan if line.startswith(("SCAN links", "SCAN sources", "SCAN runs"))]
    assert [line for line in plan if "links_waiting" in line] == [
        "SEARCH links USING COVERING INDEX links_waiting (state=?)",
        "SEARCH links USING INDEX links_waiting (state=? AND next_try_at<?)",
    ]
    assert [line for line in plan if "links_listed" in line] != []


# Outcomes


def test_an_outcome_is_written_down_whole(connection, run_id):
    (link,), _ = discover(connection, run_id, entry(address(1)))

    record(
        connection, run_id, link, "failed", at=NOW + HOUR, next_try_at=NOW + 2 * HOUR, detail="no answer within 30 s"
    )  # fmt: skip

    found = row(connection, address(1))
    assert (found["state"], found["reason"], found["detail"]) == (
        "failed",
        "timeout",
        "no answer within 30 s",
    )
    assert (found["fetched_at"], found["next_try_at"], found["attempts"]) == (
        (NOW + HOUR).isoformat(),
        (NOW + 2 * HOUR).isoformat(),
        1,
    )


@pytest.mark.parametrize("state", ["not_article", "blocked", "failed", "gone"])
def test_a_kept_articles_link_stays_fetched_whatever_became_of_its_update(connection, run_id, state):
    (link,), _ = discover(connection, run_id, updated(-2))
    keep(connection, link)
    (again,), _ = discover(connection, run_id, updated(-1))

    record(connection, run_id, again, state, reason="wall")

    found = row(connection, address(1))
    assert (found["state"], found["reason"], found["next_try_at"]) == ("fetched", "wall", None)
    assert found["article_id"] is not None


def test_an_update_that_could_not_be_had_for_now_is_tried_again(connection, run_id):
    (link,), _ = discover(connection, run_id, updated(-2))
    keep(connection, link)
    (again,), _ = discover(connection, run_id, updated(-1))

    record(connection, run_id, again, "failed", next_try_at=NOW + HOUR)

    assert waiting(connection, NOW + HOUR) == [address(1)]


def claim(connection, run_id):
    return links.claim_waiting(connection, run_id=run_id, now=NOW, running_since=NOW - HOUR)


def test_two_runs_at_once_do_not_share_their_waiting_links(connection, run_id):
    discover(connection, run_id, entry(address(1)), entry(address(2)))
    second = runs.begin(connection, trigger="manual", token="second", now=NOW, host="here", pid=1)

    assert claim(connection, second) == []
    assert len(claim(connection, run_id)) == 2


def test_the_links_of_a_run_that_has_ended_go_to_the_next(connection, run_id):
    discover(connection, run_id, entry(address(1)))
    runs.end(connection, run_id, state="interrupted", now=NOW)
    second = runs.begin(connection, trigger="manual", token="second", now=NOW, host="here", pid=1)

    assert [link.url for link in claim(connection, second)] == [address(1)]
    assert row(connection, address(1))["run_id"] == second


@pytest.mark.parametrize(("trigger", "goes_on"), [("schedule", False), ("manual", True)])
def test_links_of_a_crash_are_left_to_people_for_a_while(connection, run_id, trigger, goes_on):
    discover(connection, run_id, entry(address(1)))
    assert links.put_off(connection, run_id, reason="crashed", until=NOW + HOUR) == 1
    runs.end(connection, run_id, state="failed", now=NOW)
    due = [count_due(connection, at) for at in (NOW, NOW + HOUR)]
    second = runs.begin(connection, trigger=trigger, token="second", now=NOW, host="here", pid=1)

    assert bool(claim(connection, second)) == goes_on
    assert due[1] == due[0] + 1
    if not goes_on:
        found = links.claim_waiting(connection, run_id=second, now=NOW + HOUR, running_since=NOW)
        assert [link.url for link in found] == [address(1)]


def test_pages_left_over_are_work_unless_a_crawl_has_them(connection, run_id):
    idle = count_due(connection, NOW)
    discover(connection, run_id, entry(address(1)), entry(address(2)))

    held = count_due(connection, NOW)
    runs.end(connection, run_id, state="finished", now=NOW)

    assert (held, count_due(connection, NOW)) == (idle, idle + 2)


def test_a_link_that_another_feed_has_too_is_seen_through_both_once_it_is_kept(connection, run_id):
    (link,), _ = discover(connection, run_id, entry(address(1)))
    discover(connection, run_id, entry(address(1)), feed=WIRE, now=NOW + HOUR)
    discover(connection, run_id, entry(address(1)), feed=WIRE, now=NOW + 2 * HOUR)

    keep(connection, link, at=NOW + 3 * HOUR)

    assert [
        tuple(one) for one in connection.execute("SELECT feed_id, first_seen_at FROM sightings ORDER BY 1")
    ] == [
        (1, (NOW + 3 * HOUR).isoformat()),
        (2, (NOW + HOUR).isoformat()),
    ]
    assert connection.execute("SELECT count(*) FROM link_feeds").fetchone()[0] == 0


@pytest.mark.parametrize(("next_try_at", "kept"), [(NOW + HOUR, 1), (None, 0)])
def test_the_feeds_of_a_link_are_remembered_as_long_as_it_may_be_read(connection, run_id, next_try_at, kept):
    (link,), _ = discover(connection, run_id, entry(address(1)))
    discover(connection, run_id, entry(address(1)), feed=WIRE)

    record(connection, run_id, link, "failed", next_try_at=next_try_at)

    assert connection.execute("SELECT count(*) FROM link_feeds").fetchone()[0] == kept


def test_links_by_id_come_in_the_order_asked_for(connection, run_id):
    found, _ = discover(connection, run_id, *[entry(address(number)) for number in range(4)])
    ids = [found[index].id for index in (2, 0, 3)]

    assert [link.id for link in links.by_ids(connection, ids)] == ids
    assert links.by_ids(connection, []) == []
    assert links.by_ids(connection, [99]) == []


def test_sources_whose_pages_run_out_of_time_are_known(connection, run_id):
    discover(connection, run_id, *(entry(address(number)) for number in range(30)))
    found = {link.url: link for link in links.waiting(connection, now=NOW)}
    for number in range(30):
        reason = "time_limit" if number >= 27 else "no_text"
        record(connection, run_id, found[address(number)], "not_article", reason=reason)

    assert links.out_of_time(connection) == {"courier": 3}


def test_two_pages_out_of_time_say_nothing_of_their_source(connection, run_id):
    discover(connection, run_id, *(entry(address(number)) for number in range(2)))
    for link in links.waiting(connection, now=NOW):
        record(connection, run_id, link, "not_article", reason="time_limit")

    assert links.out_of_time(connection) == {}
