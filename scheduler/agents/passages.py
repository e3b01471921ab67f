"""Which passage of an article an answer quotes, as offsets into its text."""

from collections.abc import Iterable, Sequence

from scheduler.agents.quoting import Quote, QuotePlace
from storage.articles.exports import ExportedArticle
from storage.records.topics import Span
from storage.search.snippets import window

# About a paragraph of a newspaper; a headline is rarely longer than the second.
PASSAGE_CHARACTERS = 600
HEADLINE_CHARACTERS = 300


def headline(article: ExportedArticle, version: int) -> Quote:
    """The article's headline, cut where it is very long."""
    return title_quote(article.id, version, article.title, article.url)


def title_quote(article_id: int, version: int, title: str, url: str | None) -> Quote:
    """The headline that a version of an article had."""
    shown = title[:HEADLINE_CHARACTERS]
    return Quote(shown, QuotePlace(article_id, version, "title", 0, len(shown), url))


def lead(article: ExportedArticle, version: int) -> Quote:
    """How the article begins."""
    return passage(article, version, *window(article.text, (), PASSAGE_CHARACTERS))


def around(article: ExportedArticle, version: int, spans: Sequence[Span]) -> Quote:
    """What stands around the most of *spans*; the beginning where none lies in the text."""
    return passage(article, version, *window(article.text, spans, PASSAGE_CHARACTERS))


def with_sentence(article: ExportedArticle, version: int, sentence: str) -> Quote:
    """What stands around *sentence*; the beginning where it is not in the text as written."""
    start = article.text.find(sentence) if sentence else -1
    if start < 0:
        return lead(article, version)
    return around(article, version, [Span("text", start, start + len(sentence))])


def passage(article: ExportedArticle, version: int, start: int, end: int) -> Quote:
    """The text of the article from *start* to *end*."""
    return text_quote(article.id, version, article.text, start, end, article.url)


def text_quote(article_id: int, version: int, text: str, start: int, end: int, url: str | None) -> Quote:
    """The text of a version from *start* to *end*."""
    return Quote(text[start:end], QuotePlace(article_id, version, "text", start, end, url))


def first_passages(passages: Iterable[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """The first *most* of *passages*, each cut to the usual length."""
    return [(start, min(end, start + PASSAGE_CHARACTERS)) for start, end in list(passages)[:most]]
