"""What a topic's seeds in one language teach: weighted terms, and the score that a match needs. Pure.

BM25 over the seeds' heaviest terms. Measured against a background of articles that were read, the score is in standard
deviations above its mean; while there are too few of them, the score is the share of what the seeds themselves reach,
and document frequencies are estimated from the language's word frequencies, ever less as articles are counted.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from storage.analyser import Token, is_single, runs, tokens

# A list of terms for each article, its headline's terms HEADLINE_WEIGHT times.
Background = Iterable[Sequence[str]]

# Heaviest seed terms that make the query; more than 40 hurt (150 terms: average precision .545, 50: .576, 20: .600).
TERMS = 30
# Terms lighter than this share of the heaviest (the, of) change no score but would be shown and marked.
LEAST_WEIGHT = 0.01
HEADLINE_WEIGHT = 3
# BM25's usual constants (Robertson and Zaragoza 2009): saturation of a term's count, weight of the text's length.
SATURATION = 1.2
LENGTH_WEIGHT = 0.75
# Fewer articles give unsteady means and deviations: 8 % of an archive matched where 3 % should (F1 .48 with 100
# articles, against .41 by the seeds' share; .45 and .44 with 30; two news archives, 1 and 3 seeds).
MIN_BACKGROUND = 100
# From here on articles are only counted; below, estimates stand beside the counts (at 100 articles average precision
# rises by them from .31 to .35 and .52 to .53, Reuters, 1 and 3 seeds).
FULL_BACKGROUND = 300
# Standard deviations that a match needs, by dial; measured best without labels: 2.25 for 1 or 2 seeds, 2.5 for more.
DEVIATIONS = {"wide": 2.0, "strict": 3.0}
FEW_SEEDS_DEVIATIONS, MANY_SEEDS_DEVIATIONS, MANY_SEEDS = 2.25, 2.5, 3
# Share of the seeds' own score that a match needs while there is no background. One seed: .25. More seeds share their
# terms, so all scores rise with them: nine tenths of what each reaches with the others' profile, within bounds, since
# seeds of different make reach little. Measured without any background on two news archives (F1, 2, 3, 5 seeds):
# .43 .51 .49 and .43 .43 .50; with a fixed .25: .30 .26 .21 and .14 .09 .07.
ONE_SEED_SHARE = 0.25
OTHER_SEEDS_SHARE, LEAST_SHARE, MOST_SHARE = 0.9, 0.4, 0.6
SHARE_FACTORS = {"wide": 0.8, "strict": 1.4}
# An article's length in words, the headline's three times, and in character pairs, where no background says it.
TYPICAL_TERMS = 300
TYPICAL_PAIRS = 600
# The least share of articles that a term is assumed to be in before they are counted. What is rare in the language at
# large (names, an agency's own words) may stand in every article of an outlet; without this floor (exp -4) average
# precision without background is .31 and .48 instead of .38 and .56 (Reuters, 1 and 3 seeds).
LEAST_ARTICLE_SHARE = 0.018
# The articles that such an estimate is worth beside counted ones.
ESTIMATE_WORTH = 50


@dataclass(frozen=True, slots=True)
class SeedText:
    """A seed as a profile is built from it."""

    title: str
    text: str
    language: str | None


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
class WeightedTerm:
    """A term of a profile."""

    term: str
    weight: float  # what BM25 multiplies its saturated count with: seed weight times rarity
    surface: str  # as the seeds write it


@dataclass(frozen=True, slots=True)
class Profile:
    """What was learned from the seeds of one topic in one language; all that scoring needs."""

    language: str
    measure: str  # "background" or "frequencies"
    terms: tuple[WeightedTerm, ...]  # heaviest first, at most TERMS
    average_length: float  # of an article, in terms
    mean: float  # of the background's raw scores; 0 without background
    deviation: float  # of the background's raw scores; the seeds' own raw score without background
    threshold: float  # the score that a match needs at the dial "normal"
    seed_score: float  # mean raw score of the seeds
    seeds: int
    background: int  # articles that it was measured against

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each term."""
        return {term.term: term.weight for term in self.terms}


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
        elif len(group[0].term) > 1 and not group[0].term.isnumeric():
            terms.append(TopicTerm(group[0].term, group[0], group[0]))
    return terms


