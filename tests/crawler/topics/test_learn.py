from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.topics import regression
from crawler.topics.corpus import Corpus
from crawler.topics.learn import MIN_BACKGROUND, TERMS, build_profile
from crawler.topics.profile import Profile, score_counts, threshold_at
from crawler.topics.rarity import FULL_BACKGROUND
from crawler.topics.terms import LabelledText, SeedText, term_counts
from tests.support.topic_samples import (
    COMMON,
    PEARS,
    SECOND,
    SEED,
    SUBJECTS,
    background,
    corpus,
    story,
    terms_of,
)

# About the strait in other words: what a regression can find and a query of the seeds cannot.
CUSTOMS = SeedText("One customs post", "Halmar and Osterby share a customs post at the tunnel mouth.", "en")


def reached(profile: Profile, text: SeedText) -> float:
    return score_counts(profile, term_counts(text)).value


def test_common_words_weigh_less_than_the_seeds_own() -> None:
    weights = build_profile([SEED], corpus(0)).weights

    assert set(list(weights)[:3]) == {"strait", "tunnel", "kelder"}
    assert "the" not in weights
    assert weights["govern"] < weights["strait"]


@pytest.mark.parametrize(
    ("articles", "measure"),
    [
        (0, "frequencies"),
        (MIN_BACKGROUND - 1, "frequencies"),
        (MIN_BACKGROUND, "background"),
        (FULL_BACKGROUND, "background"),
    ],
)
def test_score_is_measured_against_the_background_once_it_is_large_enough(
    articles: int, measure: str
) -> None:
    profile = build_profile([SEED], corpus(articles))

    assert (profile.measure, profile.background) == (measure, articles)
    assert (profile.regression is not None) == (measure == "background")


@pytest.mark.parametrize("articles", [0, 60, FULL_BACKGROUND])
def test_function_words_weigh_nothing_however_seldom_an_outlet_writes_them(articles: int) -> None:
    bare = [["pear", "harvest", f"word{number}"] * 30 for number in range(articles)]
    profile = build_profile([SEED], Corpus.of("en", bare, COMMON))

    assert {"strait", "tunnel", "ferri"} <= set(profile.weights)
    assert not {"the", "of", "and", "in", "by", "was", "to"} & set(profile.weights)
    regression = profile.regression
    assert regression is None or not {"the", "of", "and"} & set(regression.terms.split())


def test_language_without_a_list_of_words_learns_from_what_was_counted() -> None:
    profile = build_profile([SEED], Corpus.of("en", background(FULL_BACKGROUND)))

    assert "the" not in profile.weights
    assert "strait" in profile.weights


def strait_story(number: int) -> SeedText:
    """An article about the strait, of many words and few turns of its own."""
    says = ("Skarvik", "Brennes", "Karsholm", "Moravel", "Halmar", "Osterby", "Kelder")
    return SeedText(
        f"Tunnel under the strait: {says[number % 7]} speaks",
        f"The ferries of {says[number % 5]} and the tunnel of the strait were planned, {says[number % 3]} said. "
        f"Crews of the ferry in town {number % 11} work in the tunnel{' by night' if number % 2 else ''}.",
        "en",
    )


@pytest.mark.parametrize("percent", [1, 3, 10, 20, 40])
def test_no_share_of_the_subject_in_what_is_read_moves_what_matches(percent: int) -> None:
    number = 4 * percent
    about = [strait_story(100 + turn) for turn in range(number)]
    seeds = [strait_story(turn) for turn in range(3)]
    profile = build_profile(
        seeds, Corpus.of("en", [*background(400 - number), *map(terms_of, about)], COMMON)
    )

    on_topic = [reached(profile, strait_story(1_000 + turn)) for turn in range(40)]
    off_topic = [reached(profile, story(1_000 + turn)) for turn in range(40)]

    assert min(on_topic) >= profile.threshold
    assert max(off_topic) < profile.threshold
    assert profile.left_out == 0 if percent <= 3 else profile.left_out > number / 2
    assert profile.background == 400


