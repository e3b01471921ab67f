"""The members of a gzip file one by one, those that are not wanted unread, damaged ones told and passed over.

A WARC file packs each record by itself, so that one can be taken without the others. Memory stays bounded, whatever a
member claims to be.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

_MAGIC = b"\x1f\x8b\x08"
_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 256 * 1024
# What is unpacked at a time, and what decides whether a member is wanted.
_PIECE = 1024 * 1024
_HEAD = 4_096


class ByteStream(Protocol):
    """What can be read from its beginning to its end, and closed."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most *size*; b"" at the end."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True)
class GzipMember:
    """A member that is wanted, or damaged."""

    number: int  # counted from 1, the unwanted ones included
    data: bytes  # unpacked; b"" if it is damaged
    damage: str | None = None  # "cut", "corrupt" or "too_large"; None: it is whole


def gzip_members(
    stream: ByteStream, is_wanted: Callable[[bytes], bool], *, most_bytes: int
) -> Iterator[GzipMember]:
    """The members whose first 4,096 unpacked bytes *is_wanted* takes, and those that are damaged, in order.

    A wanted one that unpacks to more than *most_bytes* counts as damaged. Behind a corrupt one reading goes on with the
    next beginning of a member, and what lies between counts once.
    """
    source = _Source(stream)
    number = 0
    was_corrupt = False
    while source.find_member():
        number += 1
        member = _read(source, number, is_wanted, most_bytes)
        is_corrupt = member is not None and member.damage == "corrupt"
        if member is not None and not (is_corrupt and was_corrupt):
            yield member
        was_corrupt = is_corrupt


class _Source:
    """What was read of the stream and belongs to no member yet."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.waiting = b""

    def more(self) -> bool:
        """Read on; False at the end."""
        piece = self._stream.read(_CHUNK)
        self.waiting += piece
        return bool(piece)

    def take(self) -> bytes:
        """What waits, or the next piece of the stream; b"" at its end."""
        if not self.waiting:
            self.more()
        taken, self.waiting = self.waiting, b""
        return taken

    def find_member(self) -> bool:
        """Pass over what is no beginning of a member; False if there is none any more."""
        while True:
            place = self.waiting.find(_MAGIC)
            if place >= 0:
                self.waiting = self.waiting[place:]
                return True
            # The beginning may be cut by the end of what was read.
            self.waiting = self.waiting[-(len(_MAGIC) - 1) :]
            if not self.more():
                return False


def _read(
    source: _Source, number: int, is_wanted: Callable[[bytes], bool], most_bytes: int
) -> GzipMember | None:
    """The member that begins where *source* stands; None if it is whole and not wanted."""
    inflater = zlib.decompressobj(_GZIP)
    kept = _Kept(is_wanted, most_bytes)
    packed = b""
    try:
        while not inflater.eof:
            packed = inflater.unconsumed_tail or source.take()
            if not packed:
                return GzipMember(number, b"", "cut")
            kept.add(inflater.decompress(packed, _PIECE))
    except zlib.error:
        source.waiting = packed[1:] + source.waiting
        return GzipMember(number, b"", "corrupt")
    source.waiting = inflater.unused_data + source.waiting
    return kept.member(number)


class _Kept:
    """What of a member is kept: its head until it is known whether it is wanted, then all or nothing."""

    def __init__(self, is_wanted: Callable[[bytes], bool], most_bytes: int) -> None:
        self._is_wanted, self._most = is_wanted, most_bytes
        self._data = bytearray()
        self._wanted: bool | None = None
        self._is_too_large = False

    def add(self, piece: bytes) -> None:
        """Take in the next piece of the member."""
        if self._wanted is False or self._is_too_large:
            return
        self._data += piece
        if self._wanted is None and len(self._data) >= _HEAD:
            self._decide()
        if len(self._data) > self._most:
            self._is_too_large = True
            self._data.clear()

    def member(self, number: int) -> GzipMember | None:
        """The whole member, if it is wanted."""
        if self._wanted is None:
            self._decide()
        if not self._wanted:
            return None
        return GzipMember(number, bytes(self._data), "too_large" if self._is_too_large else None)

    def _decide(self) -> None:
        self._wanted = self._is_wanted(bytes(self._data[:_HEAD]))
        if not self._wanted:
            self._data.clear()
