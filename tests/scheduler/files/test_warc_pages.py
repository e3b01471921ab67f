import gzip
import io
from datetime import UTC, datetime
from typing import Any

from scheduler.files.warc_pages import DamagedRecord, warc_pages
from tests.support.warc_files import record, warc

PAGE = b"<!doctype html><title>Ministers meet</title><p>They met.</p>"


def read(data: bytes) -> list[Any]:
    return list(warc_pages(io.BytesIO(data), lambda url: "//courier.example/" in url))


def test_pages_of_wanted_hosts_are_given_as_they_came():
    data = warc(
        [
            record("http://courier.example/1", b"", kind="request"),
            record("http://courier.example/1", PAGE),
            record("http://elsewhere.example/2", PAGE),
            record("http://courier.example/gone", PAGE, status="404 Not Found"),
            record("http://courier.example/photo", b"\xff\xd8", content_type="image/jpeg"),
            record("http://courier.example/plain", PAGE, content_type=""),
            record("mailto:desk@courier.example//courier.example/", PAGE),
        ]
    )
    (number, page), (_, plain) = read(data)

    assert number == 3  # behind the file's own record and the request
    assert (page.url, page.body, page.content_type) == (
        "http://courier.example/1", PAGE, "text/html; charset=utf-8",
    )  # fmt: skip
    assert page.fetched_at == datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
    assert plain.url == "http://courier.example/plain"


def test_what_cannot_be_read_is_told_and_the_rest_goes_on():
    whole = record("http://courier.example/1", PAGE)
    broken = bytearray(record("http://courier.example/2", PAGE * 50))
    broken[60:90] = b"\xff" * 30
    found = read(warc([bytes(broken), whole, record("http://courier.example/3", PAGE)[:-30]]))

    assert [one.reason for one in found if isinstance(one, DamagedRecord)] == ["corrupt", "cut"]
    assert [one[1].url for one in found if not isinstance(one, DamagedRecord)] == ["http://courier.example/1"]


def test_a_record_that_is_none_inside_is_told():
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://courier.example/1\r\n"
    nonsense = gzip.compress(
        head + b"WARC-Date: yesterday\r\nContent-Length: 20\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n\r\n"
    )
    (damaged,) = read(nonsense)

    assert damaged.reason.startswith("bad_record")
