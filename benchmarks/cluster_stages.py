"""What the stages of a cluster cost: the writer with 100 topics, and the queue as 1,000,000 links pass through it.

    python -m benchmarks.cluster_stages writer [--articles 3000]
    python -m benchmarks.cluster_stages queue [--links 1000000]
    python -m benchmarks.cluster_stages jobs [--jobs 400]
    python -m benchmarks.cluster_stages lag [--rate 50] [--seconds 120]

A real PostgreSQL of this machine is started for it. `writer`: articles of 300 invented words, each of two of 100
topics, from 60 outlets, lie there as workers send them; how many a second the writer stores, by the clock and by its
own CPU. `queue`: jobs of 50 links are sent, deferred, taken, ended with a record of 3 kB for each link, drained and
removed, as scheduler, worker and writer do it; the CPU of all, PostgreSQL included, for the last tenth beside the
first. `jobs`: the CPU of a worker's process for a job that polls one feed in which nothing is new, its robots.txt
known. `lag`: the writer as a process of its own, and jobs of ten such articles each that end at a steady pace, so
many articles a second; how long a record waits from its sending until it is acknowledged, by PostgreSQL's clock, looked
at ten times a second: for each the last moment at which it was still there. Exits with 1 if a bar is missed.
"""

import argparse
import asyncio
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from benchmarks.many_queries import words
from crawler.articles.store import store_reading
from crawler.blocks.site_memory import page_marks
from crawler.cluster.effects import record_of
from crawler.cluster.jobs import HostJob
from crawler.run.opening import CrawlSettings
from crawler.stories.shingles import anchors
from crawler.text.equality import text_hash
from crawler.urls import politeness_key, url_key
from scheduler.cluster.connection import SharedStore
from scheduler.cluster.queue import JobQueue
from scheduler.cluster.writer import drain
from storage import db
from storage.cluster import jobs, records
from storage.cluster.postgres import Shared, make_tables
from storage.records.cluster import SentJob, SentRecord, UnendedJob
from storage.records.decisions import Reading
from storage.records.looks import Answer
from storage.records.site_memory import NOTHING_COMMON
from storage.records.sources import Feed, FeedKind, QueuedLink, RobotsFile, Source
from storage.records.topics import Topic
from storage.sources import links, runs, sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics
from tests.support.cluster import Cluster, session_cpu_s
from tests.support.postgres import Postgres, postgres
from tests.support.samples import NOW, article, entry, match
from tests.support.servers import answer, serving

WRITER_BAR, SLOWER_BAR, LAG_BAR_S = 300.0, 1.3, 2.0
TOPICS, OUTLETS, WORDS, PER_JOB, RECORD_BYTES = 100, 60, 300, 50, 3_000
PARTS = 10


