"""Lists of sources in other programs' files: OPML and CSV, in and out."""

import csv
import io
import re
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from xml.sax.saxutils import quoteattr

import listparser
from lxml import etree

from crawler.documents.entries import language_code
from crawler.text.storable import NAME_CHARACTERS, slug, source_tag
from crawler.urls import clean_link, politeness_key, url_key
from scheduler.files.spreadsheet import as_written, harmless
from storage.errors import ConfigError

POLLED = ("feeds", "sitemaps", "sections")
"""What is polled, by its kind."""
COLUMNS = ("name", "title", "home", *POLLED, "link_pattern", "language", "country", "timezone", "tags")
"""The header of a CSV file; several addresses in one cell are separated by blanks, several tags by semicolons."""

_DELIMITERS = ",;\t"
# OPML 2.0 allows attributes of other programs in a namespace. The reader of HTML that listparser stands on keeps
# the prefix, in lower case.
_NAMESPACE = "urn:seedwatch:opml"
_OWN = "seedwatch:"
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_ILLEGAL_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ListedSource:
    """One source of a list."""

    name: str  # a-z, 0-9 and "-"; each once in a list
    title: str = ""
    home: str | None = None
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    link_pattern: str | None = None  # of the articles' addresses on section pages; None: found by shape
    language: str | None = None  # ISO 639-1
    country: str | None = None  # two letters, lower case
    timezone: str | None = None  # IANA name
    tags: tuple[str, ...] = ()  # groups that it belongs to; of other programs' OPML the folders around it
    line: int | None = field(default=None, compare=False)  # where it stood, counted from 1


def read_opml(text: str) -> list[ListedSource]:
    """The sources of an OPML file, in its order; feeds with the same home page are one source's.

    Raises:
        ConfigError: no feed at all, an address that is none, an own attribute with a value that is not allowed, or
            more than 255 folders in one another.
    """
    declared = '<?xml version="1.0" encoding="utf-8"?>' + _DECLARATION.sub("", text, count=1)
    body = declared.encode("utf-8", "replace")
    _check_depth(body)
    folders = _feed_folders(body)
    sources: dict[str, ListedSource] = {}
    for outline in _outlines(body):
        address = outline.get("xmlurl", "").strip()
        if address not in folders and f"{_OWN}name" not in outline.attrib:
            continue
        read = _opml_source(outline, address, folders.get(address, ()))
        key = read.name or (url_key(read.home) if read.home else f"feed {address}")
        known = sources.get(key)
        sources[key] = _joined(known, read) if known else read
    if not sources:
        raise ConfigError(
            'no feed found; an OPML file names each as <outline text="..." xmlUrl="https://..."/>'
        )
    return _named(sources.values())


def write_opml(sources: Iterable[ListedSource]) -> str:
    """The sources as OPML 2.0, an outline for each feed; `read_opml` reads the same back.

    Sitemaps and sections stand in attributes of ours, at the first outline: other programs would take them for feeds.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:seedwatch="{_NAMESPACE}">',
        "<head><title>seedwatch sources</title></head>",
        "<body>",
    ]
    # Other programs know folders; a source of several tags stands in the folder of its first.
    for folder, group in groupby(sources, key=lambda source: source.tags[:1]):
        lines += [f"<outline text={_quoted(name)}>" for name in folder]
        for source in group:
            lines += [
                _outline(source, feed, is_first=not place) for place, feed in enumerate(source.feeds or ("",))
            ]
        lines += ["</outline>"] * len(folder)
    return "\n".join([*lines, "</body>", "</opml>", ""])


def read_csv(text: str) -> list[ListedSource]:
    """The sources of a CSV file, in its order. Commas, semicolons or tabs separate; the header names the columns.

    Raises:
        ConfigError: a header or value that is not allowed, or a line without home and feeds.
    """
    text = text.removeprefix("\ufeff")
    header_text = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header_text.count)
    rows = _rows(text, delimiter)
    header = [name.strip().lower() for name in next(rows, (1, []))[1]]
    _check_header(header)
    return _named([_csv_source(header, cells, line) for line, cells in rows])


def write_csv(sources: Iterable[ListedSource]) -> str:
    """The sources as CSV with a header; no cell is run by a spreadsheet, and `read_csv` reads the same back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for source in sources:
        values = {kind: " ".join(getattr(source, kind)) for kind in POLLED} | {"tags": "; ".join(source.tags)}
        writer.writerow([harmless(values.get(name) or getattr(source, name) or "") for name in COLUMNS])
    return out.getvalue()


