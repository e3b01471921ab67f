"""What an article must hold for a query to match it."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.query import (
    FieldOutline,
    FieldTokens,
    QueryDocument,
    QueryIndex,
    match_query,
    parse_query,
    required_terms,
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Russia", {"russia"}),
        ("Россией", {"росс"}),
        ('"of Russia"', {"russia"}),
        ("a OR Russia", {"a", "russia"}),
        ("of AND Russia", {"russia"}),
        ("of NEAR/3 (Russia OR DPRK)", {"russia", "dprk"}),
        ("of NEAR/3 Russia", {"russia"}),
        ('"of Russia"~3', {"russia"}),
        ("Russia NOT sport", {"russia"}),
        ("Russ*", {"russ*"}),
        ("朝俄", {"朝俄"}),
        ("朝", {"朝"}),
        ("北한 OR 북한이", {"北한", "북한"}),
        ("朝*", {"朝"}),
        ("Russia lang:en", {"russia"}),
        ("lang:en", None),
        ("date:2026", None),
        ("Russia OR lang:en", None),
        ("section:sport", {"sport"}),
    ],
)
def test_rarest_part_is_required(query: str, expected: object) -> None:
    assert required_terms(parse_query(query), ["en", "ru"]) == expected


def test_word_is_required_under_the_stem_of_every_language() -> None:
    found = required_terms(parse_query("nations"))

    assert found is not None
    assert {"nation", "nations"} <= found


WORDS = [
    "Russia", "Russians", "organization", "dying", "Россия", "Россией", "КНДР", "북한", "북한이", "러시아", "朝", "俄",
    "朝俄", "北韓", "ロシア", "société", "Häuser", "G7", "1,900", "O’Neil", "Ulan-Ude",
]  # fmt: skip
TERMS = [
    *(f'"{word}"' for word in WORDS),
    "Russ*",
    "organi*",
    "Росси*",
    "朝*",
    "G7*",
    '"朝 俄"',
    '"Ulan Ud*"',
]
NEARS = [f"({one} NEAR/3 {other})" for one, other in zip(TERMS, TERMS[3:], strict=False)]
LOOSE = ['"Russia КНДР"~3', '"朝 北韓"~2', "lang:en", "section:G7", "title:Russ*", "date:2026"]
leaves = st.sampled_from(TERMS + NEARS + LOOSE)
queries = st.recursive(
    leaves,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR", "AND NOT"]), inner),
    max_leaves=6,
)
texts = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", ". ", "", "\u200b"])), max_size=8
).map(lambda parts: "".join(word + gap for word, gap in parts))
documents = st.builds(
    lambda title, text, section, language: QueryDocument.of(title, text, language=language, section=section),
    texts,
    texts,
    texts,
    st.sampled_from(["en", "ru", "ko", "zh", "de", "fr", "fi", None]),
)


@settings(deadline=None)
@given(st.lists(queries, min_size=1, max_size=4), documents)
def test_index_leaves_every_query_that_matches(texts: list[str], article: QueryDocument) -> None:
    read = [parse_query(text) for text in texts]

    left = QueryIndex.of(read).candidates(article.fields.values())

    assert {number for number, query in enumerate(read) if match_query(query, article) is not None} <= set(
        left
    )
    assert left == sorted(left)


@settings(deadline=None)
@given(queries, documents)
def test_match_holds_one_of_the_required_terms(text: str, article: QueryDocument) -> None:
    query = parse_query(text)
    required = required_terms(query)
    if required is None or match_query(query, article) is None:
        return

    held: set[str] = set()
    for tokens in article.fields.values():
        held |= tokens.places.keys()
        held |= {one.term + other.term for one, other in zip(tokens.tokens, tokens.tokens[1:], strict=False)}
        held |= {f"{word[:length]}*" for word in tokens.words for length in range(1, len(word) + 1)}
    assert required & held


@settings(deadline=None)
@given(texts | st.text(max_size=30), st.sampled_from(["en", "ja", "zh", None]))
def test_an_outline_holds_what_the_tokens_do(text: str, language: str | None) -> None:
    outline, tokens = FieldOutline.of(text, language), FieldTokens.of(text, language)

    assert outline.terms == tokens.terms
    assert outline.pairs == tokens.pairs
    assert outline.ordered == set(tokens.ordered)


def fields(title: str, text: str, language: str) -> list[FieldOutline]:
    return [FieldOutline.of(part, language) for part in (title, text)]


def test_index_leaves_out_what_cannot_match() -> None:
    queries = [
        parse_query("Russia AND Korea"),
        None,
        parse_query("Korea"),
        parse_query("lang:en"),
        parse_query("Kor* NEAR/3 朝俄"),
    ]
    index = pickle.loads(pickle.dumps(QueryIndex.of(queries)))

    assert index.candidates(fields("", "to Korea", "en")) == [2, 3]
    assert index.candidates(fields("", "to Kosovo", "en")) == [3]
    assert index.candidates(fields("", "Russia, Korea", "en")) == [0, 2, 3]
    assert index.candidates(fields("Korea", "关于朝俄关系", "zh")) == [2, 3, 4]