def term_list(title: str, text: str, language: str | None) -> list[str]:
    """The terms of an article as a background holds them: the headline's HEADLINE_WEIGHT times, then the text's."""
    headline = [term.term for term in topic_terms(tokens(title, language))]
    return headline * HEADLINE_WEIGHT + [term.term for term in topic_terms(tokens(text, language))]


def raw_score(
    counts: Mapping[str, int], length: float, weights: Mapping[str, float], average_length: float
) -> float:
    """The BM25 score (0 or more) of an article of *length* terms with *counts*."""
    return sum(contributions(counts, length, weights, average_length).values())


def contributions(
    counts: Mapping[str, int], length: float, weights: Mapping[str, float], average_length: float
) -> dict[str, float]:
    """The part of `raw_score` that each term of the article makes."""
    norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * length / average_length)
    return {
        term: weight * count * (SATURATION + 1) / (count + norm)
        for term, weight in weights.items()
        if (count := counts.get(term, 0))
    }


def build_profile(
    seeds: Sequence[SeedText], background: Background, frequencies: TermFrequencies | None
) -> Profile:
    """The profile that *seeds*, one or more of one language, teach.

    *frequencies* serve while *background* has fewer than FULL_BACKGROUND articles; None if the language has none:
    then all terms that the background does not know count as equally rare.
    """
    articles = [Counter(terms) for terms in background]
    measured = len(articles) >= MIN_BACKGROUND
    rarity = _Rarity(
        len(articles),
        Counter(term for counts in articles for term in counts),
        sum(counts.total() for counts in articles),
        0 if len(articles) >= FULL_BACKGROUND else ESTIMATE_WORTH,
        frequencies,
    )
    counts = [Counter(term_list(seed.title, seed.text, seed.language)) for seed in seeds]
    scorer = _scorer(counts, rarity)
    seed_score = _mean([scorer.score(count) for count in counts])
    if measured:
        scores = [scorer.score(count) for count in articles]
        mean, deviation = _mean(scores), _deviation(scores)
        threshold = MANY_SEEDS_DEVIATIONS if len(seeds) >= MANY_SEEDS else FEW_SEEDS_DEVIATIONS
    else:
        mean, deviation = 0.0, seed_score or 1.0
        threshold = _share_threshold(counts, rarity)
    surfaces = _surfaces(seeds)
    return Profile(
        language=seeds[0].language or "",
        measure="background" if measured else "frequencies",
        terms=tuple(WeightedTerm(term, weight, surfaces[term]) for term, weight in scorer.weights.items()),
        average_length=scorer.average_length,
        mean=mean,
        deviation=deviation,
        threshold=threshold,
        seed_score=seed_score,
        seeds=len(seeds),
        background=len(articles),
    )


def _share_threshold(seeds: Sequence[Counter[str]], rarity: "_Rarity") -> float:
    """The share of the seeds' own score that a match needs."""
    if len(seeds) == 1:
        return ONE_SEED_SHARE
    shares = []
    for number, seed in enumerate(seeds):
        others = [*seeds[:number], *seeds[number + 1 :]]
        scorer = _scorer(others, rarity)
        own = _mean([scorer.score(other) for other in others])
        shares.append(scorer.score(seed) / own if own else 0.0)
    return min(max(OTHER_SEEDS_SHARE * _mean(shares), LEAST_SHARE), MOST_SHARE)


def threshold_at(profile: Profile, dial: str) -> float:
    """The score that a match needs at *dial*: "wide", "normal" or "strict"."""
    if dial == "normal":
        return profile.threshold
    if profile.measure == "background":
        return DEVIATIONS[dial]
    return profile.threshold * SHARE_FACTORS[dial]


