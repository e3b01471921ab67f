"""Pages that were in hand when a crawl crashed."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.cadence.next_try import AFTER_CRASH, UNREAD_PAUSES
from crawler.run.crashes import put_off_suspects
from storage.records.sources import FeedEntry, FeedKind, LinkOutcome, Source
from storage.sources import links, runs, sources
from storage.sources.sources import DeclaredFeed

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def found(connection) -> list[int]:
    """Four links of run 1."""
    sources.sync(connection, [(Source("herald"), [DeclaredFeed("http://herald.example/rss", FeedKind.FEED)])])
    runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    (feed,) = sources.feeds_of(connection)
    entries = {f"key{n}": FeedEntry(url=f"http://herald.example/{n}") for n in range(4)}
    return [link.id for link in links.discover(connection, feed, entries, run_id=1, now=NOW)[0]]


def crash(connection, in_hand, now=NOW) -> int:
    return put_off_suspects(connection, 1, in_hand, now)


def rows(connection, column: str) -> list[object]:
    return [row[0] for row in connection.execute(f"SELECT {column} FROM links ORDER BY id").fetchall()]


def test_suspects_come_back_one_by_one_and_the_others_together(connection, found):
    assert crash(connection, found[1:3]) == 0

    assert rows(connection, "reason") == ["crashed"] * 4
    assert rows(connection, "state") == ["queued"] * 4
    for minutes, waiting in ((14, 0), (15, 3), (17, 4)):
        asked = links.waiting(connection, now=NOW + timedelta(minutes=minutes), is_asked_for=False)
        assert len(asked) == waiting


def test_page_that_was_in_hand_at_two_crashes_is_given_up(connection, found):
    crash(connection, found[:2])

    assert crash(connection, [found[0], found[3]]) == 1

    assert rows(connection, "state") == ["not_article", "queued", "queued", "queued"]
    assert rows(connection, "detail")[0] == "its crawl crashed twice while this page was in hand"
    assert crash(connection, found[1:]) == 2


def test_a_page_that_crashes_each_crawl_is_tried_later_and_later_and_not_for_ever(connection, found):
    """Whatever it is when it comes back: put off, given up, or listed still."""
    now, tries, pauses = NOW, 0, []
    while links.waiting(connection, now=now, is_asked_for=False) and tries < 50:
        crash(connection, found[:1], now)
        tries += 1
        (again,) = connection.execute("SELECT next_try_at FROM links WHERE id = ?", found[:1]).fetchone()
        if again is None:
            break
        pauses.append(datetime.fromisoformat(again) - now)
        now += pauses[-1]
        connection.execute("DELETE FROM links WHERE id <> ?", found[:1])

    assert rows(connection, "state")[0] == "not_article"
    assert pauses[:2] == [AFTER_CRASH, UNREAD_PAUSES[0]]
    assert [pause for pause in pauses if pause >= UNREAD_PAUSES[0]] == list(UNREAD_PAUSES)
    assert tries <= 2 * (len(UNREAD_PAUSES) + 1)


def test_page_that_was_given_up_and_comes_back_is_a_suspect(connection, found):
    gone = LinkOutcome(
        found[0], "gone", "http_404", NOW, next_try_at=NOW + timedelta(days=1), is_given_up=True
    )
    links.record(connection, gone, run_id=1)
    late = NOW + timedelta(days=2)
    assert found[0] in [link.id for link in links.waiting(connection, now=late)]

    assert crash(connection, found[:1], late) == 0

    waiting = links.waiting(connection, now=late + timedelta(minutes=5), is_asked_for=False)
    assert found[0] not in [link.id for link in waiting]


def test_page_of_the_past_stays_there_and_is_given_up_like_others(connection, found):
    connection.execute("UPDATE links SET state = 'past' WHERE id = ?", [found[0]])
    crash(connection, found[:1])

    assert rows(connection, "state")[0] == "past"
    assert crash(connection, found[:1]) == 1
    assert rows(connection, "state")[0] == "not_article"


def test_page_that_waited_through_a_crash_is_no_suspect(connection, found):
    crash(connection, [])

    assert crash(connection, found) == 0


def test_page_that_had_failed_before_is_put_off_too(connection, found):
    failed = LinkOutcome(found[0], "failed", "http_5xx", NOW, next_try_at=NOW)
    links.record(connection, failed, run_id=1)

    assert crash(connection, [found[0]]) == 0
    assert links.waiting(connection, now=NOW, is_asked_for=False) == []
    assert crash(connection, [found[0]]) == 1


def test_page_that_was_stored_before_the_crash_stays_stored(connection, found):
    links.record(connection, LinkOutcome(found[0], "not_article", "no_text", NOW), run_id=1)

    crash(connection, [found[0]])

    assert (rows(connection, "state")[0], rows(connection, "reason")[0]) == ("not_article", "no_text")
