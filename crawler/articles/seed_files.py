"""Seed files into articles: plain text, Markdown, HTML, JSON and JSON Lines. Pure."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from urllib.parse import urlsplit

from crawler.limits import PAGE_BYTES, TEXT_CHARACTERS, TITLE_CHARACTERS
from crawler.pages.authors import author_names
from crawler.pages.extract import extract_article
from crawler.pages.outlet_names import is_same_title
from crawler.text.dates import read_date, unread_date
from crawler.text.encoding import decode
from crawler.text.languages import detect_language, language_code
from crawler.text.storable import storable, storable_line
from storage.analyser import count_words
from storage.errors import ParseError
from storage.records.articles import Article, Page, Rejection, StatedDate

# A longer first line is a paragraph: the file has no title.
_TITLE_LINE_CHARACTERS = 250
_DATE_LINE_CHARACTERS = 80
_DATE_LINE_WORDS = 10
# "22 августа 2023 г." and "3:05 p.m." end no sentence.
_SENTENCE_END = re.compile(r"(?:[^\W\d_]{3,}[.!?]|[。！？])$")
# The date stands among the lines right below the title, perhaps after a byline and the outlet's name.
_DATE_LINES = 4
_FOOTER_LINES = 4
_FOOTER_CHARACTERS = 200
# A text whose lines are all about this long was wrapped by an editor; its paragraphs are put together again.
_WRAPPED_CHARACTERS = range(50, 101)

_FOOTER = re.compile(
    r"©|\(c\)\s*(?:19|20)\d\d|copyright|all rights reserved|все права защищены|저작권|版权所有|版權所有", re.I
)
_HOST = re.compile(r"(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24})(?![\w.-])", re.IGNORECASE)
_URL_LINE = re.compile(
    r"(?:(?:url|link|source|from|source url|адрес|출처|来源)\s*[:：]\s*)?(https?://\S+)", re.IGNORECASE
)
_FIELD = re.compile(r"([A-Za-z_][\w -]{0,40}?)\s*:\s*(.*)")
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
_MARKS = re.compile(
    r"^\s{0,3}(?:#{1,6}\s+|>\s?|[-*+]\s+)|(?<!\w)(?:\*{1,3}|_{1,3}|`)(?=\S)|(?<=\S)(?:\*{1,3}|`)(?!\w)"
)
_SINGLES = re.compile("[\u3040-\u9fff\uff00-\uffef]")

# The names under which files state a field, the usual one first.
_NAMES = {
    "title": ("title", "headline", "name"),
    "text": ("text", "body", "content", "articleBody", "maintext"),
    "published": ("published", "published_at", "date", "datePublished", "publish_date", "publishing_date"),
    "modified": ("modified", "modified_at", "updated", "dateModified"),
    "url": ("url", "link", "canonical_url"),
    "language": ("language", "lang", "inLanguage"),
    "authors": ("authors", "author", "byline"),
    "section": ("section", "category"),
}
Fields = Mapping[str, object]


def parse_seed(name: str, body: bytes, *, now: datetime) -> list[Article]:
    """The articles of the seed file *name* in its order, at least one; only a JSON file has several.

    *name* decides by its suffix how *body* is read. A title, date, address, copyright line or front matter of a text is
    taken out of it. *now* bounds the dates.

    Raises:
        ParseError: ``empty``, ``too_large``, ``not_text``, ``unknown_kind`` (another suffix), ``bad_json``,
            ``no_text``, and the reasons of `storage.records.articles.Rejection` for HTML. The message names the file.
    """
    read = _READERS.get(PurePath(name).suffix.lower())
    if read is None:
        raise ParseError("unknown_kind", f"{name}: a seed is a file that ends in {', '.join(_READERS)}")
    if not body.strip():
        raise ParseError("empty", f"{name}: the file is empty")
    if len(body) > PAGE_BYTES:
        raise ParseError("too_large", f"{name}: the file has more than {PAGE_BYTES:,} bytes")
    return read(name, body, now)


def parse_document(name: str, text: str, *, now: datetime) -> list[Article]:
    """The one article of a document's *text*, as of a text file; raises ParseError if there is none below the title."""
    return [_from_text(name, storable(text), {}, now)]


def _read_text(name: str, body: bytes, now: datetime) -> list[Article]:
    return [_from_text(name, _text(name, body), {}, now)]


