"""Records that are kept as JSON in one column: there and back. Pure."""

import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from storage.records.articles import Article, Precision, StatedDate
from storage.records.sources import FeedEntry
from storage.records.topics import Match


def entry_to_json(entry: FeedEntry) -> str:
    """*entry* without its empty fields."""
    return _dump(entry)


def entry_from_json(text: str) -> FeedEntry:
    """The entry that `entry_to_json` wrote."""
    values = _known(FeedEntry, _dated(json.loads(text)))
    return FeedEntry(**values | {"authors": tuple(values.get("authors", ()))})


def article_to_json(article: Article) -> str:
    """*article* without its empty fields."""
    return _dump(article)


def article_from_json(text: str) -> Article:
    """The article that `article_to_json` wrote."""
    values = _known(Article, _dated(json.loads(text)))
    return Article(**{"title": "", "text": ""} | values | {"authors": tuple(values.get("authors", ()))})


def explanation_to_json(match: Match) -> str:
    """Why a match was made: measure, terms, sentences, paragraph, spans, and what speaks for caution, if anything."""
    explanation = {
        "measure": match.measure,
        "terms": [[term.surface, round(term.contribution, 3)] for term in match.terms],
        "sentences": list(match.sentences),
        "paragraph": match.paragraph,
        "spans": [[span.field, span.start, span.end] for span in match.spans],
    }
    if match.caution:
        explanation["caution"] = match.caution
    return json.dumps(explanation, ensure_ascii=False)


def _dump(record: FeedEntry | Article) -> str:
    values = {name: value for name, value in asdict(record).items() if value not in (None, "", (), 0)}
    return json.dumps(values | {"url": record.url}, ensure_ascii=False, default=datetime.isoformat)


def _dated(values: dict[str, Any]) -> dict[str, Any]:
    for name in ("published", "updated", "modified"):
        if values.get(name):
            stated = values[name]
            stated["at"] = datetime.fromisoformat(stated["at"])
            stated["precision"] = Precision(stated["precision"])
            values[name] = StatedDate(**_known(StatedDate, stated))
    return values


def _known(record: type[FeedEntry | Article | StatedDate], values: dict[str, Any]) -> dict[str, Any]:
    """Only the fields that *record* still has: the file may be older than the program."""
    names = {field.name for field in fields(record)}
    return {name: value for name, value in values.items() if name in names}
