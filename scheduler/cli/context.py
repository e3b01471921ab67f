"""What most commands begin with: the settings, checked whole, and the database, in step with them."""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

import click

from crawler import clock
from scheduler.config.load import Config, find_config, load_config
from scheduler.config.sync import sync_present
from storage import db, lock
from storage.errors import ConfigError

# The default of the setting `database`, for a file whose own cannot be read.
_USUAL_DATABASE = "seedwatch.db"


def settings() -> Config:
    """The checked settings that this call of seedwatch is about.

    Raises:
        ConfigError: there are none, or they have mistakes.
    """
    return load_config(_path(), os.environ)


@contextmanager
def opened(*, synced: bool = True) -> Generator[tuple[Config, Connection]]:
    """The settings and a connection to the database, which says what they say if *synced*.

    Raises:
        ConfigError: the settings have mistakes; nothing was changed.
        StorageError: the database refused.
    """
    config = settings()
    connection = db.connect(config.database)
    try:
        if synced:
            config = sync_present(connection, config, os.environ, clock.now())
        yield config, connection
    finally:
        db.finish(connection)


@contextmanager
def opened_as_daemon() -> Generator[tuple[lock.Holder | None, Connection]]:
    """The daemon that runs, if one does, and a connection to its database, though the settings may be broken by now.

    Raises:
        ConfigError: the settings have mistakes, and no daemon runs on the older ones.
        StorageError: the database refused.
    """
    mistake = None
    try:
        database = settings().database
    except ConfigError as error:
        mistake, database = error, _named_database(_path())
    daemon = lock.holder(database)
    if mistake is not None and daemon is None:
        raise mistake
    connection = db.connect(database)
    try:
        yield daemon, connection
    finally:
        db.finish(connection)


def _path() -> Path:
    argument: Path | str | None = click.get_current_context().find_root().obj
    return find_config(argument, os.environ, Path())


def _named_database(path: Path) -> Path:
    """The database of settings that cannot be read as a whole."""
    if override := os.environ.get("SEEDWATCH_DB"):
        return Path(override).absolute()
    line = re.search(
        r"""^database\s*=\s*["']([^"']+)["']""", path.read_text("utf-8", "replace"), re.MULTILINE
    )
    return (path.parent / (line[1] if line else _USUAL_DATABASE)).absolute()
