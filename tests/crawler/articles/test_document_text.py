"""The text of PDF and Word documents, and what is said of those that have none."""

import pytest

from crawler.articles.document_text import UNPACKED_BYTES, document_text, is_document
from storage.errors import ParseError
from tests.support.documents import LINES, TITLE, locked_pdf, pdf, word, word_with

MORE = b'<!DOCTYPE a [<!ENTITY b "%s"><!ENTITY c "&b;&b;">]><w:document>&c;</w:document>' % (b"c" * 1000)


def test_a_pdf_is_read_line_by_line_and_broken_words_are_joined() -> None:
    assert document_text("a.pdf", pdf(TITLE, "The tun-", "nel is long.")) == f"{TITLE}\nThe tunnel is long."


@pytest.mark.parametrize("name", ["a.docx", "A.DOCX"])
def test_a_word_document_is_read_with_its_tables(name) -> None:
    text = document_text(name, word(TITLE, "", *LINES, cells=["tunnel", "six years"]))

    assert text.split("\n\n") == [TITLE, *LINES, "tunnel", "six years"]


def test_a_pdf_that_opens_for_everybody_is_read() -> None:
    assert TITLE in document_text("a.pdf", locked_pdf(""))


@pytest.mark.parametrize(
    ("name", "made", "reason"),
    [
        ("a.pdf", lambda: b"%PDF-1.7", "damaged"),
        ("a.pdf", lambda: b"", "damaged"),
        ("a.pdf", lambda: pdf(), "no_text"),
        ("a.pdf", lambda: pdf(TITLE)[:200], "damaged"),
        ("a.pdf", lambda: locked_pdf("secret"), "encrypted"),
        ("a.docx", lambda: b"PK\x03\x04", "damaged"),
        ("a.docx", lambda: word(TITLE)[:500], "damaged"),
        ("a.docx", lambda: word(), "no_text"),
        ("a.docx", lambda: word_with("word/document.xml", b"<a>"), "damaged"),
        ("a.docx", lambda: word_with("word/document.xml", MORE), "damaged"),
        ("a.docx", lambda: word_with("word/styles.xml", b" " * (UNPACKED_BYTES + 1)), "too_large"),
        ("a.doc", lambda: b"\xd0\xcf\x11\xe0", "unknown_kind"),
    ],
)
def test_a_document_without_text_is_refused_by_name(name, made, reason) -> None:
    with pytest.raises(ParseError) as caught:
        document_text(name, made())

    assert caught.value.reason == reason
    assert str(caught.value).startswith(f"{name}: ")


def test_documents_are_known_by_their_suffix() -> None:
    assert [is_document(name) for name in ("a.pdf", "b.DOCX", "c.txt", "pdf")] == [True, True, False, False]


def test_a_word_document_that_is_locked_is_refused() -> None:
    body = bytearray(word(TITLE))
    central = body.rindex(b"PK\x01\x02")
    body[central + 8] |= 1  # the flag of the last part that says it is encrypted

    with pytest.raises(ParseError, match="password"):
        document_text("a.docx", bytes(body))


def test_a_long_pdf_is_read_as_far_as_an_article_goes(monkeypatch) -> None:
    monkeypatch.setattr("crawler.articles.document_text.PAGES", 0)

    with pytest.raises(ParseError, match="no text"):
        document_text("a.pdf", pdf(TITLE))
