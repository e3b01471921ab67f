"""The search page: what is typed, found in all languages, with the words around each find."""

from dataclasses import dataclass
from typing import Any

from datasette.utils.asgi import Response
from markupsafe import Markup

from storage.analyser import tokens
from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.marks import find_phrases, marked, merged, snippet, snippet_html
from storage.datasette.pages.rendering import Row, asked_number, page, rows
from storage.datasette.pages.wording import clean, short_time
from storage.datasette.search_box import CHARACTERS, phrases

FINDS = 30
# Above any row.
_BEYOND = 2**62

_READS = ("articles", "article_texts", "sources", "matches", "topics")

# By rowid descending, limited before the joins: 0.3 ms at 500,000 articles, against 1 s by date.
_SEARCH = """
SELECT articles.*, coalesce(nullif(sources.title, ''), sources.name) AS source, article_texts.text,
    (SELECT group_concat(coalesce(nullif(topics.title, ''), topics.name), ' · ') FROM matches
        JOIN topics ON topics.id = matches.topic_id WHERE matches.article_id = articles.id AND band = 'match') AS topics
FROM (
    SELECT rowid AS id FROM articles_fts
    WHERE articles_fts MATCH escape_fts(:typed)
        AND rowid < :before
    ORDER BY rowid DESC
    LIMIT :limit
) AS found
JOIN articles ON articles.id = found.id
JOIN sources ON sources.id = articles.source_id
JOIN article_texts ON article_texts.article_id = articles.id
ORDER BY articles.id DESC
"""


@dataclass(frozen=True, slots=True)
class Find:
    """An article that was found."""

    id: int
    title: Markup
    source: str
    language: str
    published: str
    topics: str  # titles; "" if it matched none
    snippet: Markup


async def search(datasette: Any, request: Any) -> Response:
    """The newest finds of ?q=, by arrival; ?before= an article's number for older ones."""
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    typed = clean(request.args.get("q"))[:CHARACTERS]
    before = asked_number(request, "before")
    bound = _BEYOND if before is None else before
    found = await rows(database, _SEARCH, typed=typed, before=bound, limit=FINDS + 1) if typed.strip() else []
    return await page(
        datasette,
        request,
        database,
        "seedwatch_search.html",
        typed=typed,
        finds=[_find(row, typed) for row in found[:FINDS]],
        older=found[FINDS - 1]["id"] if len(found) > FINDS else None,
        continued=before is not None,
    )


def _find(row: Row, typed: str) -> Find:
    title, language = clean(row["title"]), row["language"]
    stretches = merged(find_phrases(tokens(title, language), phrases(typed, language)))
    return Find(
        id=row["id"],
        title=marked(title, stretches) or Markup("(no headline)"),
        source=clean(row["source"]),
        language=clean(language),
        published=short_time(row["published_at"], row["published_precision"]),
        topics=clean(row["topics"]),
        snippet=snippet_html(clean(snippet(row["text"], typed, language))),
    )
