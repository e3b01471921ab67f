import pytest
from lxml.html import document_fromstring

from crawler.pages.authors import author_names, read_authors
from crawler.pages.json_ld import LinkedArticle
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


def test_a_text_without_blanks_is_read_in_time_that_grows_as_it_does():
    assert author_names(["By " + "x" * 200_000 + ", Mara Quill @m"]) == ("Mara Quill",)
