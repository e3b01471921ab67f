"""Text of any script, and word differences, in lines for people, on a terminal or without."""

import re
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

import click

from crawler.articles.revisions import Piece
from scheduler.cli.output import printable, width

# What is shown of a stretch that did not change, at each of its ends.
_CONTEXT = 60
# What is shown of a stretch that came or went.
_CHANGE = 600
_COLOURS = {"added": "green", "removed": "red"}
_SIGNS = {"added": ("{+", "+}"), "removed": ("[-", "-]")}
# A line may be broken at a space, and before and behind a character of scripts without spaces.
_SINGLES = "\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_TOKEN = re.compile(rf"[{_SINGLES}]|[^\s{_SINGLES}]+|\s+")

_Token = tuple[str, str]  # kind of its piece, text


def difference_lines(pieces: Sequence[Piece], columns: int, *, full: bool) -> Iterator[str]:
    """What came and went, with some of what stands around it, in lines of at most *columns* columns.

    Green and struck red on a terminal, else {+came+} and [-went-]. If *full*, nothing is left out.
    """
    has_colours = sys.stdout.isatty()
    paragraphs: list[list[_Token]] = [[]]
    for kind, text in _cut(pieces, full=full):
        for number, part in enumerate(text.split("\n")):
            if number:
                paragraphs.append([])
            paragraphs[-1] += _tokens(kind, part, has_signs=not has_colours)
    for paragraph in paragraphs:
        for line in _laid_out(paragraph, columns):
            yield _styled(line, has_colours=has_colours)


def wrapped(text: str, columns: int, *, indent: int = 2) -> Iterator[str]:
    """*text* in lines of at most *columns* columns, whatever its script."""
    for line in _laid_out(_tokens("same", text, has_signs=False), columns, indent=indent):
        yield _styled(line, has_colours=False)


def _cut(pieces: Sequence[Piece], *, full: bool) -> Iterator[_Token]:
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        text = printable(piece.text)
        if not full and piece.kind == "same":
            text = _middle_cut(text, is_first=place == 0, is_last=place == last)
        elif not full and len(text) > _CHANGE:
            text = f"{text[:_CHANGE]}… ({len(text) - _CHANGE:,} characters more)"
        yield piece.kind, text


def _middle_cut(text: str, *, is_first: bool, is_last: bool) -> str:
    """The ends of an unchanged stretch that lie beside a change, cut between words where there are any."""
    keep = (not is_first) * _CONTEXT + (not is_last) * _CONTEXT
    if len(text) <= keep + 20:
        return text
    before = "" if is_first else _up_to_word(text[:_CONTEXT])
    after = "" if is_last else _up_to_word(text[-_CONTEXT:][::-1])[::-1]
    return f"{before} … {after}"


def _up_to_word(text: str) -> str:
    cut = text.rpartition(" ")[0]
    return cut if len(cut) > _CONTEXT // 2 else text


def _tokens(kind: str, text: str, *, has_signs: bool) -> list[_Token]:
    found = [(kind, token) for token in _TOKEN.findall(text)]
    words = [place for place, (_, token) in enumerate(found) if token.strip()]
    if has_signs and words and kind in _SIGNS:
        opening, closing = _SIGNS[kind]
        found[words[0]] = kind, opening + found[words[0]][1]
        found[words[-1]] = kind, found[words[-1]][1] + closing
    return found


def _laid_out(tokens: Sequence[_Token], columns: int, *, indent: int = 2) -> Iterator[list[_Token]]:
    """The tokens in lines, each begun by its indent; empty paragraphs give none."""
    line: list[_Token] = []
    used = indent
    for kind, token in tokens:
        size = width(token)
        if used + size > columns and line:
            yield [("same", " " * indent), *line]
            line, used = [], indent
        if line or token.strip():
            line.append((kind, token))
            used += size
    if line:
        yield [("same", " " * indent), *line]


def _styled(line: Sequence[_Token], *, has_colours: bool) -> str:
    parts = []
    for kind, group in groupby(line, key=lambda token: token[0]):
        text = "".join(token for _, token in group)
        if has_colours and kind in _COLOURS and text.strip():
            text = click.style(text, fg=_COLOURS[kind], strikethrough=kind == "removed")
        parts.append(text)
    return "".join(parts).rstrip()
