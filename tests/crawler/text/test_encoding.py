import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.limits import PAGE_BYTES
from crawler.text.encoding import decode
from storage.errors import ParseError

TEXTS = {
    "ko": "두 나라는 석탄 무역을 확대하기로 합의하였다. 대표단은 월요일에 떠났다.",
    "zh": "两国同意扩大煤炭贸易。代表团星期一离开了首都。",
    "zh-tw": "兩國同意擴大煤炭貿易。代表團星期一離開了首都。",
    "ja": "両国は石炭の貿易を拡大することで合意した。代表団は月曜日に出発した。",
    "ru": "Две страны договорились расширить торговлю углём. Делегация уехала в понедельник.",
    "uk": "Дві країни домовилися розширити торгівлю вугіллям. Її делегація поїхала.",
    "el": "Οι δύο χώρες συμφώνησαν να διευρύνουν το εμπόριο άνθρακα.",
    "he": "שתי המדינות הסכימו להרחיב את הסחר בפחם.",
    "ar": "اتفق البلدان على توسيع التجارة في الفحم والحبوب.",
    "th": "ทั้งสองประเทศตกลงที่จะขยายการค้าถ่านหิน",
    "de": "Die Länder führen größere Gespräche über Öl und Kohle.",
    "fr": "Les deux pays élargissent leur commerce après l’été – « très tôt ».",
    "tr": "İki ülke kömür ticaretini genişletme kararı aldı; görüşme uzun sürdü, ışık söndü.",
    "pl": "Oba kraje uzgodniły, że rozszerzą handel węglem; żółty śnieg padał.",
    "cs": "Obě země se dohodly, že rozšíří obchod s uhlím; příliš žluťoučký kůň.",
}


def page(text: str, *, head: str = "") -> str:
    return f"<html><head>{head}<title>{text}</title></head><body><p>{text} </p></body></html>"


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("ko", "euc-kr"),
        ("zh", "gbk"),
        ("zh-tw", "big5"),
        ("ja", "shift_jis"),
        ("ja", "euc-jp"),
        ("ru", "cp1251"),
        ("ru", "koi8-r"),
        ("ru", "cp866"),
        ("uk", "cp1251"),
        ("uk", "koi8-u"),
        ("el", "cp1253"),
        ("he", "cp1255"),
        ("ar", "cp1256"),
        ("th", "tis-620"),
        ("de", "cp1252"),
        ("fr", "cp1252"),
        ("tr", "cp1254"),
        ("pl", "cp1250"),
        ("pl", "iso8859-2"),
        ("cs", "cp1250"),
    ],
)
class TestLegacyEncoding:
    def test_is_found_when_nothing_declares_it(self, language: str, encoding: str) -> None:
        text = page(TEXTS[language])

        assert decode(text.encode(encoding), "text/html") == text

    def test_is_found_when_the_header_says_utf_8(self, language: str, encoding: str) -> None:
        text = page(TEXTS[language])

        assert decode(text.encode(encoding), "text/html; charset=utf-8") == text

    def test_is_read_as_the_header_says(self, language: str, encoding: str) -> None:
        text = page(TEXTS[language])

        assert decode(text.encode(encoding), f"text/html; charset={encoding}") == text

    def test_is_read_as_meta_says_against_a_wrong_header(self, language: str, encoding: str) -> None:
        text = page(TEXTS[language], head=f'<meta charset="{encoding}">')

        assert decode(text.encode(encoding), "text/html; charset=utf-8") == text


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/html",
        "text/html; charset=iso-8859-1",
        "text/html; charset=gbk",
        "text/html; charset=utf8mb4_x",
    ],
)
def test_utf_8_is_read_whatever_is_declared(language: str, content_type: str) -> None:
    text = page(TEXTS[language])

    assert decode(text.encode(), content_type) == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_wide_encodings_are_read_with_and_without_a_mark(encoding: str) -> None:
    text = page(TEXTS["ru"])

    assert decode(text.encode(encoding), "text/html; charset=utf-8") == text


def test_meta_is_found_far_down() -> None:
    text = page(
        TEXTS["ko"], head=f"<script>{'x' * 50_000}</script><meta http-equiv=a content='b; charset=euc-kr'>"
    )

    assert decode(text.encode("euc-kr"), "text/html") == text


