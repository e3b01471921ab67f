"""Pages of an archive of the web into articles with their sources, by the same reading as pages of a crawl. Pure."""

from crawler.holdings.import_lines import ArchivedArticle, SourceBook, bare_host, host_and_above
from crawler.pages.extract import extract_article
from crawler.urls import url_key
from storage.errors import ParseError
from storage.records.articles import Page, Rejection
from storage.records.sources import Source


def read_page(page: Page, book: SourceBook) -> ArchivedArticle:
    """The article of one page.

    Raises:
        ParseError: it has none, for the reason that a crawl would give (``no_text``, ``wall``, ``list_page`` ...).
    """
    source = _source(book, page.url)
    found = extract_article(page, None, timezone=source.timezone, language=source.language)
    if isinstance(found, Rejection):
        raise ParseError(found.reason, f"{page.url}: {found.detail or found.reason}")
    return ArchivedArticle(found, source, url_key(page.url))


def _source(book: SourceBook, url: str) -> Source:
    """The source whose home has the host of *url* or one above it; else a new one of the host itself."""
    host = bare_host(url)
    known = (book.by_host[above] for above in host_and_above(host) if above in book.by_host)
    return next(known, None) or Source(host, enabled=False)
