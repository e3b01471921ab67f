"""Chinese in both scripts: one in search, queries, topics and copies, with Japanese left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.stories.shingles import anchors
from crawler.topics.terms import term_list
from storage.analyser import index_text, stem, terms, tokens
from storage.han import simplified, simplify
from storage.query import QueryDocument, QueryIndex, compile_fts, match_query, parse_query

SIMPLIFIED = "朝鲜代表团访问俄罗斯，双方签署铁路运输协议。会谈后发表联合声明，说两国关系进入新阶段。"
TRADITIONAL = "朝鮮代表團訪問俄羅斯，雙方簽署鐵路運輸協議。會談後發表聯合聲明，說兩國關係進入新階段。"


def found(query: str, text: str, language: str | None = "zh") -> bool:
    return match_query(parse_query(query), QueryDocument.of("", text, language=language)) is not None


def test_both_scripts_are_the_same_terms() -> None:
    assert terms(TRADITIONAL, "zh") == terms(SIMPLIFIED, "zh")
    assert index_text(TRADITIONAL) == index_text(SIMPLIFIED)
    assert term_list(TRADITIONAL, TRADITIONAL, "zh") == term_list(SIMPLIFIED, SIMPLIFIED, "zh")
    assert anchors(TRADITIONAL * 3) == anchors(SIMPLIFIED * 3) != ()


@pytest.mark.parametrize(
    "query", ["俄罗斯", "俄羅斯", "朝鲜 NEAR/30 俄羅斯", "朝鮮 AND 联合声明", '"聯合 聲明"~3']
)
@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL], ids=["simplified", "traditional"])
def test_either_script_finds_either(query: str, text: str) -> None:
    assert found(query, text)
    assert found(query, text, None)
    document = QueryDocument.of("", text, language="zh")
    assert QueryIndex.of([parse_query(query)]).candidates(document.fields.values()) == [0]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("機", "機械を動かす", True),
        ("机", "機械を動かす", False),  # a desk is no machine
        ("北朝鮮", "北朝鮮とロシアの首脳が会談した", True),
        ("朝鲜", "北朝鮮とロシアの首脳が会談した", False),
    ],
)
def test_japanese_is_left_alone(query: str, text: str, expected: bool) -> None:
    document = QueryDocument.of("", text, language="ja")

    assert found(query, text, "ja") == expected
    assert bool(QueryIndex.of([parse_query(query)]).candidates(document.fields.values())) >= expected


@pytest.mark.parametrize(
    ("query", "languages"), [("俄羅斯", ["zh"]), ("俄罗斯", ["zh"]), ("北朝鮮", ["ja", "zh"])]
)
def test_the_index_finds_both_scripts(connection, query: str, languages: list[str]) -> None:
    connection.execute("CREATE VIRTUAL TABLE held USING fts5(title, text)")
    articles = [(SIMPLIFIED, "zh"), (TRADITIONAL, "zh"), ("北朝鮮とロシアの首脳が会談した", "ja")]
    for text, language in articles:
        connection.execute("INSERT INTO held VALUES ('', ?)", [index_text(text, language)])

    match = compile_fts(parse_query(query), languages)

    rows = [row[0] for row in connection.execute("SELECT rowid FROM held WHERE held MATCH ?", [match])]
    assert rows == ([3] if query == "北朝鮮" else [1, 2])


def test_places_are_those_of_the_text_as_it_is_written() -> None:
    text = f"說： {TRADITIONAL}"
    (span,) = match_query(parse_query("俄罗斯"), QueryDocument.of("", text, language="zh")) or ()

    assert text[span.start : span.end] == "俄羅斯"
    assert [text[token.start : token.end] for token in tokens(text, "zh")] == [
        token.surface for token in tokens(text, "zh")
    ]


@given(st.text(alphabet=st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF), max_size=30))
def test_simplifying_keeps_the_length_and_done_twice_changes_nothing(text: str) -> None:
    once = simplify(text)

    assert len(once) == len(text)
    assert simplify(once) == once
    assert [stem(character) for character in text] == list(once)


def test_no_simplified_character_is_simplified_further() -> None:
    table = simplified()

    assert [one for one in table.values() if one in table] == []
