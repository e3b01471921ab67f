"""The commands for sources, against the demo press and lists of other programs."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from scheduler.config.load import load_config
from scheduler.demo.press import Press
from scheduler.demo.press_truth import load_expected
from storage import db
from storage.records.sources import FeedKind
from storage.sources import sources
from tests.support import warm_crawls
from tests.support.command_line import Done, run_here
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import serving
from tests.support.shared import once

NAMES = ("courier", "chaobao", "banner")
KINDS = {"courier": "feed", "chaobao": "sitemap", "banner": "section"}
OPML = """<?xml version="1.0"?><opml version="2.0"><body>
<outline text="Herald" title="The Herald" type="rss" xmlUrl="http://herald.example/feed" htmlUrl="http://herald.example/"/>
<outline text="Gazette" type="rss" xmlUrl="http://gazette.example/rss"/>
</body></opml>"""


@dataclass
class Added:
    """The outlets of the press, added one by one, and a crawl after it."""

    homes: dict[str, str]  # outlet -> address
    feed: str  # of the courier
    folder: Path
    done: dict[str, Done]
    discovered: Done
    asked: dict[str, Counter[str]]
    asked_to_discover: Counter[str]
    file_after_discover: str
    crawled: Done
    asked_by_crawl: Counter[str]

    def query(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with closing(db.connect(self.folder / "test.db", readonly=True)) as connection:
            return connection.execute(sql, values).fetchall()


def settings(folder: Path, more: str = "") -> Path:
    path = folder / "seedwatch.toml"
    path.write_text(f'# my outlets\ndatabase = "test.db"\n[crawl]\ndelay = 0.01\nkeep = "all"\n{more}')
    return path


@pytest.fixture(scope="module")
def added(tmp_path_factory) -> Added:
    return once(tmp_path_factory, "added", add_and_crawl)


def add_and_crawl(folder: Path) -> Added:
    with Press(slow_s=0) as press:
        file = settings(folder, f"allow_private = {json.dumps(list(press.addresses()))}\n")
        discovered = run_here("sources", "discover", press.outlet("courier").home, "--json", folder=folder)
        asked_to_discover, after_discover = press.requests(), file.read_text()
        done, asked = {}, {}
        for name in NAMES:
            outlet, before = press.outlet(name), press.requests()
            done[name] = run_here(
                "sources",
                "add",
                outlet.home,
                "--name",
                name,
                "--timezone",
                outlet.timezone,
                "--json",
                folder=folder,
            )
            asked[name] = press.requests() - before
        before = press.requests()
        crawled = run_here("crawl", "--json", folder=folder)
        return Added(
            {outlet.name: outlet.home for outlet in press.outlets}, press.outlet("courier").feed_url or "", folder,
            done, discovered, asked, asked_to_discover, after_discover, crawled, press.requests() - before,
        )  # fmt: skip


def test_discover_shows_what_is_there_and_changes_nothing(added):
    found = added.discovered.json

    assert added.discovered.code == 0
    assert found["error"] is None
    assert added.feed in [one["address"] for one in found["found"] if one["use"]]
    assert sum(added.asked_to_discover.values()) <= 12
    assert max(added.asked_to_discover.values()) == 1
    assert "[[source]]" not in added.file_after_discover


@pytest.mark.parametrize("name", NAMES)
def test_add_finds_what_can_be_polled(added, name):
    assert added.done[name].code == 0
    rows = added.query(
        "SELECT kind FROM feeds JOIN sources ON sources.id = feeds.source_id WHERE sources.name = ?", name
    )
    assert {row["kind"] for row in rows} == {KINDS[name]}


@pytest.mark.parametrize("name", NAMES)
def test_add_asks_at_most_twelve_times_and_for_one_article_and_nothing_twice(added, name):
    assert sum(added.asked[name].values()) <= 12 + 1
    assert max(added.asked[name].values()) == 1


def test_add_keeps_what_stands_in_the_file(added):
    text = (added.folder / "seedwatch.toml").read_text()

    assert text.startswith("# my outlets\n")
    assert [line for line in text.splitlines() if line.startswith("name =")] == [
        f'name = "{name}"' for name in NAMES
    ]


def test_crawl_after_adding_gets_no_feed_in_full_again(added):
    rows = added.query("SELECT outcome FROM polls WHERE run_id = (SELECT max(id) FROM runs)")

    assert {row["outcome"] for row in rows} == {"not_modified"}


def test_crawl_after_adding_stores_the_articles_of_the_first_poll(added):
    counts = dict(
        tuple(row)
        for row in added.query(
            """
            SELECT sources.name, count(*) FROM articles JOIN sources ON sources.id = articles.source_id
            GROUP BY sources.name
            """
        )
    )
    expected = Counter(page.outlet for page in load_expected().values() if page.is_article)

    assert added.crawled.code == 0
    assert counts == {name: expected[name] for name in NAMES}


def test_articles_are_asked_for_once_by_search_and_crawl_together_but_those_that_were_tried(added):
    asked = sum(added.asked.values(), added.asked_by_crawl)
    pages = {
        (added.homes[page.outlet] + page.path.lstrip("/")).removeprefix("http://")
        for page in load_expected().values()
    }

    again = {target: number for target, number in asked.items() if target in pages and number > 1}

    assert len(again) <= len(NAMES)
    assert set(again.values()) <= {2}


@pytest.mark.parametrize("name", NAMES)
def test_add_tells_how_an_article_came_out(added, name):
    reading = added.done[name].json["reading"]

    assert reading["words"] > 30
    assert (reading["text"], reading["problem"]) == ("page", "")


def test_list_shows_sources_with_their_feeds(added):
    listed = run_here("sources", "list", "--json", folder=added.folder).json

    assert [one["name"] for one in listed] == list(NAMES)
    assert listed[0]["feeds"] == [added.feed]
    assert "courier" in run_here("sources", "list", folder=added.folder).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "ftp://herald.example/", "--name", "other"), "'ftp://herald.example/' is no address"),
        (("add", "http://herald.example/", "--name", "herald"), "there is a source 'herald' already"),
        (
            ("add", "http://127.0.0.1:9/", "--name", "private"),
            "http://127.0.0.1:9/: blocked: private_address: 127.0.0.1 is the private address",
        ),
        (("add", "http://[::1"), "'http://[::1' is no address that can be fetched"),
        (
            ("add", "http://herald.example:99999/"),
            "'http://herald.example:99999/' is no address that can be fetched",
        ),
        (
            ("discover", "http://herald.example:x/"),
            "'http://herald.example:x/' is no address that can be fetched",
        ),
        (
            ("add", "http://herald.example/", "--name", "x", "--timezone", "Nowhere"),
            "--timezone 'Nowhere' is not allowed",
        ),
        (
            ("discover", "http://herald.example/", "--timezone", "../etc"),
            "--timezone '../etc' is not allowed",
        ),
        (
            ("add", "http://herald.example/", "--name", "x", "--link-pattern", "("),
            "--link-pattern '(' is not allowed",
        ),
        (("remove", "nosuch"), "there is no source 'nosuch'; known are: herald"),
        (("import", "nosuch.opml"), ""),
        (("import", "broken.opml"), ""),
    ],
    ids=[
        "scheme",
        "known",
        "private",
        "bracket",
        "port",
        "no-port",
        "zone",
        "zone-path",
        "pattern",
        "unknown",
        "no-file",
        "no-list",
    ],
)
def test_mistake_is_one_message_and_changes_nothing(tmp_path, arguments, message):
    file = settings(tmp_path, '[[source]]\nname = "herald"\nfeeds = ["http://herald.example/feed"]\n')
    (tmp_path / "broken.opml").write_text("this is no list")
    before = file.read_bytes()

    done = run_here("sources", *arguments, folder=tmp_path)

    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert file.read_bytes() == before


def test_import_adds_what_is_new_and_twice_changes_nothing(tmp_path):
    file = settings(tmp_path)
    (tmp_path / "list.opml").write_text(OPML)

    first = run_here("sources", "import", "list.opml", folder=tmp_path)
    text = file.read_text()
    second = run_here("sources", "import", "list.opml", folder=tmp_path)

    assert (first.code, second.code) == (0, 0)
    assert "added 2 sources" in first.out
    assert "added 0 sources" in second.out
    assert "2 were known" in second.out
    assert file.read_text() == text


@pytest.mark.parametrize("kind", ["opml", "csv"])
def test_export_can_be_imported_again(tmp_path, kind):
    settings(
        tmp_path,
        """
