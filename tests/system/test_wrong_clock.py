"""A crawl under a clock that is far ahead ends and deletes nothing; one that servers agree with does."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from crawler import clock
from storage import db
from tests.support import warm_crawls
from tests.support.command_line import run_here
from tests.support.outlets import feed, story, write_settings
from tests.support.servers import Answer, FaultServer, answer, serving, with_date

AHEAD = 100
ALERT = '[[alert]]\nname = "desk"\nurl = "json://127.0.0.1:9/"\n'


@dataclass
class Press:
    """Three outlets, each with an article of the topic and another; their clocks are `days` ahead."""

    folder: Path
    days: float = 0
    servers: list[FaultServer] = field(default_factory=list)
    items: list[str] = field(default_factory=list)

    def crawl(self, days: float) -> None:
        done = warm_crawls.crawl(folder=self.folder, hours=days * 24)
        assert done.code == 0, done

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(db.connect(self.folder / "test.db", readonly=True)) as connection:
            return [tuple(row) for row in connection.execute(sql)]

    def print_story(self, title: str, days_ago: float) -> None:
        """One more in the first feed, with its date."""
        server, path = self.servers[0], f"/{title.replace(' ', '-')}"
        at = format_datetime(clock.system_now() + timedelta(days=self.days - days_ago), usegmt=True)
        item = f"<item><title>{title}</title><link>{server.url(path)}</link><pubDate>{at}</pubDate></item>"
        self.items.append(item)
        document = f'<rss version="2.0"><channel><title>A feed</title>{"".join(self.items)}</channel></rss>'
        server.routes |= {  # type: ignore[operator]  # it is a dict here
            path: story(title),
            "/feed": with_date(
                answer(document.encode(), Content_Type="application/rss+xml"), lambda: self.days
            ),
        }

    @property
    def kept(self) -> tuple[int, Counter[object]]:
        """Held texts, and how watches stand."""
        ended = Counter(row[0] for row in self.rows("SELECT ended FROM watches"))
        return len(self.rows("SELECT 1 FROM off_topic_texts")), ended


@pytest.fixture
def press(tmp_path) -> Iterator[Press]:
    press = Press(tmp_path)
    with ExitStack() as stack:
        servers = press.servers
        for number in range(3):
            routes: dict[str, Answer] = {"/robots.txt": answer(b"", 404)}
            server = stack.enter_context(serving(routes))
            pages = {f"Tunnel {number}": server.url("/tunnel"), f"Harvest {number}": server.url("/harvest")}
            routes |= {"/tunnel": story(f"Tunnel {number}"), "/harvest": story(f"Harvest {number}")}
            routes["/feed"] = with_date(feed(pages), lambda: press.days)
            servers.append(server)
        sources = [
            {"name": f"s{number}", "feeds": [server.url("/feed")]} for number, server in enumerate(servers)
        ]
        write_settings(tmp_path, sources, [server.place for server in servers])
        settings = tmp_path / "seedwatch.toml"
        text = settings.read_text().replace('keep = "all"', 'keep = "matches"')
        settings.write_text(text + '\n[[topic]]\nname = "tunnels"\nany = "title:tunnel"\n' + ALERT)
        yield press


def test_nothing_is_ended_or_deleted_by_a_clock_that_servers_do_not_share(press):
    press.crawl(0)
    before = press.kept

    press.crawl(AHEAD)
    press.crawl(AHEAD + 0.1)
    status = run_here("status", folder=press.folder)

    assert before == (3, Counter({None: 3}))
    assert press.kept == before
    assert "the clock jumped by more than a day" in status.out

    press.crawl(0)
    press.crawl(0.1)
    assert press.kept == before
    assert "the clock jumped" not in run_here("status", folder=press.folder).out


def test_news_that_comes_while_the_clock_is_ahead_is_told_and_what_is_old_is_not(press):
    press.crawl(0)
    press.print_story("Tunnel opened today", 0.1)
    press.print_story("Tunnel planned last month", 30)

    press.crawl(AHEAD)

    told = press.rows("SELECT title FROM alerts JOIN articles ON articles.id = article_id")
    matched = press.rows("SELECT title FROM matches JOIN articles ON articles.id = article_id")
    assert ("Tunnel opened today",) in told
    assert ("Tunnel planned last month",) in matched
    assert ("Tunnel planned last month",) not in told


def test_what_is_over_ends_once_servers_agree(press):
    press.crawl(0)
    press.days = AHEAD

    press.crawl(AHEAD)
    doubted = press.kept
    press.crawl(AHEAD + 0.1)
    press.crawl(AHEAD + 31)  # another jump: the looks that were put off come due
    press.days = AHEAD + 31
    press.crawl(AHEAD + 31.1)
    press.crawl(AHEAD + 31.2)

    assert doubted == (3, Counter({None: 3}))
    assert press.kept[0] == 0


def test_no_removal_is_confirmed_by_a_clock_that_its_server_does_not_share(press):
    press.crawl(0)
    press.servers[0].routes |= {"/tunnel": answer(b"", 404)}
    removed = "SELECT title FROM articles WHERE state = 'deleted'"

    for days in (AHEAD, AHEAD + 1.1, AHEAD + 2.2):
        press.crawl(days)
    under_doubt = press.rows(removed)
    outcomes = press.rows("SELECT DISTINCT outcome FROM looks WHERE status = 404")
    for days in (0.2, 0.4):
        press.days = days
        press.crawl(days)

    assert under_doubt == []
    assert ("absent",) in outcomes
    assert press.rows(removed) == [("Tunnel 0",)]
