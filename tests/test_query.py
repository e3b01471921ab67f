import sqlite3
import string
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.analyser import index_text, tokens
from storage.errors import QueryError
from storage.query import QueryDocument, compile_fts, match_query, parse_query, search_terms
from storage.query_fts import _bases, _endings
from storage.query_tree import And, Near, Not, Or, Term

LANGUAGES = ("en", "ru", "ko", "zh", "de", "fr")


def document(text: str, title: str = "", language: str | None = "en", **facts: str) -> QueryDocument:
    return QueryDocument.of(title, text, language=language, **facts)


def marked(query: str, text: str, language: str | None = "en") -> list[str] | None:
    """What the query marks in the text; None if it does not match."""
    spans = match_query(parse_query(query), document(text, language=language))
    return None if spans is None else [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("query", "reason", "column"),
    [
        ("", "the query is empty", 1),
        ("  ", "the query is empty", 3),
        ("(Russia", "never closed", 1),
        ("Russia)", "no partner", 7),
        ("()", "nothing in it", 1),
        ('Russia AND "North Korea', "quotation mark has no partner", 12),
        ("NOT Russia", "name what is wanted too", 1),
        ("NOT a NOT b", "name what is wanted too", 1),
        ("a OR NOT b", "name what is wanted too", 6),
        ("*", "stands only at the end", 1),
        ("Ru*ia", "stands only at the end", 3),
        ("R*", "at least two letters", 1),
        ("a NEAR/0 b", "1 to 1000 words", 3),
        ("a NEAR b", "1 to 1000 words", 3),
        ("a ONEAR/1001 b", "1 to 1000 words", 3),
        ("a NEAR/3 (b AND c)", "put AND, NOT and fields", 11),
        ("NOT a NEAR/3 b", "put AND, NOT and fields", 1),
        ("a NEAR/3 lang:ko", "put AND, NOT and fields", 15),
        ("AND a", "AND needs a word", 1),
        ("a AND", "AND needs a word", 3),
        ("a OR OR b", "OR needs a word", 3),
        ("a NEAR/3", "NEAR/3 needs a word", 3),
        ("title:", "title: needs a word", 1),
        ("a NOT", "NOT needs a word", 3),
        ("author:Kim", "fields are title:, text:, section:, lang:, source:, domain:, country:", 1),
        ("title:(a text:b)", "stands within title: already", 10),
        ("-Russia", "no operator", 1),
        ('"a b"~3', "NEAR/10", 6),
        ("Russia AND ...", "no letter or digit", 12),
        ("(" * 51 + "a" + ")" * 51, "deeper than 50", 51),
        ("a AND " + "NOT " * 51 + "b", "deeper than 50", 207),
        (" OR ".join(["a"] * 1_001), "more than 1000 terms", 5_001),
    ],
)
def test_mistake_is_named_with_its_column(query: str, reason: str, column: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(query)

    assert reason in caught.value.reason
    assert caught.value.column == column
    assert caught.value.query == query


def test_operators_bind_not_before_near_before_and_before_or() -> None:
    root = parse_query("a OR b AND c NEAR/5 d AND NOT e").root

    assert isinstance(root, Or)
    assert isinstance(root.operands[0], Term)
    assert isinstance(root.operands[1], And)
    first, near, excluded = root.operands[1].operands
    assert isinstance(first, Term)
    assert isinstance(near, Near)
    assert isinstance(excluded, Not)


def test_words_side_by_side_are_all_required_with_a_warning() -> None:
    query = parse_query("North Korea")

    assert isinstance(query.root, And)
    assert [warning[:15] for warning in query.warnings] == ["column 7: Korea"]
    assert parse_query('"North Korea" AND Russia NOT sport').warnings == ()


def test_operator_in_small_letters_is_a_word_with_a_warning() -> None:
    assert "searched for as a word" in " ".join(parse_query("a AND or").warnings)


def test_bounds_are_reached_without_error() -> None:
    parse_query("(" * 50 + "a" + ")" * 50)
    parse_query(" OR ".join(["a"] * 1_000))


@pytest.mark.parametrize(
    ("query", "text", "language", "expected"),
    [
        ("Russia", "Russian ships left. Russia's navy", "en", ["Russia's"]),
        ("Russia", "the Russian navy", "en", None),
        ("Russia*", "the Russian navy, Russia and Russians", "en", ["Russian", "Russia", "Russians"]),
        ("Россия", "связи с Россией", "ru", ["Россией"]),
        ("Росси*", "о России и российских", "ru", ["России", "российских"]),
        ("Росси*", "о Росси\u0301и", "ru", ["Росси\u0301и"]),
        ("북한", "북한이 북한의 남북한", "ko", ["북한", "북한"]),
        ("조로", "기조로 연설", "ko", None),
        ("조로", "기 조로친선", "ko", ["조로"]),
        ("북한", "북 한국", "ko", None),
        ('"북한 러시아"', "북한 러시아", "ko", ["북한 러시아"]),
        ("北韓", "訪問北韓後", "zh", ["北韓"]),
        ("朝俄", "关于朝俄关系", "zh", ["朝俄"]),
        ("朝*", "访朝后", "zh", ["朝"]),
        ('"North Korea"', "north  Korean; North\nKorea's", "en", ["North\nKorea's"]),
        ('"North Kor*"', "North Korean and north Korea", "en", ["North Korean", "north Korea"]),
        ('"North Kor"*', "North Korean", "en", ["North Korean"]),
        ("Ulan-Ude", "in Ulan-Ude, Buryatia", "en", ["Ulan-Ude"]),
        ("“North Korea”", "North Korea", "en", ["North Korea"]),
        ("ships AND NOT navy", "a ship", "en", ["ship"]),
        ("ships NOT navy", "a ship of the navy", "en", None),
        ("(a OR b) AND c", "a c", "en", ["a", "c"]),
        ("a NEAR/2 b", "a x b", "en", ["a", "b"]),
        ("a NEAR/1 b", "a x b", "en", None),
        ("a NEAR/1 b", "b a", "en", ["b", "a"]),
        ("a ONEAR/1 b", "b a", "en", None),
        ("a NEAR/3 a", "just a", "en", None),
        ("a NEAR/3 a", "a or a", "en", ["a", "a"]),
        ("a NEAR/2 b NEAR/2 c", "a b x c", "en", ["a", "b", "c"]),
        ("(a NEAR/9 b) NEAR/1 c", "a x c x b", "en", ["a", "c", "b"]),
        ("(a OR x) NEAR/1 (b OR y)", "x y", "en", ["x", "y"]),
        ("title:a NEAR/1 b", "a b", "en", None),
        # 6 characters between are 3 words, the last is the 4th.
        ("朝 NEAR/4 俄", "朝。我们大家都要俄", "zh", ["朝", "俄"]),
        ("朝 NEAR/3 俄", "朝。我们大家都要俄", "zh", None),
        ("シャラ", "シャ・ラ", "ja", ["シャ・ラ"]),
    ],
)
def test_query_marks_whole_words(query: str, text: str, language: str, expected: list[str] | None) -> None:
    assert marked(query, text, language) == expected


def test_near_does_not_reach_from_title_into_text() -> None:
    query = parse_query("Korea NEAR/5 Russia")

    assert match_query(query, document("Russia", title="Korea")) is None


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("lang:en", True),
        ("lang:EN", True),
        ("lang:ko", False),
        ("lang:(ko OR en)", True),
        ("source:pyongyang-times", True),
        ("source:pyongyang*", True),
        ("source:pyongyang", False),
        ("domain:kcna.kp", True),
        ("domain:www.kcna.kp", True),
        ("domain:na.kp", False),
        ("country:kp", True),
        ("section:sport", True),
        ("section:sports", True),
        ("section:spor", False),
        ("title:visit", True),
        ("title:moscow", False),
        ("text:moscow", True),
        ("text:visit", False),
        ("title:(visit OR moscow) AND NOT country:ru", True),
    ],
)
def test_fields_narrow_a_query(query: str, matches: bool) -> None:
    article = QueryDocument.of(
        "The visit",
        "To Moscow",
        language="en",
        source="pyongyang-times",
        domain="www.kcna.kp",
        country="kp",
        section="World / Sports",
    )

    assert (match_query(parse_query(query), article) is not None) is matches


