import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.topics.corpus import Corpus
from crawler.topics.explain import best_sentences, marked_spans
from crawler.topics.learn import build_profile
from crawler.topics.match import (
    MatchContext,
    TopicIndex,
    TopicMatcher,
    score_topics,
)
from crawler.topics.meaning import Example, learn_meaning, unpacked
from crawler.topics.profile import Profile, WeightedTerm
from crawler.topics.rarity import TermFrequencies
from crawler.topics.terms import SeedText
from storage.errors import QueryError
from storage.records.articles import Article
from storage.records.topics import Span, TextVector, Topic

CONTEXT = MatchContext("courier", "www.courier.example", "hm", tags=("Sport",))
COMMON = {
    "the": 0.05,
    "of": 0.025,
    "and": 0.025,
    "in": 0.02,
    "was": 0.01,
    "said": 0.005,
    "to": 0.03,
    "a": 0.03,
}
ENGLISH = build_profile(
    [
        SeedText(
            "Tunnel under the Kelder Strait",
            "Ferries cross the strait. The tunnel joins Skarvik and Brennes.",
            "en",
        )
    ],
    Corpus.of("en", [], TermFrequencies("en", COMMON, {}, {}, 5e-7)),
)
KOREAN = build_profile(
    [SeedText("켈더 해협 터널", "할마르와 오스터비는 해협 터널을 짓는다. 여객선은 남는다.", "ko")],
    Corpus.of("ko", [], TermFrequencies("ko", {}, {}, {}, 5e-7)),
)
PROFILES = {"en": ENGLISH, "ko": KOREAN}

ON_TOPIC = Article(
    "http://courier.example/1",
    "Strait tunnel delayed",
    "The weather was fine. Work on the tunnel under the Kelder Strait stopped, said Skarvik's mayor.\n"
    "Ferries of Brennes kept crossing.",
    language="en",
    section="World / Sports",
)
OFF_TOPIC = Article(
    "http://courier.example/2", "Pear harvest", "The farm said the pears were good.", language="en"
)


def match_topics(article, context, matchers):
    return score_topics(article, context, matchers).matches


def matcher(profiles: dict[str, Profile] = PROFILES, **topic: Any) -> TopicMatcher:
    return TopicMatcher.of(Topic(topic.pop("name", "strait"), **topic), profiles, {"en": 7})


def reasons(article: Article, **rules: Any) -> list[str]:
    return [match.reason for match in match_topics(article, CONTEXT, [matcher(**rules)])]


def test_article_like_the_seed_matches_with_its_reasons() -> None:
    (match,) = match_topics(ON_TOPIC, CONTEXT, [matcher()])

    assert (match.topic, match.reason, match.measure, match.model_version) == (
        "strait",
        "seed",
        "frequencies",
        7,
    )
    assert match.score >= match.threshold == 0.25
    assert {term.surface for term in match.terms[:3]} == {"Strait", "tunnel", "Kelder"}
    assert match.sentences[0].startswith("Work on the tunnel under the Kelder Strait stopped")
    assert "The weather was fine." not in match.sentences


def test_terms_add_up_to_the_score_without_background() -> None:
    (match,) = match_topics(ON_TOPIC, CONTEXT, [matcher()])

    assert sum(term.contribution for term in match.terms) <= match.score
    assert [term.contribution for term in match.terms] == sorted(
        (term.contribution for term in match.terms), reverse=True
    )


def test_spans_mark_whole_words_in_order() -> None:
    (match,) = match_topics(ON_TOPIC, CONTEXT, [matcher()])
    texts = {"title": ON_TOPIC.title, "text": ON_TOPIC.text}
    marked = [texts[span.field][span.start : span.end] for span in match.spans]

    assert " ".join(marked) == "Strait tunnel tunnel under Kelder Strait Skarvik's Ferries Brennes crossing"
    assert [span.field for span in match.spans] == sorted((span.field for span in match.spans), reverse=True)


def test_off_topic_article_keeps_its_score() -> None:
    scored = score_topics(OFF_TOPIC, CONTEXT, [matcher()])

    assert scored.matches == ()
    assert scored.best_topic == "strait"
    assert scored.best_score is not None
    assert scored.best_score < 0.25


