"""How rare terms are among articles: counted, and estimated from a language's words while few are counted. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from storage.analyser import is_single

# From here on articles are only counted; below, estimates stand beside the counts (at 100 articles average precision
# rises by them from .31 to .35 and .52 to .53, Reuters, 1 and 3 seeds).
FULL_BACKGROUND = 300
# An article's length in words, the headline's three times, and in character pairs, where no background says it.
TYPICAL_TERMS = 300
TYPICAL_PAIRS = 600
# The least share of articles that a term is assumed to be in before they are counted. What is rare in the language at
# large (names, an agency's own words) may stand in every article of an outlet; without this floor (exp -4) average
# precision without background is .31 and .48 instead of .38 and .56 (Reuters, 1 and 3 seeds).
LEAST_ARTICLE_SHARE = 0.018
# A word that stands in so many articles by its share of the language's words (two, here, between; 했다) says nothing of
# a subject, however seldom these outlets write it. Measured: F1 with one seed, a state agency, .81 -> .85.
FUNCTION_ARTICLE_SHARE = 0.4
# The articles that such an estimate is worth beside counted ones.
ESTIMATE_WORTH = 50
# The share of all words, and of all character pairs, from which on a term stands in so many articles of usual length.
_FUNCTION_SHARES = {
    is_single: 1 - (1 - FUNCTION_ARTICLE_SHARE) ** (1 / length)
    for is_single, length in ((False, TYPICAL_TERMS), (True, TYPICAL_PAIRS))
}


@dataclass(frozen=True, slots=True)
class TermFrequencies:
    """How common terms are in a language, as shares (0 to 1) of all terms of running text."""

    language: str
    words: Mapping[str, float]  # stems, and the character pairs within words of scripts without steady spaces
    first: Mapping[str, float]  # such characters by their share of the beginnings of words
    last: Mapping[str, float]  # and of their ends
    unseen: float  # the share to assume for a stem that is not listed

    def share(self, term: str) -> float:
        """The share of *term*; a pair that crosses from word to word is estimated from its characters."""
        listed = self.words.get(term, 0.0)
        if len(term) == 2 and (term[0] in self.last or term[1] in self.first):
            return max(listed + self.last.get(term[0], 0.0) * self.first.get(term[1], 0.0), self.unseen)
        return listed or self.unseen


@dataclass(frozen=True, slots=True)
class Rarity:
    """How rare terms are among *articles*, and how long these are."""

    articles: int
    holding: Mapping[str, int]  # articles that hold a term
    length: int  # of all articles together, in terms
    frequencies: (
        TermFrequencies | None
    )  # None: the language has no list; all terms not counted are equally rare

    def of(self, term: str) -> float:
        """The inverse document frequency, at least 0: ln((articles + 1) / (articles with the term + .5)).

        0 for function words. While there are fewer than FULL_BACKGROUND articles, an estimate counts as
        ESTIMATE_WORTH of them.
        """
        if self._is_function_word(term):
            return 0.0
        held = self.holding.get(term, 0)
        if not self._worth:
            return max(0.0, math.log((self.articles + 1) / (held + 0.5)))
        return -math.log((held + self._worth * self._article_share(term)) / (self.articles + self._worth))

    @property
    def average_length(self) -> float:
        """Of an article, in terms."""
        return (self.length + self._worth * TYPICAL_TERMS) / (self.articles + self._worth) or 1.0

    @property
    def _worth(self) -> int:
        return 0 if self.articles >= FULL_BACKGROUND else ESTIMATE_WORTH

    def _is_function_word(self, term: str) -> bool:
        if self.frequencies is None:
            return False
        least = _FUNCTION_SHARES[is_single(term[0])]
        return bool(self.frequencies.share(term) >= least)

    def _article_share(self, term: str) -> float:
        """The estimated share of articles that hold *term*: one of n words lacks a word of share f by (1 - f) ** n."""
        if self.frequencies is None:
            return LEAST_ARTICLE_SHARE
        length = TYPICAL_PAIRS if is_single(term[0]) else TYPICAL_TERMS
        return max(1 - (1 - self.frequencies.share(term)) ** length, LEAST_ARTICLE_SHARE)
