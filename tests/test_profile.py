import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.topics.frequencies import load_frequencies
from crawler.topics.profile import (
    FULL_BACKGROUND,
    HEADLINE_WEIGHT,
    MIN_BACKGROUND,
    TERMS,
    Profile,
    SeedText,
    TermFrequencies,
    build_profile,
    profile_from_json,
    profile_to_json,
    raw_score,
    term_list,
    threshold_at,
    topic_terms,
)
from storage.analyser import tokens

SEED = SeedText(
    "Tunnel under the Kelder Strait",
    "The ferries and the tunnel of the strait were planned by the two governments in 2026.",
    "en",
)
SECOND = SeedText(
    "Ferry crews strike in the strait", "Crews of the ferry say the tunnel takes their work.", "en"
)
COMMON = TermFrequencies(
    "en", {"the": 0.05, "of": 0.025, "and": 0.025, "in": 0.02, "by": 0.005}, {}, {}, 5e-7
)


def background(articles: int) -> list[list[str]]:
    """Articles of common words, each with one of its own; every tenth names a ferry."""
    return [
        ["the", "of", "and", "in", "by", f"word{number}", *["ferri"] * (number % 10 == 0)]
        for number in range(articles)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The DPRK's ships", ["the", "dprk", "ship"]),
        ("북한이 왔다", ["북한", "한이", "왔다"]),
        ("朝俄关系", ["朝俄", "俄关", "关系"]),
        ("a 2026 G7 ½", ["g7"]),
        ("朝 b", []),
    ],
    ids=["words", "Hangul", "Han", "numbers and letters", "lone characters"],
)
def test_topic_terms_are_stems_and_character_pairs(text: str, expected: list[str]) -> None:
    assert [term.term for term in topic_terms(tokens(text, "en"))] == expected


def test_headline_counts_three_times() -> None:
    assert term_list("Strait", "Strait", "en").count("strait") == HEADLINE_WEIGHT + 1


def test_common_words_weigh_less_than_the_seeds_own() -> None:
    weights = build_profile([SEED], [], COMMON).weights

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
    profile = build_profile([SEED], background(articles), COMMON)

    assert (profile.measure, profile.background) == (measure, articles)


def test_full_background_alone_says_what_is_rare() -> None:
    articles = background(FULL_BACKGROUND)

    assert build_profile([SEED], articles, COMMON) == build_profile([SEED], articles, None)
    assert "the" not in build_profile([SEED], articles, None).weights


def test_few_articles_already_make_an_outlets_own_words_common() -> None:
    alone = build_profile([SEED], [], COMMON).weights
    beside = build_profile([SEED], [["kelder", "news"]] * 30, COMMON).weights

    assert beside["kelder"] / beside["strait"] < 0.2 * alone["kelder"] / alone["strait"]


def test_background_scores_have_mean_zero_and_deviation_one() -> None:
    articles = background(FULL_BACKGROUND)
    profile = build_profile([SEED], articles, None)
    scores = [
        (raw_score({term: terms.count(term) for term in terms}, len(terms), profile.weights, profile.average_length)
         - profile.mean) / profile.deviation
        for terms in articles
    ]  # fmt: skip

    assert math.isclose(sum(scores), 0, abs_tol=1e-6)
    assert math.isclose(sum(score * score for score in scores) / len(scores), 1)


def test_seeds_themselves_reach_share_one_without_background() -> None:
    profile = build_profile([SEED, SECOND], [], COMMON)

    assert profile.mean == 0
    assert profile.deviation == profile.seed_score


