"""What a topic's seeds in one language teach. Pure.

Measured against a background of articles that were read, an article's score is how many standard deviations it lies
above their mean, in the sum of two measures: BM25 over the seeds' heaviest terms, expanded from the background, and a
logistic regression of the seeds against the background. While there are too few articles, the score is the share of
what the seeds themselves reach by BM25 alone, and document frequencies are estimated from the language's words.

Where outlets write much about the subject, articles on it would set the mean and the deviation that they are measured
by, and make its words common. What scores nearly as a seed does under the others' profile is taken for on topic, and
all but a small share of it left out. One seed has no others: its threshold is lowered where the scores of what was read
fall into two groups, or spread little below their middle.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crawler.topics.corpus import Corpus, Floats
from crawler.topics.profile import REVIEW_DEVIATIONS, Profile, WeightedTerm, bm25_parts, score_counts
from crawler.topics.rarity import FULL_BACKGROUND, Rarity
from crawler.topics.regression import (
    IRRELEVANT_WEIGHT,
    RELEVANT_WEIGHT,
    SEED_WEIGHT,
    Examples,
    Ranking,
    contrast,
    deviation,
    standard,
)
from crawler.topics.terms import Counts, LabelledText, SeedText, surfaces, term_counts

# Heaviest terms that make the query; more than 40 hurt (150 terms: average precision .545, 50: .576, 20: .600).
TERMS = 30
# Terms lighter than this share of the heaviest (the, of) change no score but would be shown and marked.
LEAST_WEIGHT = 0.01
# RM3 (Abdul-Jaleel et al. 2004): the background's best articles lend their terms. Their number and share measured:
# average precision with one seed .742 against .727 without, on two news archives.
FEEDBACK_ARTICLES = 5
FEEDBACK_SHARE = 0.4
# An article lends its terms if it stands out: from a twentieth of the way from the median to the seeds' own score on,
# and in full from two fifths on; two such articles make the full share. Average precision and F1 with one seed, a state
# agency: .931 and .85, against .914 and .77 with five articles whatever they are; where one article in 200 is on topic
# .82 and .52 against .76 and .49.
LEAST_LENDING, FULL_LENDING, FULL_LENDERS = 0.05, 0.4, 2.0
# Fewer articles give unsteady means and deviations: 8 % of an archive matched where 3 % should (F1 .48 with 100
# articles, against .41 by the seeds' share; .45 and .44 with 30; two news archives, 1 and 3 seeds).
MIN_BACKGROUND = 100
# Standard deviations that a match needs; measured best without labels: 2.25 for 1 or 2 seeds, 2.5 for more.
FEW_SEEDS_DEVIATIONS, MANY_SEEDS_DEVIATIONS, MANY_SEEDS = 2.25, 2.5, 3
# Share of the seeds' own score that a match needs while there is no background. One seed: .25. More seeds share their
# terms, so all scores rise with them: nine tenths of what each reaches with the others' profile, within bounds, since
# seeds of different make reach little. Measured without any background on two news archives (F1, 2, 3, 5 seeds):
# .43 .51 .49 and .43 .43 .50; with a fixed .25: .30 .26 .21 and .14 .09 .07.
ONE_SEED_SHARE = 0.25
# Where articles are counted the seed's own terms weigh more, and others reach less of its score.
COUNTED_SEED_SHARE = 0.2
OTHER_SEEDS_SHARE, LEAST_SHARE, MOST_SHARE = 0.9, 0.4, 0.6
# An article that scores so much of what a seed scores by the others' profile is taken for on topic, for the time of
# measuring: among these three of four are, whatever the share of the subject in the background (.5 to 40 %), and three
# of four that are on topic are among these.
KIN_SHARE = 0.8
# The share of such articles that stays, as in news that seldom writes of the subject: thresholds are made for it.
KIN_LEFT = 0.03
# Times that they are looked for, each time by a profile without those found before.
KIN_ROUNDS = 4
# Beyond this share they are not articles on the subject but what the outlet always writes.
MOST_KIN = 0.6
# Seeds that are held out for it, each at the price of one more profile.
HELD_OUT_SEEDS = 3
# Where the middle of off-topic articles lies, even if half of the background is on topic.
LOW_QUANTILE = 0.25
# Seeds that reach less of each other, in deviations, have little in common, and much else is as near to them; unless it
# is as much as this, for they reach little too where a large part of what is read is on the subject.
LEAST_HELD_OUT, CLEAR_KIN = 1.2, 0.14
# What the threshold rises by with the share that was left out: what stays is the part that is least like the seeds.
RAISED_BY_SHARE = 0.7
# One seed: where the scores fall into two groups, the line between them (Otsu 1979), if as large a part lies above;
# smaller parts are the tail that every subject has. And if those above reach as much of what the seed scores, on
# average: groups of the subject reach .25 to .6, groups that share a word of the seed, or the outlet's manner, .06.
LEAST_GROUP, LEAST_ALIKE = 0.05, 0.1
# And no more than so many times the distance from the tenth to the fortieth percentile above the LOW_QUANTILE: on-topic
# articles move the deviation, and these quantiles hardly. Both measured together (one seed; recall and F1 with .5, 3,
# 10, 20, 40 % on topic): .59 .56 .39 .34 .30 and .51 .56 .45 .42 .34, without .54 .46 .28 .15 .05 and .52 .52 .38 .24
# .09; F1, five archives: .423 for .407. With 14 times a state agency's is .803, with 18 times .838, with this .847.
MOST_SPREADS = 16.0
# Whatever they say, what is hardly above the mean of all that is read is no match.
LEAST_DEVIATIONS = 0.25
# From this share of the threshold on a person should look.
REVIEW_SHARE = 0.75
# While the background is small, articles that would match, and by a fifth more than they need, are left out when rare
# terms are counted: what a first crawl finds on the topic would make the seeds' own terms common.
KIN_FACTOR = 1.2


def seed_vector(seeds: Sequence[Mapping[str, int]], rarity: Rarity) -> dict[str, float]:
    """The seeds' mean TF-IDF vector, of length 1.

    Each seed counts the same whatever its length, and a term by the share of the seeds that have it.
    """
    centre: dict[str, float] = {}
    for counts in seeds:
        for term, value in tf_idf(counts, rarity).items():
            centre[term] = centre.get(term, 0.0) + value
    for term in centre:
        centre[term] *= sum(term in counts for counts in seeds)
    return _unit(centre)


def query_weights(vector: Mapping[str, float], rarity: Rarity) -> dict[str, float]:
    """The heaviest TERMS of a vector as BM25 weighs them, heaviest first."""
    heaviest = sorted(vector.items(), key=lambda item: (-item[1], item[0]))[:TERMS]
    weights = sorted(
        ((value * rarity.of(term), term) for term, value in heaviest), key=lambda item: (-item[0], item[1])
    )
    return {term: weight for weight, term in weights if weight > LEAST_WEIGHT * weights[0][0]}


def expanded(vector: Mapping[str, float], corpus: Corpus, nearness: Floats) -> dict[str, float]:
    """*vector* with the terms of the articles nearest to the seeds, of those that stand out.

    *nearness* is each article's score without expansion, as a share of the seeds' own above the background's median.
    """
    best = [
        int(row)
        for row in np.argsort(-nearness, kind="stable")[:FEEDBACK_ARTICLES]
        if nearness[row] >= LEAST_LENDING
    ]
    lent: dict[str, float] = {}
    lenders = 0.0
    for row in best:
        worth = min(1.0, float(nearness[row]) / FULL_LENDING)
        lenders += worth
        for term, value in tf_idf(corpus.terms_of(row), corpus.rarity).items():
            lent[term] = lent.get(term, 0.0) + value * worth
    lent = _unit(lent)
    share = FEEDBACK_SHARE * min(1.0, lenders / FULL_LENDERS)
    return {
        term: (1 - share) * vector.get(term, 0.0) + share * lent.get(term, 0.0) for term in {**vector, **lent}
    }


def tf_idf(counts: Mapping[str, int], rarity: Rarity) -> dict[str, float]:
    """(1 + ln count) times rarity, scaled to length 1."""
    return _unit({term: (1 + math.log(count)) * rarity.of(term) for term, count in counts.items()})


def _unit(vector: dict[str, float]) -> dict[str, float]:
    norm = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {term: value / norm for term, value in vector.items()}


def build_profile(
    seeds: Sequence[SeedText], corpus: Corpus, labelled: Sequence[LabelledText] = ()
) -> Profile:
    """The profile that *seeds*, one or more of one language, teach against *corpus*.

    The same text given twice counts once. What people judged, *labelled*, teaches the regression, so it has no effect
    before there is a background of MIN_BACKGROUND articles.
    """
    kinds = _Kinds.of(seeds, labelled)
    known = _without_kin(kinds.seeds, corpus) if len(corpus) < FULL_BACKGROUND else corpus
    if len(corpus) < MIN_BACKGROUND:
        return _estimated(kinds, known)
    return _without_subject(kinds, known)


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The texts by what they say, each once."""

    seeds: Sequence[Counts]
    relevant: Sequence[Counts]
    irrelevant: Sequence[Counts]
    surfaces: Mapping[str, str]  # how the seeds write their terms

    @classmethod
    def of(cls, seeds: Sequence[SeedText], labelled: Sequence[LabelledText]) -> "_Kinds":
        own = _distinct(term_counts(seed) for seed in seeds)
        relevant = _distinct(term_counts(text) for text in labelled if text.relevant)
        irrelevant = _distinct(term_counts(text) for text in labelled if not text.relevant)
        return cls(
            own,
            [counts for counts in relevant if counts not in own],
            [counts for counts in irrelevant if counts not in own],
            surfaces(seeds),
        )

    @property
    def examples(self) -> Examples:
        numbers = (len(self.seeds), len(self.relevant), len(self.irrelevant))
        return Examples(
            [*self.seeds, *self.relevant, *self.irrelevant],
            np.repeat([1.0, 1.0, 0.0], numbers),
            np.repeat([SEED_WEIGHT, RELEVANT_WEIGHT, IRRELEVANT_WEIGHT], numbers),
        )

    def terms(self, weights: Mapping[str, float]) -> tuple[WeightedTerm, ...]:
        return tuple(
            WeightedTerm(term, weight, self.surfaces.get(term, term)) for term, weight in weights.items()
        )


