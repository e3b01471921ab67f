"""Content-Encoding: bodies unpacked within bounds; a coding that was declared falsely is borne. Pure."""

import zlib
from collections.abc import Iterator, Sequence

from crawler import limits
from crawler.downloader.inline_data import InlineData
from storage.errors import ParseError

_GZIP = ("gzip", "x-gzip")
_GZIP_MAGIC = b"\x1f\x8b"
# Each piece copies what is left of the input, so pieces are not small.
_CHUNK_BYTES = 2**20
# Each member copies what is left, too: 64 of 16 MiB cost a fifth of a second, a million of empty ones would cost hours.
_MEMBERS = 64


def content_codings(headers: Sequence[str]) -> tuple[str, ...]:
    """The codings that Content-Encoding headers name, in the order in which they were applied, lower case.

    Words that name no coding (identity, utf-8, none) are left out: such bodies come as they are.
    """
    words = (word.strip().lower() for header in headers for word in header.split(","))
    return tuple(word for word in words if word in (*_GZIP, "deflate", "br", "zstd"))


def decode(body: bytes, codings: Sequence[str], max_bytes: int) -> tuple[bytes, bool]:
    """The plain body, and whether a named coding turned out not to be there (the body is then left as it is).

    Bytes behind the end of a compressed stream are left out.

    Raises:
        ParseError: ``truncated`` (the stream ends early), ``too_large`` (more than `max_bytes`), ``protocol``
            (damaged, a coding that was not asked for, or more codings than any honest server lays over one another).
    """
    if len(codings) > limits.CONTENT_CODINGS:
        raise ParseError("protocol", f"{len(codings)} content codings")
    lied = False
    for coding in reversed(codings):
        unpacked = _unpack(body, coding, max_bytes) if body else body
        lied = lied or unpacked is None
        body = body if unpacked is None else unpacked
    return body, lied


def _unpack(body: bytes, coding: str, max_bytes: int) -> bytes | None:
    """The body without one coding; None where it plainly never had it."""
    if coding not in (*_GZIP, "deflate"):
        raise ParseError("protocol", f"content coding {coding} was not asked for")
    if coding in _GZIP and not body.startswith(_GZIP_MAGIC):
        return None
    try:
        return _inflate(body, coding, max_bytes)
    except ParseError as error:
        # Raw deflate has no mark of its own, so only its failure shows that the body is text.
        is_text = coding == "deflate" and body.lstrip()[:1] in (b"<", b"{")
        if is_text and error.reason != "too_large":
            return None
        raise


def _inflate(body: bytes, coding: str, max_bytes: int) -> bytes:
    plain, pictures = bytearray(), InlineData()
    try:
        for piece in _members(body) if coding in _GZIP else _stream(_deflate_reader(body), body):
            plain += pictures.cut(piece)
            _check_size(plain, max_bytes)
        plain += pictures.end()
        _check_size(plain, max_bytes)
    except zlib.error as error:
        raise ParseError("protocol", f"damaged {coding}: {error}") from error
    return bytes(plain)


def _check_size(plain: bytearray, max_bytes: int) -> None:
    if len(plain) > max_bytes:
        raise ParseError("too_large", f"more than {max_bytes} bytes when unpacked")


def _members(body: bytes) -> Iterator[bytes]:
    """The gzip members of a body, one behind the other (RFC 1952 section 2.2), until something else follows."""
    for _ in range(_MEMBERS):
        reader = zlib.decompressobj(wbits=31)
        yield from _stream(reader, body)
        body = reader.unused_data
        if not body.startswith(_GZIP_MAGIC):
            return
    raise ParseError("protocol", f"more than {_MEMBERS} gzip members")


def _deflate_reader(body: bytes) -> "zlib._Decompress":
    """A reader for the zlib format or, as some servers send instead, raw deflate (RFC 9110 section 8.4.1.2)."""
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
    return zlib.decompressobj(wbits=15 if is_zlib else -15)


def _stream(reader: "zlib._Decompress", body: bytes) -> Iterator[bytes]:
    """The pieces of one compressed stream."""
    while not reader.eof:
        piece = reader.decompress(body, _CHUNK_BYTES)
        if not piece and not reader.unconsumed_tail and not reader.eof:
            raise ParseError("truncated", "the compressed body ends early")
        yield piece
        body = reader.unconsumed_tail
