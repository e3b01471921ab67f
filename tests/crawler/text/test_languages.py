import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text import languages
from crawler.text.language_model import load_model
from crawler.text.languages import detect_language, hold_model, language_code

TEXTS = [
    ("en", "The leaders of both countries met on Monday and agreed to widen their trade in coal and grain."),
    (
        "de",
        "Die Außenminister der beiden Länder trafen sich am Montag und berieten über den Handel mit Kohle.",
    ),
    ("fr", "Les ministres des deux pays se sont rencontrés lundi afin de parler du commerce du charbon."),
    ("es", "Los ministros de los dos países se reunieron el lunes para hablar del comercio del carbón."),
    ("ru", "Министры двух стран встретились в понедельник и договорились расширить торговлю углём."),
    ("uk", "Міністри двох країн зустрілися в понеділок і домовилися розширити торгівлю вугіллям."),
    ("ar", "التقى وزراء البلدين يوم الاثنين واتفقوا على توسيع التجارة في الفحم والحبوب خلال العام المقبل."),
    ("ko", "두 나라 장관들은 월요일에 만나 석탄 무역을 확대하기로 합의하였다. UN 대표단도 참석하였다."),
    ("ja", "両国の大臣は月曜日に会談し、石炭の貿易を拡大することで合意した。"),
    ("zh", "两国部长星期一举行会晤，同意扩大煤炭贸易。"),
    ("ko", "북러 정상회담"),
    ("zh", "朝俄首脑会晤"),
    ("ja", "日朝の首脳会談"),
]


@pytest.mark.parametrize(("language", "text"), TEXTS, ids=[f"{code}-{len(text)}" for code, text in TEXTS])
def test_language_is_that_of_the_text_whatever_the_page_says(language: str, text: str) -> None:
    assert detect_language(text) == language
    assert detect_language(text, "tr") == language


# Headlines, about 40 characters each; and texts that letters alone decide.
SHORT = [
    ("ru", "В порту Халмара открыли новый причал"),
    ("ru", "Паром вернулся в порт после ремонта"),
    ("ru", "Уголь снова подешевел на бирже Острела"),
    ("ru", "Газ подорожал, но порт работает как надо"),
    ("ru", "Песни из фильма The Fools Who Dream снова звучат"),
    ("uk", "У порту відкрили новий причал для поромів"),
    ("uk", "Вугілля знову подешевшало на біржі"),
    ("be", "У порце адкрылі новы прычал для паромаў"),
    ("bg", "Корабът се върна в пристанището след ремонт"),
    ("bg", "Въглищата отново поевтиняха на борсата"),
    ("sr", "Брод се вратио у луку после поправке мотора"),
    ("mk", "Бродот се врати во пристаништето по поправката"),
    ("kk", "Порт жаңа айлақты ашты, кеме қайтып келді"),
    ("en", "Ferry returns to the harbour after repairs"),
    ("de", "Fähre kehrt nach Reparatur in den Hafen zurück"),
    ("fr", "Le ferry revient au port après les réparations"),
    ("es", "El transbordador vuelve al puerto tras la reparación"),
    ("pl", "Prom wraca do portu po naprawie silnika"),
    ("tr", "Feribot onarımın ardından limana geri döndü"),
    ("vi", "Chuyến phà trở lại cảng sau khi sửa chữa"),
    ("el", "Το πλοίο επέστρεψε"),
    ("he", "המעבורת חזרה לנמל"),
    ("th", "เรือกลับท่า"),
    ("ka", "გემი დაბრუნდა"),
    ("hy", "Նավը վերադարձավ"),
    ("ar", "عادت العبارة إلى الميناء بعد الإصلاح"),
    ("fa", "کشتی پس از تعمیر به بندر بازگشت و پهلو گرفت"),
    ("ur", "کشتی مرمت کے بعد بندرگاہ واپس آ گئی ہے"),
]


@pytest.mark.parametrize(("language", "text"), SHORT, ids=[text for _, text in SHORT])
def test_language_of_a_headline_is_known(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "Kim Jong Un", "12.5 % (+3)", "   "])
def test_short_text_has_the_hint_s_language_or_none(text: str) -> None:
    assert detect_language(text) is None
    assert detect_language(text, "en-US") == "en"


def test_short_text_in_letters_of_no_press_has_the_hint_s_language() -> None:
    assert detect_language("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "en") == "en"


def test_long_text_is_judged_among_all_languages_of_its_letters() -> None:
    assert (
        detect_language("The ministers met in the harbour and spoke of the ferries of the strait. " * 20)
        == "en"
    )


def test_hint_settles_an_unsure_guess() -> None:
    names = "Helsinki, Jakarta, Manila, Malmö, Praha, Oslo, Lima, Roma, Bern, Riga"

    assert detect_language(names, "fi") == "fi"


def test_languages_are_told_by_the_model_that_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two languages that it knows alone: no other model would take a French text for Spanish."""
    monkeypatch.setattr(languages._Model, "held", None)
    model = load_model(None)
    model.set_languages(["es", "ru"])

    hold_model(model)

    assert detect_language(dict(TEXTS)["fr"]) == "es"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("pt_BR", "pt"),
        ("ru_RU.UTF-8", "ru"),
        ("nb-NO", "no"),
        ("iw", "he"),
        ("", None),
        (None, None),
        ("english", None),
        ("x-default", None),
    ],
)
def test_language_tag_gives_its_code(name: str | None, code: str | None) -> None:
    assert language_code(name) == code


@given(st.text(), st.none() | st.text())
def test_any_text_and_hint_give_a_code_or_none(text: str, hint: str | None) -> None:
    found = detect_language(text, hint)

    assert found is None or (len(found) == 2 and found.islower())