def _distinct(texts: Iterable[Counts]) -> list[Counts]:
    found: list[Counts] = []
    for counts in texts:
        if counts not in found:
            found.append(counts)
    return found


def _without_kin(seeds: Sequence[Counts], corpus: Corpus) -> Corpus:
    """*corpus* with the rarity of terms counted among the articles that are unlike the seeds."""
    frequencies = corpus.rarity.frequencies
    if frequencies is None:
        # Nothing says which of the seeds' words are common but the counts themselves.
        return corpus
    uncounted = Rarity(0, {}, 0, frequencies)
    weights = query_weights(seed_vector(seeds, uncounted), uncounted)
    own = _mean_score(seeds, weights, corpus.rarity.average_length)
    others = corpus.scores(weights) < KIN_FACTOR * _share_threshold(seeds, uncounted) * own
    # Where most are alike, what they share are the outlet's own words.
    return corpus.rated_by(others) if 2 * others.sum() >= len(corpus) else corpus


def _without_subject(kinds: _Kinds, corpus: Corpus) -> Profile:
    """The profile against *corpus* without most of what is likely on topic; with one seed all of it counts."""
    profile = _measured(kinds, corpus)
    held_out = [
        (replace(kinds, seeds=others, relevant=[], irrelevant=[]), seed)
        for seed, others in _each_with_others(kinds.seeds[:HELD_OUT_SEEDS])
        if others
    ]
    if not held_out:
        return _lowered(profile, corpus, kinds.seeds)
    kept = np.ones(len(corpus), dtype=bool)
    for _ in range(KIN_ROUNDS):
        known = corpus.of_rows(kept)
        scores = corpus.profile_scores(profile)
        reach = float(np.mean([_held_out_score(known, one, seed) for one, seed in held_out]))
        low = float(np.quantile(scores[kept], LOW_QUANTILE))
        kin = scores - low >= KIN_SHARE * max(reach, 1.0)
        if kin.mean() > MOST_KIN or (reach < LEAST_HELD_OUT and kin.mean() < CLEAR_KIN):
            break
        found = _thinned(kin, scores)
        if (found == kept).all():
            break
        kept = found
        profile = _measured(kinds, corpus.of_rows(kept))
    raised = RAISED_BY_SHARE * float(1 - kept.mean())
    return replace(
        profile,
        background=len(corpus),
        left_out=int((~kept).sum()),
        raised=raised,
        threshold=profile.threshold + raised,
        review=profile.review + raised,
    )


