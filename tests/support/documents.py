"""Small PDF and Word documents, made here: sound ones, and some that are made to harm."""

import zlib
from collections.abc import Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document
from pypdf import PdfReader, PdfWriter

TITLE = "Ministers of two shores sign the strait treaty"
LINES = (
    "The transport ministers of Halmar and Osterby signed the treaty in the harbour on Monday.",
    "The tunnel under the strait is to be dug from both shores in six years.",
)


def pdf(*lines: str, page: str = "") -> bytes:
    """A PDF of one page with *lines* of Latin letters, or with *page* as the dictionary of its page."""
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    return pdf_of(f"BT /F1 12 Tf 50 780 Td {shown} ET".encode(), page=page)


def pdf_of(stream: bytes, *, page: str = "", coding: str = "") -> bytes:
    """A PDF whose only page shows *stream*."""
    font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (page or f"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 {font}>>>>>>").encode(),
        b"<</Length %d%s>>stream\n%s\nendstream" % (len(stream), coding.encode(), stream),
    ]
    return _pdf(objects)


def _pdf(objects: Sequence[bytes]) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(body))
    return body + head + table + tail


def locked_pdf(password: str) -> bytes:
    """A PDF that opens with *password*; with the empty one it opens for everybody."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf(TITLE, *LINES))))
    writer.encrypt(password, owner_password="of the owner", algorithm="RC4-128")
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def word(*lines: str, cells: Sequence[str] = ()) -> bytes:
    """A Word document of paragraphs, and of a table with one row."""
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    if cells:
        row = document.add_table(rows=1, cols=len(cells)).rows[0]
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def word_with(part: str, content: bytes) -> bytes:
    """A Word document with *content* in the place of one of its parts."""
    written = BytesIO()
    with ZipFile(BytesIO(word(TITLE, *LINES))) as sound, ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name in sound.namelist():
            archive.writestr(name, content if name == part else sound.read(name))
    return written.getvalue()


def pdf_bomb() -> bytes:
    """A PDF of half a megabyte whose page unpacks to 500."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(500)) + packer.flush()
    return pdf_of(packed, coding="/Filter/FlateDecode")
