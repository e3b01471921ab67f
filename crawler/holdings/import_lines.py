"""Lines of an archive of articles (JSON Lines) into articles with their sources. Pure.

The fields are ``id``, ``url``, ``title``, ``text``, ``published``, ``language`` and ``source``, or what other tools
call them (see `crawler.articles.seed_files`); ``authors``, ``section`` and ``modified`` are taken too. The text is
taken as it is given: nothing is cut out of it, and HTML is not looked for.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from urllib.parse import urlsplit

from crawler.articles.seed_files import Fields, field_authors, field_text
from crawler.limits import TEXT_CHARACTERS, TITLE_CHARACTERS
from crawler.pages.authors import author_names
from crawler.text.bounds import read_json
from crawler.text.dates import read_date, unread_date
from crawler.text.equality import text_hash
from crawler.text.languages import detect_language, language_code
from crawler.text.storable import NAME_CHARACTERS, slug, storable, storable_line
from crawler.urls import clean_link, url_key
from storage.analyser import count_words
from storage.errors import ParseError
from storage.records.articles import Article, Precision, StatedDate
from storage.records.sources import Source

# The outlet of lines that name none and have no address, unless the user names one.
UNKNOWN_SOURCE = "imported"
# A line without a headline gets the beginning of its text.
_TITLE_FROM_TEXT = 100


@dataclass(frozen=True, slots=True)
class ArchivedArticle:
    """An article of an archive."""

    article: Article
    source: Source  # whose it is; not among the known ones if it must be made
    key: str  # of its address; of what its line calls it, or its text, where it has none


@dataclass(frozen=True, slots=True)
class SourceBook:
    """The outlets that lines may name."""

    by_name: Mapping[str, Source]  # by name and by title, in lower case
    by_host: Mapping[str, Source]  # by the host of the home page, without "www."
    default: str | None  # name of the source of lines that name none

    @classmethod
    def of(cls, sources: tuple[Source, ...], default: str | None) -> "SourceBook":
        """The book of *sources*; of two with one title or host the first counts."""
        by_name: dict[str, Source] = {}
        by_host: dict[str, Source] = {}
        for source in sources:
            for name in (source.name, source.title):
                by_name.setdefault(name.lower(), source)
            if host := bare_host(source.home):
                by_host.setdefault(host, source)
        by_name.pop("", None)
        return cls(by_name, by_host, default)

    def find(self, stated: str, url: str | None) -> Source:
        """The source that a line means: by its name or title, else the default, else by the host of *url*.

        One that is not known is made of what the line states.
        """
        wanted = stated or self.default or ""
        host = bare_host(url)
        if wanted:
            return self.by_name.get(wanted.lower()) or _new_source(wanted, host)
        if not host:
            return Source(UNKNOWN_SOURCE, enabled=False)
        return self.by_host.get(host) or Source(host[:NAME_CHARACTERS], enabled=False)


def read_line(line: bytes, book: SourceBook, now: datetime) -> ArchivedArticle:
    """The article of one line.

    *now* bounds its dates. A date without a zone is read in the zone of the source; where that has none the day alone
    is taken. A date that cannot be read is kept as it is written.

    Raises:
        ParseError: ``not_text`` (no UTF-8), ``bad_json``, ``too_large`` (of very many values), ``not_an_object``,
            ``no_text``.
    """
    fields = _object(line)
    text = _text(field_text(fields, "text"))
    words = count_words(text)
    if not words:
        raise ParseError("no_text", "there is no text, or none of letters")
    url = _link(field_text(fields, "url"))
    source = book.find(storable_line(_source_name(fields)), url)
    language = language_code(field_text(fields, "language")) or detect_language(text, source.language)
    published = _date(fields, "published", source.timezone, language, now)
    article = Article(
        url=url,
        title=_title(field_text(fields, "title"), text),
        text=text,
        published=published,
        unread_date=None if published else unread_date(field_text(fields, "published")),
        modified=_date(fields, "modified", source.timezone, language, now),
        language=language,
        authors=author_names(field_authors(fields)),
        section=storable_line(field_text(fields, "section")) or None,
        canonical_url=_link(fields.get("canonical_url")),
        outlet_host=urlsplit(url).hostname if url else None,
        words=words,
    )
    return ArchivedArticle(article, source, _key(fields, article, source.name))


def bare_host(url: str | None) -> str:
    """The host of *url* without "www."; "" if there is none."""
    try:
        host = urlsplit(url).hostname if url else None
    except ValueError:  # brackets without an IPv6 address
        host = None
    return (host or "").lower().removeprefix("www.")


def host_and_above(host: str) -> Iterator[str]:
    """*host* and each name above it, the nearest first; nothing for ""."""
    while host:
        yield host
        host = host.partition(".")[2]


def _link(stated: object) -> str | None:
    return clean_link(stated, stated) if isinstance(stated, str) and stated else None


def _object(line: bytes) -> Fields:
    try:
        fields = read_json(line.decode())
    except UnicodeDecodeError as error:
        raise ParseError("not_text", f"the line is no UTF-8 text: {error.reason}") from error
    except ValueError as error:
        raise ParseError("bad_json", f"no JSON: {error}") from error
    except RecursionError as error:
        raise ParseError("bad_json", "the objects are nested too deeply") from error
    if not isinstance(fields, dict):
        raise ParseError("not_an_object", "a line is an object with text, title, url ...")
    return fields


def _source_name(fields: Fields) -> str:
    """What the line calls its outlet: a name, or an object with one, as schema.org's publisher."""
    for field in ("source", "outlet", "publisher"):
        value = fields.get(field)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _new_source(wanted: str, host: str) -> Source:
    name = slug(wanted) or host[:NAME_CHARACTERS] or wanted[:NAME_CHARACTERS]
    return Source(name, title="" if wanted == name else wanted[:TITLE_CHARACTERS], enabled=False)


def _text(stated: str) -> str:
    lines = (" ".join(line.split()) for line in storable(stated[:TEXT_CHARACTERS]).splitlines())
    return unicodedata.normalize("NFC", "\n".join(line for line in lines if line))[:TEXT_CHARACTERS]


def _title(stated: str, text: str) -> str:
    if title := storable_line(stated)[:TITLE_CHARACTERS]:
        return title
    first = text.partition("\n")[0]
    if len(first) <= _TITLE_FROM_TEXT:
        return first
    return (
        first[:_TITLE_FROM_TEXT].rpartition(" ")[0] + " …" if " " in first[:_TITLE_FROM_TEXT] else first[:40]
    )


def _date(
    fields: Fields, field: str, timezone: str | None, language: str | None, now: datetime
) -> StatedDate | None:
    date = read_date(field_text(fields, field), rule="import", timezone=timezone, now=now, language=language)
    if date is None or date.zone is None or timezone:
        return date
    # Neither the line nor the source knows the zone: the hour says nothing, the day as it is written stays.
    day = datetime(date.at.year, date.at.month, date.at.day, tzinfo=UTC)
    return replace(date, at=day, precision=Precision.DAY, offset_minutes=None, zone=None)


def _key(fields: Fields, article: Article, source: str) -> str:
    """What tells whether two lines are one article, as `articles.url_key` keeps it."""
    if article.url:
        return url_key(article.url)
    stated = fields.get("id")
    own = f"id {stated}" if isinstance(stated, str | int) and stated != "" else ""
    own = own or f"{article.title}\n{text_hash(article.title, article.text)}"
    return f"import:{source}:{blake2b(own.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"
