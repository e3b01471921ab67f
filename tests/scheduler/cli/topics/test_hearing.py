"""What a topic can hear, in words: languages with seeds, names, rules or nothing, and the one next step."""

import pytest

from scheduler.cli.topics.hearing import hearing_lines, hearings
from storage.records.topics import Topic
from tests.scheduler.cli.topics.test_topics import folder, pristine
from tests.support.command_line import run_here

__all__ = ["folder", "pristine"]  # fixtures

NAMES = (("North Korea", ("북한", "КНДР")), ("Russia", ("러시아", "Россия")))


def lines(topic: Topic, seeds=(), read=None, written=()) -> list[str]:
    return hearing_lines(topic, hearings(topic, seeds, read or {}, written))


def test_each_language_is_told_with_what_hears_it() -> None:
    topic = Topic("pair", aliases=NAMES, any="朝俄")

    assert lines(topic, ["en", "en", "en"], {"en": 120, "ko": 30, "fi": 1}, ["ru", "zh", "ja"]) == [
        "pair hears en by 3 seeds (120 articles read); ja by `any`; ko by names (30 articles read); "
        "ru by names; zh by `any`",
        "  next: a good match in ko as its seed: `seedwatch topics promote ARTICLE --topic pair`",
    ]


@pytest.mark.parametrize(
    ("topic", "seeds", "written", "hears", "step"),
    [
        (Topic("t"), [], ["en"], "t hears nothing yet; not en", "give it seeds"),
        (Topic("t"), ["en"], ["en", "ko"], "t hears en by 1 seed; not ko", "2 more of 3 seeds in en"),
        (
            Topic("t"),
            ["en"] * 3,
            ["en", "ko"],
            "t hears en by 3 seeds; not ko",
            "--languages ko --topic t --write",
        ),
        (
            Topic("t", any="tunnel"),
            ["en"] * 3,
            ["ko"],
            "t hears en by 3 seeds and `any`; not ko",
            "names for ko",
        ),
    ],
)
def test_the_next_step_is_the_one_that_gains_most(topic, seeds, written, hears, step) -> None:
    first, second = lines(topic, seeds, {}, written)

    assert first == hears
    assert step in second


@pytest.mark.parametrize(
    ("encoder", "seeds", "told"),
    [
        ("ready", ["en"] * 3, "t hears en by 3 seeds; zh by meaning (for review); not vi"),
        (
            "missing",
            ["en"] * 3,
            "  by meaning it would hear zh, for review: `pip install 'seedwatch[meaning]'`",
        ),
        (
            "broken",
            ["en"] * 3,
            "  by meaning it hears nothing in zh: the extra is broken, `seedwatch doctor` says why",
        ),
        ("ready", ["vi"], "t hears vi by 1 seed; not zh"),  # the encoder knows none of its seeds
        ("", ["en"] * 3, "t hears en by 3 seeds; not vi, zh"),
    ],
)
def test_what_meaning_adds_is_told(encoder, seeds, told) -> None:
    heard = hearings(Topic("t"), seeds, {}, ["zh", "vi"], frozenset({"en", "zh"}), encoder)

    assert told in hearing_lines(Topic("t"), heard)


def test_a_topic_that_hears_all_well_is_given_no_step() -> None:
    assert lines(Topic("t"), ["en"] * 3, {"en": 9}) == ["t hears en by 3 seeds (9 articles read)"]
    assert lines(Topic("t")) == []


def test_check_and_show_tell_what_a_topic_hears(folder) -> None:
    checked = run_here("check", folder=folder).out
    plain = run_here("check", "--json", folder=folder).json["hears"]["strait"]
    shown = run_here("topics", "show", "strait", folder=folder).out

    for said in (checked, shown):
        assert "strait hears en by 2 seeds (130 articles read)" in said
        assert "next: 1 more of 3 seeds in en" in said
    assert [(one["language"], one["seeds"], one["read"]) for one in plain] == [("en", 2, 130)]
