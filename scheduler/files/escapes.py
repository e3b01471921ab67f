"""Characters that could steer a terminal or reorder a line, as escapes that every reader of JSON undoes. Pure."""

import re

# Controls beyond those that JSON escapes by itself (DEL, C1 with its one-byte CSI), the marks and overrides of
# bidirectional text (Unicode UAX 9; "Trojan Source", 2021), line separators, and the byte order mark.
_BEYOND_JSON = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
_IN_JSON = re.compile(f"[{_BEYOND_JSON}]")
_IN_TEXT = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{_BEYOND_JSON}]")


def escaped_json(document: str) -> str:
    """The same document of JSON, with these characters as its escapes (a backslash, u and four digits)."""
    return _IN_JSON.sub(_escape, document)


def escaped_text(text: str) -> str:
    """Plain text with these characters, and all controls but tabs and line ends, written out in the same way."""
    return _IN_TEXT.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
