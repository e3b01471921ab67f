"""Silence, bursts and drift, on simulated sources and topics: found soon, and seldom where there is nothing."""

import math
import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from crawler.cadence.rhythm import Rhythm, observe, rhythm_to_bytes
from scheduler.health.anomalies import day_excess, judge_source, judge_topic, topic_habits
from storage.records.health import Condition, FeedSigns, PageSigns, Share, SourceSigns, TopicSigns, Turn
from tests.support.samples import NOW

START = NOW.replace(hour=0)
STEP_H = 3  # polls and looks; the daemon's are one hour apart, which would take three times as long to try
BY_DAY = [0.1] * 7 + [2.0] * 12 + [0.5] * 5


def poisson(chance: random.Random, mean: float) -> int:
    number, product, least = 0, chance.random(), math.exp(-mean)
    while product > least:
        number, product = number + 1, product * chance.random()
    return number


@dataclass
class Outlet:
    """A simulated source, looked at in steps."""

    a_day: float
    seed: int
    by_day: bool = False  # by day more than by night, and less on weekends; else evenly
    silent_from: int = 10**6  # day
    at: datetime = START
    rhythm: Rhythm = field(default_factory=Rhythm)
    last_new: datetime = START
    days: dict[date, int] = field(default_factory=dict)
    lively: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def rate(self, hour: datetime) -> float:
        if not self.by_day:
            return self.a_day / 24
        return self.a_day * BY_DAY[hour.hour] / sum(BY_DAY) * (0.5 if hour.weekday() > 4 else 1.2)

    def step(self) -> None:
        hours = [self.at + timedelta(hours=number) for number in range(STEP_H)]
        mean = sum(map(self.rate, hours))
        new = 0 if self.at >= START + timedelta(days=self.silent_from) else poisson(self.chance, mean)
        before, self.at = self.at, self.at + timedelta(hours=STEP_H)
        self.rhythm = observe(self.rhythm, before, self.at, new)
        self.days[before.date()] = self.days.get(before.date(), 0) + new
        if new:
            self.last_new = self.at
            self.lively.append(self.at)

    def signs(self) -> SourceSigns:
        feed = FeedSigns(
            "http://a.example/", rhythm_to_bytes(self.rhythm), self.last_new, self.at, START, self.at, None
        )
        days = tuple(self.days.items())[-57:-1]
        since = self.at - timedelta(days=28)
        lively = sum(one > since for one in self.lively)
        pages = PageSigns(lively, min(28, (self.at - START).days) * 24)
        return SourceSigns("courier", (feed,), days, pages)


def alarms(outlet: Outlet, days: int) -> list[float]:
    """The days, counted from the start, on which silence began."""
    lasting: list[Condition] = []
    found = []
    while outlet.at < START + timedelta(days=days):
        outlet.step()
        before, lasting = lasting, judge_source(outlet.signs(), lasting, outlet.at)
        if lasting and not before:
            found.append((outlet.at - START) / timedelta(days=1))
    return found


@pytest.mark.parametrize(("a_day", "by_day"), [(10.0, False), (10.0, True), (40.0, True), (0.5, False)])
def test_a_source_that_writes_as_usual_is_hardly_ever_called_silent(a_day, by_day):
    false = [alarm for seed in range(4) for alarm in alarms(Outlet(a_day, seed, by_day), 60)]

    assert (
        len(false) * 365 / (4 * 60) <= 2
    )  # at most one in two thirds of a year; below 1 is the aim over years


@pytest.mark.parametrize("by_day", [False, True], ids=["evenly", "by-day"])
@pytest.mark.parametrize("seed", range(3))
def test_ten_articles_a_day_that_stop_are_missed_after_about_a_day(seed, by_day):
    found = alarms(Outlet(10, 100 + seed, by_day, silent_from=50), 53)

    late = [day - 50 for day in found if day > 50]
    assert len(late) == 1
    assert late[0] <= 1.75


def test_silence_lasts_until_something_comes_and_says_what_was_expected():
    outlet = Outlet(10, 1, silent_from=50)
    alarms(outlet, 53)
    (silent,) = judge_source(outlet.signs(), [], outlet.at)
    (same,) = judge_source(outlet.signs(), [silent], outlet.at)
    outlet.silent_from = 10**6
    while outlet.last_new <= silent.since:
        outlet.step()

    assert same == silent
    assert (silent.kind, silent.source, silent.since) == ("silent", "courier", silent.since)
    assert "a day are usual" in silent.detail
    assert judge_source(outlet.signs(), [silent], outlet.at) == []


def test_who_was_not_looked_at_is_not_silent():
    outlet = Outlet(10, 1)
    alarms(outlet, 50)
    later = outlet.at + timedelta(days=20)
    seen = outlet.signs()
    blind = replace(seen.feeds[0], last_polled_at=later, last_error="timeout")

    found = judge_source(replace(seen, feeds=(blind,)), [], later)

    assert [one.kind for one in found] == ["failing"]


def test_too_little_is_known_of_a_new_source():
    outlet = Outlet(10, 1, silent_from=8)

    assert alarms(outlet, 13) == []


