"""Packed bodies come back whole, within their bound, or with the reason why not."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.downloader.codings import content_codings, decode
from storage.errors import ParseError

BINARY_PAGE = b"<html><title>Delegations meet</title>" + bytes(range(256)) * 40 + b"</html>"
LIMIT = 1_000_000


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def reason(body: bytes, *codings: str, max_bytes: int = LIMIT) -> str:
    with pytest.raises(ParseError) as caught:
        decode(body, codings, max_bytes)
    return caught.value.reason


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        pytest.param(BINARY_PAGE, (), id="plain"),
        pytest.param(gzip.compress(BINARY_PAGE), ("gzip",), id="gzip"),
        pytest.param(gzip.compress(BINARY_PAGE), ("x-gzip",), id="x-gzip"),
        pytest.param(gzip.compress(BINARY_PAGE) + b"garbage" * 9, ("gzip",), id="garbage behind the end"),
        pytest.param(
            gzip.compress(BINARY_PAGE[:99]) + gzip.compress(BINARY_PAGE[99:]), ("gzip",), id="two members"
        ),
        pytest.param(zlib.compress(BINARY_PAGE), ("deflate",), id="deflate as zlib"),
        pytest.param(raw_deflate(BINARY_PAGE), ("deflate",), id="deflate as raw"),
        pytest.param(gzip.compress(zlib.compress(BINARY_PAGE)), ("deflate", "gzip"), id="gzip over deflate"),
    ],
)
def test_plain_body_comes_back(body, codings):
    assert decode(body, codings, LIMIT) == (BINARY_PAGE, False)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_plain_page_under_a_declared_coding_is_taken_as_it_is(coding):
    assert decode(BINARY_PAGE, (coding,), LIMIT) == (BINARY_PAGE, True)


def test_empty_body_needs_no_stream():
    assert decode(b"", ("gzip",), LIMIT) == (b"", False)


@given(st.integers(2, len(gzip.compress(BINARY_PAGE)) - 1))
def test_gzip_cut_anywhere_is_an_error(length):
    assert reason(gzip.compress(BINARY_PAGE)[:length], "gzip") == "truncated"


@given(st.integers(1, len(zlib.compress(BINARY_PAGE)) - 1))
def test_deflate_cut_anywhere_is_an_error(length):
    assert reason(zlib.compress(BINARY_PAGE)[:length], "deflate") in {"truncated", "protocol"}


@given(st.binary(max_size=5_000))
def test_what_was_packed_comes_back(body):
    assert decode(gzip.compress(body), ("gzip",), LIMIT) == (body, False)


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        pytest.param(gzip.compress(bytes(LIMIT + 1)), ("gzip",), id="gzip"),
        pytest.param(gzip.compress(gzip.compress(bytes(LIMIT + 1))), ("gzip", "gzip"), id="gzip in gzip"),
        pytest.param(zlib.compress(bytes(LIMIT + 1)), ("deflate",), id="deflate"),
        pytest.param(gzip.compress(bytes(LIMIT)) + gzip.compress(b"1"), ("gzip",), id="second member"),
    ],
)
def test_more_than_the_bound_is_refused(body, codings):
    assert reason(body, *codings) == "too_large"


def test_the_bound_itself_is_allowed():
    assert len(decode(gzip.compress(bytes(LIMIT)), ("gzip",), LIMIT)[0]) == LIMIT


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        pytest.param(gzip.compress(BINARY_PAGE)[:200] + b"\0" * 99, ("gzip",), id="damaged"),
        pytest.param(b"\xff\xff\xff", ("deflate",), id="binary as deflate"),
        pytest.param(BINARY_PAGE, ("br",), id="not asked for"),
        pytest.param(BINARY_PAGE, ("gzip",) * 3, id="three codings"),
        pytest.param(gzip.compress(b"") * 70, ("gzip",), id="seventy members"),
    ],
)
def test_what_cannot_be_unpacked_is_an_error(body, codings):
    assert reason(body, *codings) == "protocol"


@pytest.mark.parametrize(
    ("headers", "codings"),
    [
        ([], ()),
        (["gzip"], ("gzip",)),
        (["GZIP, deflate", "br"], ("gzip", "deflate", "br")),
        (["identity", "utf-8", "none", ""], ()),
    ],
)
def test_codings_that_headers_name(headers, codings):
    assert content_codings(headers) == codings
