"""The parts of `run --role all`: each is a process that lives no longer than the one that started it."""

import subprocess
import sys
from pathlib import Path

from tests.support.command_line import environment, wait_until

# Starts a part as `run --role all` does, and dies without a word to it.
DIES = """
import os, sys
from scheduler.cluster import roles
sys.argv = ["seedwatch", "--config", "none.toml", "run", "--quiet", "--role", "all"]
part = roles._start("worker", ["--jobs", "2"])
print(part.pid, *part.args, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_part_does_not_outlive_who_started_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", DIES], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=environment({"SEEDWATCH_DSN": "postgresql://x@127.0.0.1:1/x"}),
    )  # fmt: skip
    pid, *command = done.stdout.split()

    assert command[-8:] == ["--config", "none.toml", "run", "--quiet", "--role", "worker", "--jobs", "2"]
    wait_until(lambda: not Path(f"/proc/{pid}").exists() or _is_over(pid), what="the end of the part")


def _is_over(pid: str) -> bool:
    """Whether a process has ended and nobody has asked for its end."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
