"""A topic's rule: the query of its names, and what a hit is worth by its place and density."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.topics.rules import (
    RuleHit,
    alias_query,
    alias_terms,
    can_name,
    entities_needed,
    entity_queries,
    named_entities,
    rule_hit,
    rule_spans,
)
from storage.query import QueryDocument, match_query, parse_query
from storage.records.topics import Span, Topic

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
    ("place", "times", "density", "expected"),
    [
        ("body", 1, 0.4, True),
        ("body", 2, 9.0, True),  # once each in a short item: a related story at its end
        ("body", 9, 0.9, True),  # a long text that comes back to it here and there
        ("body", 4, 2.0, False),
        ("lead", 1, 0.4, False),
        ("headline", 0, 0.0, False),
        ("", 0, None, False),
    ],
)
def test_hit_in_the_body_is_an_aside_unless_it_comes_often(
    place: str, times: int, density: float | None, expected: bool
) -> None:
    spans = tuple(Span("text", at, at + 1) for at in range(times))

    assert RuleHit(spans, place, density).is_aside == expected


def test_rule_that_asks_for_no_words_holds_or_does_not() -> None:
    hit = rule_hit(parse_query("source:courier"), document("Talks", FILLER))

    assert hit == RuleHit((), "", None)
    assert hit.score == 1


def test_no_rule_and_no_hit_are_nothing() -> None:
    assert rule_hit(None, document("Talks", FILLER)) is None
    assert rule_hit(RULE, document("Talks", FILLER)) is None
    assert rule_spans(None, document("Talks", FILLER)) is None


COUNTRIES = (
    ("North Korea", ("DPRK", "북한", "КНДР", "朝鲜")),
    ("Russia", ("Россия", "러시아", "로씨야", "俄罗斯")),
)
TOPIC = Topic("t", aliases=COUNTRIES)


def finds(aliases, text: str, language: str) -> bool:
    query = parse_query(alias_query(Topic("t", aliases=aliases)))
    return match_query(query, QueryDocument.of("", text, language=language)) is not None


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        pytest.param(
            "В Москву прибыла делегация КНДР для встречи с министром России.", "ru", True, id="Russian"
        ),
        pytest.param("김정은은 북한과 러시아의 협력을 말했다.", "ko", True, id="Korean of the South"),
        pytest.param("북한은 로씨야와의 친선을 말하였다.", "ko", True, id="Korean of the North"),
        pytest.param("朝鲜和俄罗斯签署了协议。", "zh", True, id="Chinese"),
        pytest.param("КНДР провела учения.", "ru", False, id="one entity"),
        pytest.param("КНДР. " + "слово " * 40 + "Россия.", "ru", False, id="far from each other"),
    ],
)
def test_names_of_two_entities_near_each_other_are_found(text, language, found):
    assert finds(COUNTRIES, text, language) is found


@pytest.mark.parametrize("aliases", [(), (("Russia", ("Россия",)),)], ids=["no entity", "one entity"])
def test_fewer_than_two_entities_have_no_query(aliases):
    assert alias_query(Topic("t", aliases=aliases)) == ""
    assert alias_terms(aliases) == 0


def test_each_pair_of_entities_is_asked_for():
    three = (*COUNTRIES, ("China", ("中国",)))

    assert alias_query(Topic("t", aliases=three)).count(" NEAR/30 ") == 3
    assert finds(three, "俄罗斯和中国发表声明。", "zh")


def test_a_name_that_is_given_twice_is_asked_for_once():
    assert (
        alias_query(Topic("t", aliases=(("A", ("A", "B", "B")), ("C", ())))) == '("A" OR "B") NEAR/30 ("C")'
    )


@pytest.mark.parametrize(
    "name", ["Black AND White", "NEAR/5", "title:x", "(a", "50% off*", "a~2", "it's", "-x"]
)
def test_what_looks_like_an_operator_is_a_name(name):
    assert finds(((name, ()), ("Harbour", ())), f"the harbour and {name} again", "en")


NAMES = st.lists(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=8), max_size=5).map(
    tuple
)


@given(
    st.lists(st.tuples(st.text(st.characters(categories=["L"]), min_size=1, max_size=8), NAMES), max_size=5)
)
def test_the_query_holds_as_many_names_as_are_counted(aliases):
    query = alias_query(Topic("t", aliases=tuple(aliases)))

    assert query.count('"') == 2 * alias_terms(aliases)


def naming(title: str, text: str, needed: int = 2, topic: Topic = TOPIC, language: str = "en"):
    return named_entities(entity_queries(topic), needed, QueryDocument.of(title, text, language=language))


@pytest.mark.parametrize(
    ("entities", "total", "needed"),
    [("all", 3, 3), ("any", 3, 1), ("2", 3, 2), ("7", 3, 3), ("all", 1, 0), ("any", 0, 0)],
)
def test_entities_needed_are_all_one_or_the_number_that_is_said(
    entities: str, total: int, needed: int
) -> None:
    aliases = tuple((f"Entity {number}", ()) for number in range(total))

    assert entities_needed(Topic("t", aliases=aliases, entities=entities)) == needed


def test_article_that_names_one_of_two_entities_lacks_the_other() -> None:
    named = naming("Russia and China", f"Russia meets China. {FILLER}")

    assert (named.missing, named.are_enough, named.hit) == (("North Korea",), False, None)
    assert naming("Russia and China", f"Russia meets China. {FILLER}", needed=1).are_enough


def test_names_count_in_all_their_forms() -> None:
    named = naming("КНДР", "Делегация из России прибыла.", language="ru")

    assert named.are_enough
    assert named.missing == ()


def test_second_entity_once_deep_in_the_text_is_an_aside_however_often_the_first_is_named() -> None:
    often = "Russia agreed. " * 40
    aside = naming("Russia", f"{often}The DPRK was mentioned. {often}")
    lead = naming("Russia", f"Russia and the DPRK agreed. {often}")

    assert [hit and hit.is_aside for hit in (aside.hit, lead.hit)] == [True, False]


@pytest.mark.parametrize(
    ("language", "seed", "expected"),
    [
        ("ko", "", True),  # both have a name in its letters
        ("ja", "", True),
        ("vi", "Nga và Triều Tiên", False),  # no seed names them, so nothing ever would
        ("vi", "Russia và DPRK", True),
    ],
)
def test_entities_are_asked_for_where_they_can_be_named(language: str, seed: str, expected: bool) -> None:
    assert can_name(TOPIC, language, [QueryDocument.of("", seed, language=language)]) == expected


def test_topic_of_one_entity_asks_for_none() -> None:
    topic = Topic("t", aliases=COUNTRIES[:1])

    assert entity_queries(topic) == ()
    assert not can_name(topic, "ko", [])
