"""Documents are read in a process of their own: what harms or hangs it is refused in bounded time."""

import time

import pytest

from crawler.limits import PAGE_BYTES
from scheduler.files.documents import TIMEOUT_S, read_document
from storage.errors import ParseError
from tests.support.documents import LINES, TITLE, pdf, pdf_bomb, word, word_with

LOOP = "<</Type/Pages/Parent 2 0 R/Kids[2 0 R 3 0 R]/Count 9>>"
# Each entity stands for ten of the one before: 10 to the 9th letters.
NESTED = b"".join(b'<!ENTITY e%d "%s">' % (number, b"&e%d;" % (number - 1) * 10) for number in range(1, 10))
ENTITIES = b'<!DOCTYPE d [<!ENTITY e0 "a">%s]><d>&e9;</d>' % NESTED


@pytest.mark.parametrize(("name", "made"), [("a.pdf", pdf), ("a.docx", word)])
def test_text_comes_from_the_other_process(name, made) -> None:
    assert read_document(name, made(TITLE, *LINES)).split() == " ".join([TITLE, *LINES]).split()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("a.pdf", lambda: pdf(TITLE, page=LOOP)),
        ("a.pdf", pdf_bomb),
        ("a.pdf", lambda: b"%PDF-1.4\n1 0 obj\n" + b"[" * 200_000),
        ("a.docx", lambda: word_with("word/document.xml", ENTITIES)),
        ("a.docx", lambda: word_with("word/document.xml", b"<a>" * 200_000)),
        ("a.pdf", lambda: b"%PDF" + b" " * PAGE_BYTES),
    ],
    ids=["loop", "bomb", "nested", "entities", "deep", "large"],
)
def test_what_is_made_to_harm_is_refused_in_bounded_time(name, made) -> None:
    body = made()
    before = time.monotonic()

    with pytest.raises(ParseError) as caught:
        read_document(name, body)

    assert str(caught.value).startswith(f"{name}: ")
    assert time.monotonic() - before < TIMEOUT_S + 10


def test_a_document_that_takes_too_long_is_ended() -> None:
    with pytest.raises(ParseError, match="not read after") as caught:
        read_document("a.pdf", pdf(TITLE), timeout_s=0.01)

    assert caught.value.reason == "time_limit"
