"""The terms of texts as topics count them: stems, and pairs of characters in scripts without steady spaces. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.analyser import Outline, Token, outline, runs, tokens

HEADLINE_WEIGHT = 3

# How often each term of a text occurs, the headline's terms counted HEADLINE_WEIGHT times.
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SeedText:
    """A seed as a profile is built from it."""

    title: str
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class LabelledText(SeedText):
    """An article that a person has judged."""

    relevant: bool


@dataclass(frozen=True, slots=True)
class TopicTerm:
    """A term of a text, and the tokens that it is made of."""

    term: str
    first: Token
    last: Token


def topic_terms(found: Iterable[Token]) -> list[TopicTerm]:
    """The terms of a text in order: stems of two letters or more, pairs of neighbouring single characters.

    Numbers, lone letters and lone characters are left out.
    """
    terms: list[TopicTerm] = []
    for group in runs(found):
        if group[0].single:
            terms += [TopicTerm(one.term + other.term, one, other) for one, other in pairwise(group)]
        elif _is_telling(group[0].term):
            terms.append(TopicTerm(group[0].term, group[0], group[0]))
    return terms


def outline_terms(read: Outline) -> list[str]:
    """The terms of `topic_terms`, without where they stand."""
    found: list[str] = []
    last = 0
    for first, behind in read.runs:
        found += filter(_is_telling, read.terms[last:first])
        found += map(str.__add__, read.terms[first : behind - 1], read.terms[first + 1 : behind])
        last = behind
    return [*found, *filter(_is_telling, read.terms[last:])]


def term_list(title: str, text: str, language: str | None) -> list[str]:
    """The terms of an article as a background holds them: the headline's HEADLINE_WEIGHT times, then the text's."""
    headline = outline_terms(outline(title, language))
    return headline * HEADLINE_WEIGHT + outline_terms(outline(text, language))


def term_counts(text: SeedText) -> Counter[str]:
    """How often each term occurs, the headline's terms counted HEADLINE_WEIGHT times."""
    return Counter(term_list(text.title, text.text, text.language))


def surfaces(texts: Sequence[SeedText]) -> dict[str, str]:
    """For each term of *texts* how they write it, the commonest way."""
    written: dict[str, Counter[str]] = {}
    for text in texts:
        for part in (text.title, text.text):
            for term in topic_terms(tokens(part, text.language)):
                surface = part[term.first.start : term.last.end]
                written.setdefault(term.term, Counter())[surface] += 1
    return {term: counts.most_common(1)[0][0] for term, counts in written.items()}


def _is_telling(term: str) -> bool:
    """Whether the term of a word is neither a number nor a lone letter."""
    return len(term) > 1 and not term.isnumeric()
