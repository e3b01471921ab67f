"""Where a rule's hit stands."""

import pytest

from storage.query import QueryDocument, RulePlace, match_query, parse_query, rule_place
from storage.query.place import LEAD_WORDS

FILL = " ".join(["word"] * 100)
TEASER = "\nRead also: Russia and Korea sign an accord"


def place(query: str, title: str, text: str, language: str = "en") -> RulePlace:
    article = QueryDocument.of(title, text, language=language)
    rule = parse_query(query)
    spans = match_query(rule, article)
    assert spans is not None
    return rule_place(spans, article, rule)


@pytest.mark.parametrize(
    ("query", "title", "text", "expected"),
    [
        ("Russia", "To Russia", FILL, "headline"),
        ("Russia NEAR/9 Korea", "Russia and Korea", FILL, "headline"),
        ("Russia AND Korea", "Russia visited", f"A visit to Korea. {FILL}", "lead"),
        ("Russia AND Korea", "Russia visited", f"{FILL} Korea", "body"),
        ("(DPRK OR Korea) AND Russia", "DPRK and Russia", f"{FILL} Korea", "headline"),
        ("Russia", "A visit", f"To Russia. {FILL}", "lead"),
        ("Russia", "A visit", f"{FILL} Russia", "body"),
        ("Russia NEAR/9 Korea", "A visit", FILL + TEASER, "body"),
        ("Russia NEAR/9 Korea", "A storm", "The storm has passed the coast." + TEASER, "body"),
        ("Russia NEAR/9 Korea", "Brief", "One two three four. Russia met Korea.", "lead"),
        ("Russia NOT sport", "To Russia", FILL, "headline"),
        ("text:Russia", "To Russia", f"Russia {FILL}", "lead"),
        ("lang:en", "To Russia", FILL, "body"),
    ],
)
def test_place_is_the_smallest_part_that_satisfies_the_rule(
    query: str, title: str, text: str, expected: str
) -> None:
    assert place(query, title, text).place == expected


def test_lead_ends_behind_its_last_word() -> None:
    words = ["word"] * 200

    for at, expected in ((LEAD_WORDS - 1, "lead"), (LEAD_WORDS, "body")):
        assert place("Russia", "", " ".join([*words[:at], "Russia", *words[at:]])).place == expected


def test_two_characters_are_a_word_of_the_lead() -> None:
    for before, expected in ((118, "lead"), (120, "body")):
        assert place("朝鲜", "", "好" * before + "朝鲜" + "好" * 300, "zh").place == expected


def test_density_counts_what_was_found_in_100_words_of_the_text() -> None:
    assert place("Russia", "Russia", " ".join(["Russia", *["word"] * 99] * 2)).density == pytest.approx(1.0)
    assert place("Russia", "Russia", "").density == 0
    assert place("Russia", "", "Russia").density == 100


def test_without_the_rule_all_words_found_must_stand_there() -> None:
    article = QueryDocument.of("Russia visited", f"Russia met Korea. {FILL} Russia", language="en")

    def found(query: str) -> str:
        spans = match_query(parse_query(query), article)
        assert spans is not None
        return rule_place(spans, article).place

    assert found("Russia") == "headline"
    assert found("Russia AND Korea") == "lead"
