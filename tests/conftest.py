"""Fixtures that several test files share."""

from tests.support import counting  # first: what is loaded before it is not counted

# isort: split
import gc
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from storage import db
from tests.support.folders import ROOT
from tests.support.loading import load_own_share_first
from tests.support.postgres import postgres

# Proxies of the environment are never for this machine's own servers.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
# What processes keep for the next, and what the tests' processes keep for each other: none of it is the user's.
os.environ["XDG_CACHE_HOME"] = str(ROOT / "build" / "cache")

# Tests judge what happens, not how fast: on a busy machine any example may take long.
# Where branches are counted the same examples are tried each time.
settings.register_profile("seedwatch", deadline=None, derandomize=counting.SETTINGS in os.environ)
settings.load_profile("seedwatch")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session):
    """What is collected stays to the end: the garbage collector does not visit it, neither now nor in any test."""
    gc.disable()
    try:
        load_own_share_first(session.config)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Count branches, where that is asked for, while tests run that count."""
    counting.heed(item.nodeid)


def pytest_sessionfinish() -> None:
    """Keep what was counted."""
    counting.end()


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new, migrated database, to be copied: making one takes 30 ms."""
    path = tmp_path_factory.mktemp("new") / "seedwatch.db"
    db.connect(path).close()
    return path


@pytest.fixture
def database(new_database: Path, tmp_path: Path) -> Path:
    """The path of a new, migrated database."""
    return Path(shutil.copy(new_database, tmp_path / "seedwatch.db"))


@pytest.fixture
def connection(database: Path):
    """A connection to a new database."""
    connection = db.connect(database)
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def postgres_server():
    """A running PostgreSQL; without one its tests are skipped, and say so."""
    with postgres() as server:
        yield server
