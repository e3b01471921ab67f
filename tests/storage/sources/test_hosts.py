"""What hosts asked for is remembered from run to run."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from storage import db
from storage.records.sources import HostMemory
from storage.sources import hosts
from tests.support import warm_crawls
from tests.support.outlets import feed, story, write_settings
from tests.support.samples import NOW
from tests.support.servers import Answer, answer, serving
from tests.support.shared import once


def test_what_was_asked_for_last_is_kept(connection):
    first = HostMemory("courier.example", NOW, "http_429", 1, NOW, 2.0)
    last = HostMemory("courier.example", NOW + timedelta(hours=1), "http_503", 2, NOW, 4.0, 30.0)

    for memory in (HostMemory("a.example"), first, last):
        hosts.remember(connection, memory)

    assert hosts.remembered(connection) == [HostMemory("a.example"), last]


@dataclass
class Paused:
    """Two crawls of a host that asks for a pause, and of one that does not."""

    hits: list[list[str]]  # of the first host, by crawl
    memories: list[list[HostMemory]]  # by crawl
    polls: list[tuple[str, str, str, int | None]]  # feed, outcome, rule and wait, in order
    place: str
    met: list[str]  # requests to the other host that were under way at once with one more
    asked: list[str]  # of the other host, in the first crawl


@pytest.fixture(scope="module")
def paused(tmp_path_factory) -> Paused:
    return once(tmp_path_factory, "paused", crawl_twice)


def crawl_twice(folder: Path) -> Paused:
    routes = {"/robots.txt": answer(b"User-agent: *\nCrawl-delay: 0.01\n", Content_Type="text/plain")}
    others: dict[str, Answer] = {}
    with serving(routes) as server, serving(others) as other:
        routes["/loud"] = answer(b"", 429, Retry_After="3600")
        declared = [{"name": "loud", "feeds": [server.url("/loud")]}]
        facts = Paused([], [], [], server.place, [], [])
        meeting = threading.Barrier(2)

        def held(path: str, given: bytes) -> Callable[[int], bytes]:
            """The answer, after a while in which another request would meet this one."""

            def wait(_: int) -> bytes:
                with suppress(threading.BrokenBarrierError):
                    meeting.wait(0.05)
                    facts.met.append(path)
                meeting.reset()
                return given

            return wait

        for name in ("calm", "mild"):
            links = {f"News {number} of {name}": other.url(f"/{name}-{number}") for number in range(2)}
            others[f"/{name}"] = held(f"/{name}", feed(links))
            for title, url in links.items():
                path = url.removeprefix(other.url(""))
                others[path] = held(path, story(title))
            declared.append({"name": name, "feeds": [other.url(f"/{name}")]})
        for _ in range(2):
            server.hits.clear()
            write_settings(folder, declared, [server.place, other.place])
            warm_crawls.crawl(folder=folder)
            facts.asked = facts.asked or list(other.hits)
            facts.hits.append(list(server.hits))
            connection = db.connect(folder / "test.db")
            facts.memories.append(hosts.remembered(connection))
            facts.polls = [
                (row["url"].rpartition("/")[2], row["outcome"], row["decided_by"], row["retry_after_s"])
                for row in connection.execute(
                    "SELECT * FROM polls JOIN feeds ON feeds.id = polls.feed_id ORDER BY polls.id"
                )
            ]
            connection.close()
            # Another source of the host, which never asked for anything itself.
            routes["/quiet"] = feed({})
            declared.append({"name": "quiet", "feeds": [server.url("/quiet")]})
    return facts


def test_host_that_asked_for_a_pause_is_not_asked_by_the_next_run(paused):
    assert paused.hits == [["/robots.txt", "/loud"], []]


def test_pause_and_crawl_delay_are_written_down(paused):
    (memory,) = paused.memories[0]

    assert (memory.host, memory.reason, memory.pauses) == (paused.place, "http_429", 1)
    assert isinstance(memory.paused_until, datetime)
    assert isinstance(memory.paused_at, datetime)
    assert memory.paused_until - memory.paused_at == timedelta(hours=1)
    assert memory.crawl_delay_s == 0.01


def test_feeds_of_a_paused_host_are_put_off_to_the_end_of_the_pause(paused):
    found = {name: (outcome, rule, wait_s) for name, outcome, rule, wait_s in paused.polls}

    assert found["calm"][0] in {"ok", "same_body"}
    for name in ("loud", "quiet"):
        outcome, rule, wait_s = found[name]
        assert outcome == "host_paused"
        assert rule in {"retry_after", "failure"}
        assert 3_000 < wait_s <= 3_600


def test_feeds_and_pages_of_two_sources_of_a_host_are_asked_one_at_a_time(paused):
    assert sorted(paused.asked) == [
        "/calm", "/calm-0", "/calm-1", "/mild", "/mild-0", "/mild-1", "/robots.txt",
    ]  # fmt: skip
    assert paused.met == []


def test_a_delay_that_robots_asks_for_no_more_is_forgotten(tmp_path):
    text = "User-agent: *\n"
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes["/feed"] = feed({"News": server.url("/news")})
        routes["/news"] = story("News")
        write_settings(tmp_path, [{"name": "calm", "feeds": [server.url("/feed")]}], [server.place])
        found = []
        for delay in ("Crawl-delay: 0.01\n", ""):
            rules = f"{text}{delay}".encode()
            routes["/robots.txt"] = answer(rules, Content_Type="text/plain", Cache_Control="max-age=0")
            warm_crawls.crawl(folder=tmp_path)
            connection = db.connect(tmp_path / "test.db")
            found.append([memory.crawl_delay_s for memory in hosts.remembered(connection)])
            connection.close()

    assert found == [[0.01], [None]]
