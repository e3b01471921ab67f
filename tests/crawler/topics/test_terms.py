import pytest

from crawler.topics.terms import HEADLINE_WEIGHT, SeedText, surfaces, term_counts, term_list, topic_terms
from storage.analyser import tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The DPRK's ships", ["the", "dprk", "ship"]),
        ("북한이 왔다", ["북한", "한이", "왔다"]),
        ("朝俄关系", ["朝俄", "俄关", "关系"]),
        ("a 2026 G7 ½", ["g7"]),
        ("朝 b", []),
        ("ker\u200bry \u202efer\u00adry\u202c", ["kerri", "ferri"]),
    ],
    ids=[
        "words",
        "Hangul",
        "Han",
        "numbers and letters",
        "lone characters",
        "zero-width and direction marks",
    ],
)
def test_topic_terms_are_stems_and_character_pairs(text: str, expected: list[str]) -> None:
    assert [term.term for term in topic_terms(tokens(text, "en"))] == expected


def test_headline_counts_three_times() -> None:
    assert term_list("Strait", "Strait", "en").count("strait") == HEADLINE_WEIGHT + 1
    assert term_counts(SeedText("Strait", "Strait", "en")) == {"strait": HEADLINE_WEIGHT + 1}


def test_terms_are_shown_as_the_texts_write_them_most_often() -> None:
    texts = [SeedText("Ferries", "The ferry, the ferries and the Kelder.", "en")]

    assert surfaces(texts)["ferri"] in {"ferries", "Ferries", "ferry"}
    assert surfaces([*texts, SeedText("ferries", "ferries", "en")])["ferri"] == "ferries"
    assert surfaces(texts)["kelder"] == "Kelder"
