"""Pages of articles out of a WARC file: those of some hosts, read as a stream, each record by itself."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.limits import PAGE_BYTES
from crawler.urls import clean_link
from scheduler.files.gzip_members import ByteStream, GzipMember, gzip_members
from storage.records.articles import Page

_RESPONSE = re.compile(rb"^WARC-Type:[ \t]*response[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(rb"^WARC-Target-URI:[ \t]*<?([^\r\n>]+)", re.IGNORECASE | re.MULTILINE)
_HTML = ("text/html", "application/xhtml+xml")
# The headers of a record stand beside its page.
_RECORD_BYTES = PAGE_BYTES + 65_536


@dataclass(frozen=True, slots=True)
class DamagedRecord:
    """A record that cannot be read."""

    number: int  # of the record in its file, counted from 1
    reason: str  # "cut", "corrupt", "too_large" or "bad_record"


def warc_pages(
    stream: ByteStream, is_wanted: Callable[[str], bool]
) -> Iterator[tuple[int, Page] | DamagedRecord]:
    """The HTML pages whose addresses *is_wanted* takes, with the numbers of their records; and what is damaged.

    *stream* is a file whose records are packed by gzip one by one, as the standard advises and Common Crawl does.
    """

    def is_page(head: bytes) -> bool:
        address = _ADDRESS.search(head)
        return bool(
            address and _RESPONSE.search(head) and is_wanted(address[1].decode("utf-8", "replace").strip())
        )

    for member in gzip_members(stream, is_page, most_bytes=_RECORD_BYTES):
        if member.damage is not None:
            yield DamagedRecord(member.number, member.damage)
            continue
        try:
            page = _page(member)
        except (ArchiveLoadFailed, ValueError, EOFError, OSError) as error:  # whatever stands in a record
            yield DamagedRecord(member.number, f"bad_record: {type(error).__name__}")
            continue
        if page is not None:
            yield member.number, page


def _page(member: GzipMember) -> Page | None:
    """The page of a record; None if it is no HTML page that was there."""
    record = next(iter(ArchiveIterator(io.BytesIO(member.data))))
    headers = record.http_headers
    if headers is None or headers.get_statuscode() != "200":
        return None
    content_type = headers.get_header("Content-Type") or ""
    if content_type and content_type.partition(";")[0].strip().lower() not in _HTML:
        return None
    stated = record.rec_headers.get_header("WARC-Target-URI") or ""
    url = clean_link(stated, stated)
    if url is None:
        return None
    at = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))
    return Page(url, record.content_stream().read(PAGE_BYTES), content_type, at)
