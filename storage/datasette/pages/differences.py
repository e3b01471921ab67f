"""What changed between two texts: paragraphs first, then words inside them. Pure.

difflib is quadratic at worst, so both steps are bounded; beyond the bounds whole paragraphs are shown as taken out
and put in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from storage.analyser import tokens

# 1,500 lines a side stay under a second, even if all lines differ; news texts have under 100.
PARAGRAPHS = 1_500
# Words and gaps of one paragraph; 1,000 a side take about 0.1 s at worst.
PIECES = 1_000


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the comparison."""

    changed: bool
    html: Markup  # with <ins> and <del>


def compare(old: str, new: str) -> list[Paragraph]:
    """The paragraphs of both texts in order, at most 1,500 of each; equal ones once."""
    before, after = _paragraphs(old), _paragraphs(new)
    compared = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            compared += [Paragraph(False, escape(line)) for line in before[i:j]]
        else:
            compared += [Paragraph(True, html) for html in _replaced(before[i:j], after[k:m])]
    return compared


def compare_words(old: str, new: str) -> Markup:
    """*new* with what it has more in <ins> and what *old* had in <del>, by words (characters in CJK)."""
    before, after = _pieces(old), _pieces(new)
    if max(len(before), len(after)) > PIECES:
        return _gone(old) + _come(new)
    html = Markup()
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            html += escape("".join(before[i:j]))
        else:
            html += _gone("".join(before[i:j])) + _come("".join(after[k:m]))
    return html


def _replaced(before: list[str], after: list[str]) -> Iterator[Markup]:
    """Paragraphs that were changed in place are compared word by word, the rest came or went."""
    same = min(len(before), len(after)) if before and after else 0
    for old, new in zip(before[:same], after[:same], strict=True):
        yield compare_words(old, new)
    yield from (_gone(line) for line in before[same:])
    yield from (_come(line) for line in after[same:])


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()][:PARAGRAPHS]


def _pieces(text: str) -> list[str]:
    """Words and what stands between them, in order."""
    pieces, place = [], 0
    for token in tokens(text):
        if token.start > place:
            pieces.append(text[place : token.start])
        if token.end > place:
            pieces.append(text[max(place, token.start) : token.end])
            place = token.end
    return [*pieces, text[place:]] if place < len(text) else pieces


def _gone(text: str) -> Markup:
    return Markup("<del>{}</del>").format(text) if text else Markup()


def _come(text: str) -> Markup:
    return Markup("<ins>{}</ins>").format(text) if text else Markup()
