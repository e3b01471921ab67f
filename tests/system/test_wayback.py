"""A source that the archive alone can reach, against a local server in the form of its index and captures."""

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from crawler import clock
from crawler.documents.wayback import INDEX, asked_address
from scheduler.config.load import load_config
from storage import db
from tests.support.command_line import Done, run_here
from tests.support.outlets import story, write_settings
from tests.support.servers import Answer, answer, serving
from tests.support.shared import once

NAMES = ["timestamp", "original", "mimetype", "statuscode"]
HOME = "http://news.unreachable.example/en/article/"
SINCE = date(2024, 1, 1)
TOPIC = '\n[[topic]]\nname = "ferries"\nany = "ferry"\n'


class Archive:
    """A crawl of captures, and one of those of years ago."""

    def __init__(self, folder: Path) -> None:
        def capture(name: str, at: str) -> list[str]:
            return [at, HOME + name, "text/html", "200"]

        def index(*rows: list[str]) -> bytes:
            return answer(json.dumps([NAMES, *rows]).encode(), Content_Type="application/json")

        routes: dict[str, Answer] = {}
        with serving(routes) as server:
            feed = server.url(INDEX.split("web.archive.org", 1)[1].replace("{id}", HOME[len("http://") :]))
            broken = server.url("/cdx/search/cdx?url=broken.example&output=json")
            lately, past = (
                asked_address(feed, now=clock.now(), since=since).split(server.place, 1)[1]
                for since in (None, SINCE)
            )
            key = "example,unreachable)/en 2024"
            resumed = asked_address(f"{feed}&resumeKey={key}", now=clock.now(), since=SINCE).split(
                server.place, 1
            )[1]
            routes |= {
                lately: index(capture("new", "20261101080000")),
                past: index(capture("new", "20261101080000"), capture("old", "20240301080000"), [], [key]),
                resumed: index(capture("older", "20240201080000")),
                asked_address(broken, now=clock.now()).split(server.place, 1)[1]: answer(
                    b'[["timestamp","original"],["2026'
                ),
                f"/web/20261101080000id_/{HOME}new": story("The new ferry sails"),
                f"/web/20240301080000id_/{HOME}old": story("The old ferry sails"),
                f"/web/20240201080000id_/{HOME}older": story("The older ferry sails"),
            }
            sources = [{"name": "archived", "feeds": [feed]}, {"name": "broken", "feeds": [broken]}]
            write_settings(folder, sources, [server.place], more=TOPIC)
            self.crawled = run_here("crawl", folder=folder)
            self.past: Done = run_here("crawl", "archived", "--since", str(SINCE), folder=folder)
            self.checked = run_here("sources", "check", "archived", "--json", folder=folder)
            self.hits = list(server.hits)
        with closing(db.connect(folder / "test.db", readonly=True)) as connection:
            self.articles = [dict(row) for row in connection.execute("SELECT * FROM articles ORDER BY id")]
            self.watched = connection.execute("SELECT count(*) FROM watches").fetchone()[0]
            self.entries = [row[0] for row in connection.execute("SELECT entry FROM links ORDER BY id")]
            self.broken = self._outcome(connection)

    @staticmethod
    def _outcome(connection: sqlite3.Connection) -> tuple[str, str]:
        row = connection.execute("SELECT outcome, detail FROM polls WHERE outcome <> 'ok'").fetchone()
        return row["outcome"], row["detail"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Archive:
    return once(tmp_path_factory, "wayback", Archive)


def test_captures_become_articles_under_their_original_address(archive):
    assert {row["url"] for row in archive.articles} == {HOME + name for name in ("new", "old", "older")}
    assert archive.articles[0]["title"] == "The new ferry sails"
    assert archive.articles[0]["outlet_host"] == "news.unreachable.example"


def test_time_of_the_capture_is_kept(archive):
    assert "/web/20261101080000id_/" in json.loads(archive.entries[0])["asks"]


def test_past_is_paged_by_the_key_of_the_index(archive):
    assert archive.past.code == 0, archive.past.err
    assert len([path for path in archive.hits if "resumeKey=" in path]) == 1


def test_what_cannot_change_is_not_looked_at_again(archive):
    assert archive.watched == 0


def test_check_reads_a_capture(archive):
    (line,) = archive.checked.json

    assert (line["words"] or 0) > 100


def test_index_that_is_cut_is_a_recorded_outcome(archive):
    outcome, detail = archive.broken

    assert (archive.crawled.code, outcome) == (1, "not_a_feed")
    assert "cut off" in detail


def test_one_setting_declares_it_and_asks_slowly(tmp_path):
    file = tmp_path / "seedwatch.toml"
    file.write_text(
        '[[source]]\nname = "kcna"\nwayback = "kcna.kp/en/article/"\n[[source]]\nname = "b"\nhome = "https://b.example/"\n'
    )

    archived, plain = load_config(file).sources

    assert [feed.url for feed in archived.feeds] == [INDEX.replace("{id}", "kcna.kp/en/article/")]
    assert (archived.source.delay, plain.source.delay) == (4.0, None)