def _lowered(profile: Profile, corpus: Corpus, seeds: Sequence[Counts]) -> Profile:
    """*profile* of one seed with a threshold that a high share of articles on the subject cannot move out of reach."""
    scores = corpus.profile_scores(profile)
    tenth, low, fortieth = np.quantile(scores, [0.1, LOW_QUANTILE, 0.4]).tolist()
    spread = low + MOST_SPREADS * (fortieth - tenth)
    groups = _two_groups(scores)
    own = score_counts(profile, seeds[0]).value if seeds else low
    is_subject = (
        groups.above > LEAST_GROUP and LEAST_ALIKE * (own - low) <= groups.mean_above - low <= own - low
    )
    line = max(min(spread, groups.line) if is_subject else spread, LEAST_DEVIATIONS)
    # Where all scores are alike nothing is known of their spread; a seed without words is like nothing.
    if line >= profile.threshold or fortieth <= tenth or not profile.terms:
        return profile
    # The band below shrinks as the distance does.
    band = (profile.threshold - profile.review) * (line - low) / (profile.threshold - low)
    return replace(profile, threshold=line, review=line - band, raised=line - profile.threshold)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Scores in two groups."""

    line: float  # between them
    above: float  # share (0 to 1) of the upper one
    mean_above: float


def _two_groups(scores: Floats) -> _Groups:
    """The two groups of *scores* that differ most; the upper one holds half of them at most, and three at least."""
    ordered = np.sort(scores)
    number = len(ordered)
    sizes = np.arange(number // 2, number - 3)
    below = np.cumsum(ordered)[sizes - 1]
    differences = (ordered.sum() - below) / (number - sizes) - below / sizes
    best = int(np.argmax(sizes * (number - sizes) * differences**2))
    size = int(sizes[best])
    line = float(ordered[size - 1] + ordered[size]) / 2
    return _Groups(line, 1 - size / number, float(ordered[size:].mean()))


def _each_with_others(seeds: Sequence[Counts]) -> list[tuple[Counts, list[Counts]]]:
    return [(seed, [*seeds[:number], *seeds[number + 1 :]]) for number, seed in enumerate(seeds)]


def _held_out_score(corpus: Corpus, others: _Kinds, seed: Counts) -> float:
    """What a seed scores by the profile of the others, above the low quantile of the background."""
    profile = _measured(others, corpus)
    low = float(np.quantile(corpus.profile_scores(profile), LOW_QUANTILE))
    return score_counts(profile, seed).value - low


def _thinned(kin: NDArray[np.bool_], scores: Floats) -> NDArray[np.bool_]:
    """The rows to keep: all but the best of *kin*, of which as many stay as make KIN_LEFT of what is kept."""
    kept = np.ones(len(kin), dtype=bool)
    stay = int(KIN_LEFT / (1 - KIN_LEFT) * (~kin).sum())
    rows = np.flatnonzero(kin)
    best_first = rows[np.argsort(-scores[rows], kind="stable")]
    kept[best_first[: max(0, len(rows) - stay)]] = False
    return kept


def _estimated(kinds: _Kinds, corpus: Corpus) -> Profile:
    """The profile by the share of the seeds' own score."""
    weights = query_weights(seed_vector(kinds.seeds, corpus.rarity), corpus.rarity)
    seed_score = _mean_score(kinds.seeds, weights, corpus.rarity.average_length)
    threshold = _share_threshold(kinds.seeds, corpus.rarity)
    return Profile(
        language=corpus.language,
        measure="frequencies",
        terms=kinds.terms(weights),
        average_length=corpus.rarity.average_length,
        mean=0.0,
        deviation=seed_score or 1.0,
        threshold=threshold,
        review=REVIEW_SHARE * threshold,
        seed_score=seed_score,
        seeds=len(kinds.seeds),
        background=len(corpus),
        labelled=len(kinds.relevant) + len(kinds.irrelevant),
    )


