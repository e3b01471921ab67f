"""The benchmark over the demo press: what it counts of a crawl."""

import sys
from pathlib import Path

from benchmarks.crawl_demo import PLAIN_QUERY, measure
from scheduler.demo.press import Press


def test_plain_crawl_is_measured_over_its_process(tmp_path: Path):
    feeds, database = tmp_path / "feeds.txt", tmp_path / "plain.db"
    with Press(slow_s=0.0) as press:
        feeds.write_text(str(press.outlet("courier").feed_url))
        command = [sys.executable, "-m", "benchmarks.crawl_demo", "--plain", str(feeds), str(database)]

        found = measure(command, database, PLAIN_QUERY)

    assert found.articles > 1
    assert found.cpu_s > 0
    assert found.memory_mb > 1
    assert 0 < found.lag_s <= found.wall_s
