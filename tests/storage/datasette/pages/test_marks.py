import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from storage.analyser import tokens
from storage.datasette.pages.marks import find_phrases, marked, merged, phrase_of, snap, snippet, snippet_html
from storage.datasette.search_box import phrases


def marks(text, surface, language):
    found = tokens(text, language)
    return [text[start:end] for start, end in merged(find_phrases(found, [phrase_of(surface, language)]))]


@pytest.mark.parametrize(
    ("language", "text", "surface", "wanted"),
    [
        pytest.param("en", "Russia and Belorussia", "Russia", ["Russia"], id="whole words only"),
        pytest.param(
            "en", "Trains. The train's train", "train", ["Trains", "train's", "train"], id="inflected"
        ),
        pytest.param("ru", "С Россией и в России", "Россия", ["Россией", "России"], id="Russian cases"),
        pytest.param("zh", "朝俄教育，俄朝", "朝俄", ["朝俄"], id="neighbours in order"),
        pytest.param("ko", "북러와 북 러", "북러", ["북러", "북 러"], id="Hangul"),
        pytest.param(
            "en", "North  Korea, northern Korea", "North Korea", ["North  Korea"], id="phrase over spaces"
        ),
        pytest.param("en", "nothing", "", [], id="no surface"),
    ],
)
def test_phrases_are_found_word_by_word(language, text, surface, wanted):
    assert marks(text, surface, language) == wanted


def test_prefix_is_found_in_the_unstemmed_word():
    text = "Korean and Koreas"

    found = find_phrases(tokens(text, "en"), phrases("korea*", "en"))

    assert [text[start:end] for start, end in merged(found)] == ["Korean", "Koreas"]


def test_spans_are_widened_to_words():
    text = "Pyongyang is far"

    assert snap(tokens(text), [(2, 5), (9, 10), (50, 60)]) == [(0, 9)]


def test_marks_are_escaped():
    assert marked("<b> & x", [(0, 3)]) == Markup("<mark>&lt;b&gt;</mark> &amp; x")


@given(st.text(max_size=80), st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=6))
def test_marked_text_is_the_text(text, pairs):
    stretches = merged(
        (min(pair), min(max(pair), len(text))) for pair in pairs if min(pair) < min(max(pair), len(text))
    )

    html = marked(text, stretches)

    plain = str(html).replace("<mark>", "").replace("</mark>", "")
    assert str(Markup(plain).unescape()) == text or "&" in text
    assert html.count("<mark>") == len(stretches)


def test_snippet_shows_the_place_with_most_finds():
    text = "Train. " + "word " * 100 + "The train met a train.\nMore " + "word " * 100

    shown = snippet(text, "trains", "en")

    assert "The ⟦train⟧ met a ⟦train⟧. More" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 300


def test_snippet_without_find_is_the_beginning():
    assert snippet("Only a few words", "elsewhere", "en") == "Only a few words"


def test_snippet_html_is_escaped():
    assert snippet_html("<i> ⟦x⟧") == Markup("&lt;i&gt; <mark>x</mark>")
