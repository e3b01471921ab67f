"""The line of each key of a TOML text, for messages and edits. Pure.

The standard library's reader keeps no places, so the text is walked once more, beside it: this walk judges nothing
and expects a text that ``tomllib`` has read. It follows the grammar of TOML 1.0 (https://toml.io/en/v1.0.0).
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""Names of tables and keys; the number of an array's element counts from 0."""

# Nested deeper than this is skipped in one go, so that no text exhausts the stack; our settings need 3.
NESTING = 16

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_INLINE_BLANK = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# A whole string of any of the four forms; the long ones may end in up to two quotes of their own.
_STRING = re.compile(
    r'"""(?:[^\\"]|\\.|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*+"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_OPENING = re.compile(r"\[{1,2}")
_CLOSING = re.compile(r"\]{1,2}")
_PLAIN_VALUE = re.compile(r"[^,\]}#\r\n]*")


@dataclass(frozen=True, slots=True)
class Extent:
    """The lines that a key with its value takes, or a table's header; counted from 1."""

    first: int
    last: int


def key_extents(text: str) -> dict[KeyPath, Extent]:
    """The lines of each key, header and array element, in order of the text.

    A table that is named several times (``[a]`` after ``[a.b]``) has its first place. What this walk does not
    understand has no entry; it never raises.
    """
    return _TomlWalk(text).extents()


def line_of(extents: Mapping[KeyPath, Extent], path: KeyPath) -> int | None:
    """The first line of a key, or of the nearest table around it that has one; None where neither is known."""
    for length in range(len(path), 0, -1):
        extent = extents.get(path[:length])
        if extent is not None:
            return extent.first
    return None


def entry_extent(extents: Mapping[KeyPath, Extent], path: KeyPath) -> Extent | None:
    """The lines of a table with all its keys, without comments behind the last key; None where it is not known."""
    own = [extent for key, extent in extents.items() if key[: len(path)] == path]
    if not own:
        return None
    return Extent(min(extent.first for extent in own), max(extent.last for extent in own))


class _TomlWalk:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._line = 1
        self._found: dict[KeyPath, Extent] = {}
        self._elements: dict[KeyPath, int] = {}  # arrays of tables: how many headers came so far

    def extents(self) -> dict[KeyPath, Extent]:
        table: KeyPath = ()
        self._take(_BLANK)
        while self._position < len(self._text):
            start = self._position
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table, 0)
            self._take(_BLANK)
            if self._position == start:  # not TOML: what follows cannot be placed
                break
        return self._found

    def _peek(self) -> str:
        return self._text[self._position : self._position + 1]

    def _take(self, pattern: re.Pattern[str]) -> str:
        """What stands here of a pattern, stepped over; "" if nothing."""
        match = pattern.match(self._text, self._position)
        return self._step(len(match[0])) if match else ""

    def _step(self, length: int) -> str:
        taken = self._text[self._position : self._position + length]
        self._position += length
        self._line += taken.count("\n")
        return taken

    def _note(self, path: KeyPath, first: int) -> None:
        self._found.setdefault(path, Extent(first, self._line))

    def _header(self) -> KeyPath:
        """The path of a ``[table]`` or the next element of an ``[[array of tables]]``."""
        line, brackets = self._line, len(self._take(_OPENING))
        parts = self._key()
        self._take(_CLOSING)
        path = (*self._outer(parts[:-1], line), *parts[-1:])
        if brackets == 2:
            number = self._elements.get(path, 0)
            self._elements[path] = number + 1
            self._note(path, line)
            path = (*path, number)
        self._note(path, line)
        return path

    def _outer(self, parts: tuple[str, ...], line: int) -> KeyPath:
        """The path of the tables around, with the newest element wherever a part names an array of tables."""
        path: KeyPath = ()
        for part in parts:
            path = (*path, part)
            self._note(path, line)
            if path in self._elements:
                path = (*path, self._elements[path] - 1)
        return path

    def _key(self) -> tuple[str, ...]:
        """The parts of a dotted key; empty if none stands here."""
        parts: list[str] = []
        while True:
            self._take(_INLINE_BLANK)
            part = self._take(_STRING) if self._peek() in ("'", '"') else self._take(_BARE_KEY)
            if not part:
                return tuple(parts)
            parts.append(_plain_key(part))
            self._take(_INLINE_BLANK)
            if self._peek() != ".":
                return tuple(parts)
            self._step(1)

    def _pair(self, table: KeyPath, depth: int) -> None:
        """Steps over ``key = value``; a dotted key's tables have the place of their first key."""
        first, parts = self._line, self._key()
        if self._peek() != "=":
            return
        self._step(1)
        path = (*table, *parts)
        self._value(path, depth)
        for length in range(len(table) + 1, len(path) + 1):
            self._note(path[:length], first)

    def _value(self, path: KeyPath, depth: int) -> None:
        self._take(_INLINE_BLANK)
        opening = self._peek()
        if opening in ("'", '"'):
            self._take(_STRING)
        elif opening in ("[", "{") and depth >= NESTING:
            self._skip_brackets()
        elif opening == "[":
            self._array(path, depth + 1)
        elif opening == "{":
            self._inline_table(path, depth + 1)
        else:
            self._take(_PLAIN_VALUE)

    def _array(self, path: KeyPath, depth: int) -> None:
        self._step(1)
        number = 0
        while self._separated("]"):
            first, start = self._line, self._position
            self._value((*path, number), depth)
            if self._position == start:
                return
            self._note((*path, number), first)
            number += 1

    def _inline_table(self, path: KeyPath, depth: int) -> None:
        self._step(1)
        while self._separated("}"):
            start = self._position
            self._pair(path, depth)
            if self._position == start:
                return

    def _separated(self, closing: str) -> bool:
        """Whether another element stands behind blanks and commas; steps over the closing bracket if not."""
        self._take(_BLANK)
        while self._peek() == ",":
            self._step(1)
            self._take(_BLANK)
        if self._peek() in (closing, ""):
            self._step(1)
            return False
        return True

    def _skip_brackets(self) -> None:
        """Steps over a bracketed value without looking inside."""
        open_brackets = 0
        while self._position < len(self._text):
            self._take(_BLANK)
            if not self._take(_STRING):
                sign = self._step(1)
                open_brackets += (sign in ("[", "{")) - (sign in ("]", "}"))
            if open_brackets <= 0:
                return


def _plain_key(part: str) -> str:
    """A key without its quotes and escapes."""
    if part[0] not in ("'", '"'):
        return part
    try:
        (name,) = tomllib.loads(f"{part} = 0")
    except (tomllib.TOMLDecodeError, ValueError):
        return part
    return str(name)
