import re
import sqlite3
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.analyser import index_text
from storage.datasette.search_box import NOTHING, fts_expression, phrases
from tests.support.datasette_data import add_article, fill
from tests.support.datasette_serving import get, opened, page, tree

LANGUAGES = ("en", "ko", "ru", "zh")


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        pytest.param("朝俄", '("朝 俄")', id="two characters are a phrase"),
        pytest.param("Россией", '("росс")', id="an inflected word is its stem"),
        pytest.param("trains Moscow", '("train") AND ("moscow")', id="all words are required"),
        pytest.param('"direct flights"', '("direct flight")', id="a quoted phrase"),
        pytest.param("“прямых рейсов”", '("прям рейс")', id="odd quotation marks"),
        pytest.param('"direct', '("direct")', id="an open quotation mark"),
        pytest.param("DPRK-Russia", '("dprk russia")', id="a hyphen joins"),
        pytest.param("DPRK OR КНДР", '("dprk" OR "кндр")', id="OR joins alternatives"),
        pytest.param("a b OR c", '("a") AND ("b" OR "c")', id="OR binds its neighbours"),
        pytest.param("ferry NOT sport", '(("ferri")) NOT ("sport")', id="NOT excludes"),
        pytest.param("Росси*", '("росс" OR "росси" *)', id="a prefix, and the stem that is shorter"),
        pytest.param("or and not", '("or") AND ("and") AND ("not")', id="small words are words"),
        pytest.param("OR x AND", '("x")', id="joints at the ends"),
        pytest.param("title:foo", '("titl foo")', id="a column filter is text"),
        pytest.param("", NOTHING, id="nothing typed"),
        pytest.param('" * ^ ( {', NOTHING, id="only signs"),
        pytest.param("NOT x", NOTHING, id="only what is excluded"),
    ],
)
def test_expression_of_what_is_typed(typed, expression):
    assert fts_expression(typed, LANGUAGES) == expression


def test_each_language_adds_its_stem():
    assert fts_expression("Reisen", ["de", "fr"]) == '("reisen" OR "reis")'


def test_excluded_words_are_not_marked():
    assert [phrase.terms for phrase in phrases("ferry NOT sport", "en")] == [("ferri",)]


@pytest.fixture(scope="module")
def index():
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE found USING fts5(text, content='', "
        "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")"
    )
    yield connection
    connection.close()


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from('"*^():{}+- ANDORNEAR朝북рx\x00“»'), max_size=40).map("".join)
)
def test_whatever_is_typed_is_an_expression(index, typed):
    index.execute(
        "SELECT rowid FROM found WHERE found MATCH ?", [fts_expression(typed, LANGUAGES)]
    ).fetchall()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The railway's trains reached Pyongyang's stations; don't panic, e-mail us"),
        ("ru", "Россией поставлены лекарства для детских больниц КНДР"),
        ("ko", "북한과 러시아가 두만강 철교의 화물 운행을 재개했다"),
        ("zh", "朝俄两国恢复图们江大桥的货运列车，每天开行两列"),
        ("fr", "L'accord d'Athènes était prêt, mais l'été s'achève"),
        ("de", "Züge fahren über die Brücke; die Straßen bleiben gesperrt"),
        ("ar", "وصل أول قطار ركاب إلى المحطة"),
        (None, "Unknown 言語 mixed письмо"),
    ],
)
def test_each_word_of_a_text_finds_it(index, language, text):
    index.execute("INSERT INTO found (found) VALUES ('delete-all')")
    index.execute("INSERT INTO found (rowid, text) VALUES (1, ?)", [index_text(text, language)])
    languages = [language] if language else []

    missed = [
        word
        for word in text.split()
        if not index.execute(
            "SELECT 1 FROM found WHERE found MATCH ?", [fts_expression(word, languages)]
        ).fetchall()
    ]

    assert missed == []


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    with opened(fill(tmp_path_factory.mktemp("search") / "watch.db")) as datasette:
        yield datasette


