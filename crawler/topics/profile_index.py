"""All profiles of one language as sparse matrices: an article's scores for all topics in one product. Pure.

Plain numpy: the processes that match need no scipy. Every term has its postings, the profiles that weigh it; an
article gathers those of its terms.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crawler.topics.profile import Profile, bm25_parts, bm25_share, feature_values

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class ProfileIndex:
    """The profiles of one language, ready for products; goes to other processes by pickle."""

    vocabulary: Mapping[str, int]  # the row of each term that any profile weighs
    query: "_Postings"  # the terms that BM25 weighs
    regression: "_Postings"
    average_length: Floats  # here and below: of each profile
    query_factor: Floats  # from BM25 score to final score
    regression_factor: Floats  # from the regression's value to final score
    offset: Floats  # what is added in the end

    @classmethod
    def of(cls, profiles: Sequence[Profile]) -> "ProfileIndex":
        """The index of *profiles*, whose numbers are their places in the sequence."""
        vocabulary: dict[str, int] = {}
        query = _Postings.of(
            ((list(profile.weights), np.array(list(profile.weights.values()))) for profile in profiles),
            vocabulary,
        )
        regression = _Postings.of(
            (
                (found.terms.split(" ") if found.terms else [], np.frombuffer(found.weights, dtype="<f4"))
                if (found := profile.regression)
                else ([], np.empty(0))
                for profile in profiles
            ),
            vocabulary,
        )
        query_factor = np.array([1 / (one.deviation * one.sum_deviation) for one in profiles])
        regression_factor = np.array(
            [
                1 / (one.regression.deviation * one.sum_deviation) if one.regression else 0.0
                for one in profiles
            ]
        )
        above = np.array(
            [one.regression.bias - one.regression.mean if one.regression else 0.0 for one in profiles]
        )
        offset = (
            above * regression_factor
            - np.array([one.mean for one in profiles]) * query_factor
            - np.array([one.sum_mean / one.sum_deviation for one in profiles])
        )
        lengths = np.array([one.average_length for one in profiles])
        return cls(vocabulary, query, regression, lengths, query_factor, regression_factor, offset)

    def scores(self, counts: Mapping[str, int]) -> "Scores":
        """The scores of an article with *counts* of terms; the same as `profile.score_counts` gives for each."""
        rows = np.array([self.vocabulary.get(term, -1) for term in counts], dtype=np.int32)
        numbers = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        logarithms = 1 + np.log(numbers)
        norm = float(np.sqrt(np.einsum("i,i->", logarithms, logarithms))) or 1.0
        known = rows >= 0
        rows, numbers, features = rows[known], numbers[known], logarithms[known] / norm
        query_rows, profiles, weights, counted = self.query.gather(rows, numbers)
        shares = bm25_share(counted, sum(counts.values()) / self.average_length[profiles])
        query_factors = weights * self.query_factor[profiles]
        query_parts = query_factors * shares
        regression_rows, regressed, factors, values = self.regression.gather(rows, features)
        regression_factors = factors * self.regression_factor[regressed]
        regression_parts = regression_factors * values
        width = len(self.offset)
        totals = (
            self.offset
            + np.bincount(profiles, query_parts, minlength=width)
            + np.bincount(regressed, regression_parts, minlength=width)
        )
        return Scores(
            totals,
            np.concatenate([query_rows, regression_rows]),
            np.concatenate([profiles, regressed]),
            np.concatenate([query_parts, regression_parts]),
            np.concatenate([query_factors, regression_factors]),
            len(query_rows),
        )

    def share_of(self, scores: "Scores", number: int, counts: Iterable[str]) -> "ProfileShare":
        """What one profile makes of the terms of the article, *counts*, that has these scores."""
        own = np.flatnonzero(scores.profiles == number)
        rows, added = scores.rows[own].tolist(), scores.added[own].tolist()
        factors = scores.factors[own].tolist()
        queries = int(np.searchsorted(own, scores.queries))
        terms = {row: term for term in counts if (row := self.vocabulary.get(term, -1)) >= 0}
        parts: dict[str, float] = {}
        for row, part in zip(rows, added, strict=True):
            if part > 0:
                parts[terms[row]] = parts.get(terms[row], 0.0) + part
        return ProfileShare(
            parts,
            {terms[row]: factor for row, factor in zip(rows[:queries], factors[:queries], strict=True)},
            {terms[row]: factor for row, factor in zip(rows[queries:], factors[queries:], strict=True)},
            float(self.average_length[number]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """An article's scores, and what they are the sums of."""

    values: Floats  # of each profile
    rows: Integers  # here and below an entry for each term and profile that weighs it
    profiles: Integers
    added: Floats
    factors: Floats  # what was added, before how often the term occurs
    queries: int  # how many entries are BM25's; the regression's follow


@dataclass(frozen=True, slots=True)
class ProfileShare:
    """What one profile makes of one article's terms."""

    parts: Mapping[str, float]  # what each adds to the score; what speaks against the topic is left out
    query: Mapping[str, float]  # the factors of BM25
    regression: Mapping[str, float]  # the factors of the regression
    average_length: float  # of an article, in terms

    def value(self, counts: Counter[str]) -> float:
        """How much *counts*, the terms of a part of the article, would add as an article of its own."""
        known = {term: self.query[term] for term in counts if term in self.query}
        query = bm25_parts(counts, counts.total(), known, self.average_length).values()
        features = feature_values(counts)
        return sum(query) + sum(
            self.regression[term] * value for term, value in features.items() if term in self.regression
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Postings:
    """For each row of the vocabulary its profiles and their weights."""

    starts: Integers  # of each row; one more than there are rows
    profiles: Integers
    weights: NDArray[np.float32]

    @classmethod
    def of(
        cls, weighted: Iterable[tuple[Sequence[str], NDArray[np.floating]]], vocabulary: dict[str, int]
    ) -> "_Postings":
        rows: list[Integers] = [np.empty(0, dtype=np.int32)]
        profiles: list[Integers] = [np.empty(0, dtype=np.int32)]
        weights: list[NDArray[np.float32]] = [np.empty(0, dtype=np.float32)]
        for number, (terms, values) in enumerate(weighted):
            rows.append(
                np.array([vocabulary.setdefault(term, len(vocabulary)) for term in terms], dtype=np.int32)
            )
            profiles.append(np.full(len(terms), number, dtype=np.int32))
            weights.append(values.astype(np.float32))
        all_rows = np.concatenate(rows)
        order = np.argsort(all_rows, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(all_rows, minlength=len(vocabulary)))])
        return cls(starts.astype(np.int32), np.concatenate(profiles)[order], np.concatenate(weights)[order])

    def gather(
        self, rows: Integers, values: Floats
    ) -> tuple[Integers, Integers, NDArray[np.float32], Floats]:
        """The entries of *rows*: row, profile, weight, and the row's own of *values*."""
        inside = rows < len(self.starts) - 1
        rows, values = rows[inside], values[inside]
        begins = self.starts[rows]
        numbers = self.starts[rows + 1] - begins
        ends = np.cumsum(numbers)
        total = int(ends[-1]) if len(ends) else 0
        places = np.arange(total, dtype=np.int32) + np.repeat(begins - (ends - numbers), numbers).astype(
            np.int32
        )
        return (
            np.repeat(rows, numbers),
            self.profiles[places],
            self.weights[places],
            np.repeat(values, numbers),
        )
