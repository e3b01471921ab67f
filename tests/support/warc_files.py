"""WARC files as Common Crawl makes them: each record packed by itself, requests beside responses."""

import gzip
import io
from collections.abc import Iterable

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HTML = "text/html; charset=utf-8"


def record(
    url: str, body: bytes, *, status: str = "200 OK", content_type: str = HTML, kind: str = "response"
) -> bytes:
    """One packed record."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    headers = StatusAndHeaders(status, [("Content-Type", content_type)], protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(
            url,
            kind,
            payload=io.BytesIO(body),
            length=len(body),
            http_headers=headers,
            warc_headers_dict={"WARC-Date": "2026-09-14T08:30:00Z"},
        )
    )
    return out.getvalue()


def info() -> bytes:
    """The packed record that such a file begins with."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    writer.write_record(writer.create_warcinfo_record("CC-NEWS.warc.gz", {"software": "made for a test"}))
    return out.getvalue()


def warc(records: Iterable[bytes]) -> bytes:
    """A file of packed records."""
    return info() + b"".join(records)


def paths(names: Iterable[str]) -> bytes:
    """The packed list of the files of a month."""
    return gzip.compress("".join(f"{name}\n" for name in names).encode())