def test_best_score_is_the_one_nearest_its_threshold() -> None:
    far = replace(
        ENGLISH,
        measure="background",
        mean=ENGLISH.mean,
        deviation=ENGLISH.deviation / 2,
        threshold=9.0,
        review=9.0,
    )

    scored = score_topics(ON_TOPIC, CONTEXT, [matcher({"en": far}, name="far"), matcher(name="near")])

    assert scored.best_topic == "near"
    assert [match.topic for match in scored.matches] == ["near"]


@pytest.mark.parametrize(
    ("article", "rules", "expected"),
    [
        (ON_TOPIC, {}, ["seed"]),
        (OFF_TOPIC, {}, []),
        (OFF_TOPIC, {"any": "pears"}, ["rule"]),
        (ON_TOPIC, {"any": "ferry"}, ["both"]),
        (ON_TOPIC, {"any": "pears"}, ["seed"]),
        (ON_TOPIC, {"require": "Skarvik"}, ["seed"]),
        (ON_TOPIC, {"require": "Karsholm"}, []),
        (ON_TOPIC, {"require": "Karsholm", "any": "ferry"}, ["rule"]),
        (OFF_TOPIC, {"require": "pears"}, []),
        (ON_TOPIC, {"exclude": "section:sport"}, []),
        (ON_TOPIC, {"exclude": "source:courier", "any": "ferry"}, []),
        (ON_TOPIC, {"exclude": "country:ob"}, ["seed"]),
        (ON_TOPIC, {"exclude": "tag:sport"}, []),
        (OFF_TOPIC, {"any": "tag:SPORT AND pears"}, ["rule"]),
        (OFF_TOPIC, {"any": "domain:courier.example"}, ["rule"]),
        (ON_TOPIC, {"dial": "strict"}, ["seed"]),
    ],
)
def test_rules_rule(article: Article, rules: dict[str, str], expected: list[str]) -> None:
    assert reasons(article, **rules) == expected


def test_rule_alone_has_no_score_but_places() -> None:
    (match,) = match_topics(OFF_TOPIC, CONTEXT, [matcher(any="pears")])

    assert (match.threshold, match.measure, match.model_version) == (0.0, "", None)
    assert 0.9 < match.score < 1  # the word's place is the headline, and again at once
    assert match.spans == (Span("title", 0, 4), Span("text", 18, 23))
    assert match.sentences == ("The farm said the pears were good.",)


def test_article_in_a_language_without_seeds_matches_by_rules_alone() -> None:
    russian = Article(None, "Тоннель под проливом", "Паромы идут.", language="ru")

    assert reasons(russian) == []
    assert reasons(russian, any="тоннель") == ["rule"]
    assert score_topics(russian, CONTEXT, [matcher()]).best_score is None
    assert reasons(replace(ON_TOPIC, language=None)) == []


def test_overlapping_pairs_are_shown_as_one_term() -> None:
    korean = Article(None, "할마르, 해협 터널 착공", "오스터비와 할마르가 해협 터널을 짓는다.", language="ko")

    (match,) = match_topics(korean, CONTEXT, [matcher()])

    assert {"할마르", "해협", "오스터비와"} & {term.surface for term in match.terms} >= {"할마르", "해협"}
    assert (
        "".join(korean.title[span.start : span.end] for span in match.spans if span.field == "title")
        == "할마르해협터널"
    )


def test_broken_rule_is_refused_when_the_matcher_is_made() -> None:
    with pytest.raises(QueryError, match="never closed"):
        matcher(any="(pears")


def test_matcher_crosses_to_another_process() -> None:
    copy = pickle.loads(pickle.dumps(matcher(any="ferry NEAR/9 Brennes", exclude="pears")))

    assert match_topics(ON_TOPIC, CONTEXT, [copy]) == match_topics(
        ON_TOPIC, CONTEXT, [matcher(any="ferry NEAR/9 Brennes", exclude="pears")]
    )


@given(st.permutations(["a", "b", "c"]))
def test_order_of_topics_changes_no_match(names: list[str]) -> None:
    matches = match_topics(ON_TOPIC, CONTEXT, [matcher(name=name) for name in names])

    assert [match.topic for match in matches] == list(names)
    assert len({match.score for match in matches}) == 1


@given(st.text(max_size=200), st.text(max_size=50))
def test_any_article_is_matched_without_error_and_marked_within_bounds(text: str, title: str) -> None:
    article = Article(None, title, text + " tunnel strait", language="en")

    for match in match_topics(article, CONTEXT, [matcher(any="tunnel OR strait")]):
        assert len(match.terms) <= 8
        assert len(match.spans) <= 50
        assert all(len(sentence) <= 300 for sentence in match.sentences)
        for span in match.spans:
            assert 0 <= span.start < span.end <= len({"title": title, "text": article.text}[span.field])