def topic(chance: random.Random, a_day: float, days: int) -> list[tuple[datetime, int]]:
    hours = [START + timedelta(hours=number) for number in range(days * 24)]
    return [(hour, number) for hour in hours if (number := poisson(chance, a_day / 24))]


def test_a_topic_as_usual_has_hardly_any_bursts_or_silences():
    found = []
    for seed in range(3):
        hours = topic(random.Random(seed), 6, 60)
        lasting: list[Condition] = []
        for step in range(20 * 4, 60 * 4):
            now = START + timedelta(hours=6 * step)
            signs = TopicSigns("strait", tuple(one for one in hours if one[0] < now), hours[0][0])
            before, lasting = lasting, judge_topic(signs, lasting, now, now)
            found += [one for one in lasting if one.kind not in {former.kind for former in before}]

    assert len(found) <= 1


def test_a_burst_is_found_and_over_when_it_has_faded():
    hours = topic(random.Random(3), 6, 40)
    now = START + timedelta(days=40)
    burst = [(now - timedelta(hours=2), 9), (now - timedelta(hours=1), 9)]
    signs = TopicSigns("strait", (*hours, *burst), hours[0][0])

    (began,) = judge_topic(signs, [], now, now)
    later = judge_topic(signs, [began], now + timedelta(hours=20), now)
    over = judge_topic(signs, [began], now + timedelta(hours=30), now)
    after_gap = judge_topic(signs, [], now, now, caught_up_at=now - timedelta(hours=1))

    assert (began.kind, began.topic) == ("burst", "strait")
    assert "stories in 3 hours" in began.detail
    assert "burst" in {one.kind for one in later}
    assert "burst" not in {one.kind for one in over}
    assert after_gap == []


def test_a_topic_that_falls_silent_is_missed_only_while_sources_are_read():
    hours = topic(random.Random(3), 10, 40)
    signs = TopicSigns("strait", tuple(hours), hours[0][0])
    now = START + timedelta(days=43)

    assert [one.kind for one in judge_topic(signs, [], now, now)] == ["silent"]
    assert judge_topic(signs, [], now, START + timedelta(days=40)) == []
    assert judge_topic(signs, [], now, None) == []


def test_nothing_is_known_of_a_new_topic():
    assert topic_habits(TopicSigns("strait", (), None), NOW) is None
    assert topic_habits(TopicSigns("strait", ((NOW, 3),), NOW), NOW + timedelta(days=3)) is None


def source(*turns: Turn) -> SourceSigns:
    return SourceSigns("courier", (), pages=PageSigns(turns=turns))


LOST = Turn("authors", Share(0, 12), Share(190, 200))


@pytest.mark.parametrize(
    ("turn", "kinds"),
    [
        (LOST, ["layout"]),
        (replace(LOST, name="article"), ["layout"]),
        (replace(LOST, name="no wall"), ["walls"]),
        (replace(LOST, now=Share(0, 9)), []),  # too few pages to say
        (replace(LOST, before=Share(5, 20)), []),  # too little is known
        (replace(LOST, before=Share(40, 200)), []),  # most never had it
        (replace(LOST, now=Share(9, 12)), []),  # chance
        (replace(LOST, now=Share(12, 12)), []),
    ],
    ids=["date", "not-article", "wall", "few", "unknown", "never", "chance", "well"],
)
def test_a_share_that_falls_is_a_condition(turn, kinds):
    assert [one.kind for one in judge_source(source(turn), [], NOW)] == kinds


def test_a_layout_is_well_again_only_when_most_have_it_again():
    (began,) = judge_source(source(LOST), [], NOW)

    half = judge_source(source(replace(LOST, now=Share(9, 12))), [began], NOW)
    unknown = judge_source(source(replace(LOST, now=Share(0, 2))), [began], NOW)
    well = judge_source(source(replace(LOST, now=Share(12, 12))), [began], NOW)

    assert began.detail == "authors: 0 of the last 12 pages, before 95 % of 200"
    assert (half[0].since, half[0].detail) == (NOW, "authors: 9 of the last 12 pages, before 95 % of 200")
    assert unknown == [began]
    assert well == []


@pytest.mark.parametrize(
    ("ok", "polled", "error", "fails"),
    [
        (NOW, NOW + timedelta(hours=25), "http_404", True),
        (NOW, NOW + timedelta(hours=23), "http_404", False),
        (None, NOW + timedelta(hours=25), "http_404", True),
        (NOW, NOW + timedelta(hours=25), None, False),
    ],
    ids=["a-day", "less", "never-read", "well"],
)
def test_a_feed_that_could_not_be_read_for_a_day_is_a_condition(ok, polled, error, fails):
    feed = FeedSigns("http://a.example/rss", None, ok, ok, NOW, polled, error)

    found = judge_source(SourceSigns("courier", (feed, replace(feed, last_error=None))), [], polled)

    wanted = Condition("failing", NOW, "1 of 2 feeds: http_404 (http://a.example/rss)", source="courier")
    assert found == ([wanted] if fails else [])


def test_few_days_say_nothing_of_chance():
    assert day_excess([(NOW.date(), 5), (NOW.date() - timedelta(days=1), 900)]) == 0.0