def test_background_that_is_all_about_the_subject_gives_a_profile_all_the_same() -> None:
    about = [terms_of(strait_story(100 + turn)) for turn in range(400)]

    profile = build_profile([strait_story(turn) for turn in range(3)], Corpus.of("en", about, COMMON))

    assert profile.left_out < 0.6 * len(about)
    assert np.isfinite([reached(profile, strait_story(1_000)), profile.threshold]).all()


def test_dial_moves_with_a_raised_threshold() -> None:
    about = [terms_of(strait_story(100 + turn)) for turn in range(160)]
    profile = build_profile(
        [strait_story(turn) for turn in range(3)], Corpus.of("en", [*background(240), *about], COMMON)
    )

    assert profile.raised > 0
    assert [threshold_at(profile, dial) - profile.raised for dial in ("wide", "normal", "strict")] == (
        pytest.approx([2.0, 2.5, 3.0])
    )


def test_background_far_from_the_seeds_lends_no_terms() -> None:
    profile = build_profile([PEARS], corpus(FULL_BACKGROUND))

    assert set(profile.weights) <= set(term_counts(PEARS))


@settings(max_examples=20, deadline=None)
@given(st.integers(min_value=100, max_value=160), st.integers(min_value=1, max_value=3))
def test_all_scores_of_a_background_are_those_of_its_articles(articles: int, seeds: int) -> None:
    held = corpus(articles, SECOND)
    profile = build_profile([SEED, SECOND, PEARS][:seeds], held)

    single = [score_counts(profile, held.terms_of(row)).value for row in range(0, len(held), 7)]

    assert held.profile_scores(profile)[::7] == pytest.approx(single)


def test_few_articles_already_make_an_outlets_own_words_common() -> None:
    seed = SeedText(
        "Kelder Courier", "The strait and the tunnel, says the Kelder Courier of the Kelder.", "en"
    )
    footers = [["kelder", "courier", "the", f"word{number}", f"other{number}"] * 4 for number in range(30)]

    alone = build_profile([seed], corpus(0)).weights
    beside = build_profile([seed], Corpus.of("en", footers, COMMON)).weights

    assert beside["courier"] / beside["strait"] < 0.5 * alone["courier"] / alone["strait"]


def test_articles_on_the_topic_push_no_term_of_the_seeds_down_in_a_small_background() -> None:
    """A first crawl finds what it looks for: half of what was read is on the topic."""
    told_again = [replace(SEED, title=f"{SEED.title}, day {number}") for number in range(20)]

    without = build_profile([SEED], corpus(20))
    beside = build_profile([SEED], corpus(20, *told_again))

    assert beside.weights == pytest.approx(without.weights)
    assert reached(beside, SECOND) == pytest.approx(reached(without, SECOND))


def test_background_scores_have_mean_zero_and_deviation_one() -> None:
    articles = background(FULL_BACKGROUND)
    profile = build_profile([SEED], Corpus.of("en", articles))

    values = [score_counts(profile, Counter(terms)).value for terms in articles]

    assert sum(values) == pytest.approx(0, abs=1e-2)
    assert sum(value * value for value in values) / len(values) == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize("articles", [0, 50, MIN_BACKGROUND, 400])
def test_what_is_on_the_topic_matches_and_the_rest_does_not(articles: int) -> None:
    profile = build_profile([SEED], corpus(articles))
    needed = threshold_at(profile, "normal")

    assert reached(profile, SECOND) >= needed
    assert all(reached(profile, story(number)) < needed for number in range(1_001, 1_010))


def test_nothing_collapses_where_hardly_anything_is_on_the_topic() -> None:
    profile = build_profile([SEED], corpus(400, SECOND))

    assert reached(profile, SECOND) > 3 * profile.threshold


