"""Exported articles as lines of JSON and as rows of CSV."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from scheduler.files.escapes import escaped_json, escaped_text
from scheduler.files.spreadsheet import harmless
from storage.articles.exports import ExportedArticle

CSV_COLUMNS = tuple(
    """
    id url title published published_precision modified language source source_title country section authors words
    origin state first_seen fetched canonical_url topics bands scores reasons terms sentences
    revisions relation original_id original_url similarity first_by lag_s follows_up events
    """.split()  # noqa: SIM905 - thirty names are read better as text
)


def json_lines(articles: Iterable[ExportedArticle]) -> Iterator[str]:
    """Each article as an object on a line of its own; without text the field is left out."""
    for article in articles:
        values = asdict(article)
        if not article.text:
            del values["text"]
        yield escaped_json(json.dumps(values, ensure_ascii=False)) + "\n"


def csv_rows(articles: Iterable[ExportedArticle], *, with_text: bool) -> Iterator[list[object]]:
    """A header and a row for each article; several topics, authors and events of one are separated by "; "."""
    yield [*CSV_COLUMNS, "text"] if with_text else [*CSV_COLUMNS]
    for article in articles:
        values = csv_values(article)
        row = [_cell(values[name]) for name in CSV_COLUMNS]
        yield [*row, _cell(article.text)] if with_text else row


def csv_values(article: ExportedArticle) -> dict[str, object]:
    """What the columns of a row hold; None for nothing."""
    told = next((other for other in article.relations if other.relation != "follow_up"), None)
    followed = next((other for other in article.relations if other.relation == "follow_up"), None)
    return {
        **{name: getattr(article, name) for name in CSV_COLUMNS if hasattr(article, name)},
        "authors": "; ".join(article.authors),
        "topics": "; ".join(match.topic for match in article.matches),
        "bands": "; ".join(match.band for match in article.matches),
        "scores": "; ".join(f"{match.score:.2f}" for match in article.matches),
        "reasons": "; ".join(match.reason for match in article.matches),
        "terms": "; ".join(match.terms for match in article.matches if match.terms),
        "sentences": " … ".join(dict.fromkeys(match.sentence for match in article.matches if match.sentence)),
        "events": "; ".join(f"{event.event} {event.happened_at}" for event in article.events),
        **{
            name: told and getattr(told, name)
            for name in ("relation", "original_id", "original_url", "similarity", "first_by", "lag_s")
        },
        "follows_up": followed and followed.original_id,
    }


def _cell(value: object) -> object:
    """Texts are made harmless; numbers are ours, and a negative one may begin with its sign."""
    return harmless(escaped_text(value)) if isinstance(value, str) else value
