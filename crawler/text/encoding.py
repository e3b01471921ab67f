"""Bytes of a page into text: what is declared, unless the bytes say otherwise. Pure.

Valid UTF-8 is UTF-8, whatever is declared: text in another encoding is practically never valid by chance. Else each
declared encoding is tried, and the one that reads with the fewest odd characters wins (U+FFFD, controls, letters
that no press writes side by side). Encodings that are not declared are tried only when all that are read badly.
"""

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator

from crawler.limits import PAGE_BYTES
from storage.errors import ParseError

# The WHATWG Encoding Standard reads these labels as their supersets, as browsers do; so do we.
_SUPERSETS = {
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "cp949": "cp949",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "johab": "cp949",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
# Labels that Python does not know.
_LABELS = {
    "euckr": "euc_kr",
    "gb_2312-80": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "unicode": "utf-16",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "x-windows-949": "cp949",
    "x-x-big5": "big5hkscs",
}
# Encodings in which the press has published, tried in this order; of two that read equally well, the first wins.
# Korean before Chinese: each Hangul pair is also a frequent Chinese character, but not the other way round.
_PRESS = (
    "cp949",
    "gb18030",
    "big5hkscs",
    "euc_jp",
    "cp932",
    "cp1252",
    "cp1254",
    "cp1250",
    "iso8859_2",
    "cp1251",
    "cp1255",
    "cp1253",
    "koi8_u",
    "cp866",
    "cp1256",
    "cp874",
)
# What a page's own lang attribute says about bytes that several Latin encodings read without oddities.
_BY_LANGUAGE = {
    "cs": "cp1250",
    "hu": "cp1250",
    "pl": "cp1250",
    "ro": "cp1250",
    "sk": "cp1250",
    "sl": "cp1250",
    "tr": "cp1254",
    "vi": "cp1258",
}
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<meta\b[^<>]{0,300}?\bcharset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE
)
_XML_CHARSET = re.compile(rb"^\s{0,20}<\?xml\b[^<>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})")
_HTML_LANGUAGE = re.compile(rb"<html\b[^<>]{0,400}?\blang\s*=\s*[\"']?([A-Za-z]{2})", re.IGNORECASE)
# Late declarations exist (below long inline scripts); browsers look at 1,024 bytes only.
_DECLARATION_BYTES = 200_000

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY_STARTS = (
    b"%PDF",
    b"\x1f\x8b",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"RIFF",
    b"\xd0\xcf\x11\xe0",
    b"\x7fELF",
    b"OggS",
    b"ID3",
    b"\x00\x00\x00\x18ftyp",
    b"\x00\x00\x00\x20ftyp",
    b"\x28\xb5\x2f\xfd",
)
_MARKUP_BYTES = 24
_CONTROLS = bytes({*range(9), *range(14, 32)} - {0x1B})
_LOOK_BYTES = 8_192
# A stray NUL or two occurs in real pages; random bytes have 11 % controls.
_BINARY_SHARE = 0.02
# A page in a gzip in a gzip exists (misconfigured caches); a third layer is a bomb.
_GZIP_LAYERS = 2

_SAMPLE_BYTES = 6_000
# Shares of odd characters up to which a declared encoding is taken without looking further.
_GOOD_SHARE = 0.05

# An encoding that is not declared must be better by this share than the one that is.
_CLEARLY_LESS = 0.2

