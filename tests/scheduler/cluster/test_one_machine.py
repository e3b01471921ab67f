"""One machine without [cluster] loads nothing of it."""

import subprocess
import sys

from tests.support.folders import ROOT

WITHOUT = (
    "scheduler.daemon.daemon, crawler.process.worker, crawler.process.child, crawler.spiders.feeds, crawler.pipelines, "
    "scheduler.cli.crawl, scheduler.cli.status.command, scheduler.cli.setup, scheduler.cli.cluster.group, "
    "storage.datasette.plugin"
)


def test_what_one_machine_runs_loads_nothing_of_a_cluster():
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {WITHOUT}; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = done.stdout.split()

    assert not {"psycopg", "procrastinate", "msgspec"} & {name.split(".")[0] for name in loaded}
    assert [
        name
        for name in loaded
        if name.startswith(("scheduler.cluster", "crawler.cluster", "storage.cluster"))
    ] == []
