import pytest
from lxml.html import document_fromstring

from crawler.pages.authors import author_names, read_authors
from crawler.pages.json_ld import LinkedArticle
from crawler.pages.outlet_names import OutletNames
from crawler.pages.structured import PageFacts


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        (["Mara Quill"], ("Mara Quill",)),
        (["By Mara Quill and Tomas Reed"], ("Mara Quill", "Tomas Reed")),
        (["Von Karla Brandt, Jonas Weide und Ute Kern"], ("Karla Brandt", "Jonas Weide", "Ute Kern")),
        (["Par Léa Morin et Paul Roux"], ("Léa Morin", "Paul Roux")),
        (["Автор: Иван Петров"], ("Иван Петров",)),
        (["文／田中太郎"], ("田中太郎",)),
        (["Mara Quill", "mara quill", "MARA QUILL"], ("Mara Quill",)),
        (["<a href='/m'>Mara&nbsp;Quill</a>"], ("Mara Quill",)),
        (["Mara Quill\x07, Tomas\ud800 Reed"], ("Mara Quill", "Tomas Reed")),
        (["admin", "https://www.example.org/mara", "mara@ledger.example", "2026-03-02", "x", ""], ()),
        (["Mara Quill, PhD", "Editor"], ("Mara Quill",)),
        (["Andy Anderson"], ("Andy Anderson",)),
        (["N" * 200], ()),
        (["By Mara Quill, Senior Correspondent"], ("Mara Quill",)),
        (["Von Karla Brandt, Tamm"], ("Karla Brandt",)),
        (["Von Karla Brandt, dpa"], ("Karla Brandt", "dpa")),
        (["Quelle: dpa/sid"], ("dpa", "sid")),
        (["Foto: Karla Brandt", "Von Jonas Weide"], ("Jonas Weide",)),
        (["责编：李港、王桥"], ("李港", "王桥")),
        (["글: 정향항"], ("정향항",)),
        (["Harbour24 Newsroom"], ("Harbour24 Newsroom",)),
    ],
)
def test_names_are_taken_out_of_bylines(stated: list[str], names: tuple[str, ...]) -> None:
    assert author_names(stated) == names


def test_names_are_bounded() -> None:
    assert len(author_names(f"Name {letter}{other}" for letter in "abcdefgh" for other in "abcdefgh")) == 20


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ('<a rel="author" href="/m">Mara Quill</a><p class="byline">Other One</p>', ("Mara Quill",)),
        ('<span itemprop="author">Mara Quill</span>', ("Mara Quill",)),
        ('<div class="c-byline">By Mara Quill</div>', ("Mara Quill",)),
        ('<div class="author-bio">' + "A long life with many books and prizes. " * 9 + "</div>", ()),
        ("<p>Mara Quill</p>", ()),
        ('<ul class="metaAuthorList"><li><a>Mara Quill</a></li></ul>', ("Mara Quill",)),
        ('<p class="ArticleWriter">정향항</p>', ("정향항",)),
        (
            '<div class="byline"><span>Mara Quill</span> <span>Tomas Reed</span></div>',
            ("Mara Quill", "Tomas Reed"),
        ),
        (
            '<li><a class="person-link">Mara Quill,</a><a class="person-link">Tomas Reed</a></li>',
            ("Mara Quill", "Tomas Reed"),
        ),
        ('<div id=comments><b class="comment-author">Some Reader</b></div>', ()),
        ('<aside class=related><span class="author">Other One</span></aside>', ()),
        ('<div class="byline">ku Tamm</div>', ()),
    ],
)
def test_bylines_count_where_nothing_else_names_authors(body: str, names: tuple[str, ...]) -> None:
    tree = document_fromstring(f"<html><body>{body}</body></html>")

    assert read_authors(PageFacts(LinkedArticle()), tree) == names


def test_json_ld_goes_before_meta_elements() -> None:
    tree = document_fromstring('<html><body><a rel="author">Third Person</a></body></html>')

    assert read_authors(PageFacts(LinkedArticle(authors=("First One",)), authors=("Second One",)), tree) == (
        "First One",
    )
    assert read_authors(PageFacts(LinkedArticle(authors=("admin",)), authors=("Second One",)), tree) == (
        "Second One",
    )


@pytest.mark.parametrize(
    ("linked", "body", "names"),
    [
        (("Harbour Ledger",), '<p class="byline">By Mara Quill</p>', ("Mara Quill",)),
        (("Mara Quill", "Harbour Ledger"), "", ("Mara Quill",)),
        (("Harbour Ledger",), '<p class="byline">red</p>', ("Harbour Ledger",)),
        (("harbourledger.example",), '<p class="author">Quelle: dpa</p>', ("harbourledger.example",)),
        (("Harbour Ledger",), "", ("Harbour Ledger",)),
        (("Mara Quill", "dpa"), "", ("Mara Quill", "dpa")),
    ],
)
def test_outlet_is_author_where_nobody_else_is_named(
    linked: tuple[str, ...], body: str, names: tuple[str, ...]
) -> None:
    tree = document_fromstring(f"<html><body>{body}</body></html>")
    facts = PageFacts(LinkedArticle(authors=linked), site_name="Harbour Ledger")

    assert (
        read_authors(facts, tree, outlet=OutletNames([facts.site_name], "https://harbourledger.example/1"))
        == names
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("新华社平壤11月20日电（记者李港）列车已经开出。", ("李港",)),
        ("(서울=항만통신) 정향항 기자 = 렬차가 떠났다.", ("정향항",)),
        ("列车已经开出。\n(责编：李港、王桥)", ("李港", "王桥")),
        ("The trains have left.\nBy Mara Quill", ("Mara Quill",)),
        ("The trains have left. By Tamm they were late.", ()),
    ],
)
def test_names_in_the_text_count_last(text: str, names: tuple[str, ...]) -> None:
    tree = document_fromstring("<html><body></body></html>")

    assert read_authors(PageFacts(LinkedArticle()), tree, text=text) == names


def test_a_text_without_blanks_is_read_in_time_that_grows_as_it_does():
    assert author_names(["By " + "x" * 200_000 + ", Mara Quill @m"]) == ("Mara Quill",)
