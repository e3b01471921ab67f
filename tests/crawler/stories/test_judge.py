"""Whether one article repeats another."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.stories.compare import ComparedText, Likeness, compare
from crawler.stories.copy_weights import WEIGHTS
from crawler.stories.judge import copy_probability, evidence, is_follow_up, likenesses, relation_to
from tests.support.folders import DATA

TELEGRAMS = [json.loads(line) for line in (DATA / "telegrams.jsonl").read_text().splitlines()]
ALIKE = Likeness(
    coverage=0.97,
    coverage_back=0.95,
    shared_words=400,
    figures_replaced=0,
    figures_share=0.0,
    names_replaced=0,
    names_share=0.0,
    swaps_repeated=0,
    swaps_titled=0,
    holes_share=0.01,
    title_overlap=0.9,
    title_replaced=0.0,
    gap_h=3.0,
    same_host=False,
    is_unspaced=False,
    own_coverage=0.97,
    template_share=0.0,
)


def story(line):
    return ComparedText(
        line["title"], line["text"], line["url"].split("/")[2], datetime.fromisoformat(line["published"])
    )


def is_copy(likeness):
    return copy_probability(likeness) >= 0.5


def wrong_telegrams(language):
    """Telegrams that are taken for another one, and reposts that are not known as theirs."""
    lines = [line for line in TELEGRAMS if line["language"] == language]
    wrong, missed = set(), set()
    for number, line in enumerate(lines):
        for other in lines[:number]:
            said = is_copy(compare(story(line), story(other)))
            if said and line["cluster"] != other["cluster"]:
                wrong.add(line["id"])
            if not said and line["cluster"] == other["cluster"]:
                missed.add(line["id"])
    return wrong, missed


@pytest.mark.parametrize("language", ["zh", "ru"])
def test_telegrams_of_one_template_are_different_stories_and_their_reposts_are_copies(language):
    wrong, missed = wrong_telegrams(language)

    assert not wrong
    assert not missed


def test_all_evidence_has_a_weight():
    assert set(evidence(ALIKE)) == set(WEIGHTS)


def test_nearly_equal_texts_are_copies():
    assert is_copy(ALIKE)


@pytest.mark.parametrize(
    "changes",
    [
        {"shared_words": 90, "figures_replaced": 5, "figures_share": 1.0},
        {"shared_words": 90, "swaps_titled": 1},
        {"shared_words": 90, "swaps_repeated": 3},
        {"shared_words": 90, "swaps_repeated": 2, "is_unspaced": True},
        {"shared_words": 30, "title_overlap": 0.0},
        {"coverage": 0.3, "coverage_back": 0.3, "own_coverage": 0.3},
    ],
    ids=["figures", "name in headline", "names", "names without capitals", "stub", "little shared"],
)
def test_no_copies(changes):
    assert not is_copy(replace(ALIKE, **changes))


def test_two_spellings_in_a_short_wire_story_are_no_other_names():
    assert is_copy(replace(ALIKE, shared_words=150, swaps_repeated=2))


def test_probability_stays_between_0_and_1():
    assert 0 <= copy_probability(replace(ALIKE, shared_words=0, coverage=0.0)) <= 1
    assert copy_probability(replace(ALIKE, gap_h=None)) <= 1


@pytest.mark.parametrize(
    ("changes", "follows"),
    [
        ({"coverage": 0.4}, True),
        ({"coverage": 0.4, "gap_h": None}, True),
        ({"coverage": 0.1, "coverage_back": 0.1}, False),
        ({"coverage": 0.9}, False),
        ({"coverage": 0.4, "template_share": 0.8}, False),
        ({"coverage": 0.4, "shared_words": 10}, False),
        ({"coverage": 0.4, "gap_h": 24.0 * 90}, False),
    ],
    ids=["passages", "no date", "phrases", "nearly all", "template", "few words", "months apart"],
)
def test_follow_ups(changes, follows):
    assert is_follow_up(replace(ALIKE, **{"coverage_back": 0.2} | changes)) is follows


@pytest.mark.parametrize(
    ("coverage", "of_head", "relation"),
    [(1.0, 0.4, "excerpt"), (0.4, 1.0, "extended"), (0.95, 0.95, "copy"), (0.7, 0.8, "copy")],
)
def test_relation_to_the_head(coverage, of_head, relation):
    assert relation_to(coverage, of_head) == relation


def test_others_of_different_stories_are_each_others_template():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    frame = (
        "This site is read by more than thirty million people each month through its pages and its programs. "
    )
    one, *others = (
        ComparedText("", frame + text, f"{number}.example", at)
        for number, text in enumerate(
            ["Ships left.", "Bread is dear.", "A museum opened.", "Nothing at all."]
        )
    )

    found = likenesses(
        one, [*others, ComparedText("", "Quite another text with nothing shared.", "", None)], [1, 2, 3, 4]
    )

    assert found[-1] is None
    assert all(likeness.template_share > 0.9 for likeness in found[:-1])
