import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.analyser import (
    count_words,
    fold,
    index_text,
    is_hangul,
    is_single,
    outline,
    runs,
    stems,
    terms,
    tokens,
)


def found(text: str, language: str | None = None) -> list[tuple[str, str]]:
    return [(token.term, token.surface) for token in tokens(text, language)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Russia's ships", "en", ["russia", "ship"]),
        ("Russia’s", "en", ["russia"]),
        ("O’Neil", "en", ["oneil"]),
        ("Ulan-Ude", "en", ["ulan", "ude"]),
        ("G20 in 2026", "en", ["g20", "in", "2026"]),
        ("朝俄关系", "zh", ["朝", "俄", "关", "系"]),
        ("북러 회담", "ko", ["북", "러", "회", "담"]),
        ("DPRK와 КНДР", "ko", ["dprk", "와", "кндр"]),
        ("ﬁrst", "en", ["first"]),
        ("ＤＰＲＫ", "en", ["dprk"]),
        ("ｼｬ・ﾗ", "ja", ["シ", "ャ", "ラ"]),
        ("Kelder\u00adstraße", "de", ["kelderstrass"]),
        ("İstanbul", "tr", ["istanbul"]),
        ("हिन्दी में", "hi", ["हिन्दी", "में"]),
        ("...", "en", []),
        ("", None, []),
    ],
)
def test_text_becomes_terms(text: str, language: str | None, expected: list[str]) -> None:
    assert [token.term for token in tokens(text, language)] == expected
    assert terms(text, language) == expected
    assert index_text(text, language) == " ".join(expected)


def test_cases_of_a_russian_name_share_their_stem() -> None:
    assert terms("Россия Россией России", "ru") == terms("Россия", "ru") * 3
    assert terms("Россией", "en") == terms("Россия", "ru")


def test_stress_marks_and_vowel_points_change_nothing() -> None:
    assert found("Росси\u0301я", "ru") == [("росс", "Росси\u0301я")]
    assert terms("كِتَاب", "ar") == terms("كتاب", "ar")


@pytest.mark.parametrize("text", ["École française", "북한이 조선", "ガギグ", "Йод ещё", "কোন"], ids=str)
def test_composed_and_decomposed_text_have_the_same_terms(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)

    assert decomposed != text
    assert terms(decomposed) == terms(text)
    assert [fold(token.surface) for token in tokens(decomposed)] == [
        fold(token.surface) for token in tokens(text)
    ]


@pytest.mark.parametrize("text", ["É\u200b.", "E\u0301 b", "½ cup…", "북\u200b한", "ﬁ ﬂ", "ΟΔΟΣ ΟΔΟΣ."])
def test_surface_is_what_stands_at_the_offsets(text: str) -> None:
    for token in tokens(text):
        assert text[token.start : token.end] == token.surface


@given(st.text(max_size=60))
def test_offsets_lie_in_order_in_any_text(text: str) -> None:
    at = 0
    for token in tokens(text):
        assert at <= token.start < token.end <= len(text)
        assert text[token.start : token.end] == token.surface
        at = token.start


@given(st.text(max_size=60))
def test_any_text_folds_alike_composed_and_decomposed(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_zero_width_characters_join_what_they_stand_between() -> None:
    assert terms("Rus\u200bsia") == ["russia"]
    assert [[token.term for token in group] for group in runs(tokens("북\u200b한 이"))] == [
        ["북", "한"],
        ["이"],
    ]


def test_runs_hold_neighbouring_characters_and_single_words() -> None:
    groups = [[token.term for token in group] for group in runs(tokens("G7정상 회담, 朝俄", "ko"))]

    assert groups == [["g7"], ["정", "상"], ["회", "담"], ["朝", "俄"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("one two", 2), ("朝俄关", 2), ("북한 회담", 2), ("DPRK와 북러", 3), ("...", 0)],
)
def test_words_are_counted_with_two_characters_a_word(text: str, words: int) -> None:
    assert count_words(text) == words


def test_stems_come_once_each_the_scripts_own_language_first() -> None:
    assert stems("organisation", ["fr", "de", "en"])[0] == terms("organisation", "en")[0]
    assert len(stems("organisation", ["fr", "en", "ru"])) == len(
        set(stems("organisation", ["fr", "en", "ru"]))
    )


def test_kinds_of_characters() -> None:
    assert [is_single(term) for term in ("朝", "북", "か", "r", "朝俄", "")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert [is_hangul(term) for term in ("북", "북한", "朝", "r")] == [True, True, False, False]


def test_a_lone_letter_of_a_hangul_syllable_is_folded_with_its_neighbours():
    assert fold("Ａᄀ") == "aᄀ"
    assert fold("가") == fold("\u1100\u1161")


@given(
    st.text(max_size=60) | st.text("aisк'’ 朝俄の북한ไ7\u200b\u0301Éﬁς", max_size=30),
    st.sampled_from(["en", "fr", "ru", "zh", "ja", None]),
)
def test_an_outline_is_what_the_tokens_say(text: str, language: str | None) -> None:
    found, read = tokens(text, language), outline(text, language)

    assert read.terms == [token.term for token in found]
    assert read.words == [token.word for token in found]
    runs_of_one = [group for group in runs(found) if group[0].single]
    assert [read.terms[first:behind] for first, behind in read.runs] == [
        [token.term for token in group] for group in runs_of_one
    ]
