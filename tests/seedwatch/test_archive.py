"""The archive for Python: records, frames, errors, and the examples of the page about it."""

import re
import sys
from contextlib import chdir, closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import seedwatch
from crawler.articles.store import store_reading
from storage import db
from storage.records.articles import Precision
from storage.records.health import DayCoverage
from storage.sources import coverage, sources
from storage.topics import topics
from tests.support.folders import ROOT
from tests.support.samples import DECLARED, NOW, SOURCE, TOPIC, match, reading, stated

PAGE = (ROOT / "docs" / "notebooks.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """300 articles of two outlets: one is dated to the month, one was copied, most are undated."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "seedwatch.toml").write_text('database = "press.db"\n')
    with closing(db.connect(folder / "press.db")) as connection:
        sources.sync(connection, DECLARED)
        sources.add_source(connection, replace(SOURCE, name="o2"))
        topics.sync(connection, [TOPIC])
        store_reading(connection, reading())
        store_reading(
            connection,
            reading("http://o2.example/1", source="o2", published=stated(NOW + timedelta(hours=2))),
        )
        store_reading(
            connection,
            reading(
                "http://courier.example/month",
                title="Of May",
                text="It is dated to the month alone. " * 9,
                published=stated(datetime(2026, 5, 1, tzinfo=UTC), Precision.MONTH),
            ),
        )
        with db.transaction(connection):
            for number in range(297):
                store_reading(
                    connection,
                    reading(
                        f"http://courier.example/many/{number}",
                        title=f"Meeting {number}",
                        text=f"Number {number} is another meeting about a tunnel of {number} metres. " * 3,
                        published=None,
                        matches=(match(score=1.0 + number),),
                    ),
                )
        coverage.write(connection, [DayCoverage("courier", date(2026, 9, 14), 4.0, 0.0, 60)])
    return folder


@pytest.fixture
def archive(folder):
    with seedwatch.open(folder) as archive:
        yield archive


def test_each_way_to_name_an_archive_opens_it(folder):
    for path in (folder, str(folder / "seedwatch.toml"), folder / "press.db"):
        with seedwatch.open(path) as archive:
            assert next(iter(archive.articles())).title == "Ministers meet"


def test_articles_come_as_typed_records_in_the_order_of_their_arrival(archive):
    articles = list(archive.articles())
    first, copy, monthly = articles[:3]

    assert [one.article for one in articles] == list(range(1, 301))
    assert (first.published_at, first.published_precision) == (NOW, "minute")
    assert (first.story, first.relation, first.topics) == (1, None, ("strait",))
    assert (copy.story, copy.relation) == (1, "copy")
    assert (monthly.published_at, monthly.published) == (datetime(2026, 5, 1, tzinfo=UTC), "2026-05")
    assert articles[-1].published_at is None
    assert first.first_seen_at == NOW


def test_articles_are_narrowed_by_what_is_asked(archive):
    assert [one.source for one in archive.articles(source="o2")] == ["o2"]
    assert {one.article for one in archive.articles(until=date(2026, 5, 31))} == {3}
    assert len(list(archive.articles(topic=["strait"], since="2026-09-14", language="en"))) == 299
    assert list(archive.articles(band="review")) == []


def test_rows_can_be_read_again(archive):
    rows = archive.articles(source="o2")

    assert list(rows) == list(rows)


def test_matches_say_why(archive):
    matches = list(archive.matches(topic="strait"))

    assert len(matches) == 300
    assert (matches[0].article, matches[0].score, matches[0].terms) == (1, 3.0, "tunnel")
    assert matches[0].sentence.startswith("The transport ministers")
    assert list(archive.matches(band="review")) == []
    assert len(list(archive.matches(band=None))) == 300


def test_a_search_gives_the_newest_first(archive):
    assert [one.article for one in archive.search("ministers")] == [2, 1]
    assert len(list(archive.search("meeting", limit=250))) == 250


def test_coverage_has_a_line_a_day(archive):
    (line,) = archive.coverage(days=365 * 30, source="courier")

    assert (line.source, line.day, line.expected) == ("courier", date(2026, 9, 14), 4.0)


def test_frames_have_the_columns_of_the_records(archive):
    pytest.importorskip("pandas", reason="the extra seedwatch[notebooks] is not installed")
    articles = archive.articles().to_pandas()
    nothing = archive.articles(band="review").to_pandas()

    assert list(articles.columns) == list(nothing.columns) == list(seedwatch.ArticleRow.__dataclass_fields__)
    assert (len(articles), len(nothing)) == (300, 0)
    assert articles["published_at"][0] == NOW
    assert str(articles["published_at"].dt.tz) == "UTC"
    assert articles["published_at"].isna().sum() == 297
    assert list(archive.matches().to_pandas()["score"])[:1] == [3.0]
    assert list(archive.coverage(days=365 * 30).to_pandas()["blind_s"]) == [60]


def test_an_arrow_table_is_typed_as_the_records_are(archive):
    pytest.importorskip("pyarrow", reason="the extra seedwatch[notebooks] is not installed")
    table = archive.articles().to_arrow()
    kinds = {field.name: (str(field.type), field.nullable) for field in table.schema}

    assert kinds["article"] == ("int64", False)
    assert kinds["published_at"] == ("timestamp[s, tz=UTC]", True)
    assert kinds["authors"] == ("list<item: string>", False)
    assert kinds["follows_up"] == ("int64", True)
    assert archive.articles(band="review").to_arrow().schema == table.schema
    assert table.num_rows == 300


@pytest.mark.parametrize("package", ["pandas", "pyarrow"])
def test_frames_without_the_extra_say_what_to_install(archive, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)  # as where it is not installed
    with pytest.raises(
        seedwatch.ConfigError, match=rf"needs {package}: pip install 'seedwatch\[notebooks\]'"
    ):
        archive.articles().to_pandas()

    assert len(list(archive.articles(source="o2"))) == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"topic": "straits"}, "there is no topic 'straits'"),
        ({"source": ["o2", "o9"]}, "there is no source 'o9'"),
        ({"since": "last week"}, "since: 'last week' is no day; write it as 2026-09-14"),
        ({"band": "good"}, "band: 'good' is not allowed"),
    ],
)
def test_what_is_wrong_is_said_at_once(archive, asked, said):
    with pytest.raises(seedwatch.ConfigError, match=said):
        archive.articles(**asked)


