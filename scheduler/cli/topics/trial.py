"""What a topic would match, counted article by article, with samples from both sides of the threshold. Pure."""

import heapq
import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.topics.match import Scored
from storage.records.articles import Article


@dataclass(frozen=True, slots=True)
class Sample:
    """An article with what a topic says of it."""

    score: float | None  # None: no seed in its language
    threshold: float | None  # as above
    source: str
    language: str | None
    title: str
    url: str | None
    outcome: str  # "match", "review", "rule", "excluded" or "none"
    terms: tuple[str, ...]


def sample_of(article: Article, source: str, scored: Scored, threshold: float | None) -> Sample:
    """What one topic, with *threshold* in the article's language, says of an article.

    The outcome "rule" is a match by a rule or by names alone; "excluded" has the score of a match, but a rule keeps it
    out.
    """
    match = scored.matches[0] if scored.matches else None
    if match is None:
        enough = threshold is not None and scored.best_score is not None and scored.best_score >= threshold
        outcome = "excluded" if enough else "none"
    elif match.band == "review":
        outcome = "review"
    else:
        outcome = "match" if match.reason in ("seed", "both") else "rule"
    return Sample(
        score=scored.best_score,
        threshold=threshold,
        source=source,
        language=article.language,
        title=article.title,
        url=article.url,
        outcome=outcome,
        terms=tuple(term.surface for term in match.terms) if match else (),
    )


@dataclass(slots=True)
class TrialCounts:
    """The count of a trial; it keeps *samples* articles of each kind, not all that it was shown."""

    samples: int
    looked: int = 0
    first_read_at: datetime | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    looked_by_source: Counter[str] = field(default_factory=Counter)
    matches_by_source: Counter[str] = field(default_factory=Counter)
    _above: list[tuple[float, int, Sample]] = field(default_factory=list)
    _below: list[tuple[float, int, Sample]] = field(default_factory=list)
    by_rule: list[Sample] = field(default_factory=list)
    excluded: list[Sample] = field(default_factory=list)

    def add(self, sample: Sample, read_at: datetime | None) -> None:
        """Count one article, read at *read_at*."""
        self.looked += 1
        self.outcomes[sample.outcome] += 1
        self.looked_by_source[sample.source] += 1
        if read_at is not None and (self.first_read_at is None or read_at < self.first_read_at):
            self.first_read_at = read_at
        if sample.outcome in ("match", "rule"):
            self.matches_by_source[sample.source] += 1
        if sample.outcome in ("rule", "excluded"):
            kept = self.by_rule if sample.outcome == "rule" else self.excluded
            if len(kept) < self.samples:
                kept.append(sample)
        elif sample.score is not None and sample.threshold:
            # In thresholds, so that languages and measures compare; the heap gives up what is farthest from it.
            nearness = sample.score / sample.threshold
            side = self._above if sample.outcome == "match" else self._below
            self._keep(side, -nearness if sample.outcome == "match" else nearness, sample)

    def _keep(self, heap: list[tuple[float, int, Sample]], key: float, sample: Sample) -> None:
        entry = (key, -self.looked, sample)
        if len(heap) < self.samples:
            heapq.heappush(heap, entry)
        else:
            heapq.heappushpop(heap, entry)

    @property
    def matches(self) -> int:
        """Articles that would match, by seeds or by rules."""
        return self.outcomes["match"] + self.outcomes["rule"]

    @property
    def review(self) -> int:
        """Articles that a person would be asked to look at."""
        return self.outcomes["review"]

    @property
    def just_above(self) -> list[Sample]:
        """Matches by their score, the nearest to the threshold first."""
        return [sample for _, _, sample in sorted(self._above, reverse=True)]

    @property
    def just_below(self) -> list[Sample]:
        """Articles that would not match, or be left to review, the nearest to the threshold first."""
        return [sample for _, _, sample in sorted(self._below, reverse=True)]

    def span_days(self, now: datetime, days: int) -> int:
        """The days that were looked at: *days*, or fewer since the first article was read; at least 1."""
        if self.first_read_at is None:
            return days
        return max(1, min(days, math.ceil((now - self.first_read_at) / timedelta(days=1))))

    def a_day(self, now: datetime, days: int) -> float:
        """Matches a day over the days that were looked at."""
        return self.matches / self.span_days(now, days)