def _read_markdown(name: str, body: bytes, now: datetime) -> list[Article]:
    fields, text = _front_matter(_text(name, body))
    return [_from_text(name, "\n".join(_plain(line) for line in text.splitlines()), fields, now)]


def _read_html(name: str, body: bytes, now: datetime) -> list[Article]:
    article = extract_article(Page("", body, "text/html", now), None, timezone=None, language=None)
    if isinstance(article, Rejection):
        raise ParseError(
            article.reason, f"{name}: no article in the file ({article.reason}: {article.detail})"
        )
    url = article.canonical_url
    return [replace(article, url=url, outlet_host=_host(url), title=article.title or _name_title(name))]


def _read_json(name: str, body: bytes, now: datetime) -> list[Article]:
    document = _loaded(name, _text(name, body))
    if isinstance(document, dict) and isinstance(document.get("articles"), list):
        document = document["articles"]
    objects = document if isinstance(document, list) else [document]
    if not objects:
        raise ParseError("empty", f"{name}: the list is empty")
    return [
        _from_object(f"{name}, article {number}", fields, now)
        for number, fields in enumerate(objects, start=1)
    ]


def _read_json_lines(name: str, body: bytes, now: datetime) -> list[Article]:
    lines = [
        (number, line) for number, line in enumerate(_text(name, body).split("\n"), start=1) if line.strip()
    ]
    return [
        _from_object(f"{name}, line {number}", _loaded(f"{name}, line {number}", line), now)
        for number, line in lines
    ]


_READERS: dict[str, Callable[[str, bytes, datetime], list[Article]]] = {
    ".txt": _read_text,
    ".text": _read_text,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".json": _read_json,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}


def _text(name: str, body: bytes) -> str:
    try:
        text = decode(body, "")
    except ParseError as error:
        raise ParseError(error.reason, f"{name}: {error}") from error
    return storable(text.replace("\r\n", "\n").replace("\r", "\n"))


def _loaded(place: str, text: str) -> object:
    try:
        document: object = json.loads(text)
    except ValueError as error:
        raise ParseError("bad_json", f"{place}: {error}") from error
    except RecursionError as error:
        raise ParseError("bad_json", f"{place}: the objects are nested too deeply") from error
    return document


def _from_object(place: str, fields: object, now: datetime) -> Article:
    if not isinstance(fields, dict):
        raise ParseError("bad_json", f"{place}: an article is an object with title and text")
    text = field_text(fields, "text")
    if not text:
        raise ParseError(
            "no_text", f"{place}: the object has no text (a field named {', '.join(_NAMES['text'])})"
        )
    return _article(
        place,
        field_text(fields, "title") or _name_title(place),
        _paragraphs(text.splitlines()),
        fields,
        None,
        now,
    )


def _from_text(name: str, text: str, fields: Fields, now: datetime) -> Article:
    """The article of a text, whose own lines count where *fields* (front matter) state nothing."""
    lines = [" ".join(line.split()) for line in text.strip().split("\n")]
    lines, footer = _without_footer(lines)
    title = field_text(fields, "title")
    if not title and len(lines) > 1:
        title = _take_title(lines, now)
    published, url = _take_head(lines, now)
    stated = {"published": published.raw if published else "", "url": url, **fields}
    paragraphs = [line for line in _paragraphs(lines) if not is_same_title(line, title)]
    article = _article(name, title or _name_title(name), paragraphs, stated, _footer_host(footer), now)
    return replace(article, published=article.published or published)


def _take_title(lines: list[str], now: datetime) -> str:
    """The first line that is no date, if it is short enough for a title; it is taken out of *lines*."""
    for number, line in enumerate(lines[:3]):
        if not line or _date_of(line, now):
            continue
        return lines.pop(number) if len(line) <= _TITLE_LINE_CHARACTERS else ""
    return ""


def _take_head(lines: list[str], now: datetime) -> tuple[StatedDate | None, str]:
    """The date and address ("" if none) that stand in lines of their own at the top; they are taken out of *lines*."""
    published, url = None, ""
    top = [number for number, line in enumerate(lines) if line][:_DATE_LINES]
    for number in reversed(top):
        if address := _URL_LINE.fullmatch(lines[number]):
            url = address[1]
            del lines[number]
        elif date := _date_of(lines[number], now):
            published = date
            del lines[number]
    return published, url


