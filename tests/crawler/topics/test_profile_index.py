import pickle
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.topics.learn import build_profile
from crawler.topics.profile import score_counts
from crawler.topics.profile_index import ProfileIndex
from tests.crawler.topics.test_profile import BOTH, PLAIN
from tests.support.topic_samples import PEARS, SECOND, SEED, corpus, terms_of

READ = corpus(120)
LEARNED = [build_profile([seed], READ) for seed in (SEED, SECOND, PEARS)]
PROFILES = [PLAIN, *LEARNED, build_profile([SEED], corpus(0)), BOTH, build_profile([SEED], corpus(40))]
WORDS = [*terms_of(SEED), *terms_of(PEARS), "harvest", "museum", "unknown"]


@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_index_gives_each_profiles_own_score_and_parts(words: list[str]) -> None:
    counts = Counter(words)
    index = ProfileIndex.of(PROFILES)

    scores = index.scores(counts)

    for number, profile in enumerate(PROFILES):
        alone = score_counts(profile, counts)
        assert scores.values[number] == pytest.approx(alone.value, rel=1e-4, abs=1e-4)
        assert index.share_of(scores, number, counts).parts == pytest.approx(alone.parts, rel=1e-4, abs=1e-6)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=60), st.integers(0, 60))
def test_a_part_of_an_article_is_worth_what_the_profile_says(words: list[str], end: int) -> None:
    """Beside the offset, which all parts share."""
    index = ProfileIndex.of(PROFILES)
    whole, part = Counter(words), Counter(words[:end])
    scores = index.scores(whole)

    for number in range(len(PROFILES)):
        value = index.share_of(scores, number, whole).value(part)
        assert value + index.offset[number] == pytest.approx(
            index.scores(part).values[number], rel=1e-4, abs=1e-4
        )


def test_index_without_profiles_or_terms_can_be_asked() -> None:
    assert ProfileIndex.of([]).scores({"strait": 1}).values.tolist() == []
    assert len(ProfileIndex.of(PROFILES).scores({}).values) == len(PROFILES)


def test_index_crosses_to_another_process() -> None:
    index = ProfileIndex.of(PROFILES)
    counts = Counter(terms_of(SEED))

    copy = pickle.loads(pickle.dumps(index))

    assert copy.scores(counts).values.tolist() == index.scores(counts).values.tolist()
