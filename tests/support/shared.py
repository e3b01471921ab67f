"""Facts that take seconds to find, found once in a test run, whichever of its workers needs them first."""

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from scheduler.demo.press import Press
from scheduler.demo.settings_file import write_demo_settings
from tests.support import warm_crawls

Facts = TypeVar("Facts")


def once(factory: pytest.TempPathFactory, name: str, find: Callable[[Path], Facts]) -> Facts:
    """What *find* returns for a new folder; it is called once in a test run, and the other workers wait for it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"shared-{name}"
    folder.mkdir(exist_ok=True)
    kept = folder / "facts.pickle"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            work = folder / "work"
            work.mkdir()
            kept.write_bytes(pickle.dumps(find(work)))
    facts: Facts = pickle.loads(kept.read_bytes())
    return facts


def crawled_press(factory: pytest.TempPathFactory, name: str) -> Path:
    """A new folder with the settings and the database of a crawl of the press, which is down again."""
    crawled = once(factory, "press", _crawl_press)
    folder = factory.mktemp(name)
    for file in ("seedwatch.toml", "demo.db"):
        shutil.copy(crawled / file, folder)
    return folder


def _crawl_press(folder: Path) -> Path:
    with Press(slow_s=0) as press:
        write_demo_settings(folder, press)
        done = warm_crawls.crawl(folder=folder)
    assert done.code == 0, done
    return folder
