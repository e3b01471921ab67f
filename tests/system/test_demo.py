"""Two crawls of the demo press, held against its truth; and a crawl that is killed in the middle."""

import os
import shutil
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crawler.text.encoder import encoder_state
from crawler.urls import url_key
from scheduler.demo.measure import BAR, Measured, NoticedChange, measure, measure_changes
from scheduler.demo.press import Press
from scheduler.demo.press_truth import load_expected
from scheduler.demo.settings_file import write_demo_settings
from storage import db
from tests.support import warm_crawls
from tests.support.command_line import Done, children_of, members_of, run_child, run_here, started, wait_until
from tests.support.shared import once

EXPECTED = load_expected()
ARTICLES = [page for page in EXPECTED.values() if page.is_article]
SLOW = next(page for page in EXPECTED.values() if page.kind == "slow")


class WatchedPress(Press):
    """A press that remembers the order of what it was asked for, and when the slow page answered."""

    def __init__(self, slow_s: float) -> None:
        super().__init__(slow_s=slow_s)
        self.order: list[str] = []

    def count(self, target: str) -> None:
        super().count(target)
        self.order.append(target)

    def wait_slowly(self) -> None:
        super().wait_slowly()
        self.order.append("slow page answers")


@dataclass
class Crawled:
    """What the two crawls of one press left behind."""

    homes: dict[str, str]  # outlet -> address
    database: Path
    folder: Path
    order: list[str] = field(default_factory=list)  # what was asked for
    edited: tuple[str, ...] = ()
    done: list[Done] = field(default_factory=list)
    asked: list[Counter[str]] = field(default_factory=list)  # by each crawl
    measured: Measured | None = None
    rows: int = 0  # after the first crawl
    changes: tuple[NoticedChange, ...] = ()  # after months, in `later`
    later: Path = Path()

    def url(self, key: str) -> str:
        """The address of a page of expected.json."""
        return address(self.homes, key)

    def target(self, key: str) -> str:
        """The page as the press counts it."""
        return self.url(key).removeprefix("http://")

    def query(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with closing(db.connect(self.database, readonly=True)) as connection:
            return connection.execute(sql, values).fetchall()


def address(homes: dict[str, str], key: str) -> str:
    outlet, _, path = key.partition("/")
    return homes[outlet] + path


def homes_of(press: Press) -> dict[str, str]:
    return {outlet.name: outlet.home for outlet in press.outlets}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory) -> Crawled:
    return once(tmp_path_factory, "demo", crawl_twice)


def crawl_twice(folder: Path) -> Crawled:
    with WatchedPress(slow_s=1.0) as press:
        write_demo_settings(folder, press)
        facts = Crawled(homes_of(press), folder / "demo.db", folder, press.order)
        facts.done.append(run_here("crawl", "--json", folder=folder))
        facts.asked.append(press.requests())
        facts.rows = facts.query("SELECT count(*) FROM articles")[0][0]
        facts.edited = press.edit()
        facts.done.append(run_here("crawl", "--json", folder=folder))
        facts.asked.append(press.requests() - facts.asked[0])
        with closing(db.connect(facts.database, readonly=True)) as connection:
            facts.measured = measure(connection, press)
        facts.later, facts.changes = let_months_pass(folder, press)
    return facts


def let_months_pass(folder: Path, press: Press) -> tuple[Path, tuple[NoticedChange, ...]]:
    """What three crawls in the months to come notice, in a copy of the folder."""
    later = folder / "later"
    later.mkdir()
    for file in ("seedwatch.toml", "demo.db"):
        shutil.copy(folder / file, later)
    press.edit_silently()
    press.remove()
    for days, happen in (("30", None), ("30.1", press.restore), ("62", None)):
        # The removed pages are back only when the second crawl is over.
        done = warm_crawls.crawl(folder=later, hours=float(days) * 24)
        assert done.code == 0, done
        if happen:
            happen()
    with closing(db.connect(later / "demo.db", readonly=True)) as connection:
        return later, measure_changes(connection, press)


def test_both_crawls_end_well(crawled):
    assert [done.code for done in crawled.done] == [0, 0]
    assert [done.json["state"] for done in crawled.done] == ["finished", "finished"]


def test_precision_and_recall_reach_the_bar(crawled):
    assert crawled.measured.precision >= BAR
    assert crawled.measured.recall >= BAR


