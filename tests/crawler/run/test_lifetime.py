"""Processes that end with the one that started them, and within their memory."""

import os
import signal
import subprocess
import sys

import pytest

from crawler.run.lifetime import memory_mb
from tests.support.command_line import environment, members_of, wait_until
from tests.support.folders import ROOT

POOL = """
import asyncio, itertools, sys
from pathlib import Path
from crawler.run.pool import TaskPool

def run_forever(sign):
    Path(sign).touch()
    for _ in itertools.count():
        pass

async def main():
    pool = TaskPool(processes=1)
    endless = asyncio.create_task(pool.run(run_forever, sys.argv[1], timeout_s=600))
    await asyncio.to_thread(sys.stdin.readline)

if __name__ == "__main__":
    asyncio.run(main())
"""
LIMITED = """
from crawler.run.lifetime import limit_memory
limit_memory(300)
try:
    held = bytearray(400 * 2**20)
except MemoryError:
    limit_memory(0)
    print(len(bytearray(400 * 2**20)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_task_that_never_ends_dies_with_the_process_that_gave_it(tmp_path):
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "begun")],
        env=environment(),
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        wait_until((tmp_path / "begun").exists, what="the task")
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdin.close()

    wait_until(lambda: not members_of(process.pid), what="the end of the pool")


def test_memory_beyond_the_limit_is_refused_and_the_limit_can_be_lifted():
    done = subprocess.run(
        [sys.executable, "-c", LIMITED],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == str(400 * 2**20)


def test_a_living_process_holds_memory():
    resident, reserved = memory_mb()

    assert 5 < resident < reserved < 1_000_000