_HIGH = bytes(range(128, 256))
_UTF8_SEQUENCE = re.compile(
    rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})(?![\x80-\xbf])"
)
_TAG = re.compile(rb"<[^<>]{0,2000}>")
# Each match is one oddity. They are what reading with the wrong table makes, and what no press writes.
_ODD = re.compile(
    "[\ufffd\u0080-\u009f\ue000-\uf8ff\ufff0-\uffff]"  # no character, control, private use
    "|[\uff61-\uff9f]"  # half-width katakana: any high byte, read as Shift_JIS
    "|[a-zà-öø-ÿа-яёα-ω][À-ÖØ-ÞА-ЯЁΑ-Ω]"  # case that flips within a word
    "|(?<=[^\\W\\d_])[\u00a1-\u00b6\u00b8-\u00bf\u00d7\u00f7](?=[^\\W\\d_])"  # a sign within a word
    "|[ÃÂâÄÅÐÑØÙÎÏã][\u00a0-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u20ac\u2122]"
    "|[ðþÐÞ]"  # Icelandic only; Turkish letters under windows-1252
    "|[А-яЁё][\u0400\u0402-\u040f\u0450\u0452\u0453\u0455\u0458-\u045f\u2500-\u259f]"
    "|[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e](?<![\u0e01-\u0e2e\u0e31-\u0e4e].)"  # a Thai mark on no consonant
    "|[\u2500-\u259f]"  # line drawing
    "|\\b[ъыьЪЬ]|\\Bъ\\b"  # no word begins or ends so
    "|[\u05b0-\u05c4\u05f0-\u05f4]"  # Hebrew points and Yiddish pairs, unknown to the press
    "|[^\\W\\d_][¢¤¦¬¯±³¶¸¹¼¾]|[¢¤¦¬¯±³¶¸¹¼¾][^\\W\\d_]"  # a sign that touches no word
    "|[a-zA-ZÀ-ɏ][\u0370-\u06ff\u0e00-\u0e7f]|[\u0370-\u06ff\u0e00-\u0e7f][a-zA-ZÀ-ɏ]"  # scripts mixed in a word
    "|[\u200b-\u200f]"
)
_LATIN_RUN = re.compile("[\u00a1-\u024f]{4,}")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_KANA = re.compile("[\u3041-\u30fe]")


def decode(body: bytes, content_type: str) -> str:
    """The text of *body*, without a byte order mark; undecodable bytes become U+FFFD.

    *content_type* is the header, "" if none. A gzip body that nothing declared is unpacked.

    Raises:
        ParseError: ``not_text`` for binary data and broken gzip; ``too_large`` if it unpacks to more than
            `limits.PAGE_BYTES`.
    """
    body = _unpacked(body)
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    wide = _unmarked_utf16(body)
    if wide:
        return body.decode(wide, "replace")
    _refuse_binary(body)
    # Seven bits, so it is valid UTF-8 too.
    if b"\x1b$" in body and "iso2022_jp" in _declared(body, content_type):
        return body.decode("iso2022_jp", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode(_best_encoding(body, list(_declared(body, content_type))), "replace")


def _unpacked(body: bytes) -> bytes:
    for _ in range(_GZIP_LAYERS):
        if not body.startswith(b"\x1f\x8b\x08"):
            return body
        body = _gunzip(body)
    return body


def _gunzip(body: bytes) -> bytes:
    """The first gzip member of *body*; what follows it is ignored."""
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, PAGE_BYTES + 1)
    except zlib.error as error:
        raise ParseError("not_text", f"the page is gzip data that cannot be unpacked: {error}") from error
    if len(plain) > PAGE_BYTES:
        raise ParseError("too_large", f"the page unpacks to more than {PAGE_BYTES:,} bytes")
    if not stream.eof:
        raise ParseError("not_text", "the page is gzip data that ends in the middle")
    return plain


def _unmarked_utf16(body: bytes) -> str | None:
    """UTF-16 without a mark, told by the NUL in every other byte of ASCII markup."""
    head = body[:_MARKUP_BYTES]
    if len(head) < _MARKUP_BYTES:
        return None
    if not any(head[1::2]) and all(head[0::2]):
        return "utf-16-le"
    if not any(head[0::2]) and all(head[1::2]):
        return "utf-16-be"
    return None


def _refuse_binary(body: bytes) -> None:
    head = body[:_LOOK_BYTES]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if head.lstrip()[:16].startswith(_BINARY_STARTS) or controls > max(2, _BINARY_SHARE * len(head)):
        raise ParseError("not_text", "the page is binary data (a PDF, picture or archive), no text")


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    """The encodings that header, XML declaration and meta elements name and Python knows, in this order."""
    labels = [match[1] for match in _HEADER_CHARSET.finditer(content_type[:1_000])]
    head = body[:_DECLARATION_BYTES]
    labels += [match[1].decode("ascii") for match in _XML_CHARSET.finditer(head)]
    labels += [match[1].decode("ascii") for match in _META_CHARSET.finditer(head)]
    yield from dict.fromkeys(name for name in map(_known_encoding, labels) if name)


