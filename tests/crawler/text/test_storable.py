import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from crawler.text.storable import storable, storable_line


def test_line_is_composed_and_has_single_spaces() -> None:
    assert storable_line(" Cafe\u0301\n at\tthe\x00 port\ud800 ") == "Café at the port"


def test_line_ends_and_tabs_stay_in_a_text() -> None:
    assert storable("a\tb\nc\x0b\x7f") == "a\tb\nc"


@given(st.text(st.characters()))
def test_any_text_goes_into_the_database_and_back(text: str) -> None:
    clean = storable(text)

    with sqlite3.connect(":memory:") as connection:
        assert connection.execute("select ?", (clean,)).fetchone() == (clean,)
    connection.close()
    assert storable(clean) == clean
