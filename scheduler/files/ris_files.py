"""Exported articles as references of RIS, for Zotero and its like."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from storage.articles.exports import ExportedArticle
from storage.datasette.pages.articles.citation import CitedArticle, citation

# What completes a date that names no day.
_REST = {4: "-01-01", 7: "-01"}


def ris_references(articles: Iterable[ExportedArticle]) -> Iterator[str]:
    """A reference for each article, the same as on its page, each with its own end of lines."""
    for article in articles:
        yield citation(_cited(article)).ris


def _cited(article: ExportedArticle) -> CitedArticle:
    return CitedArticle(
        article_id=article.id,
        title=article.title,
        outlet=article.source_title or article.source,
        authors="; ".join(article.authors),
        published_at=_stored(article.published),
        precision=article.published_precision,
        read_at=article.fetched,
        url=article.url,
        language=article.language,
    )


def _stored(published: str | None) -> str | None:
    """A stated date as a moment in UTC, as the database stores it."""
    if published is None:
        return None
    at = datetime.fromisoformat(published + _REST.get(len(published), ""))
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()