@pytest.mark.skipif(not encoder_state().is_ready, reason="the extra seedwatch[meaning] is not installed")
def test_what_no_seed_is_in_the_language_of_is_found_by_meaning_for_review(crawled):
    rows = crawled.query(
        """
        SELECT articles.url_key, matches.band, matches.explanation FROM matches
        JOIN articles ON articles.id = matches.article_id WHERE articles.language = 'zh'
        """
    )
    pages = [page for page in ARTICLES if page.on_topic and page.language == "zh"]

    # One in simplified characters, one in traditional ones; neither the aside nor the one with a third country.
    assert len(pages) == 2
    assert {(row["url_key"], row["band"]) for row in rows} == {
        (url_key(crawled.url(page.key)), "review") for page in pages
    }
    assert all("by meaning alone" in row["explanation"] for row in rows)


def test_every_copy_is_known_as_one_of_the_right_original(crawled):
    assert (crawled.measured.right_copies, crawled.measured.copies) == (11, 11), crawled.measured.mistakes
    assert crawled.measured.false_copies == 0


def test_follow_up_is_known_as_such_and_is_no_copy(crawled):
    assert (crawled.measured.right_follow_ups, crawled.measured.follow_ups) == (1, 1)


def test_walls_logins_and_dead_pages_leave_no_article(crawled):
    assert crawled.measured.kept_out_share == 1


def test_every_date_is_right(crawled):
    assert crawled.measured.date_share == 1, crawled.measured.mistakes


def test_each_article_is_stored_once_with_its_title_and_language(crawled):
    rows = crawled.query("SELECT url_key, title, language FROM articles WHERE origin = 'crawl'")

    assert sorted(tuple(row) for row in rows) == sorted(
        (url_key(crawled.url(page.key)), page.title, page.language) for page in ARTICLES
    )


def test_nothing_is_asked_for_twice_in_the_first_crawl(crawled):
    assert {target: number for target, number in crawled.asked[0].items() if number > 1} == {}


def test_robots_txt_is_read_once_of_each_outlet_by_both_crawls(crawled):
    wanted = {f"{home.removeprefix('http://')}robots.txt": 1 for home in crawled.homes.values()}

    asked = crawled.asked[0] + crawled.asked[1]
    assert {target: number for target, number in asked.items() if target.endswith("/robots.txt")} == wanted


def test_what_robots_txt_forbids_is_never_asked_for(crawled):
    asked = crawled.asked[0] + crawled.asked[1]

    assert [target for target in asked if "/private/" in target] == []


def test_second_crawl_asks_for_feeds_and_the_edited_article_alone(crawled):
    polled = {row["url"].removeprefix("http://") for row in crawled.query("SELECT url FROM feeds")}
    robots = {f"{home.removeprefix('http://')}robots.txt" for home in crawled.homes.values()}

    rest = set(crawled.asked[1]) - polled - robots

    assert rest == {crawled.target(key) for key in crawled.edited}
    assert max(crawled.asked[1].values()) == 1


def test_unchanged_feeds_answer_the_second_crawl_without_a_body(crawled):
    outcomes = dict(
        tuple(row)
        for row in crawled.query(
            """
            SELECT sources.name, polls.outcome FROM polls
            JOIN feeds ON feeds.id = polls.feed_id JOIN sources ON sources.id = feeds.source_id
            WHERE polls.run_id = 2
            """
        )
    )
    edited = {key.partition("/")[0] for key in crawled.edited}

    assert {name for name, outcome in outcomes.items() if outcome == "not_modified"} == set(outcomes) - edited


def test_second_crawl_stores_no_further_article(crawled):
    assert crawled.query("SELECT count(*) FROM articles")[0][0] == crawled.rows


def test_edited_article_becomes_a_revision(crawled):
    (key,) = crawled.edited

    rows = crawled.query(
        """
        SELECT number, revisions.text, added, removed, article_texts.text AS present FROM revisions
        JOIN articles ON articles.id = revisions.article_id
        JOIN article_texts ON article_texts.article_id = articles.id
        WHERE articles.url_key = ? ORDER BY number
        """,
        url_key(crawled.url(key)),
    )

    assert [row["number"] for row in rows] == [1, 2]
    assert rows[1]["text"] == rows[1]["present"] != rows[0]["text"]
    assert "oysters bring the Outer Holms" in rows[1]["added"].replace("Oysters", "oysters")


def test_edits_removals_and_the_return_are_noticed_in_the_months_to_come(crawled):
    assert {(change.change, change.is_known) for change in crawled.changes} == {
        (change, True) for change in ("edited", "edited_silently", "deleted", "returned")
    }


def test_story_shows_the_silent_edit_the_deletion_and_the_return(crawled):
    numbers = {change.change: change.article_id for change in crawled.changes}

    shown = {
        change: run_here("story", number, folder=crawled.later).out for change, number in numbers.items()
    }

    assert ": major, silent" in shown["edited_silently"]
    assert "[-9,000-] {+6,000+}" in shown["edited_silently"].replace("\n ", "")
    assert "removed, noticed" in shown["deleted"]
    assert "HTTP 404" in shown["deleted"]
    assert "put back, noticed" in shown["returned"]
    assert ": major\n" in shown["edited"]


