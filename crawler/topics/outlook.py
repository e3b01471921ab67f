"""What a topic's profile would do: its share of the background by dial, and seeds that do not fit the others. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crawler.topics.corpus import Corpus
from crawler.topics.learn import MIN_BACKGROUND, build_profile
from crawler.topics.profile import Profile, score_counts, threshold_at
from crawler.topics.rarity import FULL_BACKGROUND
from crawler.topics.terms import SeedText, term_counts

DIALS = ("wide", "normal", "strict")
# Each costs the building of a profile, a tenth of a second.
COMPARED_SEEDS = 12
# Shares of fewer articles would be guesses.
LEAST_SAMPLE = 30


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
