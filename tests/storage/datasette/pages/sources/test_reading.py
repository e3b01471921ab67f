"""How often the fields of a source's articles are read."""

import pytest

from storage.datasette.pages.sources.reading import field_shares, local_times


def article(**values):
    read = {
        "published_at": "2026-09-14T06:30:00+00:00", "published_precision": "minute", "published_rule": "json-ld",
        "unread_date": None, "title": "A title", "language": "en", "authors": None, "image_url": None, "words": 300,
        "text_from": "blocks",
    }  # fmt: skip
    return read | values


def test_shares_tell_how_often_from_where_and_what_is_wrong():
    undated = {"published_at": None, "published_precision": None, "published_rule": None}
    articles = [
        article(),
        article(published_precision="day", published_rule="url", words=40),
        article(**undated, unread_date="Juche 112", title=""),
        article(**undated),
    ]
    shares = {share.name: share for share in field_shares(articles)}

    assert {name: share.percent for name, share in shares.items()} == {
        "headline": 75, "text of 100 words": 75, "date": 50, "time of day": 25, "language": 100, "authors": 0,
        "image": 0,
    }  # fmt: skip
    assert shares["date"].note == "json-ld 1, url 1; 1 stand there in a form that could not be read"
    assert shares["language"].note == "en 4"


def test_nearly_all_is_not_called_all():
    shares = field_shares([article()] * 299 + [article(authors="One", title="")])

    assert {share.name: share.percent for share in shares}["headline"] == 99


def test_nothing_read_is_nothing():
    assert {share.percent for share in field_shares([])} == {0}


@pytest.mark.parametrize(
    ("zone", "hours", "said"),
    [
        ("Asia/Pyongyang", [15], "Asia/Pyongyang"),
        (None, [6], "UTC"),
        ("Nowhere/At_All", [6], "UTC"),
        ("../etc", [6], "UTC"),
    ],
)
def test_hours_are_those_of_the_outlet_where_they_are_known(zone, hours, said):
    articles = [
        article(),
        article(published_precision="day"),
        article(published_at=None),
        article(published_at="odd"),
    ]
    times, name = local_times(articles, zone)

    assert ([at.hour for at in times], name) == (hours, said)
