"""Pictures and fonts that a page carries in itself are cut out of it while it is read. Pure.

Some outlets send pages of 9 MB whose text begins behind pictures as ``data:`` values; none of them is ever looked at.
"""

import re

# Type and parameters before "base64," are shorter in all registered types.
_HEAD = re.compile(rb"data:[\w/+.;=-]{0,100}?;base64,", re.IGNORECASE)
_HEAD_BYTES = 128
_MARK = b";base64,"
# In quotes or brackets the value may be broken into lines.
_BARE = re.compile(rb"[A-Za-z0-9+/=_%-]*")
_ENCLOSED = re.compile(rb"[A-Za-z0-9+/=_%\s-]*")
_OPENING = b"\"'("


class InlineData:
    """Cuts the values of ``data:`` addresses out of bytes that come in pieces; their heads stay."""

    def __init__(self) -> None:
        self._held = b""  # may be the beginning of a head
        self._value: re.Pattern[bytes] | None = None  # of the value that goes on; None: none does

    def cut(self, piece: bytes) -> bytes:
        """What is left of *piece* and of what was held back before it."""
        data, at = self._held + piece, 0
        kept = bytearray()
        while True:
            if self._value is not None:
                at = self._end_of_value(self._value, data, at)
                if at == len(data):
                    self._held = b""
                    return bytes(kept)
                self._value = None
            head = _HEAD.search(data, at)
            if head is None:
                held_from = max(at, len(data) - _HEAD_BYTES)
                self._held = data[held_from:]
                return bytes(kept + data[at:held_from])
            kept += data[at : head.end()]
            before = data[head.start() - 1 : head.start()] if head.start() else b""
            self._value = _ENCLOSED if before and before in _OPENING else _BARE
            at = head.end()

    def end(self) -> bytes:
        """What was held back."""
        held, self._held = self._held, b""
        return held

    def _end_of_value(self, value: re.Pattern[bytes], data: bytes, at: int) -> int:
        found = value.match(data, at)
        return found.end() if found else at


def without_inline_data(body: bytes) -> bytes:
    """*body* without the values of its ``data:`` addresses; the same object if it has none."""
    if _MARK not in body:
        return body
    cutter = InlineData()
    return cutter.cut(body) + cutter.end()
