"""Kills of a cluster's processes, and restarts of its PostgreSQL, at seeded moments of a crawl. Prints a table.

    python -m benchmarks.cluster_kills [--kills 30] [--restarts 5] [--seed 1]

The long form of tests/scheduler/cluster/test_cluster.py: a scheduler, a writer and two workers crawl the demo press
over and over; in each round worker, scheduler and writer are killed (kill -9, with all that they started), and in some
PostgreSQL is ended as by a crash. After each round: is every link settled, every feed polled, is each article there,
once, with the text that it had? Exits with 1 if not.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from scheduler.demo.press import Press
from tests.support.cluster import ROLES, Cluster, fault_times, make_cluster
from tests.support.postgres import Postgres, postgres

FEEDS = 10
SETTLED = "SELECT count(*) FROM links WHERE state NOT IN ('queued', 'failed')"
ARTICLES = "SELECT url_key, text_hash FROM articles ORDER BY url_key"


def main() -> int:
    """1 if anything was lost, or came twice."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=30, help="of each: worker, scheduler, writer")
    parser.add_argument("--restarts", type=int, default=5, help="of PostgreSQL")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with postgres() as server, Press(slow_s=0.1) as press, tempfile.TemporaryDirectory() as folder:
        cluster = make_cluster(Path(folder), server.database("kills"), press)
        try:
            cluster.start(*ROLES)
            cluster.wait_until(lambda: cluster.is_done(FEEDS), "the first crawl")
            return run(cluster, server, given.kills, given.restarts, given.seed)
        finally:
            for role in list(cluster.processes):
                cluster.kill(role)


def run(cluster: Cluster, server: Postgres, kills: int, restarts: int, seed: int) -> int:
    """All rounds, and their table."""
    before, linked = cluster.rows(ARTICLES), cluster.count(SETTLED)
    lost = twice = unpolled = again = 0
    for number in range(kills):
        faults = ["worker", "scheduler", "writer", *(["postgres"] if number < restarts else [])]
        polls = _round(cluster, server, fault_times(seed + number, faults, 0, linked // 2))
        after = cluster.rows(ARTICLES)
        lost += len(set(before) - set(after))
        twice += max(0, len(after) - len(before))
        unpolled += FEEDS - cluster.count("SELECT count(DISTINCT feed_id) FROM polls WHERE id > ?", polls)
        again += cluster.count("SELECT count(*) FROM polls") - polls - FEEDS
        print(f"  round {number + 1}: {len(after)} articles, lost {lost}, twice {twice}", flush=True)
    print(
        f"| kill -9 of worker, scheduler and writer, {kills} times each, {restarts} ends of PostgreSQL "
        f"| 0 lost, 0 twice, all polled | {lost} lost, {twice} twice, {unpolled} not polled; {again} polls made again |"
    )
    return int(bool(lost or twice or unpolled))


def _round(cluster: Cluster, server: Postgres, faults: list[tuple[int, str]]) -> int:
    """One crawl with its faults; how many polls there were before."""
    polls = cluster.begin_again()
    for least, fault in faults:
        cluster.wait_until(
            lambda least=least: cluster.count(SETTLED) >= least or cluster.is_done(polls + FEEDS),
            "so much work",
        )
        if fault == "postgres":
            server.stop("immediate")
            server.start()
        else:
            cluster.kill(fault)
            cluster.start(fault)
    cluster.wait_until(lambda: cluster.is_done(polls + FEEDS), "the end of the crawl")
    return polls


if __name__ == "__main__":
    sys.exit(main())
