"""Cells of Datasette's own tables and queries, for people. Pure.

A cell gives None where Datasette's own rendering serves. Whatever the web wrote is escaped; only http(s) becomes a
link.
"""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from storage.articles.evidence_text import time_span
from storage.datasette.addresses import DatabasePages
from storage.datasette.pages.marks import OPENING, snippet_html
from storage.datasette.pages.wording import (
    clean,
    cut,
    is_web_address,
    read_explanation,
    short_address,
    short_time,
)

# A cell shows the first line or two; a click opens the rest up to the second bound. The reading page has all.
SHOWN_CHARACTERS = 200
OPENED_CHARACTERS = 5_000

_ADDRESSES = frozenset({"url", "home", "canonical_url", "image_url", "url_key"})
# Where a foreign key's label is an article's headline, the link leads to the reading page.
_ARTICLES = frozenset({"article_id", "original_id"})
Row = dict[str, Any]


def cell(value: object, column: str, table: str | None, row: Row, place: DatabasePages) -> Markup | None:
    """The HTML of one cell; *table* is None for a query, *row* has the other values of the same line."""
    if isinstance(value, dict):
        return _foreign(value, column, place)
    if (link := _link_to_page(value, column, table, row, place)) is not None:
        return link
    if column in _ADDRESSES:
        return address(value)
    render = _BY_COLUMN.get(column)
    if render is not None and value not in (None, ""):
        return render(value)
    if column.endswith("_at"):
        return _when(value, column, table, row)
    return _text(value)


def _link_to_page(
    value: object, column: str, table: str | None, row: Row, place: DatabasePages
) -> Markup | None:
    """A value that names what a page of ours shows, with the way there; None for any other."""
    if table in ("articles", None) and column in ("title", "headline"):
        return _headline(value, row.get("id", row.get("article")), place)
    if table == "sources" and column == "name" and value:
        return Markup('<a dir="auto" href="{}">{}</a>').format(place.source(str(value)), clean(value))
    if table == "articles" and column == "revisions" and value:
        return Markup('<a href="{}">{}</a>').format(place.revisions(row["id"]), value)
    return None


def _when(value: object, column: str, table: str | None, row: Row) -> Markup | None:
    """A time, or what stands in its place and could not be read.

    A match does not know how finely its article is dated: midnight to the second is a day without a time.
    """
    if isinstance(value, str):
        is_day = table == "matches" and "T00:00:00" in value
        precision = "day" if is_day else row.get("published_precision")
        return time(value, precision if column == "published_at" else None)
    if column == "published_at" and row.get("unread_date"):
        unread = '<span class="sw-quiet" title="stands there as its date, and could not be read">“{}”</span>'
        return Markup(unread).format(cut(clean(row["unread_date"]), 40))
    return None


def time(stored: object, precision: object = None) -> Markup:
    """A stored time, short, with the whole of it as the tooltip."""
    return Markup('<time title="{}">{}</time>').format(
        f"{clean(stored)} (UTC)", short_time(stored, precision)
    )


def address(url: object) -> Markup | None:
    """A link for http(s), code for anything else; None for nothing."""
    if url in (None, ""):
        return None
    text = clean(url)
    if not is_web_address(url):
        return Markup("<code>{}</code>").format(cut(text, 80) or "(control characters)")
    link = '<a href="{}" rel="noreferrer noopener nofollow" title="{}">{}</a>'
    return Markup(link).format(url, text, short_address(text))


def _headline(value: object, article: object, place: DatabasePages) -> Markup | None:
    title = clean(value) or "(no headline)"
    if not isinstance(article, int):
        return Markup('<span dir="auto">{}</span>').format(title)
    return Markup('<a dir="auto" href="{}">{}</a>').format(place.read(article), title)


def _foreign(value: dict[str, Any], column: str, place: DatabasePages) -> Markup | None:
    """A row of another table, by its label alone: Datasette would add the number."""
    key, label = value.get("value"), clean(value.get("label")) or str(value.get("value"))
    if column in _ARTICLES and isinstance(key, int):
        return Markup('<a dir="auto" href="{}">{}</a>').format(place.read(key), label)
    if column == "topic_id":
        return Markup('<a href="{}">{}</a>').format(place.topic(label), label)
    if column == "source_id":
        return Markup('<a dir="auto" href="{}">{}</a>').format(place.source(label), cut(label, 48))
    table = {"feed_id": "feeds", "run_id": "runs"}.get(column)
    if table is None:
        return None
    return Markup('<a href="{}">{}</a>').format(place.row(table, key), cut(short_address(label), 48))


def _explanation(value: object) -> Markup | None:
    explanation = read_explanation(value)
    terms = " · ".join(f"{surface} {share:.2f}" for surface, share in explanation.terms)
    if not terms and not explanation.sentences:
        return _text(value)
    sentence = cut(explanation.sentences[0], SHOWN_CHARACTERS) if explanation.sentences else ""
    return Markup('<span dir="auto">{}</span><br><span class="sw-quiet" dir="auto">{}</span>').format(
        terms, sentence
    )


def _lag(value: object) -> Markup | None:
    return escape(time_span(value)) if isinstance(value, int | float) else None


def _share(value: object) -> Markup | None:
    return escape(f"{value:.2f}") if isinstance(value, float) else None


def _snippet(value: object) -> Markup | None:
    return snippet_html(clean(value)) if isinstance(value, str) and OPENING in value else _text(value)


_BY_COLUMN: dict[str, Callable[[object], Markup | None]] = {
    "explanation": _explanation,
    "lag_s": _lag,
    "later": _lag,
    "published": lambda value: time(value),
    "score": _share,
    "similarity": _share,
    "rate_per_day": _share,
    "snippet": _snippet,
}


def _text(value: object) -> Markup | None:
    """A string that needs help: long, or with control characters, or an address; None otherwise."""
    if not isinstance(value, str):
        return None
    if is_web_address(value) and " " not in value:
        return address(value)
    text = clean(value)
    if len(text) > SHOWN_CHARACTERS:
        first = cut(text, SHOWN_CHARACTERS)
        return Markup(
            '<details class="sw-long"><summary dir="auto">{}</summary><div dir="auto">{}</div></details>'
        ).format(first, cut(text, OPENED_CHARACTERS))
    return escape(text) if text != value and text else None
