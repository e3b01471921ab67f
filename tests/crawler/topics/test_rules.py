import pytest

from crawler.topics.rules import RuleHit, rule_hit, rule_spans
from storage.query import QueryDocument, parse_query
from storage.records.articles import Span

FILLER = "Nothing of it was said here today. " * 40


def document(title: str, text: str) -> QueryDocument:
    return QueryDocument.of(title, text, language="en", source="courier")


RULE = parse_query("Halmar AND Osterby")


@pytest.mark.parametrize(
    ("title", "text", "place"),
    [
        ("Halmar and Osterby agree", FILLER, "headline"),
        ("Talks", f"Halmar met Osterby. {FILLER}", "lead"),
        ("Talks", f"{FILLER}\nHalmar met Osterby.", "body"),
        ("Halmar", f"{FILLER}\nOsterby.", "body"),
    ],
)
def test_hit_has_the_place_in_which_the_whole_rule_holds(title: str, text: str, place: str) -> None:
    hit = rule_hit(RULE, document(title, text))

    assert hit is not None
    assert hit.place == place


def test_score_rises_with_place_and_density_and_stays_within_one() -> None:
    scores = [
        RuleHit((Span("text", 0, 1),), place, density).score
        for place, density in [("body", 0.1), ("body", 3.0), ("lead", 3.0), ("headline", 3.0), ("headline", 100.0)]
    ]  # fmt: skip

    assert scores == sorted(scores)
    assert 0 < scores[0] < scores[-1] <= 1


@pytest.mark.parametrize(
    ("place", "density", "expected"),
    [("body", 0.4, True), ("body", 2.0, False), ("lead", 0.4, False), ("headline", 0.0, False), ("", None, False)],
)  # fmt: skip
def test_thin_hit_in_the_body_is_an_aside(place: str, density: float | None, expected: bool) -> None:
    assert RuleHit((), place, density).is_aside == expected


def test_rule_that_asks_for_no_words_holds_or_does_not() -> None:
    hit = rule_hit(parse_query("source:courier"), document("Talks", FILLER))

    assert hit == RuleHit((), "", None)
    assert hit.score == 1


def test_no_rule_and_no_hit_are_nothing() -> None:
    assert rule_hit(None, document("Talks", FILLER)) is None
    assert rule_hit(RULE, document("Talks", FILLER)) is None
    assert rule_spans(None, document("Talks", FILLER)) is None
