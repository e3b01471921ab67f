"""Two versions of a text, word by word: what went, what came, and what stayed. Pure.

Paragraphs are first paired by the words that they share, in their order, so that a paragraph that was put in moves none
of those behind it; then the words of each pair are compared. What shares too little is no change but another paragraph.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

from markupsafe import Markup, escape

from storage.analyser import tokens

# 1,500 lines a side stay under a second, even if all lines differ; news texts have under 100.
PARAGRAPHS = 1_500
# Words and gaps of one paragraph; 1,000 a side take about 0.1 s at worst.
PIECES = 1_000
# Places at which something of one side can stand on the other: of lines or words that are always the same there are as
# many as of one side times those of the other, and the time grows with them and with what lies between. Of a paragraph,
# or of all lines; news has under 4,000.
PLACES = 20_000
# Of all paragraphs of a text. What is beyond is shown whole, as what went and what came.
ALL_PLACES = 200_000
# Paragraphs of which each is held against each, and their words; more, in a text that was written anew, are paired as
# they stand.
PAIRS = 10_000
PAIRS_OF_WORDS = 1_000_000
# Of two paragraphs of one article 99 in 100 share less in English, Russian and Chinese ("the", "of", the names); in
# Korean, of which syllables are counted, 5 in 6.
ALIKE = 0.4
# A paragraph that was cut short, or went on: all its words but one in ten stand in the other. It weighs less than a
# pair that is alike as a whole.
HELD = 0.9
HELD_WORDS = 5
HELD_WEIGHT = 0.3

IsGap = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the comparison."""

    changed: bool
    html: Markup  # with <ins> and <del>


def compare(old: str, new: str) -> list[Paragraph]:
    """The paragraphs of both texts in order, at most 1,500 of each; equal ones once.

    Whatever the texts are, it takes a second or two: what would take longer is compared more coarsely.
    """
    before, after = _paragraphs(old), _paragraphs(new)
    words = _Words()
    compared = []
    for is_same, gone, come in _codes(before, after, is_gap=None):
        if is_same:
            compared += [Paragraph(False, escape(line)) for line in gone]
        else:
            compared += [Paragraph(True, html) for html in _replaced(gone, come, words)]
    return compared


def compare_words(old: str, new: str) -> Markup:
    """*new* with what it has more in <ins> and what *old* had in <del>, by words (characters in CJK)."""
    return _Words().compare(old, new)


@dataclass(slots=True)
class _Words:
    """Compares paragraphs by words, as long as there are not too many places to look at."""

    places: int = ALL_PLACES

    def compare(self, old: str, new: str) -> Markup:
        """As `compare_words`; both whole where it would take too long."""
        before, after = _pieces(old), _pieces(new)
        places = _places(before, after, _is_gap)
        if max(len(before), len(after)) > PIECES or places > min(PLACES, self.places):
            return _swapped(old, new)
        self.places -= places
        html = Markup()
        for is_same, old_part, new_part in _stretches(before, after):
            html += escape(new_part) if is_same else _swapped(old_part, new_part)
        return html


def _stretches(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[bool, str, str]]:
    """What stayed and what changed, by turns; a gap between two changed words belongs to the change.

    "red apple" that became "green pear" is one change, not two that a space keeps apart.
    """
    gone = come = ""
    codes = list(_codes(before, after, is_gap=_is_gap))
    for place, (is_same, old, new) in enumerate(codes):
        is_between = 0 < place < len(codes) - 1 and all(map(_is_gap, old))
        if is_same and not (is_between and gone and come):
            if gone or come:
                yield False, gone, come
            yield True, "".join(old), "".join(new)
            gone = come = ""
        else:
            gone, come = gone + "".join(old), come + "".join(new)
    if gone or come:
        yield False, gone, come


def _is_gap(piece: str) -> bool:
    return not any(map(str.isalnum, piece))


def _codes(
    before: Sequence[str], after: Sequence[str], is_gap: IsGap | None
) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """Whether it is the same, and of both sides what is, by turns.

    What both begin and end with is the same; between, where a side has too many places on the other, all differs. What
    *is_gap* is the same only beside something that is.
    """
    begin = _same_at_the_start(before, after)
    end = _same_at_the_start(before[begin:][::-1], after[begin:][::-1])
    old, new = before[begin : len(before) - end], after[begin : len(after) - end]
    if begin:
        yield True, before[:begin], after[:begin]
    if _places(old, new, is_gap) > PLACES:
        yield False, old, new
    else:
        for kind, i, j, k, m in SequenceMatcher(is_gap, old, new, autojunk=False).get_opcodes():
            yield kind == "equal", old[i:j], new[k:m]
    if end:
        yield True, before[len(before) - end :], after[len(after) - end :]