def _joined(known: ListedSource, read: ListedSource) -> ListedSource:
    """A source of several outlines: what each of them has polled, the rest from the first."""
    return replace(
        known,
        feeds=_union(known.feeds, read.feeds),
        sitemaps=_union(known.sitemaps, read.sitemaps),
        sections=_union(known.sections, read.sections),
        tags=_union(known.tags, read.tags),
    )


def _outlines(body: bytes) -> Iterator[etree._Element]:
    """The outline elements in order: listparser drops home page, language and the place of a feed."""
    parser = etree.HTMLParser(recover=True, encoding="utf-8", no_network=True)
    root = etree.fromstring(body, parser) if body.strip() else None
    return iter(()) if root is None else root.iter("outline")


def _check_depth(body: bytes) -> None:
    """Refuse what opens elements and closes none: the readers below take time by the square of the depth."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    with suppress(etree.XMLSyntaxError):
        etree.fromstring(body, parser)
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        raise ConfigError("no OPML that can be read: elements stand in one another more than 255 deep")


def _feed_folders(body: bytes) -> dict[str, tuple[str, ...]]:
    """The addresses of the feeds in order, each with the folders that it is in, the outermost first."""
    try:
        return {feed["url"]: _folders(feed["categories"]) for feed in listparser.parse(body)["feeds"]}
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        # Seen in 0.20: IndexError where an outline ends in another namespace than it began in.
        raise ConfigError(f"no OPML that can be read: {error}") from error


def _folders(categories: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return _tags(name for path in categories for name in path)


def _tags(names: Iterable[str]) -> tuple[str, ...]:
    """Names of groups, as sources may have them; each once."""
    return _union((), filter(None, map(source_tag, names)))


def _opml_source(outline: etree._Element, address: str, folders: tuple[str, ...]) -> ListedSource:
    """The source that one outline tells of; the name is "" unless it is our own file."""
    get, line = outline.get, outline.sourceline
    # feed: is a made-up scheme that browsers once handed to readers.
    address = re.sub(r"^feed:(?://(?=https?:)|(?=//)|(?=https?:))", "", address)
    address = f"http:{address}" if address.startswith("//") else address
    home = get("htmlurl", "").strip()
    own = get(f"{_OWN}name", "")
    title = " ".join((get("text") or get("title") or "").split())
    return ListedSource(
        name=slug(own),
        title="" if title == own else title,
        # Other programs write anything here; only what we poll must be right.
        home=clean_link(home, home) if home else None,
        feeds=(_address(address, "xmlUrl", line),) if address else (),
        sitemaps=_addresses(get(f"{_OWN}sitemaps", ""), "sitemaps", line),
        sections=_addresses(get(f"{_OWN}sections", ""), "sections", line),
        link_pattern=_pattern(get(f"{_OWN}link_pattern", ""), line),
        language=language_code(get("language", "")),
        country=_country(get(f"{_OWN}country", ""), line),
        timezone=_timezone(get(f"{_OWN}timezone", ""), line),
        # Our own file tells all of them; the folder is only the first.
        tags=_tags(get(f"{_OWN}tags", "").split(";")) if own else folders,
        line=line,
    )


def _outline(source: ListedSource, feed: str, *, is_first: bool) -> str:
    attributes = {
        "text": source.title or source.name,
        "type": "rss" if feed else "",
        "xmlUrl": feed,
        "htmlUrl": source.home or "",
        "language": source.language or "",
        "seedwatch:name": source.name,
        "seedwatch:country": source.country or "",
        "seedwatch:timezone": source.timezone or "",
        "seedwatch:tags": "; ".join(source.tags),
    }
    if is_first:
        attributes |= {
            "seedwatch:sitemaps": " ".join(source.sitemaps),
            "seedwatch:sections": " ".join(source.sections),
            "seedwatch:link_pattern": source.link_pattern or "",
        }
    given = (f"{name}={_quoted(value)}" for name, value in attributes.items() if value)
    return f"<outline {' '.join(given)}/>"


def _quoted(text: str) -> str:
    return quoteattr(_ILLEGAL_XML.sub("", text))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line where it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, [as_written(cell).strip() for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ConfigError(f"no CSV: {error}", line=begins) from error


def _check_header(header: Sequence[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or len(set(header)) < len(header) or not {"home", *POLLED} & set(header):
        wrong = (
            f"column {unknown[0]!r} is not known"
            if unknown
            else "the header is incomplete or names a column twice"
        )
        needed = f"at least home or one of {', '.join(POLLED)}"
        raise ConfigError(f"{wrong}; allowed are {', '.join(COLUMNS)}, {needed}", line=1)


def _csv_source(header: Sequence[str], cells: Sequence[str], line: int) -> ListedSource:
    if len(cells) > len(header) and any(cells[len(header) :]):
        raise ConfigError(f"{len(cells)} values for {len(header)} columns", line=line)
    row: Mapping[str, str] = dict(zip(header, cells, strict=False))
    home = row.get("home", "")
    if not home and not any(row.get(kind) for kind in POLLED):
        raise ConfigError("neither home nor feeds, sitemaps or sections are given; one is needed", line=line)
    return ListedSource(
        name=slug(row.get("name", "")),
        title=row.get("title", ""),
        home=_address(home, "home", line) if home else None,
        feeds=_addresses(row.get("feeds", ""), "feeds", line),
        sitemaps=_addresses(row.get("sitemaps", ""), "sitemaps", line),
        sections=_addresses(row.get("sections", ""), "sections", line),
        link_pattern=_pattern(row.get("link_pattern", ""), line),
        language=_language(row.get("language", ""), line),
        country=_country(row.get("country", ""), line),
        timezone=_timezone(row.get("timezone", ""), line),
        tags=_tags(row.get("tags", "").split(";")),
        line=line,
    )


def _named(sources: Iterable[ListedSource]) -> list[ListedSource]:
    """The sources, each with a name that is a slug and its own: given, or from its title or host."""
    taken: set[str] = set()
    named = []
    for source in sources:
        address = next(filter(None, (source.home, *source.feeds, *source.sitemaps, *source.sections)), "")
        host = politeness_key(address)
        name = source.name or slug(source.title) or slug(host) or "source"
        number, unique = 1, name
        while unique in taken:
            number += 1
            unique = f"{name[: NAME_CHARACTERS - 5].rstrip('-')}-{number}"
        taken.add(unique)
        named.append(replace(source, name=unique))
    return named


def _union(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*first, *second]))


def _address(text: str, key: str, line: int | None) -> str:
    link = clean_link(text, text)
    if link is None:
        shown = text if len(text) <= 100 else f"{text[:100]}…"
        raise ConfigError(f"{shown!r} is not allowed; an http:// or https:// address", line=line, key=key)
    return link


def _addresses(text: str, key: str, line: int | None) -> tuple[str, ...]:
    return _union((), (_address(address, key, line) for address in text.split()))


def _pattern(text: str, line: int | None) -> str | None:
    try:
        re.compile(text)
    except re.error as error:
        raise ConfigError(
            f"{text!r} is no regular expression: {error}", line=line, key="link_pattern"
        ) from error
    return text or None


def _language(text: str, line: int) -> str | None:
    code = language_code(text)
    if text and code is None:
        raise ConfigError(f"{text!r} is not allowed; two letters such as ko", line=line, key="language")
    return code


def _country(text: str, line: int | None) -> str | None:
    if text and not re.fullmatch(r"[A-Za-z]{2}", text):
        raise ConfigError(f"{text!r} is not allowed; two letters such as kp", line=line, key="country")
    return text.lower() or None


def _timezone(text: str, line: int | None) -> str | None:
    if not text:
        return None
    try:
        zoneinfo.ZoneInfo(text)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        allowed = "an IANA name such as Asia/Pyongyang"
        raise ConfigError(f"{text!r} is not allowed; {allowed}", line=line, key="timezone") from error
    return text