[[source]]
name = "herald"
home = "http://herald.example/"
feeds = ["http://herald.example/feed"]
sitemaps = ["http://herald.example/news.xml"]
sections = ["http://herald.example/world/"]
link_pattern = '/news/\\d+'
timezone = "Asia/Seoul"
tags = ["Asia", "State media"]
""",
    )
    (tmp_path / "list.opml").write_text(OPML)
    run_here("sources", "import", "list.opml", folder=tmp_path)
    declared = load_config(tmp_path / "seedwatch.toml").sources
    exported = run_here("sources", "export", "--format", kind, folder=tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    settings(other)
    (other / f"list.{kind}").write_text(exported.out)

    run_here("sources", "import", f"list.{kind}", folder=other)

    assert load_config(other / "seedwatch.toml").sources == declared
    assert {feed.kind for source in declared for feed in source.feeds} == set(FeedKind)


def test_a_renamed_source_keeps_its_history_and_its_second_looks(tmp_path):
    with serving(routes := {"/one": story("The first story")}) as server:
        routes["/feed"] = feed({"The first story": server.url("/one"), "To come": server.url("/two")})
        write_settings(tmp_path, [{"name": "herald", "feeds": [server.url("/feed")]}], [server.place])
        warm_crawls.crawl(folder=tmp_path)
        with closing(db.connect(tmp_path / "test.db")) as connection:
            before = [tuple(row) for row in connection.execute("SELECT id, source_id FROM articles")]

        done = run_here("sources", "rename", "herald", "tribune", folder=tmp_path)
        again = warm_crawls.crawl("tribune", folder=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert 'name = "tribune"' in (tmp_path / "seedwatch.toml").read_text()
    assert again.code == 0
    with closing(db.connect(tmp_path / "test.db")) as connection:
        assert [tuple(row) for row in connection.execute("SELECT id, source_id FROM articles")] == before
        rows = connection.execute("SELECT name, former_name, enabled FROM sources").fetchall()
        assert [tuple(row) for row in rows] == [("tribune", "herald", 1)]
        # What a crawl that still goes on brings under the former name is its own, too.
        assert sources.find_id(connection, "herald") == before[0][1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("nobody", "tribune", "there is no source 'nobody'"),
        ("herald", "wire", "has articles or links of its own"),
        ("herald", "Not A Name", "is not allowed"),
    ],
)
def test_a_rename_that_is_refused_changes_nothing(tmp_path, old, new, message):
    file = settings(
        tmp_path,
        '[[source]]\nname = "herald"\nfeeds = ["http://herald.example/feed"]\n'
        '[[source]]\nname = "wire"\nfeeds = ["http://wire.example/feed"]\n',
    )
    run_here("check", folder=tmp_path)
    text = file.read_text()

    done = run_here("sources", "rename", old, new, folder=tmp_path)

    assert done.code == 2
    assert message in done.err
    assert file.read_text() == text
    with closing(db.connect(tmp_path / "test.db")) as connection:
        rows = connection.execute("SELECT name, former_name FROM sources ORDER BY name").fetchall()
        assert [tuple(row) for row in rows] == [("herald", None), ("wire", None)]


def test_a_name_of_which_nothing_was_stored_is_free(tmp_path):
    settings(tmp_path, '[[source]]\nname = "herald"\nfeeds = ["http://herald.example/feed"]\n')
    run_here("check", folder=tmp_path)
    with closing(db.connect(tmp_path / "test.db")) as connection:
        sources.find_id(connection, "tribune")

    assert run_here("sources", "rename", "herald", "tribune", folder=tmp_path).code == 0


def test_remove_takes_the_source_out_of_the_file_and_keeps_its_articles(tmp_path):
    file = settings(tmp_path, '[[source]]\nname = "herald"\nfeeds = ["http://herald.example/feed"]\n')
    run_here("check", folder=tmp_path)

    done = run_here("sources", "remove", "herald", folder=tmp_path)

    assert done.code == 0
    assert "herald" not in file.read_text()
    assert run_here("sources", "list", "--json", folder=tmp_path).json == []
    with closing(db.connect(tmp_path / "test.db")) as connection:
        assert connection.execute("SELECT enabled FROM sources WHERE name = 'herald'").fetchone()[0] == 0
