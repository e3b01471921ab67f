"""Queries read and held against articles."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import QueryError
from storage.query import QueryDocument, compile_fts, format_query, match_query, parse_query, search_terms
from storage.query.near import MAX_PAIRS, MAX_PLACES
from storage.query.tree import And, Near, Not, Or, Term

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
        ('lang:""', "lang: needs a value", 6),
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
        (
            "author:Kim",
            "fields are title:, text:, section:, lang:, source:, domain:, country:, tag:, date:",
            1,
        ),
        ("автор:Ким", 'no field "автор:"', 1),
        ('"a b"~0', "number of 1 to 1000", 1),
        ('"a b"~', "number of 1 to 1000", 1),
        ('"a b"~x', "number of 1 to 1000", 1),
        ('"a"~3', "two words", 1),
        ('source:"a b"~3', "only in searches for words", 8),
        ("a~3 b", "no operators here", 1),
        ("a near5 b", "write NEAR/5", 3),
        ("a adj3 b", "write ONEAR/3", 3),
        ("a w/7 b", "write NEAR/7", 3),
        ("a near/7 b", "write NEAR/7", 3),
        ("Russi?", "? stands for no letter", 1),
        ("a && b", "write AND, OR or NOT", 3),
        ("date:soon", "is no date", 6),
        ("date:2026-13", "no day of the calendar", 6),
        ("date:2026-02-30", "no day of the calendar", 6),
        ("date:[2026-03 TO 2026-01]", "ends before it begins", 6),
        ("date:[2026-03", "is no date", 6),
        ("[2026 TO 2027]", "only behind date:", 1),
        ("date:0000", "no day of the calendar", 6),
        ("a NEAR/3 date:2026", "put AND, NOT and fields", 15),
        ("NOT NOT NOT a", "name what is wanted too", 1),
        (" NEAR/3 ".join("a" * 22), "more than 20 NEAR", 183),
        ('"' + "a " * 101 + '"', "101 words or characters", 1),
        ("a" * 100_001, "100000 is the most", 100_001),
        ("\u200b", "no letter or digit", 1),
        ("\u202e", "no letter or digit", 1),
        ("R\u200b*", "at least two letters", 1),
        ("title:(a text:b)", "stands within title: already", 10),
        ("-Russia", "no operator", 1),
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


def test_missing_operators_make_one_warning() -> None:
    (warning,) = parse_query("a b (c OR d) e").warnings

    assert warning.startswith(
        "column 3: b stands beside what is before it without an operator, and so do 2 more"
    )


@pytest.mark.parametrize(
    ("query", "warning"),
    [("lang:korean", "lang: is two letters"), ("country:prk", "country: is two letters"), ("lang:k*", None)],
)
def test_code_that_no_article_has_is_warned_of(query: str, warning: str | None) -> None:
    assert [found[10 : 10 + len(warning or "")] for found in parse_query(query).warnings] == (
        [warning] if warning else []
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("（北韓 OR 朝鲜）　AND 俄", "(北韓 OR 朝鲜) AND 俄"),
        ("title：核 AND 朝＊", "title:核 AND 朝*"),
        ("「North Korea」", '"North Korea"'),
        ("a ＡＮＤ b", "a AND b"),
        ("a NEAR／3 b", "a NEAR/3 b"),
        ("a \u200fAND\u200b b", "a AND b"),
        ("TITLE:a", "title:a"),
        ("a AND NOT NOT b", "a AND b"),
    ],
)
def test_query_typed_otherwise_is_read_the_same(typed: str, meant: str) -> None:
    assert format_query(parse_query(typed)) == format_query(parse_query(meant))
    assert parse_query(typed).warnings == ()


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
        ('"a b"~1', "a x b", "en", ["a", "b"]),
        ('"a b"~1', "b x a", "en", ["b", "a"]),
        ('"a b"~1', "a x y b", "en", None),
        ('"a b c"~1', "c a x b", "en", ["c", "a", "b"]),
        ('"a b c"~1', "c x a x b", "en", None),
        ('"a a"~3', "a x", "en", None),
        ('"a a"~3', "a x a", "en", ["a", "a"]),
        ('"Ulan-Ude vis*"~2', "a visit to Ulan-Ude", "en", ["visit", "Ulan-Ude"]),
        ('"朝鲜 俄罗斯"~2', "俄罗斯外长朝鲜", "zh", ["俄罗斯", "朝鲜"]),
        ('"朝鲜 俄罗斯"~2', "俄罗斯外交部长昨天在朝鲜", "zh", None),
        ('"a b"~1 NEAR/1 c', "a x b c", "en", ["a", "b", "c"]),
        # The rarest word of a phrase is looked up, wherever it stands in it.
        ('"a a b"', "a a a b", "en", ["a a b"]),
        ('"b a"', "a b", "en", None),
        ('"남북 정상"', "남북 정상회담", "ko", ["남북 정상"]),
        ("\u200fRussia\u200f", "to Russia", "en", ["Russia"]),
        ("שלום", "אמר שָׁלוֹם לכם", "he", ["שָׁלוֹם"]),
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
        ("domain:kp", True),
        ("domain:kc*", True),
        ("country:kp", True),
        ('tag:"STATE media"', True),
        ("tag:state", False),
        ("tag:state*", True),
        ("NOT tag:국영 AND visit", False),
        ("tag:other", False),
        ("section:sport", True),
        ("section:sports", True),
        ("section:spor", False),
        ("title:visit", True),
        ("title:moscow", False),
        ("text:moscow", True),
        ("text:visit", False),
        ("title:(visit OR moscow) AND NOT country:ru", True),
        ('title:"visit the"~1', True),
        ('text:"visit the"~1', False),
        ("date:2026", True),
        ("date:2026-09", True),
        ("date:2026-09-14", True),
        ("date:2026-9-14", True),
        ("date:2026-09-15", False),
        ("date:[2026-09-14 TO 2026-09-14]", True),
        ("date:[2026-01 TO 2026-09]", True),
        ("date:[* TO 2026-08]", False),
        ("date:[2026-09 TO *]", True),
        ("date:(2025 OR [ 2026-08 TO 2026-10 ])", True),
        ("visit NOT date:2026", False),
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
        date="2026-09-14",
        tags=("State Media", "국영"),
    )

    assert (match_query(parse_query(query), article) is not None) is matches


def test_match_without_words_marks_nothing() -> None:
    assert match_query(parse_query("lang:en"), document("any")) == ()


def test_search_terms_leave_out_what_is_excluded() -> None:
    query = parse_query('("North Korea" OR Russia*) AND NOT sport AND lang:en')

    assert search_terms(query) == ("North Korea", "Russia*")


@pytest.mark.parametrize(
    "query",
    [
        "a NEAR/50 b",
        "a ONEAR/1000 b",
        "b NEAR/1000 b NEAR/1000 b NEAR/1000 b",
        '"a b"~1000',
        '"b b b b b b b b"~1000',
        " OR ".join(["a"] * 1_000),
        " NEAR/1000 ".join(["(a OR b)"] * 20),
        '"' + "a b " * 50 + '"',
    ],
    ids=["NEAR", "ONEAR", "chain", "loose", "eight loose", "1000 times one word", "20 groups", "long phrase"],
)
def test_text_of_two_repeated_words_gets_a_bounded_answer(query: str) -> None:
    spans = match_query(parse_query(query), document("a b " * 25_000))

    assert spans is not None
    assert 0 < len(spans) <= 2 * MAX_PLACES + MAX_PAIRS


def test_ordered_near_that_nothing_satisfies_ends() -> None:
    assert match_query(parse_query("a ONEAR/1000 b"), document("b " * 25_000 + "a " * 25_000)) is None


def test_text_of_2_mb_is_searched_to_its_end() -> None:
    spans = match_query(parse_query("Russia NEAR/2 visit"), document("word " * 400_000 + "a visit to Russia"))

    assert spans is not None
    assert spans[0].start == 2_000_002


def test_longest_queries_are_refused_with_a_short_message() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(" OR ".join(f"w{number}" for number in range(10_000)))

    assert "more than 1000 terms" in str(caught.value)
    assert len(str(caught.value)) < 400


# Laws


leaves = st.sampled_from(
    [
        "a",
        "b",
        '"a b"',
        "aa*",
        "北",
        "북한",
        "title:a",
        "lang:en",
        "date:2026",
        "a NEAR/2 b",
        '"a 北"~2',
        "section:b",
    ]
).map("({})".format)
conditions = st.recursive(
    leaves,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner),
    max_leaves=4,
)
texts = st.lists(st.sampled_from(["a", "b", "aab", "北", "북한이", "x", "7", "."]), max_size=8).map(" ".join)
documents = st.builds(
    lambda title, text, section: QueryDocument.of(
        title, text, language="en", section=section, date="2026-09-14"
    ),
    texts,
    texts,
    texts,
)


def holds(query: str, article: QueryDocument) -> bool:
    return match_query(parse_query(query), article) is not None


@given(conditions, conditions, documents)
def test_order_of_operands_changes_neither_match_nor_marks(
    one: str, other: str, article: QueryDocument
) -> None:
    for operator in ("AND", "OR"):
        first, second = (parse_query(f"{a} {operator} {b}") for a, b in ((one, other), (other, one)))
        assert match_query(first, article) == match_query(second, article)


@given(conditions, conditions, documents)
def test_de_morgan_holds_below_a_wanted_part(one: str, other: str, article: QueryDocument) -> None:
    # NOT stands beside something wanted: here beside what every article of the test meets.
    assert holds(f"lang:en NOT ({one} OR {other})", article) is holds(
        f"lang:en NOT {one} NOT {other}", article
    )
    assert holds(f"lang:en NOT ({one} AND {other})", article) is holds(
        f"(lang:en NOT {one}) OR (lang:en NOT {other})", article
    )


@given(conditions, documents)
def test_two_nots_are_none_and_one_excludes(condition: str, article: QueryDocument) -> None:
    assert holds(f"NOT NOT {condition}", article) is holds(condition, article)
    assert holds(f"lang:en NOT {condition}", article) is not holds(condition, article)


@given(st.integers(1, 4), documents)
def test_near_grows_with_its_distance_and_is_either_order(distance: int, article: QueryDocument) -> None:
    near = holds(f"a NEAR/{distance} b", article)

    assert near is (holds(f"a ONEAR/{distance} b", article) or holds(f"b ONEAR/{distance} a", article))
    assert holds(f"a NEAR/{distance + 1} b", article) or not near


@given(st.text(alphabet=string.printable + "북한朝俄Росcия“”「（）：＊\u200b\u202e", max_size=40))
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


def test_beginnings_within_a_distance_match_as_they_are_found_in_the_index():
    assert marked('"harbour tunn*"~2', "the harbour has a tunnel") == ["harbour", "tunnel"]
    assert marked("(zebra OR yak) NEAR/3 tunnel", "a tunnel") is None