def test_xml_declaration_counts() -> None:
    text = f'<?xml version="1.0" encoding="shift_jis"?><html><p>{TEXTS["ja"]}</p></html>'

    assert decode(text.encode("shift_jis"), "") == text


@pytest.mark.parametrize(
    ("label", "encoding"),
    [("x-sjis", "shift_jis"), ("gb2312", "gb18030"), ("ks_c_5601-1987", "cp949"), ("x-x-big5", "big5")],
)
def test_labels_of_old_servers_are_known(label: str, encoding: str) -> None:
    text = page({"shift_jis": TEXTS["ja"], "cp949": "똠방각하와 펲시콜라"}.get(encoding, "朝鮮半島"))

    assert decode(text.encode(encoding), f"text/html; charset={label}") == text


def test_iso_2022_jp_is_read_though_it_is_ascii() -> None:
    text = page(TEXTS["ja"])

    assert decode(text.encode("iso2022_jp"), "text/html; charset=iso-2022-jp") == text


@pytest.mark.parametrize("label", ["rot13", "hex", "base64", "undefined", "idna", "no-such-thing", "\x00"])
def test_labels_that_are_no_text_encoding_are_ignored(label: str) -> None:
    text = page(TEXTS["ru"])

    assert decode(text.encode("cp1251"), f"text/html; charset={label}") == text


def test_curly_quotes_of_windows_in_a_page_that_says_utf_8_are_read() -> None:
    text = page("The leader’s “historic” visit – the agency said")

    assert decode(text.encode("cp1252"), "text/html; charset=utf-8") == text


def test_language_of_the_page_settles_latin_letters() -> None:
    text = '<html lang="hu"><p>Az őszi mezőgazdasági szövetség</p></html>'

    assert decode(text.encode("cp1250"), "") == text


def test_broken_bytes_in_utf_8_become_replacement_characters() -> None:
    body = page(TEXTS["ru"]).encode()

    assert decode(body.replace("расши".encode(), b"\xff"), "text/html") == page(TEXTS["ru"]).replace(
        "расши", "\ufffd"
    )


@pytest.mark.parametrize("layers", [1, 2])
def test_undeclared_gzip_is_unpacked(layers: int) -> None:
    body = page(TEXTS["ko"]).encode("euc-kr")
    for _ in range(layers):
        body = gzip.compress(body)

    assert decode(body + b"trailing garbage", "text/html") == page(TEXTS["ko"])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(b"<p>a</p>" * 100)[:30], "not_text"),
        (b"\x1f\x8b\x08 no gzip at all", "not_text"),
        (gzip.compress(gzip.compress(gzip.compress(b"<p>a</p>"))), "not_text"),
        (gzip.compress(b"a" * (PAGE_BYTES + 1)), "too_large"),
        (b"%PDF-1.7\n1 0 obj", "not_text"),
        (b"\n\n%PDF-1.7\n1 0 obj", "not_text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not_text"),
        (bytes(range(256)) * 40, "not_text"),
        (bytes(10_000), "not_text"),
    ],
    ids=["cut", "broken", "three-layers", "bomb", "pdf", "late-pdf", "png", "random", "nul"],
)
def test_what_is_no_text_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        decode(body, "text/html")

    assert caught.value.reason == reason


def test_stray_nul_does_not_make_a_page_binary() -> None:
    assert "a\x00b" in decode(b"<html><p>a\x00b</p>" + b"text " * 50 + b"</html>", "text/html")


@pytest.mark.parametrize("filler", [b"\xe9", b"<", b"<meta ", b"\xe9<", b"\xc3\xa9\xff"])
def test_megabytes_of_one_thing_are_read_in_time(filler: bytes) -> None:
    assert decode(filler * (2**21 // len(filler)), "text/html; charset=utf-8")


@given(st.binary(max_size=300), st.text(max_size=60))
def test_any_bytes_give_text_or_a_parse_error(body: bytes, content_type: str) -> None:
    try:
        text = decode(body, content_type)
    except ParseError:
        return
    text.encode()  # no lone surrogate: the database takes it


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"])))
def test_utf_8_comes_back(text: str) -> None:
    body = f"<p>{text}".encode()

    assert decode(body, "text/html; charset=utf-8") == f"<p>{text}"