def test_slow_page_does_not_hold_up_other_outlets(crawled):
    order = crawled.order
    asked = order.index(crawled.target(SLOW.key))
    answered = order.index("slow page answers")

    others = [
        target for target in order[asked + 1 : answered] if not target.startswith(crawled.target("courier/"))
    ]

    assert len(others) >= 5


def test_status_shows_sources_in_order_and_both_runs(crawled):
    done = run_here("status", "--json", folder=crawled.folder)

    assert done.code == 0
    assert {source["source"] for source in done.json["sources"] if source["feeds"]} == {*crawled.homes}
    assert [run["state"] for run in done.json["runs"]] == ["finished", "finished"]
    assert done.json["topics"] == {"strait-link": crawled.measured.matches}


def test_demo_command_measures_itself_and_ends_well(tmp_path):
    done = run_child("demo", "--once", "--folder", tmp_path / "work", folder=tmp_path, timeout_s=120)

    assert done.code == 0, done.err
    assert "matches that are on topic (precision)" in done.out
    assert "meridian" in done.out
    assert "the story that most outlets told" in done.out
    assert "told by 5 articles" in done.out
    assert (tmp_path / "work" / "demo.db").exists()
    assert not (tmp_path / "work" / "demo.db-wal").exists()


@dataclass(frozen=True)
class Killed:
    """A crawl whose process was killed, and the one after it."""

    homes: dict[str, str]
    folder: Path
    said: str
    code: int
    left: tuple[int, ...]  # processes of the killed crawl that still live
    kept: dict[str, int]  # url_key -> id of what was stored before
    asked: Counter[str]  # before
    after: Done
    asked_after: Counter[str]


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Killed:
    return once(tmp_path_factory, "killed", crawl_and_kill)


def crawl_and_kill(folder: Path) -> Killed:
    with Press(slow_s=0) as press:
        file = write_demo_settings(folder, press)
        file.write_text(file.read_text().replace("delay = 0.05", "delay = 0.4"))
        run_here("check", folder=folder)
        with started("crawl", folder=folder) as parent:
            wait_until(lambda: len(_stored(folder / "demo.db")) >= 6, what="some articles")
            (child,) = children_of(parent.pid)
            os.kill(child, signal.SIGKILL)
            parent.wait(30)
        wait_until(lambda: not members_of(child), 15, what="end of the pool's processes")
        kept, asked = _stored(folder / "demo.db"), press.requests()
        file.write_text(file.read_text().replace("delay = 0.4", "delay = 0.05"))
        after = run_here("crawl", "--json", folder=folder)
        return Killed(
            homes_of(press), folder, (folder / "output.txt").read_text(), parent.returncode, members_of(child),
            kept, asked, after, press.requests() - asked,
        )  # fmt: skip


def _stored(database: Path) -> dict[str, int]:
    """The article at each address: which of its addresses is its own may change, as the first in the list is."""
    with closing(db.connect(database, readonly=True)) as connection:
        return dict(
            tuple(row)
            for row in connection.execute(
                """
                SELECT url_key, id FROM articles WHERE origin = 'crawl'
                UNION ALL
                SELECT url_key, article_id FROM article_addresses
                """
            ).fetchall()
        )


def test_killed_crawl_is_reported_as_failed(killed):
    assert killed.code == 1
    assert "failed" in killed.said
    assert "Traceback" not in killed.said


def test_killed_crawl_leaves_no_process_behind(killed):
    assert killed.left == ()


def test_crawl_after_a_kill_stores_all_the_rest(killed):
    stored = _stored(killed.folder / "demo.db")

    assert killed.after.code == 0
    assert set(stored) >= {url_key(address(killed.homes, page.key)) for page in ARTICLES}
    assert len(set(stored.values())) == len(ARTICLES)


def test_crawl_after_a_kill_keeps_every_committed_row(killed):
    stored = _stored(killed.folder / "demo.db")

    assert len(killed.kept) < len(ARTICLES)
    assert {key: stored[key] for key in killed.kept} == killed.kept


def test_crawl_after_a_kill_asks_for_no_stored_article_again(killed):
    again = {target for target in killed.asked_after if url_key(f"http://{target}") in killed.kept}

    assert again == set()


def test_crawl_after_a_kill_leaves_a_sound_index(killed):
    with closing(db.connect(killed.folder / "demo.db")) as connection:
        connection.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 0)")
        indexed = connection.execute("SELECT count(*) FROM articles_fts").fetchone()[0]

        assert indexed == connection.execute("SELECT count(*) FROM articles").fetchone()[0]
