"""Marked words: where phrases and rules meet a text, as HTML or as a snippet. Pure.

Marks never cut a word: "Russia" is not marked inside "Belorussian", since whole tokens are compared.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from storage.analyser import Token, tokens
from storage.datasette.search_box import Phrase, phrases

# Rare signs, so that a snippet reads as text in CSV and JSON too and no outlet's own marks are taken for ours.
OPENING, CLOSING = "⟦", "⟧"
SNIPPET_CHARACTERS = 240

Stretch = tuple[int, int]


def phrase_of(surface: str, language: str | None) -> Phrase:
    """The phrase that finds *surface* in a text in *language*, however its words are inflected there."""
    return Phrase(tuple(token.term for token in tokens(surface, language)), "")


def find_phrases(tokens: Sequence[Token], wanted: Iterable[Phrase]) -> list[Stretch]:
    """The stretches (first offset, offset behind) of a text with the tokens *found* that one of *wanted* meets."""
    by_length: dict[int, set[tuple[str, ...]]] = defaultdict(set)
    prefixes = []
    for phrase in wanted:
        if phrase.terms:
            by_length[len(phrase.terms)].add(phrase.terms)
        if phrase.prefix:
            prefixes.append(phrase)
    stretches = []
    for length, sought in by_length.items():
        for first in range(len(tokens) - length + 1):
            window = tokens[first : first + length]
            if tuple(token.term for token in window) in sought:
                stretches.append((window[0].start, window[-1].end))
    return stretches + [stretch for phrase in prefixes for stretch in _find_prefix(tokens, phrase)]


def snap(tokens: Sequence[Token], stretches: Iterable[Stretch]) -> list[Stretch]:
    """*stretches* widened to the tokens *found* that they touch; those that touch none are left out."""
    snapped = []
    for start, end in stretches:
        touched = [token for token in tokens if token.start < end and start < token.end]
        if touched:
            snapped.append((touched[0].start, touched[-1].end))
    return snapped


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """*stretches* in order, with those that overlap or touch joined."""
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def marked(text: str, stretches: Sequence[Stretch], *, start: int = 0, end: int | None = None) -> Markup:
    """*text* from *start* to *end*, escaped, with <mark> around *stretches* (as `merged` gives them)."""
    end = len(text) if end is None else end
    html, place = Markup(), start
    for stretch in stretches[bisect_right(stretches, start, key=lambda stretch: stretch[1]) :]:
        if stretch[0] >= end:
            break
        first, last = max(stretch[0], start), min(stretch[1], end)
        html += escape(text[place:first]) + Markup("<mark>{}</mark>").format(text[first:last])
        place = last
    return html + escape(text[place:end])


def snippet(text: str, typed: str, language: str | None) -> str:
    """About 240 characters of *text* around what *typed* finds in it, on one line, finds between ⟦ and ⟧.

    The window is the one with most finds, the first of equals; without a find it is the beginning.
    """
    stretches = merged(find_phrases(tokens(text, language), phrases(typed, language)))
    start, end = _window(text, stretches)
    pieces, place = [], start
    for first, last in stretches:
        if start <= first and last <= end:
            pieces += [text[place:first], OPENING, text[first:last], CLOSING]
            place = last
    pieces.append(text[place:end])
    middle = " ".join("".join(pieces).split())
    return f"{'… ' if start > 0 else ''}{middle}{' …' if end < len(text) else ''}"


def snippet_html(text: str) -> Markup:
    """A snippet as `snippet` writes it, escaped, with its finds marked."""
    html = escape(text)
    return Markup(str(html).replace(OPENING, "<mark>").replace(CLOSING, "</mark>"))


def _find_prefix(tokens: Sequence[Token], phrase: Phrase) -> list[Stretch]:
    length = len(phrase.terms)
    windows = (tokens[first : first + length] for first in range(len(tokens) - length + 1))
    return [
        (window[0].start, window[-1].end)
        for window in windows
        if window[-1].word.startswith(phrase.prefix)
        and tuple(token.term for token in window[:-1]) == phrase.terms[:-1]
    ]


def _window(text: str, stretches: Sequence[Stretch]) -> Stretch:
    """The stretch of *text* to show, cut between words where there are spaces."""
    best, most = 0, 0
    for first, _ in stretches:
        inside = sum(
            1 for start, end in stretches if first <= start and end <= first + SNIPPET_CHARACTERS * 3 // 4
        )
        if inside > most:
            best, most = max(0, first - SNIPPET_CHARACTERS // 4), inside
    start = best
    if start > 0:
        space = text.find(" ", start, start + 20)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + SNIPPET_CHARACTERS)
    if end < len(text):
        space = text.rfind(" ", end - 20, end)
        end = space if space > start else end
    return start, end
