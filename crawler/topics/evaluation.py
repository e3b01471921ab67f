"""How well a topic ranks marked articles that it was not taught, before and after new ones were marked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.topics.corpus import Corpus
from crawler.topics.learn import build_profile
from crawler.topics.profile import score_counts
from crawler.topics.terms import LabelledText, SeedText, term_counts

# Marked articles of each kind that an estimate takes: fewer give one of a few values, by chance.
LEAST_OF_EACH = 4
# Parts of the marked articles that are held out in turn; each costs the building of two profiles.
PARTS = 4


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
    relevant = [text for text in after if text.relevant]
    irrelevant = [text for text in after if not text.relevant]
    if min(len(relevant), len(irrelevant)) < LEAST_OF_EACH:
        return None
    # Each part has its share of both kinds.
    ordered = relevant + irrelevant
    parts = [ordered[number::PARTS] for number in range(PARTS)]
    return HeldOut(
        before=_average_precision(_held_out_scores(seeds, before, parts, corpus)),
        after=_average_precision(_held_out_scores(seeds, after, parts, corpus)),
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