def found(datasette, typed):
    answer = get(datasette, "/watch/articles.json?_shape=array&_size=max&" + urlencode({"_search": typed}))
    assert answer.status_code == 200, answer.text
    return {row["id"] for row in answer.json()}


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        pytest.param("朝俄", {5, 21, 38}, id="two Han characters"),
        pytest.param("북러", {3, 20}, id="two Hangul characters"),
        pytest.param("Россия", {2, 9, 19, 24, 34}, id="Russian, any case"),
        pytest.param("Россией", {2, 9, 19, 24, 34}, id="Russian, inflected"),
        pytest.param('"direct flights"', {17, 18}, id="phrase"),
        pytest.param("“direct flights”", {17, 18}, id="phrase in odd quotes"),
        pytest.param("loudspeaker", {22}, id="singular finds plural"),
        pytest.param("朝俄 OR 북러", {3, 5, 20, 21, 38}, id="alternatives"),
        pytest.param("altos NOT harbour", set(), id="excluded"),
        pytest.param("DPRK-Russia", set(), id="a hyphen is no operator"),
        pytest.param('"', set(), id="a lone quote"),
        pytest.param("NEAR(a b, 3)", set(), id="operators"),
        pytest.param("", set(), id="nothing"),
    ],
)
def test_standard_search_box(watch, typed, wanted):
    assert found(watch, typed) == wanted


@pytest.mark.parametrize(
    "typed", ['"', "*", "a AND", "^x", "title:", "(", "-", "朝俄*", "NOT", "x" * 3000, "\x00"]
)
def test_search_never_fails(watch, typed):
    for path in ("/watch/articles?_search=", "/-/search?q=", "/watch/search_snippets?q="):
        assert get(watch, path + quote(typed)).status_code == 200


def test_search_box_learns_a_language_that_comes_later(tmp_path: Path):
    path = fill(tmp_path / "watch.db")
    with opened(path) as datasette:
        assert found(datasette, "Zeitungen") == set()
        writer = sqlite3.connect(path)
        added = add_article(writer, "Die Zeitung lag auf dem Tisch.", language="de", title="Eine Zeitung")
        writer.commit()
        writer.close()

        assert found(datasette, "Zeitungen") == {added}


def test_search_page_marks_and_leads_to_older_finds(watch):
    html = page(watch, "/-/search?q=朝俄")

    assert html.count("<mark>朝俄</mark>") == 4
    assert "3 finds" in html


@pytest.mark.parametrize(
    ("typed", "filters"),
    [
        ("lang:ko", {"language": "ko"}),
        ("title:trains", {"title__contains": "train"}),
    ],
    ids=["a fact", "a field"],
)
def test_search_page_takes_the_query_language(watch, typed, filters):
    answer = get(watch, "/watch/articles.json?_shape=array&_size=max&" + urlencode(filters))
    html = page(watch, "/-/search?q=" + quote(typed))

    assert {int(number) for number in re.findall(r"/-/read/(\d+)", html)} == {
        row["id"] for row in answer.json()
    }


def test_search_page_finds_words_near_each_other(watch):
    near, apart = (
        set(re.findall(r"/-/read/(\d+)", page(watch, "/-/search?q=" + quote(typed))))
        for typed in ("Pyongyang NEAR/3 Moscow", "Pyongyang AND Moscow")
    )

    assert set() < near < apart


def test_search_page_shows_a_slip_with_its_place(watch):
    html = page(watch, "/-/search?q=" + quote("Kim NEAR/0 Putin"))

    assert "column 5" in html
    assert "^</pre>" in html
    assert "Nothing found" not in html


def test_search_page_says_how_a_query_was_read(watch):
    assert "Note: read as:" in page(watch, "/-/search?q=" + quote("train minister AND visit"))


@pytest.mark.parametrize("order", ["published", "arrival"])
def test_search_page_goes_on_in_its_order(watch, order):
    dates: list[str] = []
    numbers: list[int] = []
    address = f"/-/search?order={order}&q=" + quote("date:[2000 TO *]")
    while address:
        shown = tree(watch, address)
        (hits,) = shown.find_class("sw-entries")
        dates += [str(time.text).removeprefix("seen ")[:10] for time in hits.iter("time")]
        numbers += [int(entry.get("data-article")) for entry in hits]
        address = next(iter(shown.xpath("//a[@rel='next']/@href")), "")
    newest = numbers if order == "arrival" else dates

    assert len(set(numbers)) == len(numbers) > 30
    assert newest == sorted(newest, reverse=True)
