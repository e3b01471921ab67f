"""What a topic would match, counted: samples from both sides of the threshold, rules' finds apart."""

from datetime import timedelta

import pytest

from crawler.topics.match import Scored
from scheduler.cli.topics.trial import Sample, TrialCounts, sample_of
from storage.records.topics import Match
from tests.support.samples import NOW, article


def found(score: float, *, reason: str = "seed", band: str = "match") -> Scored:
    return Scored((Match("strait", score, 2.0, reason, band),), score, "strait")


@pytest.mark.parametrize(
    ("scored", "threshold", "outcome"),
    [
        pytest.param(found(3.0), 2.0, "match", id="match"),
        pytest.param(found(3.0, reason="both"), 2.0, "match", id="both"),
        pytest.param(found(1.7, band="review"), 2.0, "review", id="review"),
        pytest.param(found(0.5, reason="rule"), 2.0, "rule", id="rule"),
        pytest.param(found(0.5, reason="alias"), None, "rule", id="names"),
        pytest.param(Scored((), 3.0, "strait"), 2.0, "excluded", id="excluded"),
        pytest.param(Scored((), 1.0, "strait"), 2.0, "none", id="none"),
        pytest.param(Scored((), None, None), None, "none", id="no seed"),
    ],
)
def test_outcome_of_an_article(scored, threshold, outcome):
    assert sample_of(article(), "courier", scored, threshold).outcome == outcome


def tally(*samples: tuple[float | None, str, str]) -> TrialCounts:
    counted = TrialCounts(samples=2)
    for score, outcome, source in samples:
        counted.add(Sample(score, 2.0, source, "en", f"{score}", None, outcome, ()), NOW)
    return counted


def test_samples_are_those_nearest_to_the_threshold():
    counted = tally(
        (5.0, "match", "a"), (2.1, "match", "a"), (3.0, "match", "b"), (0.1, "none", "b"), (1.9, "review", "b"),
        (1.0, "none", "c"), (9.0, "excluded", "c"), (0.0, "rule", "c"), (None, "none", "c"),
    )  # fmt: skip

    assert [one.score for one in counted.just_above] == [2.1, 3.0]
    assert [one.score for one in counted.just_below] == [1.9, 1.0]
    assert [one.score for one in counted.by_rule] == [0.0]
    assert [one.score for one in counted.excluded] == [9.0]
    assert (counted.looked, counted.matches, counted.review) == (9, 4, 1)
    assert counted.matches_by_source == {"a": 2, "b": 1, "c": 1}


@pytest.mark.parametrize(
    ("ago_days", "days", "span", "a_day"), [(0, 90, 1, 2.0), (3.5, 90, 4, 0.5), (400, 90, 90, 2 / 90)]
)
def test_matches_a_day_are_counted_over_the_days_that_are_held(ago_days, days, span, a_day):
    counted = tally((5.0, "match", "a"), (2.1, "match", "a"))
    now = NOW + timedelta(days=ago_days)

    assert (counted.span_days(now, days), counted.a_day(now, days)) == (span, a_day)


def test_nothing_looked_at_is_nothing_a_day():
    assert TrialCounts(samples=2).a_day(NOW, 90) == 0.0