def _same_at_the_start(before: Sequence[str], after: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def _places(before: Sequence[str], after: Sequence[str], is_gap: IsGap | None) -> int:
    """How many pairs of places there are at which both have the same, gaps left out."""
    old, new = Counter(before), Counter(after)
    return sum(times * new[one] for one, times in old.items() if is_gap is None or not is_gap(one))


def _replaced(before: Sequence[str], after: Sequence[str], words: _Words) -> Iterator[Markup]:
    """Paragraphs that were changed in place are compared word by word, the rest came or went, in the order of both."""
    old_place = new_place = 0
    for old, new in [*_paired(before, after), (len(before), len(after))]:
        yield from (_gone(line) for line in before[old_place:old])
        yield from (_come(line) for line in after[new_place:new])
        if old < len(before):
            yield words.compare(before[old], after[new])
        old_place, new_place = old + 1, new + 1


def _paired(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Which of *before* became which of *after*, in order: the pairs that share most words in all."""
    as_they_stand = list(zip(range(len(before)), range(len(after)), strict=False))
    if len(before) * len(after) > PAIRS:
        return as_they_stand
    old, new = [_bag(line) for line in before], [_bag(line) for line in after]
    if sum(map(len, old)) * len(new) > PAIRS_OF_WORDS:
        return as_they_stand
    alike = [[_alikeness(one, other) for other in new] for one in old]
    # best[i][j]: how much the pairs share at most of what is behind places i and j.
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], alike[i][j] + best[i + 1][j + 1])
    return list(_walked(alike, best))


def _walked(alike: Sequence[Sequence[float]], best: Sequence[Sequence[float]]) -> Iterator[tuple[int, int]]:
    i = j = 0
    while i < len(alike) and j < len(alike[i]):
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _bag(line: str) -> Counter[str]:
    """The words of a paragraph, however they are written; characters in Chinese, Japanese and Korean."""
    return Counter(line[token.start : token.end].casefold() for token in tokens(line))


def _alikeness(old: Counter[str], new: Counter[str]) -> float:
    """The share of the words of both that stayed (Dice); 0 where it is another paragraph."""
    common, shorter = (old & new).total(), min(old.total(), new.total())
    share = 2 * common / max(old.total() + new.total(), 1)
    if share >= ALIKE:
        return share
    return HELD_WEIGHT if shorter >= HELD_WORDS and common >= HELD * shorter else 0.0


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()][:PARAGRAPHS]


# What is read as one: a half of a number, of a date or of a name says something else than the whole (9,000 and 6,000
# would read as "96,000"). The spaces inside numbers are those of typesetters, never the common one.
_NUMBER = r"[$€£¥₽₩]?\d+(?:[.,:/’'\-–\u00a0\u2009\u202f]\d+)*[%‰°]?"


# A month has up to 15 letters: of a text without spaces each letter would be tried as the first of all behind it.
_WHOLE = re.compile(
    rf"(?:\d+\s?[年月日时時点點分秒년월일시분초호]\s?)*\d+\s?[年月日时時点點分秒년월일시분초호]"
    rf"|\d{{1,2}}\.?\s(?:de\s)?[^\W\d_]{{3,15}}\.?,?\s(?:de\s)?\d{{4}}\b"  # 5 May 2026, 5 de mayo de 2026
    rf"|\b[^\W\d_]{{3,15}}\.?\s\d{{1,2}},\s\d{{4}}\b"  # May 5, 2026
    rf"|{_NUMBER}"
)


def _pieces(text: str) -> list[str]:
    """Words and what stands between them, in order; numbers, dates and names of several words as one."""
    pieces: list[str] = []
    place = 0
    for whole in _WHOLE.finditer(text):
        pieces += _words(text, place, whole.start())
        pieces.append(whole[0])
        place = whole.end()
    return [*pieces, *_words(text, place, len(text))]


def _words(text: str, start: int, end: int) -> list[str]:
    """The words of a stretch of *text*, and what stands between them."""
    pieces, place = [], start
    for token in tokens(text[start:end]):
        first, last = start + token.start, start + token.end
        if first > place:
            pieces.append(text[place:first])
        if last > place:
            pieces.append(text[max(place, first) : last])
            place = last
    return _named([*pieces, text[place:end]] if place < end else pieces)


def _named(pieces: list[str]) -> list[str]:
    """*pieces* with words in capitals that follow each other joined: a name of several words."""
    joined: list[str] = []
    for piece in pieces:
        if len(joined) >= 2 and joined[-1] == " " and piece[:1].isupper() and joined[-2][:1].isupper():
            joined[-2:] = [f"{joined[-2]} {piece}"]
        else:
            joined.append(piece)
    return joined


def _swapped(old: str, new: str) -> Markup:
    """What went and what came; a space in what went keeps them apart where colours and lines are not shown."""
    touch = old and new and not old[-1].isspace()
    return _gone(f"{old} " if touch else old) + _come(new)


def _gone(text: str) -> Markup:
    return Markup("<del>{}</del>").format(text) if text else Markup()


def _come(text: str) -> Markup:
    return Markup("<ins>{}</ins>").format(text) if text else Markup()
