"""Whether a server's 304 is believed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.documents.poll_results import (
    DISTRUSTED,
    PROBE_AFTER,
    is_asked_plainly,
    poll_of,
    was_wrong,
    with_trust,
)
from crawler.downloader.answers import AnswerHead
from storage.records.articles import Precision, StatedDate
from storage.records.polls import PollResult
from storage.records.sources import Feed, FeedEntry, FeedKind
from tests.support.samples import NOW

HOUR = timedelta(hours=1)
# A document came at ten, and two hours later the server said that nothing had changed.
FEED = Feed(
    1,
    "courier",
    "http://courier.example/rss",
    FeedKind.FEED,
    read_at=NOW - 3 * HOUR,
    unmodified=2,
    unmodified_at=NOW - HOUR,
)


def entry(at, precision=Precision.SECOND):
    return FeedEntry("http://courier.example/1", published=StatedDate(at, precision, "", "feed"))


@pytest.mark.parametrize(
    ("feed", "new", "expected"),
    [
        (FEED, [entry(NOW - 2 * HOUR)], True),
        (FEED, [entry(NOW), entry(NOW - 2 * HOUR)], True),
        (FEED, [], False),
        (FEED, [entry(NOW - HOUR + timedelta(minutes=1))], False),
        (FEED, [entry(NOW - HOUR - timedelta(minutes=10))], False),
        (FEED, [entry(NOW - 4 * HOUR)], False),
        (FEED, [entry(NOW - 2 * HOUR, Precision.DAY)], False),
        (FEED, [FeedEntry("http://courier.example/1")], False),
        (replace(FEED, unmodified_at=None), [entry(NOW - 2 * HOUR)], False),
        (replace(FEED, read_at=None), [entry(NOW - 2 * HOUR)], False),
    ],
    ids=[
        "it was there", "among others", "nothing new", "written since", "within the margin", "shown again",
        "a day alone", "no date", "no such answer", "never read",
    ],
)  # fmt: skip
def test_an_answer_was_wrong_if_a_new_entry_had_been_there(feed, new, expected):
    assert was_wrong(feed, new) is expected


def test_who_was_wrong_is_asked_in_full_for_four_weeks():
    result = with_trust(PollResult(1, NOW, "ok", detail="odd"), FEED, [entry(NOW - 2 * HOUR)])
    feed = replace(FEED, plain_until=result.plain_until)

    assert result.detail.startswith("odd; the server said wrongly")
    assert is_asked_plainly(feed, NOW + DISTRUSTED - HOUR)
    assert not is_asked_plainly(feed, NOW + DISTRUSTED)
    assert not is_asked_plainly(feed, NOW - HOUR), "the clock was set back: it is not asked so for ever"


def test_who_was_right_is_believed():
    result = PollResult(1, NOW, "ok")

    assert with_trust(result, FEED, [entry(NOW)]) is result
    assert not is_asked_plainly(FEED, NOW)


def test_after_many_such_answers_one_poll_is_made_in_full():
    assert not is_asked_plainly(replace(FEED, unmodified=PROBE_AFTER - 1), NOW)
    assert is_asked_plainly(replace(FEED, unmodified=PROBE_AFTER), NOW)


@pytest.mark.parametrize(
    ("feed", "outcome"),
    [
        (replace(FEED, etag='"a"'), "not_modified"),
        (replace(FEED, last_modified="Mon, 14 Sep 2026 10:00:00 GMT"), "not_modified"),
        (replace(FEED, etag=None, last_modified=None), "protocol"),
        (replace(FEED, etag='"a"', unmodified=PROBE_AFTER), "protocol"),
        (replace(FEED, etag='"a"', plain_until=NOW + HOUR), "protocol"),
    ],
)
def test_not_modified_counts_only_for_what_was_asked_with_validators(feed, outcome):
    result = poll_of(AnswerHead(304, 0, ""), feed, NOW)

    assert (result.outcome, result.is_ok) == (outcome, outcome == "not_modified")
    assert (result.detail is None) == result.is_ok