def _known_encoding(label: str) -> str | None:
    label = label.lower()
    try:
        name = codecs.lookup(_LABELS.get(label, label)).name
        b"a".decode(name, "replace")  # codecs that are no text encodings ("rot13", "hex") refuse here
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(name, name)


def _best_encoding(body: bytes, declared: list[str]) -> str:
    """The encoding that reads a sample of *body*, which is no valid UTF-8, with the fewest oddities."""
    sample = _sample(body)
    choice = _least_odd(sample, declared)
    if choice and choice[0] <= _GOOD_SHARE:
        return choice[1]
    if _is_damaged_utf8(sample):
        return "utf-8"
    language = _HTML_LANGUAGE.search(body[:_LOOK_BYTES])
    own = _BY_LANGUAGE.get(language[1].decode("ascii").lower()) if language else None
    tried = dict.fromkeys([*declared, "utf-8", *([own] if own else []), *_PRESS])
    best = _least_odd(sample, tried)
    if choice and best and choice[0] - best[0] < _CLEARLY_LESS:
        return choice[1]
    return best[1] if best else "utf-8"


def _is_damaged_utf8(sample: bytes) -> bool:
    """Whether most bytes beyond ASCII form characters of UTF-8, which chance gives to about a third."""
    formed = sum(len(found) for found in _UTF8_SEQUENCE.findall(sample))
    return 2 * formed > len(sample) - len(sample.translate(None, _HIGH)) > 0


def _least_odd(sample: bytes, names: Iterable[str]) -> tuple[float, str] | None:
    """Share of oddities and name of the best of *names*, the first of equals; None without names."""
    scored = [(_oddness(sample.decode(name, "replace")), name) for name in names]
    return min(scored, key=lambda pair: pair[0], default=None)


def _sample(body: bytes) -> bytes:
    """Text of *body* around its first bytes beyond ASCII, without tags; a line is never cut."""
    pieces, size = [], 0
    for line in _TAG.sub(b"\n", body[: PAGE_BYTES // 8]).split(b"\n"):
        if line.isascii():
            continue
        pieces.append(line)
        size += len(line)
        if size > _SAMPLE_BYTES:
            break
    return b"\n".join(pieces)[: 4 * _SAMPLE_BYTES]


def _oddness(text: str) -> float:
    """Share (0 to about 2) of the characters of *text* beyond ASCII that a wrong reading would explain better."""
    beyond = sum(1 for character in text if character > "\x7f")
    if not beyond:
        return 0.0
    odd = len(_ODD.findall(text)) + text.count("\ufffd")
    odd += sum(len(run) for run in _LATIN_RUN.findall(text))
    odd += sum(1 for character in _HANGUL.findall(text) if not _is_level_one(character, "euc_kr", 0xC8))
    return (odd + _odd_han(text)) / beyond


def _odd_han(text: str) -> int:
    """How many Han characters of *text* are rare in the language that its other characters show."""
    han = _HAN.findall(text)
    if not han:
        return 0
    if len(_HANGUL.findall(text)) > len(han) / 4:
        return len(han)
    if len(_KANA.findall(text)) > len(han) / 8:
        return sum(1 for character in han if not _is_level_one(character, "euc_jp", 0xCF))
    # A text is written in simplified or in traditional characters.
    simplified = sum(1 for character in han if not _is_level_one(character, "gb2312", 0xD7))
    traditional = sum(1 for character in han if not _is_level_one(character, "big5", 0xC6))
    return min(simplified, traditional)


def _is_level_one(character: str, table: str, last_lead: int) -> bool:
    """Whether *character* stands in the part of *table* that holds the frequent characters."""
    code = character.encode(table, "ignore")
    return len(code) == 2 and code[0] <= last_lead
