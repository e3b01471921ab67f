"""Kept pages as a WARC file (ISO 28500), which archives and their tools read; the one place that knows warcio."""

import io
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import BinaryIO

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from storage.articles.exports import ExportedArticle
from storage.articles.kept_pages import KeptPage

# Records of the same page get the same number in every file, so that two exports can be told to be of one page.
_NAMESPACE = uuid.UUID("f6b0ad0c-3c5a-4a0b-9d37-51ad1d0c3a9e")
_REASONS = {200: "OK"}


def write_warc(
    pages: Iterable[tuple[KeptPage, ExportedArticle]],
    out: BinaryIO,
    *,
    name: str,
    software: str,
    now: datetime,
) -> int:
    """Write a warcinfo record, and for each page its response and a metadata record; how many pages.

    The response has the bytes and headers as they were kept, with their digests; the metadata record, in JSON, says
    which article was read from it. *name* is that of the file.
    """
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    writer.write_record(
        writer.create_warcinfo_record(
            name,
            {
                "software": software,
                "format": "WARC File Format 1.1",
                "created": _moment(now),
                "description": "pages that articles were read from, as kept by seedwatch; see its docs/stories.md",
            },
        )
    )
    number = 0
    for page, article in pages:
        response = _response(writer, page)
        writer.write_record(response)
        writer.write_record(_metadata(writer, page, article, response))
        number += 1
    return number


def _response(writer: WARCWriter, page: KeptPage) -> ArcWarcRecord:
    status = f"{page.status} {_REASONS.get(page.status, '')}".rstrip()
    # Warcio reads a body by its headers; one whose chunks were put together must not be called chunked.
    headers = [(key, value) for key, value in page.headers if key.lower() != "transfer-encoding"]
    return writer.create_warc_record(
        page.url,
        "response",
        payload=io.BytesIO(page.body),
        length=len(page.body),
        http_headers=StatusAndHeaders(status, headers, protocol=page.http_version),
        warc_headers_dict={
            "WARC-Record-ID": _record_id("response", page),
            "WARC-Date": _moment(page.fetched_at),
        },
    )


def _metadata(
    writer: WARCWriter, page: KeptPage, article: ExportedArticle, response: ArcWarcRecord
) -> ArcWarcRecord:
    facts = {
        "article": article.id,
        "title": article.title,
        "source": article.source,
        "asked-for": page.asked_url,
        "sha256": page.sha256,
        "topics": [match.topic for match in article.matches],
    }
    body = json.dumps(facts, ensure_ascii=False, indent=1).encode()
    return writer.create_warc_record(
        page.url,
        "metadata",
        payload=io.BytesIO(body),
        length=len(body),
        warc_content_type="application/json",
        warc_headers_dict={
            "WARC-Record-ID": _record_id("metadata", page),
            "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
            "WARC-Date": _moment(page.fetched_at),
        },
    )


def _record_id(kind: str, page: KeptPage) -> str:
    known = f"{kind} {page.id} {page.url} {page.sha256} {_moment(page.fetched_at)}"
    return f"<urn:uuid:{uuid.uuid5(_NAMESPACE, known)}>"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