def _measured(kinds: _Kinds, corpus: Corpus) -> Profile:
    """The profile by standard deviations above the background."""
    vector = seed_vector(kinds.seeds, corpus.rarity)
    nearness = _nearness(kinds.seeds, query_weights(vector, corpus.rarity), corpus)
    weights = query_weights(expanded(vector, corpus, nearness), corpus.rarity)
    scores = corpus.scores(weights)
    ranking = Ranking(standard(scores), nearness)
    regression, values = contrast(kinds.examples, corpus, ranking)
    sums = standard(scores) + standard(values)
    few = len(kinds.seeds) < MANY_SEEDS
    return Profile(
        language=corpus.language,
        measure="background",
        terms=kinds.terms(weights),
        average_length=corpus.rarity.average_length,
        mean=float(scores.mean()),
        deviation=deviation(scores),
        threshold=FEW_SEEDS_DEVIATIONS if few else MANY_SEEDS_DEVIATIONS,
        review=REVIEW_DEVIATIONS,
        seed_score=_mean_score(kinds.seeds, weights, corpus.rarity.average_length),
        seeds=len(kinds.seeds),
        background=len(corpus),
        labelled=len(kinds.relevant) + len(kinds.irrelevant),
        regression=regression,
        sum_mean=float(sums.mean()),
        sum_deviation=deviation(sums),
    )