def test_regression_finds_what_the_words_of_the_seeds_do_not() -> None:
    """The background's best articles lend their words."""
    read = corpus(400, CUSTOMS, *(replace(CUSTOMS, title=f"Customs {word}") for word in SUBJECTS[:3]))

    profile = build_profile([SEED], read)

    assert "halmar" not in dict.fromkeys(terms_of(SEED))
    assert reached(profile, SeedText("Halmar", "Osterby and Halmar share a post.", "en")) > 2


def test_seeds_themselves_reach_share_one_without_background() -> None:
    profile = build_profile([SEED, SECOND], corpus(0))

    assert profile.mean == 0
    assert profile.deviation == profile.seed_score


@pytest.mark.parametrize(
    ("seeds", "articles", "thresholds"),
    [
        ([SEED], 0, (0.2, 0.25, 0.35)),
        ([SEED], 50, (0.16, 0.2, 0.28)),
        ([SEED, SeedText("Pears", "A good harvest.", "en")], 0, (0.32, 0.4, 0.56)),
        ([SEED], 300, (2.0, 2.25, 3.0)),
        ([SEED, SECOND], 300, (2.0, 2.25, 3.0)),
        ([SEED, SECOND, PEARS], 300, (2.0, 2.5, 3.0)),
    ],
    ids=["one", "one beside counts", "two unlike", "one measured", "two measured", "three measured"],
)
def test_threshold_follows_seeds_measure_and_dial(
    seeds: list[SeedText], articles: int, thresholds: tuple[float, float, float]
) -> None:
    profile = build_profile(seeds, corpus(articles))

    assert tuple(threshold_at(profile, dial) for dial in ("wide", "normal", "strict")) == pytest.approx(
        thresholds
    )
    assert profile.review < profile.threshold


def rich_press(share: float, articles: int = 300) -> Corpus:
    """A press of which *share* is about the strait, each article in other words beside the subject's."""
    on = [
        SeedText(
            f"The strait and the {SUBJECTS[number % 7]}",
            f"The tunnel of the Kelder strait and its ferries were spoken of at the {SUBJECTS[number % 7]}, "
            f"said the {SUBJECTS[number % 5]} of town {number}.",
            "en",
        )
        for number in range(round(share * articles))
    ]
    return corpus(articles - len(on), *on)


@pytest.mark.parametrize("share", [0.0, 0.03, 0.1, 0.2, 0.4])
def test_one_seed_hears_however_much_of_the_press_is_about_its_subject(share: float) -> None:
    read = rich_press(share)
    profile = build_profile([SEED], read)
    scores = read.profile_scores(profile)
    off, on = scores[: len(read) - round(share * 300)], scores[len(read) - round(share * 300) :]

    assert (on >= profile.threshold).mean() > 0.9 if share else True
    # A tenth of the others is about a ferry, too.
    assert (off >= profile.threshold).mean() <= 0.1
    assert profile.review < profile.threshold
    assert profile.raised <= 0
    assert threshold_at(profile, "wide") < profile.threshold < threshold_at(profile, "strict")


@pytest.mark.parametrize("articles", [0, 300])
def test_fifty_copies_of_a_seed_are_one_seed(articles: int) -> None:
    assert build_profile([SEED] * 50, corpus(articles)) == replace(
        build_profile([SEED], corpus(articles)),
        # Their spellings are counted fifty times, which changes no choice among them.
        terms=build_profile([SEED] * 50, corpus(articles)).terms,
    )
    assert build_profile([SEED] * 50, corpus(articles)).seeds == 1


