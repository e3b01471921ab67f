"""A background counted once for all topics of its language: a sparse matrix of articles by terms. Pure.

Only what learns imports this file: scipy takes a second and 30 MB that a process which merely matches need not spend.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from crawler.topics.profile import Profile, bm25_share
from crawler.topics.rarity import Rarity, TermFrequencies

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Corpus:
    """Articles of one language as counts of terms."""

    language: str
    vocabulary: Mapping[str, int]  # the column of each term
    counts: csr_array  # a row for each article
    rarity: Rarity

    @classmethod
    def of(
        cls, language: str, articles: Iterable[Sequence[str]], frequencies: TermFrequencies | None = None
    ) -> "Corpus":
        """The corpus of *articles*, each a list of its terms, its headline's as often as they weigh.

        *frequencies* serve while there are fewer than FULL_BACKGROUND articles; None if the language has none.
        """
        vocabulary: dict[str, int] = {}
        columns: list[int] = []
        values: list[int] = []
        ends = [0]
        for terms in articles:
            counted = Counter(terms)
            columns += [vocabulary.setdefault(term, len(vocabulary)) for term in counted]
            values += counted.values()
            ends.append(len(columns))
        counts = csr_array(
            (np.array(values, dtype=np.float64), np.array(columns, dtype=np.int32), np.array(ends, dtype=np.int32)),
            shape=(len(ends) - 1, len(vocabulary)),
        )  # fmt: skip
        return cls(language, vocabulary, counts, _count(vocabulary, counts, frequencies))

    def __len__(self) -> int:
        """How many articles there are."""
        return int(self.counts.shape[0])

    def of_rows(self, rows: NDArray[np.bool_]) -> "Corpus":
        """Only those articles that *rows* says, in their order; this corpus if it says all."""
        if rows.all():
            return self
        counts = self.counts[rows]
        return Corpus(
            self.language,
            self.vocabulary,
            counts,
            _count(self.vocabulary, counts, self.rarity.frequencies),
        )

    def rated_by(self, rows: NDArray[np.bool_]) -> "Corpus":
        """The same articles, but only those that *rows* says count for how rare a term is."""
        rarity = _count(self.vocabulary, self.counts[rows], self.rarity.frequencies)
        return Corpus(self.language, self.vocabulary, self.counts, rarity)

    def terms_of(self, row: int) -> dict[str, int]:
        """The counts of one article's terms."""
        counts = self.counts
        begin, end = counts.indptr[row], counts.indptr[row + 1]
        names = self._names
        return {
            names[column]: int(value)
            for column, value in zip(counts.indices[begin:end], counts.data[begin:end], strict=True)
        }

    def scores(self, weights: Mapping[str, float], average_length: float | None = None) -> Floats:
        """The BM25 score of each article for weighted terms; *average_length* where it is not this corpus's own."""
        total = np.zeros(len(self))
        by_term = self._by_term
        relative_lengths = self._lengths / (average_length or self.rarity.average_length)
        for term, weight in weights.items():
            column = self.vocabulary.get(term)
            if column is not None:
                begin, end = by_term.indptr[column], by_term.indptr[column + 1]
                rows = by_term.indices[begin:end]
                shares = bm25_share(by_term.data[begin:end], relative_lengths[rows])
                total[rows] += weight * shares
        return total

    def profile_scores(self, profile: Profile) -> Floats:
        """The score of each article against a profile: the same as `profile.score_counts` gives."""
        scale = profile.deviation * profile.sum_deviation
        total = (self.scores(profile.weights, profile.average_length) - profile.mean) / scale
        total -= profile.sum_mean / profile.sum_deviation
        regression = profile.regression
        if regression is not None:
            weights = np.zeros(len(self.vocabulary))
            for term, weight in regression.weight_of_terms().items():
                column = self.vocabulary.get(term)
                if column is not None:
                    weights[column] = weight
            values = self._plain_features @ weights + regression.bias - regression.mean
            total += values / (regression.deviation * profile.sum_deviation)
        return total

    @cached_property
    def features(self) -> csr_array:
        """Each article as the regression sees it: see `scoring.feature_values`."""
        plain = self._plain_features
        return csr_array((plain.data * self.factors[plain.indices], plain.indices, plain.indptr), plain.shape)

    @cached_property
    def features_by_term(self) -> csr_array:
        """The transpose of `features`, for the gradient."""
        return self.features.T.tocsr()

    @cached_property
    def factors(self) -> Floats:
        """What the regression multiplies each term of the vocabulary with: its rarity over `scale`."""
        return self._idf / self.scale

    @cached_property
    def scale(self) -> float:
        """The mean length of an article's features without it, so that they have length 1 as a rule."""
        if not len(self.counts.data):
            return 1.0
        counts = self.counts
        rows = np.repeat(np.arange(len(self)), np.diff(counts.indptr))
        values = (1 + np.log(counts.data)) ** 2
        plain = np.bincount(rows, values, minlength=len(self))
        weighed = np.bincount(rows, values * self._idf[counts.indices] ** 2, minlength=len(self))
        used = plain > 0
        return float(np.sqrt(weighed[used] / plain[used]).mean()) or 1.0

    @cached_property
    def _idf(self) -> Floats:
        return np.array([self.rarity.of(term) for term in self.vocabulary])

    @cached_property
    def _plain_features(self) -> csr_array:
        """See `profile.feature_values`: before rarity weighs them."""
        counts = self.counts
        values = 1 + np.log(counts.data)
        rows = np.repeat(np.arange(len(self)), np.diff(counts.indptr))
        norms = np.sqrt(np.bincount(rows, values**2, minlength=len(self)))
        return csr_array((values / norms[rows], counts.indices, counts.indptr), counts.shape)

    @cached_property
    def _lengths(self) -> Floats:
        lengths: Floats = self.counts.sum(axis=1)
        return lengths

    @cached_property
    def _names(self) -> list[str]:
        return list(self.vocabulary)

    @cached_property
    def _by_term(self) -> csr_array:
        return self.counts.T.tocsr()


def _count(vocabulary: Mapping[str, int], counts: csr_array, frequencies: TermFrequencies | None) -> Rarity:
    holding = np.bincount(counts.indices, minlength=len(vocabulary)).tolist()
    return Rarity(
        counts.shape[0], dict(zip(vocabulary, holding, strict=True)), int(counts.data.sum()), frequencies
    )