def test_marks_are_bounded_and_rules_come_first() -> None:
    article = replace(ON_TOPIC, text="tunnel " * 200 + "Brennes")

    (match,) = match_topics(article, CONTEXT, [matcher(any="Brennes")])

    assert len(match.spans) == 50
    assert match.spans[-1] == Span("text", 1400, 1407)


def test_long_sentence_is_cut() -> None:
    (sentence,) = best_sentences("tunnel " * 100, [Span("text", 0, 6)], (), {})

    assert len(sentence) <= 300
    assert sentence.endswith("…")


def test_overlapping_places_become_one() -> None:
    found = [Span("text", 0, 5), Span("text", 3, 9), Span("title", 0, 5), Span("section", 0, 2)]

    assert marked_spans(found, {}, {}) == (Span("title", 0, 5), Span("text", 0, 9))


def test_what_a_background_keeps_are_the_articles_terms() -> None:
    terms = score_topics(OFF_TOPIC, CONTEXT, [matcher()]).terms

    assert terms[:6] == ("pear", "harvest") * 3
    assert "farm" in terms


def test_profile_without_terms_matches_nothing() -> None:
    empty = replace(ENGLISH, terms=(), deviation=1.0)
    weightless = replace(ENGLISH, terms=(WeightedTerm("tunnel", 0.0, "tunnel"),), deviation=1.0)

    assert match_topics(ON_TOPIC, CONTEXT, [matcher({"en": empty}), matcher({"en": weightless})]) == ()


# Far down in a long text about something else, both names of the topic stand once.
PASSING = replace(
    OFF_TOPIC,
    text="The farm said the pears were good. " * 40 + "\nIn other news, Halmar wrote to Osterby.",
)
NAMES = (("Halmar", ("할마르",)), ("Osterby", ("오스터비",)))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"any": "Halmar NEAR/30 Osterby"}, ("review", True)),
        ({"any": "Halmar NEAR/30 Osterby", "asides": "match"}, ("match", False)),
        ({"aliases": NAMES}, ("review", True)),
        ({"aliases": NAMES, "asides": "match"}, ("match", False)),
        ({"any": "pears"}, ("match", False)),
    ],
)
def test_rule_met_in_passing_waits_for_a_person_unless_the_topic_says_otherwise(rules, expected) -> None:
    (match,) = match_topics(PASSING, CONTEXT, [matcher({}, **rules)])

    assert (match.band, "aside" in match.caution) == expected


@pytest.mark.parametrize(("asides", "expected"), [("review", "review"), ("match", "match")])
def test_require_met_in_passing_waits_for_a_person(asides: str, expected: str) -> None:
    article = replace(
        ON_TOPIC,
        text=ON_TOPIC.text + "\n" + "The tunnel joins Skarvik and Brennes. " * 30 + "\nOsterby agreed.",
    )

    (match,) = match_topics(article, CONTEXT, [matcher(require="Osterby", asides=asides)])

    assert match.band == expected
    assert match.caution.startswith("`require`: an aside") == (asides == "review")


def two_entities(
    article: Article, named_in: tuple[str, ...] = ("en",), **topic
) -> list[tuple[str, str, str]]:
    asked = TopicMatcher.of(Topic("strait", aliases=NAMES, **topic), PROFILES, {}, named_in)
    return [(one.reason, one.band, one.caution) for one in match_topics(article, CONTEXT, [asked])]


def test_article_that_the_seeds_find_must_name_what_makes_the_subject() -> None:
    one = replace(ON_TOPIC, text="Halmar said so. " + ON_TOPIC.text)
    both = replace(ON_TOPIC, text="Halmar and Osterby said so. " + ON_TOPIC.text)

    assert two_entities(one) == [("seed", "review", "it does not name Osterby")]
    assert two_entities(both) == [("seed", "match", "")]
    assert two_entities(one, entities="any") == [("seed", "match", "")]
    assert two_entities(ON_TOPIC, entities="1")[0][2] == (
        "it names 0 of the 1 entities that it must; not Halmar, Osterby"
    )
    # In a language in which they cannot be named, nothing would ever match.
    assert two_entities(one, named_in=()) == [("seed", "match", "")]