def test_profile_keeps_the_heaviest_terms_only() -> None:
    long = SeedText(
        "Names",
        " ".join(f"name{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(200)),
        "en",
    )

    terms = build_profile([long], corpus(0)).terms

    assert len(terms) == TERMS
    assert [term.weight for term in terms] == sorted((term.weight for term in terms), reverse=True)


def test_regression_keeps_the_heaviest_terms_only(monkeypatch: pytest.MonkeyPatch) -> None:
    read = corpus(120)
    whole = build_profile([SEED], read).regression
    monkeypatch.setattr(regression, "REGRESSION_TERMS", 20)
    cut = build_profile([SEED], read).regression

    assert whole is not None
    assert cut is not None
    assert cut.terms.split(" ") == whole.terms.split(" ")[:20]


def test_term_of_more_seeds_weighs_more() -> None:
    weights = build_profile([SEED, SECOND], corpus(0)).weights

    assert weights["strait"] > weights["kelder"]


def test_profile_shows_terms_as_the_seeds_write_them() -> None:
    surfaces = {term.term: term.surface for term in build_profile([SEED], corpus(0)).terms}

    assert (surfaces["ferri"], surfaces["kelder"]) == ("ferries", "Kelder")


@pytest.mark.parametrize("relevant", [True, False])
def test_topic_learns_from_what_was_judged(relevant: bool) -> None:
    read = corpus(300)
    told = build_profile([SEED], read, [LabelledText(CUSTOMS.title, CUSTOMS.text, "en", relevant)])
    alike = replace(CUSTOMS, title="A customs post")

    change = reached(told, alike) - reached(build_profile([SEED], read), alike)

    assert change > 0.2 if relevant else change < -0.2
    assert told.labelled == 1


def test_judged_seed_is_no_second_seed() -> None:
    judged = LabelledText(SEED.title, SEED.text, "en", relevant=True)

    assert build_profile([SEED], corpus(300), [judged]) == build_profile([SEED], corpus(300))


ODD_SEEDS = {
    "empty": SeedText("", "", "en"),
    "five words": SeedText("", "Ferries cross the Kelder Strait", "en"),
    "no language": SeedText("Tunnel", "Under the strait.", None),
    "digits": SeedText("2026", "1 2 3", "en"),
    "one word": SeedText("strait", "strait " * 5_000, "en"),
    "right to left": SeedText("نفق تحت المضيق", "عبّارات \u200f\u200bالمضيق\u202e", "ar"),
    "zero-width": SeedText("\u200b\u2060", "\ufeff", "en"),
}


@pytest.mark.parametrize("seed", ODD_SEEDS.values(), ids=ODD_SEEDS)
@pytest.mark.parametrize("articles", [0, 30, MIN_BACKGROUND, FULL_BACKGROUND])
@pytest.mark.parametrize("frequencies", [COMMON, None], ids=["listed", "unlisted"])
def test_odd_seeds_give_a_profile_that_can_score(seed: SeedText, articles: int, frequencies: object) -> None:
    read = Corpus.of("en", background(articles), frequencies)  # type: ignore[arg-type]

    profile = build_profile([seed], read)

    assert profile.deviation > 0
    assert reached(profile, story(2_001)) < threshold_at(profile, "normal")
    if seed.text.startswith("Ferries"):
        assert reached(profile, seed) >= threshold_at(profile, "normal")


@pytest.mark.parametrize("articles", [MIN_BACKGROUND, FULL_BACKGROUND])
def test_background_of_empty_or_equal_articles_can_be_learned_from(articles: int) -> None:
    for terms in ([], ["same"]):
        profile = build_profile([SEED], Corpus.of("en", [terms] * articles, COMMON))
        assert reached(profile, SEED) > reached(profile, story(1))


@settings(max_examples=10)
@given(st.permutations([SEED, SECOND, PEARS]), st.sampled_from([0, 300]))
def test_order_of_seeds_changes_no_score(seeds: list[SeedText], articles: int) -> None:
    profile = build_profile(seeds, corpus(articles))
    other = build_profile(seeds[::-1], corpus(articles))

    assert reached(profile, CUSTOMS) == pytest.approx(reached(other, CUSTOMS), rel=1e-3, abs=1e-3)
    assert profile.weights == pytest.approx(other.weights)
