"""An archive that is open for reading: its articles, matches and coverage, a few rows in memory at a time."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from importlib import util
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from crawler import clock
from scheduler.files.frame_rows import ArticleRow, MatchRow, article_row, match_row
from storage import db
from storage.articles import choices, exports, matches
from storage.articles.choices import Choice
from storage.errors import ConfigError
from storage.query import parse_query
from storage.records.health import CoverageLine
from storage.search.index import look_up
from storage.sources import coverage as coverage_rows

Row = TypeVar("Row")

_SETTINGS = "seedwatch.toml"
_EXTRA = "seedwatch[notebooks]"
_SLICE = 200


class Rows(Generic[Row]):
    """Rows that are read when they are asked for, each time anew: by iteration, or as a frame."""

    def __init__(self, kind: type[Row], read: Callable[[], Iterator[Row]]) -> None:
        self.kind = kind
        self._read = read

    def __iter__(self) -> Iterator[Row]:
        """The rows, one after the other; few are held at a time."""
        return self._read()

    def to_arrow(self) -> Any:
        """A `pyarrow.Table` with a column for each field.

        Raises:
            ConfigError: pyarrow is not installed.
        """
        _need("to_arrow()", "pyarrow")
        from scheduler.files.arrow_tables import arrow_table  # an extra, and slow to load

        return arrow_table(self, self.kind)

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame` with a column for each field; times are in UTC.

        Raises:
            ConfigError: pandas or pyarrow is not installed.
        """
        _need("to_pandas()", "pandas", "pyarrow")
        return self.to_arrow().to_pandas()


class Archive:
    """An archive; many may be open, and a daemon may write to them meanwhile.

    Days are UTC, and both ends are meant: of publication, of first sight where that is unknown. A day may be written as
    "2026-09-14". Topics and sources are named as in the settings, one or several.
    """

    def __init__(self, connection: sqlite3.Connection, database: Path) -> None:
        self.database = database
        self._connection = connection

    def articles(
        self,
        *,
        topic: str | Sequence[str] = (),
        source: str | Sequence[str] = (),
        since: date | str | None = None,
        until: date | str | None = None,
        language: str | None = None,
        band: str | None = None,
    ) -> Rows[ArticleRow]:
        """The articles that meet all that is asked, in the order in which they came.

        Raises:
            ConfigError: there is no such topic or source, or a day is none.
        """
        choice = self._choice(topic, source, since, until, language, band)
        return Rows(ArticleRow, lambda: map(article_row, exports.export_articles(self._connection, choice)))

    def matches(
        self,
        *,
        topic: str | Sequence[str] = (),
        source: str | Sequence[str] = (),
        since: date | str | None = None,
        until: date | str | None = None,
        language: str | None = None,
        band: str | None = "match",
    ) -> Rows[MatchRow]:
        """The matches of `articles` that meet all that is asked, by article and topic; None for both bands.

        Raises:
            ConfigError: as `articles`.
        """
        choice = self._choice(topic, source, since, until, language, band)
        return Rows(MatchRow, lambda: self._matches(choice))

    def search(self, query: str, *, limit: int = 100) -> Rows[ArticleRow]:
        """The articles that a query finds, the newest first, at most *limit*. docs/queries.md has its language.

        Raises:
            QueryError: the query cannot be read.
        """
        read = parse_query(query)

        def found() -> Iterator[ArticleRow]:
            hits = [hit.id for hit in look_up(self._connection, read, limit=limit).found]
            for start in range(0, len(hits), _SLICE):
                yield from map(
                    article_row, exports.export_slice(self._connection, hits[start : start + _SLICE])
                )

        return Rows(ArticleRow, found)

    def coverage(self, *, days: int = 30, source: str | Sequence[str] = ()) -> Rows[CoverageLine]:
        """What was looked at on each of the last *days* (today among them), by source, the newest day first.

        The daemon brings it up to date each hour, and `seedwatch status --coverage` at once.

        Raises:
            ConfigError: there is no such source.
        """
        names = _names(source)
        self._check(Choice(sources=names))

        def lines() -> Iterator[CoverageLine]:
            first = clock.now().date() - timedelta(days=days - 1)
            return iter(coverage_rows.lines(self._connection, first, names))

        return Rows(CoverageLine, lines)

    def close(self) -> None:
        """Close the database; what is read afterwards raises StorageError."""
        self._connection.close()

    def __enter__(self) -> Self:
        """The archive itself."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _matches(self, choice: Choice) -> Iterator[MatchRow]:
        chosen = choices.chosen_ids(self._connection, choice)
        for start in range(0, len(chosen), _SLICE):
            slice_of_them = chosen[start : start + _SLICE].tolist()
            for listed in matches.of_articles(self._connection, slice_of_them):
                if choice.topics and listed.topic not in choice.topics:
                    continue
                if choice.band is None or listed.band == choice.band:
                    yield match_row(listed)

    def _choice(
        self,
        topic: str | Sequence[str],
        source: str | Sequence[str],
        since: date | str | None,
        until: date | str | None,
        language: str | None,
        band: str | None,
    ) -> Choice:
        if band not in (None, "match", "review"):
            raise ConfigError(f"band: {band!r} is not allowed; allowed is 'match', 'review' or None")
        choice = Choice(
            _names(topic), _names(source), _day("since", since), _day("until", until), language, band
        )
        self._check(choice)
        return choice

    def _check(self, choice: Choice) -> None:
        for kind, names in choices.unknown_names(self._connection, choice).items():
            raise ConfigError(f"there is no {kind} {names[0]!r}; `seedwatch {kind}s list` shows them")


def open_archive(path: Path) -> Archive:
    """As `seedwatch.open`."""
    if path.is_dir():
        path = path / _SETTINGS
    if not path.exists():
        raise ConfigError(
            f"{path}: there is no such file; give a database, a {_SETTINGS}, or a folder with one"
        )
    if path.suffix == ".toml":
        from scheduler.config.load import load_config  # a database needs none of it

        path = load_config(path, os.environ).database
    return Archive(db.connect(path, readonly=True), path)


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _day(name: str, given: date | str | None) -> date | None:
    """A day; of a time its date."""
    try:
        return date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise ConfigError(f"{name}: {given!r} is no day; write it as 2026-09-14") from None


def _need(call: str, *packages: str) -> None:
    missing = [name for name in packages if util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"{call} needs {' and '.join(missing)}: pip install '{_EXTRA}'")