def main() -> int:
    """1 if a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=["writer", "queue", "jobs", "lag"])
    parser.add_argument("--articles", type=int, default=3_000)
    parser.add_argument("--links", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=400)
    parser.add_argument("--rate", type=int, default=50, help="articles a second")
    parser.add_argument("--seconds", type=int, default=120)
    given = parser.parse_args()
    if given.stage == "jobs":
        return polls(given.jobs)
    with postgres() as server:
        if given.stage == "lag":
            return lag(server, given.rate, given.seconds)
        return (
            writer(server, given.articles)
            if given.stage == "writer"
            else asyncio.run(queue(server, given.links))
        )


def writer(server: Postgres, number: int) -> int:
    """Store *number* articles that lie there; 1 if it takes too long."""
    store = SharedStore(server.database("writer"))
    store.call_now(make_tables)
    with tempfile.TemporaryDirectory() as folder:
        connection = db.connect(Path(folder) / "seedwatch.db")
        rows = _prepare(connection, number)
        found = [
            record_of(store_reading, reading, keep_all=False, hold_days=30)
            for reading in _readings(number, rows)
        ]
        for start in range(0, number, PER_JOB):
            _send(store, f"job{start}", found[start : start + PER_JOB])
        began_s, began_cpu_s, done = time.perf_counter(), time.process_time(), 0
        while (some := drain(connection, store))[0]:
            done += some[0]
        took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        (kept,) = connection.execute("SELECT count(*) FROM articles").fetchone()
        connection.close()
    store.close()
    size = sum(len(record.payload) for record in found) / number / 1_000
    print(
        f"writer: {done} records of {size:.1f} kB, {kept} articles kept: {done / took_s:.0f} a second, "
        f"{done / cpu_s:.0f} by its own CPU second ({1_000 * cpu_s / done:.2f} ms each); bar {WRITER_BAR:.0f}"
    )
    return int(done != number or done / took_s < WRITER_BAR)


def lag(server: Postgres, rate: int, seconds: int) -> int:
    """Send *rate* articles a second, and look how long they wait; 1 if one waits too long."""
    number, together = rate * seconds, 10
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder), server.database("lag"))
        (cluster.folder / "seedwatch.toml").write_text(
            'database = "demo.db"\n[cluster]\ndsn_env = "SEEDWATCH_DSN"\n'
        )
        store = SharedStore(cluster.dsn)
        store.call_now(make_tables)
        with closing(db.connect(cluster.database)) as connection:
            rows = _prepare(connection, number)
        found = [
            record_of(store_reading, reading, keep_all=False, hold_days=30)
            for reading in _readings(number, rows)
        ]
        cluster.start("writer")
        try:
            cluster.wait_until(lambda: store.call_now(_has_writer), "the writer")
            began_cpu_s, sent = session_cpu_s([cluster.processes["writer"].pid]), 0
            waited: dict[int, float] = {}  # seconds, by record, at the last look at which it was there
            pause, began_s = threading.Event(), time.monotonic()
            while sent < number or store.call_now(records.backlog)[0]:
                due = min(number, round((time.monotonic() - began_s) * rate))
                while sent + together <= due:
                    _send(store, f"job{sent}", found[sent : sent + together])
                    sent += together
                waited.update(store.call_now(_waiting_s))
                pause.wait(0.1)
            cpu_s = session_cpu_s([cluster.processes["writer"].pid]) - began_cpu_s
            kept = cluster.count("SELECT count(*) FROM articles")
        finally:
            cluster.kill("writer")
        store.close()
    seen = sorted([*waited.values(), *[0.0] * (number - len(waited))])
    middle, late, worst = seen[number // 2], seen[int(number * 0.95)], seen[-1]
    print(
        f"lag: {number} articles at {rate} a second, {kept} kept: {middle:.2f} s in the middle, {late:.2f} for 95 in "
        f"100, {worst:.2f} at most (to which a look each 0.1 s adds as much); bar {LAG_BAR_S}; the writer took "
        f"{cpu_s / number * 1_000:.2f} ms of CPU for each"
    )
    return int(kept != number or worst >= LAG_BAR_S)


def _has_writer(shared: Shared) -> bool:
    row = shared.execute(
        "SELECT count(*) FROM seedwatch_processes WHERE role = 'writer' AND state = 'writes'"
    ).fetchone()
    return bool(row and row[0])


def _waiting_s(shared: Shared) -> dict[int, float]:
    """How long each record has waited so far."""
    query = "SELECT id, extract(epoch FROM clock_timestamp() - sent_at)::float8 FROM seedwatch_records"
    return dict(shared.execute(query).fetchall())


def _prepare(connection: sqlite3.Connection, number: int) -> dict[str, int]:
    """Sources, topics, a run, and the links that the articles are behind: their rows by address."""
    outlets = [
        (
            Source(f"outlet{n}", home=f"http://o{n}.example/"),
            [DeclaredFeed(f"http://o{n}.example/rss", FeedKind.FEED)],
        )
        for n in range(OUTLETS)
    ]
    sources.sync(connection, outlets)
    topics.sync(connection, [Topic(f"topic{n}") for n in range(TOPICS)])
    runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    for n in range(OUTLETS):
        feed = Feed(n + 1, f"outlet{n}", f"http://o{n}.example/rss", FeedKind.FEED)
        urls = [_url(one) for one in range(n, number, OUTLETS)]
        links.discover(connection, feed, {url_key(url): entry(url) for url in urls}, run_id=1, now=NOW)
    return {row["url"]: row["id"] for row in connection.execute("SELECT id, url FROM links")}


def _url(number: int) -> str:
    return f"http://o{number % OUTLETS}.example/{number}"


def _readings(number: int, rows: dict[str, int]) -> Iterator[Reading]:
    chance = random.Random(1)
    invented = words(chance, 20_000)
    weights = [1 / (rank + 2.7) for rank in range(len(invented))]
    for one in range(number):
        found = chance.choices(invented, weights=weights, k=WORDS)
        text = "\n".join(" ".join(found[start : start + 60]) for start in range(0, WORDS, 60))
        title = " ".join(chance.sample(invented, 6))
        url, source = _url(one), f"outlet{one % OUTLETS}"
        about = tuple(match(f"topic{chance.randrange(TOPICS)}") for _ in range(2))
        yield Reading(
            article=replace(article(url, title, text), outlet_host=f"o{one % OUTLETS}.example"),
            url_key=url_key(url),
            text_hash=text_hash(title, text),
            source=source,
            origin="crawl",
            read_at=NOW,
            matches=about[: 1 + (about[0].topic != about[1].topic)],
            score=3.0,
            topics=tuple(f"topic{n}" for n in range(TOPICS)),
            background=tuple(dict.fromkeys(found)),
            link=QueuedLink(rows[url], url, url_key(url), source, entry(url), feed_id=one % OUTLETS + 1),
            run_id=1,
            answer=Answer(url, url, 200, NOW, headers=(("Content-Type", "text/html"),), body_hash=str(one)),
            anchors=anchors(text),
            marks=page_marks(text, NOTHING_COMMON, title, ()),
        )


def _send(store: SharedStore, key: str, found: list[SentRecord]) -> None:
    store.call_now(jobs.send, [SentJob(key, f"{key}.example", "pages", 2, 1, b"")])
    taken = store.call_now(jobs.take, key, "worker")
    assert taken is not None
    assert store.call_now(jobs.finish, taken, found)


async def queue(server: Postgres, number: int) -> int:
    """Have *number* links pass through; 1 if the last cost much more than the first."""
    dsn = server.database("queue")
    store, waiting = SharedStore(dsn), JobQueue(dsn)
    store.call_now(make_tables)
    await waiting.open()
    costs: list[float] = []
    each = number // PARTS // PER_JOB
    for part in range(PARTS):
        began_s, began_cpu_s = time.perf_counter(), time.process_time() + server.cpu_s()
        await _pass_through(store, waiting, dsn, range(part * each, (part + 1) * each))
        took_ms = (time.perf_counter() - began_s) / (each * PER_JOB) * 1_000
        costs.append((time.process_time() + server.cpu_s() - began_cpu_s) / (each * PER_JOB) * 1_000)
        print(
            f"  {(part + 1) * each * PER_JOB:>9} links: {costs[-1]:.3f} ms of CPU each, {took_ms:.3f} by the clock",
            flush=True,
        )
    await waiting.close()
    store.close()
    slower = costs[-1] / costs[0]
    print(f"queue: a link costs {slower:.2f} times at the end what it did at the start; bar {SLOWER_BAR}")
    return int(slower > SLOWER_BAR)


async def _pass_through(store: SharedStore, waiting: JobQueue, dsn: str, numbers: range) -> None:
    """Jobs from their sending to their removal, a hundred at a time as in a tick."""
    done = asyncio.Event()
    left = len(numbers)
    body = [SentRecord("article", bytes(RECORD_BYTES)) for _ in range(PER_JOB)]

    async def crawl(key: str) -> None:
        nonlocal left
        taken = await store.call(jobs.take, key, "worker")
        if taken is not None and await store.call(jobs.finish, taken, body):
            left -= 1
            if left <= 0:
                done.set()

    worker = JobQueue(dsn)
    working = asyncio.ensure_future(worker.work(crawl, 16))
    for start in range(0, len(numbers), 100):
        some = [
            SentJob(f"job{number}", f"h{number}.example", "pages", 2, 1, bytes(20 * RECORD_BYTES))
            for number in numbers[start : start + 100]
        ]
        await store.call(jobs.send, some)
        await waiting.defer([UnendedJob(job.key, job.host, job.priority, False) for job in some])
        await _drain(store)
    while not done.is_set():
        await _drain(store)
        await asyncio.sleep(0.01)
    await _drain(store)
    working.cancel()
    await asyncio.wait([working])


async def _drain(store: SharedStore) -> None:
    """What writer and scheduler do with all that is there."""
    while found := await store.call(records.waiting, 256):
        await store.call(records.acknowledge, [record.id for record in found], {})
    ended = await store.call(jobs.ended)
    await store.call(jobs.remove, [job.key for job in ended])


def polls(number: int) -> int:
    """Crawl *number* jobs that poll a feed, 16 at once, in this process."""
    from scrapy.utils.reactor import install_reactor

    from crawler.process.child import keep_loop_free

    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor

    async def crawl_all(address: str) -> None:
        from crawler.cluster.crawling import JobCrawl
        from crawler.run.pool import TaskPool

        pool, room, kinds = TaskPool(), asyncio.Semaphore(16), Counter[str]()

        async def crawl(one: int) -> None:
            async with room:
                for record in await JobCrawl(_poll(address, one), pool, ()).run():
                    kinds[record.kind] += 1

        await asyncio.gather(*(crawl(one) for one in range(20)))  # what is loaded once is no job's
        kinds.clear()
        keep_loop_free()
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        await asyncio.gather(*(crawl(one) for one in range(number)))
        cpu_ms = (time.process_time() - began_cpu_s) / number * 1_000
        print(
            f"jobs: {cpu_ms:.1f} ms of CPU each, {number / (time.perf_counter() - began_s):.0f} a second; {dict(kinds)}"
        )
        reactor.stop()  # type: ignore[misc]

    with serving({"/rss": answer(b"", 304)}) as server:
        reactor.callWhenRunning(lambda: asyncio.ensure_future(crawl_all(server.address)))
        reactor.run(installSignalHandlers=False)  # type: ignore[call-arg,misc]
    return 0


def _poll(address: str, number: int) -> HostJob:
    """A job for one feed of the server at *address*."""
    place = address.rstrip("/")
    feed = Feed(number + 1, "h", f"{place}/rss", FeedKind.FEED, etag='"1"')
    settings = CrawlSettings(delay=0.0, allow_private=(place.removeprefix("http://"),))
    robots = RobotsFile(place, NOW, NOW.replace(year=2100), 404, b"")
    key = politeness_key(place)
    return HostJob(str(number), key, "polls", 1, "t", "schedule", settings, feeds=(feed,), robots=(robots,))


if __name__ == "__main__":
    sys.exit(main())
