"""A place in a query, shown: the query on one line, and a caret under the column. Pure."""

import unicodedata

# Characters shown on either side of the place: a query over a screen's width would move the caret off its column.
_REACH = 60


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