@pytest.mark.parametrize(
    ("seeds", "articles", "thresholds"),
    [
        ([SEED], 0, (0.2, 0.25, 0.35)),
        ([SEED] * 3, 0, (0.48, 0.6, 0.84)),
        ([SEED, SeedText("Pears", "A good harvest.", "en")], 0, (0.32, 0.4, 0.56)),
        ([SEED], 300, (2.0, 2.25, 3.0)),
        ([SEED, SECOND], 300, (2.0, 2.25, 3.0)),
        ([SEED, SECOND, SEED], 300, (2.0, 2.5, 3.0)),
    ],
    ids=["one", "three alike", "two unlike", "one measured", "two measured", "three measured"],
)
def test_threshold_follows_seeds_measure_and_dial(
    seeds: list[SeedText], articles: int, thresholds: tuple[float, float, float]
) -> None:
    profile = build_profile(seeds, background(articles), COMMON)

    assert tuple(threshold_at(profile, dial) for dial in ("wide", "normal", "strict")) == pytest.approx(
        thresholds
    )


def test_profile_keeps_the_heaviest_terms_only() -> None:
    long = SeedText(
        "Names",
        " ".join(f"name{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(200)),
        "en",
    )

    terms = build_profile([long], [], COMMON).terms

    assert len(terms) == TERMS
    assert [term.weight for term in terms] == sorted((term.weight for term in terms), reverse=True)


def test_term_of_more_seeds_weighs_more() -> None:
    weights = build_profile([SEED, SECOND], [], COMMON).weights

    assert weights["strait"] > weights["kelder"]


def test_profile_shows_terms_as_the_seeds_write_them() -> None:
    surfaces = {term.term: term.surface for term in build_profile([SEED], [], COMMON).terms}

    assert (surfaces["ferri"], surfaces["kelder"]) == ("ferries", "Kelder")


def test_profile_without_any_known_frequencies_can_be_built() -> None:
    profile = build_profile([SEED], [], None)

    assert profile.measure == "frequencies"
    assert profile.seed_score > 0


def test_empty_seed_gives_a_profile_that_matches_nothing() -> None:
    profile = build_profile([SeedText("", "", "en")], [], COMMON)

    assert profile.terms == ()
    assert profile.deviation > 0


@pytest.mark.parametrize("articles", [0, 300])
def test_profile_survives_json(articles: int) -> None:
    profile = build_profile([SEED, SECOND], background(articles), COMMON)

    assert profile_from_json(profile_to_json(profile)) == profile


@given(st.permutations([SEED, SECOND, SeedText("Pears", "A good harvest of pears.", "en")]))
def test_order_of_seeds_does_not_matter(seeds: list[SeedText]) -> None:
    profile = build_profile(seeds, [], COMMON)
    other = build_profile(seeds[::-1], [], COMMON)

    assert {term.term for term in profile.terms} == {term.term for term in other.terms}
    assert profile.threshold == pytest.approx(other.threshold)
    assert profile.seed_score == pytest.approx(other.seed_score)


@pytest.mark.parametrize(
    ("language", "common", "rare"),
    [
        ("en", "the", "strait"),
        ("ru", "что", "пролив"),
        ("ko", "니다", "해협"),
        ("zh", "中国", "海峡"),
        ("ja", "です", "海峡"),
    ],
)
def test_packaged_frequencies_tell_common_terms_from_rare_ones(language: str, common: str, rare: str) -> None:
    frequencies = load_frequencies(language)

    assert frequencies is not None
    assert frequencies.share(common) > 20 * frequencies.share(rare)
    assert frequencies.share("zzzyx") == frequencies.unseen


def test_pair_across_words_is_estimated_from_its_characters() -> None:
    frequencies = TermFrequencies("ko", {"북한": 1e-4}, {"은": 0.01}, {"한": 0.02}, 5e-7)

    assert frequencies.share("한은") == pytest.approx(2e-4)
    assert frequencies.share("북한") == 1e-4


def test_language_without_list_has_no_frequencies() -> None:
    assert load_frequencies("xx") is None
    assert load_frequencies("no") is not None


def test_profile_is_a_record() -> None:
    assert isinstance(hash(build_profile([SEED], [], COMMON)), int)
    assert Profile.__slots__
