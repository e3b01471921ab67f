"""The archive for Python: `seedwatch.open(path)` gives articles, matches and coverage as records and as frames."""

from pathlib import Path

from scheduler.files.frame_rows import ArticleRow, MatchRow
from seedwatch.archive import Archive, Rows, open_archive
from storage.errors import ConfigError, QueryError, SeedwatchError, StorageError
from storage.records.health import CoverageLine

__all__ = [
    "Archive",
    "ArticleRow",
    "ConfigError",
    "CoverageLine",
    "MatchRow",
    "QueryError",
    "Rows",
    "SeedwatchError",
    "StorageError",
    "open",
]


def open(path: str | Path) -> Archive:
    """The archive at *path*: a database, a seedwatch.toml, or a folder with one. It is only read.

    Use it in a `with` block, or call its `close`.

    Raises:
        ConfigError: there is nothing at *path*, or the settings there have mistakes.
        StorageError: the database cannot be opened, or is of another version of seedwatch.
    """
    return open_archive(Path(path))