def test_a_query_that_cannot_be_read_is_told(archive):
    with pytest.raises(seedwatch.QueryError, match="never closed"):
        archive.search("(tunnel")


def test_an_archive_that_is_not_there_is_not_made(tmp_path):
    for path in (tmp_path, tmp_path / "none.db"):
        with pytest.raises(seedwatch.ConfigError, match="there is no such file"):
            seedwatch.open(path)

    assert list(tmp_path.iterdir()) == []


def test_nothing_can_be_written(archive):
    with pytest.raises(seedwatch.StorageError, match="cannot be written"):
        store_reading(archive._connection, reading("http://courier.example/new"))


def test_a_closed_archive_says_so(folder):
    archive = seedwatch.open(folder)
    rows = archive.articles()
    archive.close()

    with pytest.raises(seedwatch.StorageError):
        list(rows)


def test_the_examples_of_the_page_run(folder, tmp_path, capsys):
    pytest.importorskip("pandas", reason="the extra seedwatch[notebooks] is not installed")
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    names: dict[str, object] = {}
    with chdir(tmp_path):
        for example in EXAMPLES:
            exec(compile(example, "docs/notebooks.md", "exec"), names)
    printed = capsys.readouterr().out

    assert len(EXAMPLES) == 5
    assert "http://courier.example/1" in printed
    assert "there is no topic 'starit'" in printed
    assert (tmp_path / "articles.parquet").stat().st_size > 0


def test_the_page_has_every_column():
    columns = set(re.findall(r"`(\w+)`", PAGE.split("## Columns")[1]))

    assert (
        set(seedwatch.ArticleRow.__dataclass_fields__) | set(seedwatch.MatchRow.__dataclass_fields__)
        <= columns
    )
