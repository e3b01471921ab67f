"""docs/queries.md says what is so: its examples, messages and limits are tried."""

import re
import shlex

import pytest

from storage.errors import QueryError
from storage.query import QueryDocument, fts, match_query, near, parse, parse_query, place
from storage.query.tree import FIELDS
from storage.search import index
from tests.support.folders import ROOT

PAGE = (ROOT / "docs" / "queries.md").read_text("utf-8")


def section(name: str) -> str:
    return PAGE.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]


def examples() -> list[tuple[str, str, str, bool]]:
    """Language, query, text, and whether it is found."""
    found = []
    for part in section("Examples").split("\n### ")[1:]:
        language = re.match(r"\w+ \(`(\w\w)`\)", part)[1]  # type: ignore[index]
        for query, finds, misses in re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", part, re.MULTILINE):
            found += [(language, query, text, True) for text in finds.split(" / ")]
            found += [(language, query, text, False) for text in misses.split(" / ")]
    return found


@pytest.mark.parametrize(("language", "query", "text", "is_found"), examples())
def test_example_finds_what_the_page_says(language: str, query: str, text: str, is_found: bool) -> None:
    read = parse_query(query)

    assert read.warnings == ()
    assert (match_query(read, QueryDocument.of("", text, language=language)) is not None) is is_found


def test_page_has_examples_in_four_languages() -> None:
    assert {language for language, *_ in examples()} == {"en", "ru", "ko", "zh"}
    assert len(examples()) > 40


def test_every_operator_of_the_table_is_read_as_it_stands() -> None:
    cells = re.findall(r"^\| (`.*?`) \|", section("Operators"), re.MULTILINE)
    queries = [query for cell in cells for query in re.findall(r"`([^`]+)`", cell)]

    assert len(queries) > 20
    assert [parse_query(query).text for query in queries] == queries
    assert [field for field in FIELDS if not any(f"{field}:" in query for query in queries)] == []


def test_queries_in_the_text_are_read() -> None:
    block = re.search(r"```text\n(.+?)\n```", PAGE)

    assert block is not None
    for query in (block[1], "a OR b AND c NEAR/5 d", "title:(Korea OR DPRK)", "title：（北韓 OR 朝鲜）"):
        assert query in PAGE
        assert parse_query(query).warnings == ()


def test_messages_are_those_of_the_page() -> None:
    block = re.search(r"```console\n(.+?)```", section("Mistakes"), re.DOTALL)
    assert block is not None
    shown = re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)+)", block[1], re.MULTILINE)

    assert len(shown) == 4
    for command, message in shown:
        with pytest.raises(QueryError) as caught:
            parse_query(shlex.split(command)[2])
        assert f"seedwatch: {caught.value}\n" == message


def test_limits_are_those_of_the_code() -> None:
    stated = [
        int(number) for number in re.findall(r"^\| .+? \| (\d+) \| .+? \|$", section("Limits"), re.MULTILINE)
    ]

    assert stated == [
        parse.MAX_CHARACTERS,
        parse.MAX_TERMS,
        parse.MAX_PIECES,
        parse.MAX_DEPTH,
        parse.MAX_NEARS,
        parse.MAX_DISTANCE,
        near.MAX_PLACES,
        near.MAX_PAIRS,
        near.MAX_WORK,
        index.MAX_CHECKED,
    ]
    assert f"up to {fts.MAX_PRODUCTS}. A" in PAGE
    assert f"may have, up to {fts.MAX_PHRASES};" in PAGE
    assert f"the first {place.LEAD_WORDS} words" in PAGE