def _date_of(line: str, now: datetime) -> StatedDate | None:
    """The date of a line that is little else; None if it is a sentence or has none."""
    if (
        len(line) > _DATE_LINE_CHARACTERS
        or len(line.split()) > _DATE_LINE_WORDS
        or _SENTENCE_END.search(line)
    ):
        return None
    return read_date(line, rule="seed", timezone=None, now=now)


def _without_footer(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines without those of the outlet's copyright at the end, and these."""
    ends = [number for number, line in enumerate(lines) if line][-_FOOTER_LINES:]
    first = next(
        (
            number
            for number in ends[1:]
            if len(lines[number]) <= _FOOTER_CHARACTERS and _FOOTER.search(lines[number])
        ),
        None,
    )
    return (lines, []) if first is None else (lines[:first], lines[first:])


def _footer_host(footer: list[str]) -> str | None:
    host = _HOST.search(" ".join(footer))
    return host[1].lower() if host else None


def _paragraphs(lines: list[str]) -> list[str]:
    """The paragraphs of *lines*: each line is one, unless an editor wrapped them."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(" ".join(line.split()))
        elif blocks[-1]:
            blocks.append([])
    return [line for block in blocks for line in (_joined(block) if _is_wrapped(block) else block)]


def _is_wrapped(block: list[str]) -> bool:
    return len(block) > 1 and all(len(line) in _WRAPPED_CHARACTERS for line in block[:-1])


def _joined(block: list[str]) -> list[str]:
    """The lines of *block* as one; without spaces between characters of scripts that have none."""
    text = block[0]
    for line in block[1:]:
        text += ("" if _SINGLES.match(text[-1]) and _SINGLES.match(line) else " ") + line
    return [text]


def _front_matter(text: str) -> tuple[dict[str, object], str]:
    """The fields between two lines "---" at the start of *text*, and what follows them."""
    lines = text.lstrip().split("\n")
    if lines[0].strip() != "---":
        return {}, text
    end = next(
        (number for number, line in enumerate(lines[1:60], start=1) if line.strip() in ("---", "...")), None
    )
    if end is None:
        return {}, text
    pairs = (match for line in lines[1:end] if (match := _FIELD.fullmatch(line.strip())))
    return {pair[1].lower(): pair[2].strip().strip("\"'[]") for pair in pairs}, "\n".join(lines[end + 1 :])


def _plain(line: str) -> str:
    """*line* without the marks of Markdown."""
    return _MARKS.sub("", _LINK.sub(r"\1", _IMAGE.sub("", line)))


def field_text(fields: Fields, field: str) -> str:
    """The text that *fields* have for *field* under one of its names; "" if none. Numbers are dates."""
    for name in _NAMES[field]:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return storable(value).strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def field_authors(fields: Fields) -> Iterator[str]:
    """The authors that *fields* state, as they are written."""
    for name in _NAMES["authors"]:
        value = fields.get(name)
        yield from (str(part) for part in (value if isinstance(value, list) else [value]) if part)


def _article(
    place: str, title: str, paragraphs: list[str], fields: Fields, host: str | None, now: datetime
) -> Article:
    text = unicodedata.normalize("NFC", "\n".join(paragraphs))[:TEXT_CHARACTERS]
    words = count_words(text)
    if not words:
        raise ParseError("no_text", f"{place}: there is no text below the title")
    stated = field_text(fields, "url")
    url = stated if stated.startswith(("http://", "https://")) else None
    language = language_code(field_text(fields, "language")) or detect_language(text)
    published, modified = (
        read_date(field_text(fields, field), rule="seed", timezone=None, now=now, language=language)
        for field in ("published", "modified")
    )
    return Article(
        url=url,
        title=storable_line(title)[:TITLE_CHARACTERS],
        text=text,
        published=published,
        modified=modified,
        unread_date=None if published else unread_date(field_text(fields, "published")),
        language=language,
        authors=author_names(field_authors(fields)),
        section=field_text(fields, "section") or None,
        outlet_host=host or _host(url),
        words=words,
    )


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url).hostname if url else None
    except ValueError:
        return None


def _name_title(name: str) -> str:
    """A title for a text that has none: the file's name in words."""
    return PurePath(name).stem.replace("-", " ").replace("_", " ").strip()