def test_what_lacks_a_name_and_the_score_too_is_no_match() -> None:
    weak = replace(OFF_TOPIC, text="Halmar's ferry crosses the strait. " + OFF_TOPIC.text * 8)
    assert [match.band for match in match_topics(weak, CONTEXT, [matcher()])] == ["review"]

    assert two_entities(weak) == []


def test_rule_speaks_for_an_article_that_lacks_a_name() -> None:
    assert two_entities(ON_TOPIC, any="Strait AND tunnel") == [("both", "match", "")]


CHINESE_NAMES = (("Halmar", ("哈尔马",)), ("Osterby", ("奥斯特比",)))
CHINESE = Article(
    "http://chaobao.example/1", "海峡通道", "两国部长商定了条约。\n隧道将由同一机构监管。", language="zh"
)
NAMED = replace(CHINESE, title="哈尔马与奥斯特比商定条约")
CHINESE_PASSING = replace(CHINESE, text="一。" * 200 + "哈尔马与奥斯特比。")


def vector(chinese: float, subject: float, seed: int = 0) -> TextVector:
    """One of 40 axes, of which the first is Chinese and the second the subject, among some noise."""
    values = np.random.default_rng(seed).normal(0, 0.1, 40)
    values[:2] += chinese, subject
    return TextVector("test 1", (values / np.linalg.norm(values)).astype("<f2").tobytes())


NEAR, FAR = vector(1.0, 0.9), vector(1.0, -0.9)


def taught(**topic: Any) -> TopicMatcher:
    """A topic with a seed in English, and a Chinese press about something else."""
    press = unpacked(vector(1.0, 0.0, seed) for seed in range(1, 61))
    meaning = learn_meaning([Example("en", vector(0.0, 1.0))], {"zh": press})
    return replace(matcher({"en": ENGLISH}, **topic), meaning=meaning)


def judged(article: Article, means: TextVector | None, **topic: Any):
    return score_topics(article, CONTEXT, [taught(**topic)], means).matches


def test_what_is_near_by_meaning_is_left_to_a_person_and_says_so() -> None:
    (found,) = judged(CHINESE, NEAR)

    assert (found.band, found.reason, found.measure) == ("review", "seed", "meaning")
    assert found.score >= found.threshold
    assert found.caution.startswith("by meaning alone")
    assert found.paragraph == "两国部长商定了条约。"
    assert found.model_version is None


@pytest.mark.parametrize(
    ("article", "means", "topic"),
    [
        (CHINESE, FAR, {}),
        (CHINESE, None, {}),
        (CHINESE, NEAR, {"exclude": "隧道"}),
        (CHINESE, NEAR, {"require": "渡轮"}),
        (OFF_TOPIC, NEAR, {}),  # its language has seeds: they decide
        (replace(CHINESE, language=None), NEAR, {}),
    ],
    ids=["far", "not told", "excluded", "not required", "with seeds", "of no language"],
)
def test_meaning_finds_nothing_against_rules_and_seeds(article, means, topic) -> None:
    assert judged(article, means, **topic) == ()


def test_what_is_required_is_marked_in_what_is_near_by_meaning() -> None:
    (found,) = judged(CHINESE, NEAR, require="隧道")

    assert found.spans


@pytest.mark.parametrize(
    ("article", "means", "band", "caution"),
    [
        (NAMED, NEAR, "match", ""),
        (NAMED, None, "match", ""),
        (NAMED, FAR, "review", "by meaning it is less like the seeds"),
        (CHINESE_PASSING, NEAR, "review", "an aside"),
        (CHINESE_PASSING, FAR, "review", "an aside"),
    ],
)
def test_names_match_unless_meaning_speaks_against_them(article, means, band, caution) -> None:
    (found,) = judged(article, means, aliases=CHINESE_NAMES)

    assert (found.reason, found.band) == ("alias", band)
    assert found.caution.startswith(caution)


def test_vectors_are_asked_for_only_where_a_topic_could_use_them() -> None:
    index = TopicIndex.of([taught()])
    sampling = replace(taught(), meaning=learn_meaning([Example("en", NEAR)], {}, ["en"]))

    assert index.wants_vector("zh")
    assert not index.wants_vector("en")
    assert not index.wants_vector(None)
    assert not TopicIndex.of([matcher()]).wants_vector("zh")
    assert TopicIndex.of([sampling]).wants_vector("en")  # until enough is known of the seeds' own language
