"""The part of a text around what a search found. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.records.topics import Span

# About two lines of a terminal, or of Datasette's table.
_CHARACTERS = 180


@dataclass(frozen=True, slots=True)
class SnippetPiece:
    """A stretch of a snippet."""

    text: str
    is_hit: bool  # it is what was searched for


def snippet(text: str, spans: Sequence[Span], characters: int = _CHARACTERS) -> list[SnippetPiece]:
    """About *characters* of *text* with the most of *spans* in it, in pieces; the beginning if none lies in the text.

    A span that the window's end cuts is a hit as far as the window goes; of two that overlap, the later is marked
    behind the earlier.
    """
    start, end = window(text, spans, characters)
    hits = sorted((span.start, span.end) for span in spans if span.field == "text")
    pieces = [SnippetPiece("… ", is_hit=False)] if start else []
    at = start
    for first, last in hits:
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        pieces += [SnippetPiece(text[at:first], is_hit=False), SnippetPiece(text[first:last], is_hit=True)]
        at = last
    pieces.append(SnippetPiece(text[at:end] + (" …" if end < len(text) else ""), is_hit=False))
    return [piece for piece in pieces if piece.text]


def window(text: str, spans: Sequence[Span], characters: int) -> tuple[int, int]:
    """Begin and end of about *characters* of *text* with the most of *spans* in it, at the ends of words if near."""
    hits = sorted((span.start, span.end) for span in spans if span.field == "text")
    anchor = _best_hit(hits, characters)
    begin = max(0, anchor - characters // 4)
    start = _word_start(text, begin, anchor)
    return start, _word_end(text, min(len(text), begin + characters), start)


def _best_hit(hits: Sequence[tuple[int, int]], characters: int) -> int:
    """Where the hit begins that has the most others close behind it; 0 if there is none."""
    best, most = 0, 0
    for first, _ in hits:
        within = sum(1 for start, end in hits if start >= first and end <= first + characters * 3 // 4)
        if max(within, 1) > most:
            best, most = first, max(within, 1)
    return best


def _word_start(text: str, at: int, before: int) -> int:
    """*at*, moved on to behind the next space if one is near, and no hit skipped: some scripts have no spaces."""
    if at == 0:
        return 0
    space = text.find(" ", at, min(at + 15, before))
    return space + 1 if space >= 0 else at


def _word_end(text: str, at: int, start: int) -> int:
    """*at*, moved back to the last space if one is near and behind *start*."""
    if at >= len(text):
        return len(text)
    space = text.rfind(" ", max(at - 15, start), at)
    return space if space >= 0 else at
