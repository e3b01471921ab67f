"""The words of a period against the time before: what is written of a topic now and was not then. Pure.

By the log-likelihood ratio of the texts that have a word and those that have not (Dunning, "Accurate methods for the
statistics of surprise and coincidence", 1993), which small counts do not deceive.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from storage.analyser import Token, tokens

SHOWN = 12
# A word of fewer headlines is one story, told twice.
_LEAST = 3
# So many deviations above chance: one in about 700 words.
_DEVIATIONS = 3.0


@dataclass(frozen=True, slots=True)
class PeriodWord:
    """A word that stands out."""

    word: str  # as it is mostly written
    language: str
    now: int  # texts that have it
    before: int
    deviations: float


@dataclass(slots=True)
class _Counts:
    """The texts of one language and time."""

    texts: int = 0
    terms: Counter[str] = field(default_factory=Counter)  # in how many texts each is


def period_words(
    now: Iterable[tuple[str, str]], before: Iterable[tuple[str, str]]
) -> dict[str, list[PeriodWord]]:
    """By language the words that stand out in the texts of *now*, at most SHOWN; both are language and text.

    The language with most texts comes first; one in which nothing stands out is left out.
    """
    surfaces: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    ours, theirs = (_counted(texts, surfaces) for texts in (now, before))
    found = {
        language: _standing_out(language, ours[language], theirs[language], surfaces)
        for language in sorted(ours, key=lambda language: (-ours[language].texts, language))
        if language in theirs
    }
    return {language: words for language, words in found.items() if words}


def _counted(
    texts: Iterable[tuple[str, str]], surfaces: Mapping[tuple[str, str], Counter[str]]
) -> dict[str, _Counts]:
    counts: dict[str, _Counts] = defaultdict(_Counts)
    for language, text in texts:
        written = dict(_words(tokens(text, language or None)))
        counts[language].texts += 1
        counts[language].terms.update(written.keys())
        for term, surface in written.items():
            surfaces[language, term][surface] += 1
    return counts


def _words(found: list[Token]) -> Iterator[tuple[str, str]]:
    """The terms of a text as they are written; of scripts without blanks two characters that stand together."""
    for token, following in zip(found, [*found[1:], None], strict=True):
        if not token.single:
            if len(token.surface) > 1 and not token.surface.isdigit():
                yield token.term, token.surface
        elif following is not None and following.single and following.joined:
            pair = token.surface + following.surface
            yield token.term + following.term, pair


def _standing_out(
    language: str, now: _Counts, before: _Counts, surfaces: Mapping[tuple[str, str], Counter[str]]
) -> list[PeriodWord]:
    words = []
    for term, count in now.terms.items():
        deviations = _deviations(count, now.texts, before.terms[term], before.texts)
        if count >= _LEAST and deviations >= _DEVIATIONS:
            surface = surfaces[language, term].most_common(1)[0][0]
            words.append(PeriodWord(surface, language, count, before.terms[term], round(deviations, 1)))
    return sorted(words, key=lambda word: (-word.deviations, word.word))[:SHOWN]


def _deviations(now: int, texts_now: int, before: int, texts_before: int) -> float:
    """The root of the ratio: how far beyond chance *now* of the texts have a word; negative where they are fewer."""
    share = (now + before) / (texts_now + texts_before)
    cells = (
        (now, texts_now * share),
        (texts_now - now, texts_now * (1 - share)),
        (before, texts_before * share),
        (texts_before - before, texts_before * (1 - share)),
    )
    ratio = 2 * sum(seen * math.log(seen / expected) for seen, expected in cells if seen)
    return math.copysign(math.sqrt(max(ratio, 0.0)), now / texts_now - before / texts_before)
