"""The errors of the three rooms, as one tree. Pure.

SeedwatchError
├── ConfigError        the user's file or argument is wrong: mend it (exit code 2)
│   └── QueryError     a query cannot be read; knows the column
├── ParseError         a document came but cannot be read (recorded on the poll, link or seed)
├── BlockedError       the gate refused an address (recorded on the link)
├── PoolError          no process can read pages: the run ends, and nothing is charged to feeds and links
├── FetchError         we refrained from a fetch or cannot use its answer (recorded; crawler/downloader/failures.py)
├── RecordError        what another machine sent cannot be read (a dead letter)
├── ClusterError       the cluster's PostgreSQL cannot be had, or is another version's: waited for, shown in `status`
└── StorageError       the database refused: the run ends (exit code 2)
    ├── SchemaError    the database was written by a newer seedwatch, a very early one, or another program
    ├── LockedError    another process writes to it for too long: the daemon waits for it
    └── BusyError      another instance holds what this one needs; names it
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for annotations alone: loading it is a fifth of the time of `seedwatch --help`
    from pathlib import Path


# Characters shown on either side of the place: a query over a screen's width would move the caret off its column.
_REACH = 60


class SeedwatchError(Exception):
    """Base of all errors that we raise on purpose; its text is a message for the user."""


class ConfigError(SeedwatchError):
    """The user's settings or arguments are wrong; the text says where and what is allowed.

    Attributes:
        file: the file with the mistake; None for an argument.
        line: counted from 1; None where the place is not known.
        key: the dotted key, such as ``source[2].home``; None where there is none.
    """

    def __init__(
        self, message: str, *, file: Path | None = None, line: int | None = None, key: str | None = None
    ) -> None:
        self.file, self.line, self.key = file, line, key
        place = ":".join(str(part) for part in (file, line) if part is not None)
        super().__init__(": ".join(part for part in (place, key, message) if part))


class QueryError(ConfigError):
    """A query cannot be read.

    Attributes:
        query: the query as it was given.
        column: counted from 1, where reading stopped.
        reason: the message without query and caret.
    """

    def __init__(self, reason: str, *, query: str, column: int) -> None:
        self.query, self.column, self.reason = query, column, reason
        super().__init__(f"column {column}: {reason}\n{caret_lines(query, column)}")


class ParseError(SeedwatchError):
    """A document came but cannot be read.

    Attributes:
        reason: a word or two for tables and counts, such as ``not_a_feed``.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)

    def __reduce__(self) -> tuple[type[ParseError], tuple[str, str]]:
        """Both arguments, so that the error crosses from the pool's processes."""
        return type(self), (self.reason, str(self))


class BlockedError(SeedwatchError):
    """The gate refused an address.

    Attributes:
        url: the address as it was asked for.
        reason: a word or two for tables and counts, such as ``private_address``.
    """

    def __init__(self, url: str, reason: str, message: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(message)


class PoolError(SeedwatchError):
    """The processes that read pages cannot be had, or kept; it says nothing of what was to be read."""


class RecordError(SeedwatchError):
    """What another machine sent cannot be read; the text says why."""


class ClusterError(SeedwatchError):
    """The PostgreSQL through which machines share work cannot be had, or is another version's.

    Attributes:
        is_passing: waiting may help: it does not answer now. False: somebody has to mend something.
    """

    def __init__(self, message: str, *, is_passing: bool = True) -> None:
        self.is_passing = is_passing
        super().__init__(message)


class StorageError(SeedwatchError):
    """The database refused; the cause is chained."""


class SchemaError(StorageError):
    """The database was written by a newer seedwatch, a very early one, or another program."""


class LockedError(StorageError):
    """Another process has held the database for longer than a statement waits; the next try may work."""


class BusyError(StorageError):
    """Another instance holds what this one needs; the text names its pid and host."""


def caret_lines(query: str, column: int) -> str:
    """Two lines, indented by two: what stands around *column* (counted from 1), and a caret below it.

    What cannot be seen (zero-width and direction marks, control characters) is shown as "�"; line ends and tabs as
    blanks. Wide characters take two places of the caret's line.
    """
    at = column - 1
    start = max(0, at - _REACH) if len(query) > 2 * _REACH else 0
    end = at + _REACH if len(query) > 2 * _REACH else len(query)
    lead = "… " if start else ""
    shown = "".join(map(_visible, query[start:end])).rstrip()
    before = "".join(map(_visible, query[start:at])).ljust(at - start)
    blanks = "".join(map(_blank, lead + before))
    return f"  {lead}{shown}{' …' if end < len(query) else ''}\n  {blanks}^"


def _visible(character: str) -> str:
    if character.isspace() and character != "\u3000":
        return " "
    if unicodedata.combining(character):
        return character
    return character if character.isprintable() or character == "\u3000" else "\ufffd"


def _blank(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    return "\u3000" if unicodedata.east_asian_width(character) in "WF" else " "
