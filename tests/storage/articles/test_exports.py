"""Articles as they are given away, and what an import makes of them."""

import csv
import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.articles.store import store_reading
from crawler.holdings.import_articles import Importer, ImportOptions
from crawler.text.dates import read_date
from scheduler.files.article_files import CSV_COLUMNS, csv_rows, json_lines
from storage import db
from storage.articles import choices, exports, revisions
from storage.articles.choices import Choice
from storage.articles.exports import export_articles, stated_date
from storage.records.articles import Precision, StatedDate
from storage.records.looks import Event
from storage.records.sources import Source
from storage.records.topics import Match
from storage.sources import sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, TEXT, TOPIC, match, reading, stated

WIRE: tuple[Source, list[DeclaredFeed]] = (Source("wire", title="The Wire", country="xb", language="en"), [])


@pytest.fixture
def stocked(connection):
    """Five articles: two on a topic, one to review, one of them a copy, one undated, one in Korean."""
    sources.sync(connection, [*DECLARED, WIRE])
    topics.sync(connection, [TOPIC])
    day = datetime(2026, 9, 1, tzinfo=UTC)
    near = Match(
        **{name: getattr(match(), name) for name in ("topic", "score", "threshold", "reason")}, band="review"
    )
    kinds: list[dict[str, Any]] = [
        {"published": stated(day, Precision.DAY)},
        {"published": stated(NOW), "source": "wire"},
        {"published": None, "matches": (near,), "text": "Ferries of the port lie still. " * 20},
        {"published": stated(NOW), "matches": (), "text": "Pears are dear this autumn. " * 20},
        {"published": stated(NOW), "matches": (), "text": "배는 올가을 비싸다. " * 20, "language": "ko"},
    ]
    for number, more in enumerate(kinds):
        store_reading(connection, reading(f"http://courier.example/{number}", **more), keep_all=True)
    revisions.add_event(connection, 1, NOW, Event("deleted", "{}"))
    return connection


def ids(connection, **asked):
    return [article.id for article in export_articles(connection, Choice(**asked))]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"topics": ("strait",)}, [1, 2, 3]),
        ({"topics": ("strait",), "band": "match"}, [1, 2]),
        ({"band": "review"}, [3]),
        ({"sources": ("wire",)}, [2]),
        ({"sources": ("wire", "courier")}, [1, 2, 3, 4, 5]),
        ({"language": "ko"}, [5]),
        ({"since": date(2026, 9, 2)}, [2, 3, 4, 5]),
        ({"until": date(2026, 9, 1)}, [1]),
        ({"since": date(2026, 9, 14), "until": date(2026, 9, 14)}, [2, 3, 4, 5]),
        ({"until": date.max}, [1, 2, 3, 4, 5]),
        ({"without_match": True}, [4, 5]),
        ({"ids": (2, 5, 77)}, [2, 5]),
        ({"sources": ("nobody",)}, []),
    ],
    ids=[
        "all", "topic", "topic and band", "band", "source", "sources", "language", "since", "until", "one day",
        "last day of all", "without match", "numbers", "unknown",
    ],
)  # fmt: skip
def test_choice_means_the_articles_that_meet_all_of_it(stocked, asked, expected):
    assert ids(stocked, **asked) == expected
    assert choices.count(stocked, Choice(**asked)) == len(expected)


def test_unknown_names_are_told_by_kind(stocked):
    asked = Choice(topics=("strait", "x"), sources=("courier", "y", "z"))

    assert choices.unknown_names(stocked, asked) == {"topic": ["x"], "source": ["y", "z"]}


def test_article_is_exported_with_what_is_known_of_it(stocked):
    first, second, *_ = export_articles(stocked, Choice())

    assert (first.published, first.published_precision, first.source, first.country) == (
        "2026-09-01",
        "day",
        "courier",
        "xa",
    )
    assert [(one.topic, one.reason, one.band) for one in first.matches] == [("strait", "seed", "match")]
    assert [(one.event, one.detail) for one in first.events] == [("deleted", "{}")]
    assert first.relations == ()
    assert [(one.relation, one.original_id, one.original_url) for one in second.relations] == [
        ("copy", 1, "http://courier.example/0")
    ]
    assert (first.text, second.title) == (TEXT, "Ministers meet")


def test_slices_give_every_article_once(stocked, monkeypatch):
    monkeypatch.setattr(exports, "_SLICE", 2)

    assert ids(stocked) == [1, 2, 3, 4, 5]


def test_what_was_exported_can_be_imported_and_exported_again(stocked, tmp_path):
    out = io.StringIO()
    out.writelines(json_lines(export_articles(stocked, Choice())))
    other = db.connect(tmp_path / "other.db")
    topics.sync(other, [TOPIC])

    counts = Importer(other, ImportOptions(), now=NOW).run(
        list(enumerate((line.encode() for line in out.getvalue().splitlines()), 1))
    )

    again = list(export_articles(other, Choice()))
    other.close()
    assert (counts.new, counts.copies, counts.bad) == (4, 1, 0)
    kept = ("url", "title", "published", "published_precision", "language", "source", "authors", "words")
    assert [[getattr(one, name) for name in kept] for one in again] == [
        [getattr(one, name) for name in kept] for one in export_articles(stocked, Choice())
    ]
    assert [one.text for one in again] == [one.text.strip() for one in export_articles(stocked, Choice())]


def test_lines_without_text_leave_the_field_out(stocked):
    out = io.StringIO()
    out.writelines(json_lines(export_articles(stocked, Choice(ids=(1,)), with_text=False)))

    (line,) = out.getvalue().splitlines()
    assert "text" not in json.loads(line)


def test_csv_has_a_row_for_each_article_and_nothing_that_a_spreadsheet_runs(stocked):
    evil = '=HYPERLINK("http://x.example")'
    store_reading(
        stocked,
        reading("http://courier.example/evil", title=evil, text="@sum " * 60, matches=()),
        keep_all=True,
    )
    out = io.StringIO()
    csv.writer(out).writerows(csv_rows(export_articles(stocked, Choice()), with_text=True))

    header, *rows = csv.reader(io.StringIO(out.getvalue(), newline=""))
    records = [dict(zip(header, row, strict=True)) for row in rows]

    assert header == [*CSV_COLUMNS, "text"]
    assert len(records) == 6
    assert records[5]["title"] == f"'{evil}"
    assert records[5]["text"].startswith("'@sum")
    assert (records[1]["relation"], records[1]["original_id"], records[1]["topics"]) == (
        "copy",
        "1",
        "strait",
    )
    assert int(records[1]["lag_s"]) > 0


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2026, 9, 1), timezones=st.just(UTC)),  # noqa: DTZ001 # made aware
    st.sampled_from(list(Precision)),
    st.integers(-12 * 4, 14 * 4).map(lambda quarter: 15 * quarter),
)
def test_a_date_is_read_again_as_it_was(at, precision, offset):
    kept = {"second": 0, "minute": 1, "hour": 2, "day": 3, "month": 4, "year": 5}[precision]
    zero = [("microsecond", 0), ("second", 0), ("minute", 0), ("hour", 0), ("day", 1), ("month", 1)][
        : kept + 1
    ]
    if precision == "hour":
        offset -= offset % 60
    at = at.replace(**dict(zero))

    read = read_date(stated_date(at, precision, offset), rule="import", timezone=None, now=NOW)

    assert read is not None
    assert (read.at, read.precision) == (at, precision)
    assert isinstance(read, StatedDate)
