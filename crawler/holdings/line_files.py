"""The lines of a file, packed by gzip or not, or of stdin: numbered, bounded, with the place in the file. I/O edge."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crawler.limits import PAGE_BYTES
from storage.errors import ConfigError

STDIN = "-"
# A longer line is no article; it is passed over in pieces of this size, so that no line fills the memory.
LINE_BYTES = PAGE_BYTES
_GZIP = b"\x1f\x8b"


class LineFile:
    """A file that is read line by line.

    Attributes:
        damage: why reading ended before the end of the file (a packed file that is cut off); None if it did not.
    """

    def __init__(self, name: str) -> None:
        """*name* is a path, or "-" for stdin.

        Raises:
            ConfigError: there is no such file, or it cannot be read.
        """
        self.damage: str | None = None
        self.path = None if name == STDIN else Path(name)
        try:
            self._file: Any = sys.stdin.buffer if self.path is None else self.path.open("rb")
            self._size = 0 if self.path is None else self.path.stat().st_size
        except OSError as error:
            raise ConfigError(f"{name}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; stdin stays open."""
        if self.path is not None:
            self._file.close()

    def fingerprint(self) -> str | None:
        """A hash of the whole file; None for stdin, which can be read only once.

        Raises:
            ConfigError: it cannot be read.
        """
        if self.path is None:
            return None
        try:
            with self.path.open("rb") as file:
                return file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror}") from error

    def share(self) -> float | None:
        """How much of the file was read, from 0 to 1; None for stdin and for what is no plain file."""
        if self.path is None or not self._size:
            return None
        with suppress(OSError, ValueError):
            return float(min(self._file.tell() / self._size, 1.0))
        return None

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Each line that is not blank with its number, counted from 1; None for one longer than LINE_BYTES."""
        stream = self._unpacked()
        number = 0
        try:
            while piece := stream.readline(LINE_BYTES):
                number += 1
                if len(piece) == LINE_BYTES and not piece.endswith(b"\n"):
                    while piece and not piece.endswith(b"\n"):
                        piece = stream.readline(LINE_BYTES)
                    yield number, None
                elif piece.strip(b"\r\n\t \xef\xbb\xbf"):
                    yield number, piece.removeprefix(b"\xef\xbb\xbf")
        except (OSError, EOFError, zlib.error) as error:
            self.damage = f"the file cannot be read behind line {number}: {error}"

    def _unpacked(self) -> Any:
        # Both are io.BufferedReader, which can look ahead; typeshed knows it of neither.
        packed = self._file.peek(2)[:2] == _GZIP
        return gzip.GzipFile(fileobj=self._file) if packed else self._file