def _nearness(seeds: Sequence[Counts], weights: Mapping[str, float], corpus: Corpus) -> Floats:
    scores = corpus.scores(weights)
    median = float(np.median(scores))
    reach = _mean_score(seeds, weights, corpus.rarity.average_length) - median
    return (scores - median) / reach if reach > 0 else np.zeros(len(corpus))


def _mean_score(texts: Sequence[Counts], weights: Mapping[str, float], average_length: float) -> float:
    scores = [
        sum(bm25_parts(counts, sum(counts.values()), weights, average_length).values()) for counts in texts
    ]
    return sum(scores) / len(scores) if scores else 0.0


def _share_threshold(seeds: Sequence[Counts], rarity: Rarity) -> float:
    """The share of the seeds' own score that a match needs."""
    if len(seeds) == 1:
        return COUNTED_SEED_SHARE if rarity.articles else ONE_SEED_SHARE
    shares = []
    for seed, others in _each_with_others(seeds):
        weights = query_weights(seed_vector(others, rarity), rarity)
        own = _mean_score(others, weights, rarity.average_length)
        shares.append(_mean_score([seed], weights, rarity.average_length) / own if own else 0.0)
    return min(max(OTHER_SEEDS_SHARE * sum(shares) / len(shares), LEAST_SHARE), MOST_SHARE)
