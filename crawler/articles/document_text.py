"""The text of PDF and Word documents, as lines. Pure.

Its readers meet files that are broken or made to harm: call it in a process that may be ended (scheduler/files).
"""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from crawler.limits import PAGE_BYTES, TEXT_CHARACTERS
from storage.errors import ParseError

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

# A seed is an article: what stands behind so many pages is none of it.
PAGES = 100
# Of a Word document, unpacked: a few kilobytes can unpack to gigabytes.
UNPACKED_BYTES = 4 * PAGE_BYTES
# A word that a line of a PDF breaks.
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\n(?=[^\W\d_])")


def document_text(name: str, body: bytes) -> str:
    """The text of the document *name*, whose suffix says what it is; paragraphs in lines.

    Raises:
        ParseError: ``unknown_kind``, ``encrypted``, ``too_large``, ``damaged``, or ``no_text`` (a scan). The message
            names the file.
    """
    read = _READERS.get(_suffix(name))
    if read is None:
        raise ParseError("unknown_kind", f"{name}: a document is a file that ends in {', '.join(_READERS)}")
    try:
        text = read(name, body)
    except ParseError:
        raise
    # Both libraries let errors of every kind through where a file is broken.
    except Exception as error:
        raise ParseError("damaged", f"{name}: it cannot be read: {error}") from error
    if not text.strip():
        raise ParseError("no_text", f"{name}: there is no text in it; is it a scan?")
    return text.strip()[: 2 * TEXT_CHARACTERS]


def is_document(name: str) -> bool:
    """Whether *name* is that of a document."""
    return _suffix(name) in _READERS


def _suffix(name: str) -> str:
    """The end of *name* from its last dot on, in lower case; "" if it has none."""
    return name[name.rfind(".") :].lower() if "." in name else ""


def _read_pdf(name: str, body: bytes) -> str:
    from pypdf import PdfReader  # most seeds are texts

    reader = PdfReader(BytesIO(body))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ParseError("encrypted", f"{name}: it opens with a password only")
    pages: list[str] = []
    for number, page in enumerate(reader.pages):
        if number >= PAGES or sum(map(len, pages)) > TEXT_CHARACTERS:
            break
        pages.append(page.extract_text())
    return _BROKEN_WORD.sub("", "\n".join(pages))


def _read_word(name: str, body: bytes) -> str:
    from docx import Document  # as above

    try:
        with ZipFile(BytesIO(body)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            encrypted = any(part.flag_bits & 1 for part in archive.infolist())
    except BadZipFile as error:
        # A document with a password is no zip archive, and an old .doc with another name is none either.
        raise ParseError("damaged", f"{name}: it is no Word document, or has a password") from error
    if encrypted:
        raise ParseError("encrypted", f"{name}: it opens with a password only")
    if unpacked > UNPACKED_BYTES:
        raise ParseError("too_large", f"{name}: unpacked it has more than {UNPACKED_BYTES:,} bytes")
    return "\n\n".join(_word_lines(Document(BytesIO(body))))


def _word_lines(document: "WordDocument") -> Iterator[str]:
    """Paragraphs and the cells of tables, in their order."""
    from docx.table import Table

    for part in document.iter_inner_content():
        if isinstance(part, Table):
            yield from (
                cell.text for row in part.rows for cell in dict.fromkeys(row.cells) if cell.text.strip()
            )
        elif part.text.strip():
            yield part.text


_READERS: dict[str, Callable[[str, bytes], str]] = {".pdf": _read_pdf, ".docx": _read_word}
