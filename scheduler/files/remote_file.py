"""A file of the web as a stream, never whole in memory or on the disk; taken up again where a connection broke."""

import http.client
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from crawler.downloader.gate import Gate
from scheduler.gated_connection import connect
from storage.errors import BlockedError, SeedwatchError

TIMEOUT_S = 60.0
# Connections that may break before a file is given up.
_TRIES = 3
_OK, _PARTIAL = 200, 206


class RemoteFileError(SeedwatchError):
    """A file cannot be had; the text quotes the address.

    Attributes:
        status: what the server said; None: there was no answer, or it ended too early.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)


class RemoteFile:
    """A file at an http(s) address, read from its beginning to its end; no redirect is followed.

    Attributes:
        size: in bytes; None if the server does not say.
        place: how many bytes were read.
    """

    def __init__(self, url: str, gate: Gate, headers: Mapping[str, str]) -> None:
        """Ask for the file.

        Raises:
            RemoteFileError: the server has it not, refuses it or does not answer.
        """
        self.url, self.place = url, 0
        self.size: int | None = None
        self._gate, self._headers = gate, dict(headers)
        self._breaks = 0
        self._connection: http.client.HTTPConnection | None = None
        self._answer: http.client.HTTPResponse | None = None
        self._open()

    def read(self, size: int = -1) -> bytes:
        """The next at most *size* bytes; b"" at the end.

        Raises:
            RemoteFileError: the connection broke for the third time.
        """
        while True:
            try:
                assert self._answer is not None
                piece = self._answer.read(size if size >= 0 else None)
                if piece or self.size is None or self.place >= self.size:
                    self.place += len(piece)
                    return piece
                problem = "the connection ended early"
            except (OSError, http.client.HTTPException) as error:
                problem = str(error) or type(error).__name__
            self._again(problem)

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            if self._connection is not None:
                self._connection.close()

    def __enter__(self) -> Self:
        """The file itself."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _again(self, problem: str) -> None:
        """Open a connection at the place that was reached."""
        while True:
            self._breaks += 1
            if self._breaks >= _TRIES:
                raise RemoteFileError(f"{self.url}: {problem}, after {self.place:,} bytes")
            try:
                self._open()
            except RemoteFileError as error:
                if error.status is not None:
                    raise
                problem = str(error)
            else:
                return

    def _open(self) -> None:
        if self._connection is not None:
            self._connection.close()
        more = {"Range": f"bytes={self.place}-"} if self.place else {}
        target = urlsplit(self.url)._replace(scheme="", netloc="", fragment="").geturl() or "/"
        try:
            self._connection = connect(self.url, self._gate, timeout_s=TIMEOUT_S)
            self._connection.request("GET", target, headers={**self._headers, **more})
            answer: Any = self._connection.getresponse()
        except BlockedError as error:
            raise RemoteFileError(
                f"{self.url}: {error}; private addresses need crawl.allow_private", status=0
            ) from error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise RemoteFileError(f"{self.url}: {error or type(error).__name__}") from error
        if answer.status != (_PARTIAL if self.place else _OK):
            raise RemoteFileError(
                f"{self.url}: HTTP {answer.status} {answer.reason}".strip(), status=answer.status
            )
        self._answer = answer
        if not self.place:
            self.size = answer.length
