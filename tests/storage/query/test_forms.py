"""Case forms that no stemmer joins: found by queries, names and the index, and nothing else with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.topics.rules import alias_query
from storage.analyser import index_text
from storage.query import QueryDocument, QueryIndex, compile_fts, match_query, parse_query
from storage.query.forms import case_forms
from storage.records.topics import Topic

# A word in the first case, a sentence with another, the language of the article.
FOUND = [
    ("Корея", "Он посетил Корею в мае.", "ru"),
    ("Корея", "Между Кореей и Россией нет споров.", "ru"),
    ("Китай", "Товары из Китая дешевле.", "ru"),
    ("Китай", "Торговля с Китаем растёт.", "ru"),
    ("Россия", "Послы России и КНДР встретились.", "ru"),
    ("Москва", "Поезд прибыл в Москву.", "ru"),
    ("Кремль", "Источник в Кремле подтвердил это.", "ru"),
    ('"Северная Корея"', "Делегация посетила Северную Корею.", "ru"),
    ('"Южная Корея"', "Он приехал из Южной Кореи.", "ru"),
    ("Росія", "Він приїхав з Росії.", "uk"),
    ("Корея", "Переговори з Кореєю тривають.", "uk"),
    ("Китай", "Торгівля з Китаєм зростає.", "uk"),
    ("Rosja", "Rozmowy z Rosją trwają.", "pl"),
    ("Korea", "Delegacja przybyła z Korei.", "pl"),
    ("Chiny", "Handel w Chinach rośnie.", "pl"),
    ("러시아", "대표단이 러시아의 수도에 도착했다.", "ko"),
    ("북한", "북한은 러시아와의 협력을 강조했다.", "ko"),
]
NOT_FOUND = [
    ("Корея", "Кора дуба и корь у детей.", "ru"),
    ("Китай", "Кит плыл вдоль берега.", "ru"),
    ("Korea", "Koral i korek leżą tu.", "pl"),
    ("Rosja", "Rosną tu róże.", "pl"),
    ("Korea", "The Korei of old.", "en"),
]


def document(text: str, language: str) -> QueryDocument:
    return QueryDocument.of("", text, language=language)


@pytest.mark.parametrize(("query", "text", "language"), FOUND)
def test_a_name_finds_its_case_forms(query: str, text: str, language: str) -> None:
    held = document(text, language)
    asked = parse_query(query)

    assert match_query(asked, held)
    assert QueryIndex.of([asked]).candidates(held.fields.values()) == [0]


@pytest.mark.parametrize(("query", "text", "language"), FOUND)
def test_the_index_offers_what_a_name_finds(connection, query: str, text: str, language: str) -> None:
    connection.execute("CREATE VIRTUAL TABLE held USING fts5(title, text)")
    connection.execute("INSERT INTO held VALUES ('', ?)", [index_text(text, language)])

    match = compile_fts(parse_query(query), [language])

    assert connection.execute("SELECT count(*) FROM held WHERE held MATCH ?", [match]).fetchone()[0] == 1


@pytest.mark.parametrize(("query", "text", "language"), NOT_FOUND)
def test_words_that_only_share_a_stem_are_not_found(query: str, text: str, language: str) -> None:
    assert match_query(parse_query(query), document(text, language)) is None


def test_names_of_a_topic_are_found_in_their_forms() -> None:
    topic = Topic("t", aliases=(("Корея", ()), ("Китай", ())))

    assert match_query(parse_query(alias_query(topic)), document("Поезда ходят из Китая в Корею.", "ru"))


@given(
    st.text(alphabet="абвгдеийклмнорстуья", min_size=1, max_size=9),
    st.sampled_from([None, "ru", "uk", "pl", "en"]),
)
def test_forms_are_words_of_their_own_and_few(word: str, language: str | None) -> None:
    forms = case_forms(word, language)

    assert len(forms) <= 11
    assert word not in forms
    assert all(form.isalpha() for form in forms)
