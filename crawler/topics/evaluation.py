"""How well a topic does: on marked articles that it was not taught, on the background, on its own seeds. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crawler.topics.corpus import Corpus
from crawler.topics.learn import MIN_BACKGROUND, build_profile
from crawler.topics.profile import Profile, score_counts, threshold_at
from crawler.topics.rarity import FULL_BACKGROUND
from crawler.topics.terms import LabelledText, SeedText, term_counts

# Marked articles of each kind that an estimate takes: fewer give one of a few values, by chance.
LEAST_OF_EACH = 4
# Parts of the marked articles that are held out in turn; each costs the building of two profiles.
PARTS = 4
DIALS = ("wide", "normal", "strict")
# Each costs the building of a profile, a tenth of a second.
COMPARED_SEEDS = 12
# Shares of fewer articles would be guesses.
LEAST_SAMPLE = 30


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Average precision (0 to 1) over marked articles, each scored by a profile that was not taught it."""

    before: float
    after: float
    articles: int  # that were scored


def held_out(
    seeds: Sequence[SeedText], before: Sequence[LabelledText], after: Sequence[LabelledText], corpus: Corpus
) -> HeldOut | None:
    """The estimate for a topic that learned from *before*, and for one that learns from *after*, of one language.

    Cross-validation: all of *after* is scored, each part by profiles that learn from the rest. None with fewer than
    LEAST_OF_EACH relevant or irrelevant articles.
    """
    return _held_out((seeds, before), (seeds, after), after, corpus)


def held_out_seeds(
    before: Sequence[SeedText],
    after: Sequence[SeedText],
    labelled: Sequence[LabelledText],
    corpus: Corpus,
) -> HeldOut | None:
    """The estimate for a topic with the seeds *before*, and for one with those *after*, of one language.

    All of *labelled* that is no seed afterwards is scored, as in `held_out`; None with too few of a kind.
    """
    seeds = {(seed.title, seed.text) for seed in after}
    judged = [text for text in labelled if (text.title, text.text) not in seeds]
    return _held_out((before, judged), (after, judged), judged, corpus)


_Lessons = tuple[Sequence[SeedText], Sequence[LabelledText]]


def _held_out(
    before: _Lessons, after: _Lessons, judged: Sequence[LabelledText], corpus: Corpus
) -> HeldOut | None:
    """The estimates by what a topic learned from *before* and *after*; None with too few of a kind in *judged*."""
    relevant = [text for text in judged if text.relevant]
    irrelevant = [text for text in judged if not text.relevant]
    if min(len(relevant), len(irrelevant)) < LEAST_OF_EACH:
        return None
    # Each part has its share of both kinds.
    ordered = relevant + irrelevant
    parts = [ordered[number::PARTS] for number in range(PARTS)]
    return HeldOut(
        before=_average_precision(_held_out_scores(*before, parts, corpus)),
        after=_average_precision(_held_out_scores(*after, parts, corpus)),
        articles=len(ordered),
    )


def _held_out_scores(
    seeds: Sequence[SeedText],
    taught: Sequence[LabelledText],
    parts: Sequence[Sequence[LabelledText]],
    corpus: Corpus,
) -> list[tuple[float, bool]]:
    """Score and truth of each article of *parts*, scored by a profile that learned from *taught* without its part."""
    scored = []
    for part in parts:
        profile = build_profile(seeds, corpus, [text for text in taught if text not in part])
        scored += [(score_counts(profile, term_counts(text)).value, text.relevant) for text in part]
    return scored


def _average_precision(scored: Sequence[tuple[float, bool]]) -> float:
    """The mean precision at the ranks of the relevant ones; of equal scores the irrelevant count as first."""
    found, total = 0, 0.0
    for rank, (_, relevant) in enumerate(sorted(scored, key=lambda one: (-one[0], one[1])), 1):
        if relevant:
            found += 1
            total += found / rank
    return total / found if found else 0.0


@dataclass(frozen=True, slots=True)
class SeedFit:
    """How near a seed comes to the others."""

    number: int  # its place among the seeds, from 0
    score: float  # under the profile of the others
    threshold: float  # that a match would need there

    @property
    def fits(self) -> bool:
        """Whether the others would have found it."""
        return self.score >= self.threshold


def background_scores(profile: Profile, articles: Iterable[Sequence[str]]) -> list[float]:
    """The score of each article of a background, in its order."""
    return [score_counts(profile, Counter(terms)).value for terms in articles]


def shares_above(profile: Profile, scores: Sequence[float]) -> Mapping[str, float]:
    """For each dial the share (0 to 1) of *scores* that would match; empty for fewer than LEAST_SAMPLE."""
    if len(scores) < LEAST_SAMPLE:
        return {}
    return {
        dial: sum(score >= threshold_at(profile, dial) for score in scores) / len(scores) for dial in DIALS
    }


def next_step(background: int) -> tuple[int, str] | None:
    """The size of the background at which scores are made otherwise, and what then holds; None: there is no more."""
    if background < MIN_BACKGROUND:
        return MIN_BACKGROUND, "scores are measured against what was read"
    if background < FULL_BACKGROUND:
        return FULL_BACKGROUND, "words are counted in what was read alone"
    return None


def seed_fits(seeds: Sequence[SeedText], corpus: Corpus, dial: str) -> list[SeedFit]:
    """How near each of the first COMPARED_SEEDS seeds of one language comes to the others; none for a single one."""
    if len(seeds) < 2:
        return []
    fits = []
    for number, seed in enumerate(seeds[:COMPARED_SEEDS]):
        profile = build_profile([*seeds[:number], *seeds[number + 1 :]], corpus)
        score = score_counts(profile, term_counts(seed)).value
        fits.append(SeedFit(number, score, threshold_at(profile, dial)))
    return fits
