"""All profiles of one language as sparse matrices: an article's scores for all topics in one product. Pure.

Plain numpy: the processes that match need no scipy. Every term has its postings, the profiles that weigh it; an
article gathers those of its terms.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crawler.topics.profile import Profile
from crawler.topics.scoring import bm25_share

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
        query_parts = weights * shares * self.query_factor[profiles]
        regression_rows, regressed, factors, values = self.regression.gather(rows, features)
        regression_parts = factors * values * self.regression_factor[regressed]
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
        )

    def parts(self, scores: "Scores", number: int, counts: Iterable[str]) -> dict[str, float]:
        """What each term of the article adds to its score for one profile; what speaks against it is left out."""
        own = (scores.profiles == number) & (scores.added > 0)
        added: dict[int, float] = {}
        for row, part in zip(scores.rows[own].tolist(), scores.added[own].tolist(), strict=True):
            added[row] = added.get(row, 0.0) + part
        return {term: added[row] for term in counts if (row := self.vocabulary.get(term, -1)) in added}


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """An article's scores, and what they are the sums of."""

    values: Floats  # of each profile
    rows: Integers  # here and below an entry for each term and profile that weighs it
    profiles: Integers
    added: Floats


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
