"""News of two countries in three languages by names alone: what is about both matches, asides and thirds do not.

The articles are invented: headlines, leads, inflected and Northern forms, both Chinese scripts, background paragraphs,
lists of related stories, one of the two with a third, and round-ups.
"""

import json
import tomllib

import pytest

from crawler.topics.match import MatchContext, TopicMatcher, score_topics
from storage.records.articles import Article
from storage.records.topics import Topic
from tests.support.folders import ROOT

ARTICLES = [json.loads(line) for line in (ROOT / "tests/data/two_entities.jsonl").read_text().splitlines()]
DECLARED = tomllib.loads((ROOT / "scheduler/init/seedwatch.toml").read_text())["topic"][0]
ALIASES = tuple((entity, tuple(names)) for entity, names in DECLARED["aliases"].items())
# The topic that a new user has, and the same with its names alone.
TOPICS = {
    "as shipped": Topic("pair", any=DECLARED["any"], aliases=ALIASES),
    "by names alone": Topic("pair", aliases=ALIASES),
}


def band(topic: Topic, told: dict[str, str]) -> str:
    """The band of an article; "" if it does not match."""
    article = Article(None, told["title"], told["text"], language=told["language"])
    found = score_topics(article, MatchContext(), [TopicMatcher.of(topic, {})]).matches
    return found[0].band if found else ""


@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)
@pytest.mark.parametrize("told", ARTICLES, ids=[f"{one['language']} {one['title'][:12]}" for one in ARTICLES])
def test_what_is_about_both_matches_and_nothing_else_does(topic, told) -> None:
    # "朝俄" in one word is no name of the two: only a query finds it.
    expected = told["on_topic"] and not (topic.any == "" and told["kind"] == "short")

    assert (band(topic, told) == "match") == expected


@pytest.mark.parametrize("told", [one for one in ARTICLES if one["kind"] in ("aside", "teasers")])
def test_what_names_both_in_passing_waits_for_a_person(told) -> None:
    assert band(TOPICS["as shipped"], told) == "review"


def test_each_language_has_both_kinds_and_chinese_both_scripts() -> None:
    kinds = {(one["language"], one["on_topic"]) for one in ARTICLES}
    scripts = {
        "traditional" in one["kind"] for one in ARTICLES if one["language"] == "zh" and one["on_topic"]
    }

    assert kinds == {(language, is_on) for language in ("ko", "ru", "zh") for is_on in (True, False)}
    assert scripts == {True, False}