def profile_to_json(profile: Profile) -> str:
    """*profile* as JSON, floats at full precision."""
    return json.dumps(asdict(profile), ensure_ascii=False)


def profile_from_json(text: str) -> Profile:
    """The profile that `profile_to_json` wrote."""
    values = json.loads(text)
    return Profile(**{**values, "terms": tuple(WeightedTerm(**term) for term in values["terms"])})


@dataclass(frozen=True, slots=True)
class _Rarity:
    """How rare terms are among articles: counted ones and, worth some, estimated ones."""

    articles: int
    holding: Mapping[str, int]  # articles that hold a term
    length: int  # of all articles together, in terms
    worth: int  # articles that the estimate counts as
    frequencies: TermFrequencies | None

    def of(self, term: str) -> float:
        """The inverse document frequency, at least 0; ln((articles + 1) / (articles with the term + .5)) if counted."""
        held = self.holding.get(term, 0)
        if not self.worth:
            return max(0.0, math.log((self.articles + 1) / (held + 0.5)))
        return -math.log((held + self.worth * self._article_share(term)) / (self.articles + self.worth))

    def _article_share(self, term: str) -> float:
        """The estimated share of articles that hold *term*: one of n words lacks a word of share f by (1 - f) ** n."""
        if self.frequencies is None:
            return LEAST_ARTICLE_SHARE
        length = TYPICAL_PAIRS if is_single(term[0]) else TYPICAL_TERMS
        return max(1 - (1 - self.frequencies.share(term)) ** length, LEAST_ARTICLE_SHARE)

    @property
    def average_length(self) -> float:
        length = self.length + self.worth * TYPICAL_TERMS
        return length / (self.articles + self.worth) or 1.0


@dataclass(frozen=True, slots=True)
class _Scorer:
    weights: Mapping[str, float]
    average_length: float

    def score(self, counts: Counter[str]) -> float:
        return raw_score(counts, counts.total(), self.weights, self.average_length)


def _scorer(seeds: Sequence[Counter[str]], rarity: _Rarity) -> _Scorer:
    return _Scorer(_weights(seeds, rarity), rarity.average_length)


def _weights(seeds: Sequence[Counter[str]], rarity: _Rarity) -> dict[str, float]:
    """The heaviest terms of the seeds' mean TF-IDF vector, heaviest first.

    Each seed counts the same whatever its length, and a term by the share of the seeds that have it.
    """
    idf = {term: rarity.of(term) for counts in seeds for term in counts}
    centre: dict[str, float] = {}
    for counts in seeds:
        vector = _unit({term: (1 + math.log(count)) * idf[term] for term, count in counts.items()})
        for term, value in vector.items():
            centre[term] = centre.get(term, 0.0) + value
    for term in centre:
        centre[term] *= sum(term in counts for counts in seeds)
    heaviest = sorted(_unit(centre).items(), key=lambda item: (-item[1], item[0]))[:TERMS]
    weights = sorted(
        ((value * idf[term], term) for term, value in heaviest), key=lambda item: (-item[0], item[1])
    )
    return {term: weight for weight, term in weights if weight > LEAST_WEIGHT * weights[0][0]}


def _unit(vector: dict[str, float]) -> dict[str, float]:
    norm = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {term: value / norm for term, value in vector.items()}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _deviation(values: Sequence[float]) -> float:
    """The standard deviation; 1 where all values are the same, so that it divides."""
    mean = _mean(values)
    return math.sqrt(_mean([(value - mean) ** 2 for value in values])) or 1.0


def _surfaces(seeds: Sequence[SeedText]) -> dict[str, str]:
    """For each term of the seeds how they write it, the commonest way."""
    written: dict[str, Counter[str]] = {}
    for seed in seeds:
        for text in (seed.title, seed.text):
            for term in topic_terms(tokens(text, seed.language)):
                surface = text[term.first.start : term.last.end]
                written.setdefault(term.term, Counter())[surface] += 1
    return {term: surfaces.most_common(1)[0][0] for term, surfaces in written.items()}
