"""One crawl of the demo press for all test modules of a run; each works on a copy of its own."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from scheduler.demo.press import Press
from scheduler.demo.settings_file import write_demo_settings
from tests.command_line import run_here


def crawled_press(factory: pytest.TempPathFactory, name: str) -> Path:
    """A new folder with the settings and the database of a crawl of the press, which is down again.

    The workers of one test run share the crawl: the first that needs it makes it, the others wait.
    """
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-press"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            _crawl(shared)
            (shared / "done").touch()
    folder = factory.mktemp(name)
    for file in ("seedwatch.toml", "demo.db"):
        shutil.copy(shared / file, folder)
    return folder


def _crawl(folder: Path) -> None:
    with Press(slow_s=0) as press:
        write_demo_settings(folder, press)
        done = run_here("crawl", folder=folder)
    assert done.code == 0, done
