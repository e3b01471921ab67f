"""The page of a story: all that told it on a time axis, what followed, what was edited and removed in it."""

import json
from typing import Any

from datasette.utils.asgi import NotFound, Response

from storage.articles.evidence_text import happening_words
from storage.datasette.addresses import DatabasePages
from storage.datasette.databases import asked_database, demand_view, place_of
from storage.datasette.pages.rendering import Row, page, rows
from storage.datasette.pages.stories.telling import ToldStory, told_story
from storage.datasette.pages.wording import clean, short_time

_READS = ("articles", "sources", "copies", "revisions", "article_events")
_CHANGES = """
SELECT article_id, seen_at AS at, 'edited' AS event, silent, words_added, words_removed
FROM revisions
WHERE article_id IN (SELECT value FROM json_each(:articles)) AND number > 1
UNION ALL
SELECT article_id, happened_at, event, NULL, NULL, NULL
FROM article_events
WHERE article_id IN (SELECT value FROM json_each(:articles))
ORDER BY at DESC
LIMIT 100
"""


async def story(datasette: Any, request: Any) -> Response:
    """The story that an article tells, seen from there.

    Raises:
        NotFound: there is no such article.
        Forbidden: Datasette's permissions say no.
    """
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    article_id = int(request.url_vars["id"])
    told = await told_story(database, article_id)
    if told is None:
        raise NotFound(f"No such article: {article_id}")
    ids = json.dumps([line.article_id for line in told.tellings])
    changes = await rows(database, _CHANGES, articles=ids)
    head = next((line for line in told.tellings if line.is_head), told.tellings[0])
    return await page(
        datasette,
        request,
        database,
        "seedwatch_story.html",
        article_id=article_id,
        title=head.title,
        language=head.language,
        story=told,
        changes=[_change(row, told, place_of(datasette, database)) for row in changes],
    )


def _change(row: Row, told: ToldStory, place: DatabasePages) -> Row:
    line = next(line for line in told.tellings if line.article_id == row["article_id"])
    is_edit = row["event"] == "edited"
    silent = " silently" if row["silent"] else ""
    return {
        "at": short_time(row["at"]),
        "source_name": line.source_name,
        "source": line.source,
        "title": line.title,
        "what": f"edited{silent}" if is_edit else happening_words(clean(row["event"])),
        "words": f"{row['words_added']} words came, {row['words_removed']} went" if is_edit else "",
        "address": place.revisions(line.article_id) if is_edit else place.read(line.article_id),
    }
