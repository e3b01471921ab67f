"""What the full-text index offers, against what a query means."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.analyser import index_text
from storage.query import QueryDocument, compile_fts, match_query, parse_query, plan_fts
from storage.query.fts import MAX_PHRASES

LANGUAGES = ("en", "ru", "ko", "zh", "de", "fr")


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE articles USING fts5(title, text, content='', "
        "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")"
    )
    yield connection
    connection.close()


Article = tuple[str, str, str]  # title, text, language


def found_by_index(connection: sqlite3.Connection, match: str, articles: list[Article]) -> set[int]:
    connection.execute("INSERT INTO articles (articles) VALUES ('delete-all')")
    connection.executemany(
        "INSERT INTO articles (rowid, title, text) VALUES (?, ?, ?)",
        [
            (number, index_text(title, language), index_text(text, language))
            for number, (title, text, language) in enumerate(articles)
        ],
    )
    rows = connection.execute("SELECT rowid FROM articles WHERE articles MATCH ?", [match])
    return {row[0] for row in rows}


def found_by_matching(query: str, articles: list[Article]) -> set[int]:
    parsed = parse_query(query)
    return {
        number
        for number, (title, text, language) in enumerate(articles)
        if match_query(parsed, QueryDocument.of(title, text, language=language)) is not None
    }


# In every script, with stems, marks and gaps: the index may offer more, and never less.

WORDS = [
    "Russia", "Russians", "Russian", "organization", "organs", "general", "generalization", "dying", "die",
    "Россия", "Россией", "российский", "КНДР", "ещё", "еще", "북한", "북한이", "남북한", "러시아", "朝", "俄", "朝俄",
    "北韓", "ロシア", "ロ", "über", "uber", "société", "sociétés", "Häuser", "Haus", "G7", "G20", "1,900", "O’Neil",
    "Ulan-Ude", "…", "!?",
]  # fmt: skip
BEGINNINGS = [
    "Russ*", "Russia*", "organiz*", "generali*", "dy*", "Росси*", "еще*", "북*", "朝*", "über*", "sociét*", "G2*",
    '"Ulan Ud*"', '"북한 Rus*"',
]  # fmt: skip
GAPS = [" ", " ", ". ", "", "\n", "\u200b"]

texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=8).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)
articles = st.lists(st.tuples(texts, texts, st.sampled_from(LANGUAGES)), min_size=1, max_size=4)
searchable = [word for word in WORDS if any(sign.isalnum() for sign in word)]
phrases = st.lists(st.sampled_from(searchable), min_size=1, max_size=2).map(
    lambda found: f'"{" ".join(found)}"'
)
words = st.sampled_from([word for word in WORDS if word.isalpha()])
terms = st.one_of(words, phrases, st.sampled_from(BEGINNINGS))
loose = st.tuples(words, words, st.integers(1, 4)).map(lambda parts: f'"{parts[0]} {parts[1]}"~{parts[2]}')
groups = st.lists(terms, min_size=1, max_size=3).map(lambda found: f"({' OR '.join(found)})")
near = st.tuples(groups, st.sampled_from(["NEAR/1", "NEAR/3", "ONEAR/2"]), groups).map(" ".join)
nested = st.tuples(near.map("({})".format), st.sampled_from(["NEAR/2", "ONEAR/4"]), groups).map(" ".join)
fielded = st.tuples(
    st.sampled_from(["title:", "text:", ""]), st.one_of(terms, loose, near.map("({})".format))
)
leaves = st.one_of(
    fielded.map("".join), nested.map("({})".format), st.sampled_from(["lang:ru", "date:2026", "section:G7"])
)


def combined(operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(operands, st.sampled_from(["AND", "OR", "AND NOT"]), operands)
    return pairs.map(lambda pair: f"({' '.join(pair)})")


@settings(max_examples=300, deadline=None)
@given(query=st.recursive(leaves, combined, max_leaves=5), articles=articles)
def test_index_offers_every_article_that_matches(
    index: sqlite3.Connection, query: str, articles: list[Article]
) -> None:
    plan = plan_fts(parse_query(query), LANGUAGES)
    wanted = found_by_matching(query, articles)

    if plan.match is not None:
        offered = found_by_index(index, plan.match, articles)
        assert wanted <= offered
        assert wanted == offered or not plan.is_exact


# Where FTS5 can say it: words with a digit have no stem, so the test writes the MATCH string without our compiler.


@dataclass(frozen=True)
class Said:
    """The same question in both languages."""

    ours: str
    fts5: str


PLAIN = ["aa1", "aa2", "ab1", "ж1", "ж2", "7"]
HAN = ["朝", "俄", "の"]
plain_texts = st.lists(st.sampled_from(PLAIN), max_size=10).map(" ".join)
mixed_texts = st.lists(st.sampled_from(PLAIN + HAN), max_size=10).map(" ".join)


def phrase(found: list[str]) -> Said:
    return Said(f'"{" ".join(found)}"', f'"{" ".join(found)}"')


def either(one: Said, operator: str, other: Said) -> Said:
    ours, fts5 = (
        f"({left} {operator} {right})" for left, right in ((one.ours, other.ours), (one.fts5, other.fts5))
    )
    return Said(ours, fts5)


def in_field(name: str, said: Said) -> Said:
    return Said(f"{name}:{said.ours}", f"{name} : {said.fts5}")


def near_said(pair: list[str], distance: int) -> Said:
    # FTS5 counts the tokens between, we count neighbours as 1.
    return Said(f"({pair[0]} NEAR/{distance} {pair[1]})", f"NEAR({pair[0]} {pair[1]}, {distance - 1})")


def said(leaves: st.SearchStrategy[Said]) -> st.SearchStrategy[Said]:
    fields = st.tuples(st.sampled_from(["title", "text"]), leaves).map(lambda pair: in_field(*pair))
    return st.recursive(
        st.one_of(leaves, fields),
        lambda inner: st.builds(either, inner, st.sampled_from(["AND", "OR", "NOT"]), inner),
        max_leaves=6,
    )


plain_phrases = st.lists(st.sampled_from(PLAIN), min_size=1, max_size=3).map(phrase)
mixed_phrases = st.lists(st.sampled_from(PLAIN + HAN), min_size=1, max_size=3).map(phrase)
plain_beginnings = st.sampled_from([Said("aa*", '"aa" *'), Said('"ж1 aa"*', '"ж1 aa" *')])
plain_nears = st.builds(
    near_said,
    st.lists(st.sampled_from(["aa1", "ab1", "ж2", "ж1"]), min_size=2, max_size=2, unique=True),
    st.integers(1, 5),
)


@settings(max_examples=250, deadline=None)
@given(
    query=said(st.one_of(plain_phrases, plain_beginnings, plain_nears)),
    articles=st.lists(
        st.tuples(plain_texts, plain_texts, st.sampled_from(LANGUAGES)), min_size=1, max_size=4
    ),
)
def test_matching_agrees_with_fts5_on_words(
    index: sqlite3.Connection, query: Said, articles: list[Article]
) -> None:
    assert found_by_matching(query.ours, articles) == found_by_index(index, query.fts5, articles)


@settings(max_examples=150, deadline=None)
@given(
    query=said(mixed_phrases),
    articles=st.lists(
        st.tuples(mixed_texts, mixed_texts, st.sampled_from(LANGUAGES)), min_size=1, max_size=4
    ),
)
def test_matching_agrees_with_fts5_on_characters(
    index: sqlite3.Connection, query: Said, articles: list[Article]
) -> None:
    assert found_by_matching(query.ours, articles) == found_by_index(index, query.fts5, articles)


@settings(max_examples=100, deadline=None)
@given(
    query=said(mixed_phrases),
    articles=st.lists(
        st.tuples(mixed_texts, mixed_texts, st.sampled_from(LANGUAGES)), min_size=1, max_size=4
    ),
)
def test_an_exact_plan_finds_just_what_matches(
    index: sqlite3.Connection, query: Said, articles: list[Article]
) -> None:
    plan = plan_fts(parse_query(query.ours), LANGUAGES)

    assert plan.is_exact
    assert plan.match is not None
    assert found_by_index(index, plan.match, articles) == found_by_matching(query.ours, articles)


# What is asked


@pytest.mark.parametrize(
    "query", ["lang:ko", "section:sport", "date:2026", "source:x OR Russia", "αβγ*"], ids=str
)
def test_what_the_index_cannot_narrow_compiles_to_none(query: str) -> None:
    assert compile_fts(parse_query(query), ["en"]) is None


def test_groups_near_each_other_are_multiplied_out() -> None:
    match = compile_fts(parse_query("(a OR b) NEAR/3 (c OR d)"))

    assert match == '(NEAR("a" "c", 6) OR NEAR("a" "d", 6) OR NEAR("b" "c", 6) OR NEAR("b" "d", 6))'


def test_more_groups_than_the_bound_are_asked_for_as_both() -> None:
    side = " OR ".join(f"w{number}x" for number in range(20))

    match = compile_fts(parse_query(f"({side}) NEAR/3 ({side})"))

    assert match is not None
    assert "NEAR" not in match
    assert " AND " in match


def test_near_of_two_fields_asks_for_no_group() -> None:
    assert "NEAR" not in str(compile_fts(parse_query("title:a NEAR/3 text:b")))


def test_beginning_whose_stems_cannot_be_listed_is_said() -> None:
    (warning,) = plan_fts(parse_query("peace AND werk*"), ["nl"]).warnings

    assert warning.startswith("column 11: werk* has stems that cannot be listed")
    assert plan_fts(parse_query("peace AND werk*"), ["en", "de"]).warnings == ()


def test_beginning_with_too_many_stems_is_cut_and_said(index: sqlite3.Connection) -> None:
    languages = ("en", "fr", "de", "es", "it", "pt", "ro", "hu", "sv", "da", "no", "lt")
    query = parse_query("désoxyribonucléiquéé*")
    plan = plan_fts(query, languages)

    assert "too many stems" in plan.warnings[0]
    assert plan.match is not None
    assert plan.match.count('"') <= 2 * MAX_PHRASES
    text = "désoxyribonucléiquéé"
    assert found_by_index(index, plan.match, [("", text, "fr"), ("", "other", "fr")]) == {0}


@pytest.mark.parametrize(
    "query",
    [
        "(" * 49 + "a" + " OR b) AND c" * 49,
        "(" * 49 + "a" + " AND NOT b) OR c" * 49,
        " OR ".join(f"word{number}" for number in range(1_000)),
        " AND ".join(f"organisation{chr(97 + number % 26)}*" for number in range(500)),
        "a" + " NOT b" * 300,
        " AND ".join(f"(a{number}x OR b* NEAR/9 c)".replace("b*", "organi*") for number in range(300)),
        " NEAR/9 ".join("abcdefghijklmnopqrst"),
        '"' + " ".join("abcdefghij") + '"~50',
    ],
    ids=[
        "deep",
        "deep NOT",
        "1000 words",
        "500 beginnings",
        "300 NOT",
        "300 NEAR",
        "20 NEAR in a row",
        "loose",
    ],
)
def test_largest_queries_are_read_by_the_index(index: sqlite3.Connection, query: str) -> None:
    match = compile_fts(parse_query(query), LANGUAGES)

    # None is allowed: too deep for FTS5's parser.
    if match is not None:
        found_by_index(index, match, [("a b c", "word7 organisation", "en")])