def test_match_without_words_marks_nothing() -> None:
    assert match_query(parse_query("lang:en"), document("any")) == ()


def test_search_terms_leave_out_what_is_excluded() -> None:
    query = parse_query('("North Korea" OR Russia*) AND NOT sport AND lang:en')

    assert search_terms(query) == ("North Korea", "Russia*")


def test_near_in_a_long_text_of_one_word_ends() -> None:
    assert match_query(parse_query("a NEAR/50 b"), document("a b " * 20_000)) is not None


@pytest.mark.parametrize("query", ["lang:ko", "section:sport", "source:x OR Russia", "αβγ*"], ids=str)
def test_what_the_index_cannot_narrow_compiles_to_none(query: str) -> None:
    assert compile_fts(parse_query(query), ["en"]) is None


# What the index finds against what the query means.


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE articles USING fts5(title, text, content='', "
        "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")"
    )
    yield connection
    connection.close()


def found_by_index(
    connection: sqlite3.Connection, match: str, articles: list[tuple[str, str, str]]
) -> set[int]:
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


WORDS = [
    "Russia", "Russians", "Russian", "organization", "organs", "general", "generalization", "dying", "die",
    "Россия", "Россией", "российский", "КНДР", "ещё", "еще", "북한", "북한이", "남북한", "러시아", "朝", "俄", "朝俄",
    "北韓", "über", "uber", "société", "sociétés", "Häuser", "Haus", "G7", "G20", "1,900", "O’Neil", "Ulan-Ude",
]  # fmt: skip
PREFIXES = [
    "Russ*",
    "Russia*",
    "organiz*",
    "generali*",
    "dy*",
    "Росси*",
    "еще*",
    "북*",
    "朝*",
    "über*",
    "sociét*",
    "G2*",
]
GAPS = [" ", " ", ". ", "", "\n", "\u200b"]

texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=8).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)
articles = st.lists(st.tuples(texts, texts, st.sampled_from(LANGUAGES)), min_size=1, max_size=4)
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(lambda words: f'"{" ".join(words)}"')
words = st.sampled_from([word for word in WORDS if word.isalpha()])
terms = st.one_of(words, phrases, st.sampled_from(PREFIXES))
fielded = st.tuples(st.sampled_from(["title:", "text:", ""]), terms).map("".join)
near = st.tuples(terms, st.sampled_from(["NEAR/1", "NEAR/3", "ONEAR/2"]), terms).map(" ".join)
facts = st.sampled_from(["lang:ru", "lang:en"])


def combined(operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(operands, st.sampled_from(["AND", "OR", "AND NOT"]), operands)
    return pairs.map(lambda pair: f"({' '.join(pair)})")


queries = st.recursive(st.one_of(fielded, near.map("({})".format), facts), combined, max_leaves=5)
# What FTS5 says exactly: words with one stem in all languages, phrases of these, Han; no Hangul, beginning or NEAR.
plain = st.sampled_from(
    ["朝俄", "北韓", "КНДР", "G7", "朝", '"朝 俄"', '"КНДР G7"', "title:КНДР", "text:朝俄"]
)
exact_queries = st.recursive(plain, combined, max_leaves=5)


@settings(max_examples=300, deadline=None)
@given(query=queries, articles=articles)
def test_index_offers_every_article_that_matches(
    index: sqlite3.Connection, query: str, articles: list[tuple[str, str, str]]
) -> None:
    parsed = parse_query(query)
    match = compile_fts(parsed, LANGUAGES)

    wanted = {
        number
        for number, (title, text, language) in enumerate(articles)
        if match_query(parsed, QueryDocument.of(title, text, language=language)) is not None
    }

    if match is not None:
        assert wanted <= found_by_index(index, match, articles)


@settings(max_examples=150, deadline=None)
@given(query=exact_queries, articles=articles)
def test_index_finds_just_what_matches_where_it_can_say_it(
    index: sqlite3.Connection, query: str, articles: list[tuple[str, str, str]]
) -> None:
    parsed = parse_query(query)
    match = compile_fts(parsed, LANGUAGES)

    wanted = {
        number
        for number, (title, text, language) in enumerate(articles)
        if match_query(parsed, QueryDocument.of(title, text, language=language)) is not None
    }

    assert match is not None
    assert found_by_index(index, match, articles) == wanted


@pytest.mark.parametrize(
    "language", ["da", "de", "en", "es", "fr", "hu", "it", "lt", "no", "pt", "ro", "ru", "sv"]
)
def test_no_beginning_of_a_common_word_loses_its_stem(language: str) -> None:
    from wordfreq import top_n_list

    for listed in top_n_list("nb" if language == "no" else language, 1_500, wordlist="small"):
        found = tokens(listed, language)
        if len(found) != 1 or found[0].single or not found[0].word[0].isalpha():
            continue
        word, term = found[0].word, found[0].term
        for length in range(2, len(word) + 1):
            beginning = word[:length]
            endings = _endings(beginning, language)
            assert (
                endings is None
                or term in endings
                or any(term.startswith(base) for base in _bases(beginning, language))
            ), f"{beginning}* loses {word}, which is indexed as {term}"


@given(st.text(alphabet=string.printable + "북한朝俄Росcия“”", max_size=40))
def test_any_text_is_read_or_refused_with_a_column_in_it(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError as error:
        column = error.column
    else:
        match_query(query, document("Some text"))
        compile_fts(query, LANGUAGES)
        column = 1

    assert 1 <= column <= len(text) + 1


@pytest.mark.parametrize(
    "query",
    [
        "(" * 49 + "a" + " OR b) AND c" * 49,
        "(" * 49 + "a" + " AND NOT b) OR c" * 49,
        " OR ".join(f"word{number}" for number in range(1_000)),
        " AND ".join(f"organisation{chr(97 + number % 26)}*" for number in range(500)),
        "a" + " NOT b" * 300,
    ],
    ids=["deep", "deep NOT", "1000 words", "500 beginnings", "300 NOT"],
)
def test_largest_queries_are_read_by_the_index(index: sqlite3.Connection, query: str) -> None:
    match = compile_fts(parse_query(query), LANGUAGES)

    # None is allowed: too deep for FTS5's parser.
    if match is not None:
        found_by_index(index, match, [("a b c", "word7 organisation", "en")])
