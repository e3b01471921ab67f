"""The page that shows what an outlet changed in an article."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from datasette.utils.asgi import NotFound, Response

from storage.datasette.databases import asked_database, demand_view
from storage.datasette.pages.articles.comparison import compare, compare_words
from storage.datasette.pages.rendering import Row, asked_number, cleaned, page, rows
from storage.datasette.pages.wording import clean, short_time

_READS = ("articles", "revisions")

_LIST = """
SELECT number, seen_at
FROM revisions
WHERE article_id = :id
ORDER BY number
"""
_TEXT = """
SELECT number, seen_at, title, text
FROM revisions
WHERE article_id = :id AND number = :number
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A pair of neighbouring revisions to choose."""

    before: int
    after: int
    seen: str
    chosen: bool


async def revisions(datasette: Any, request: Any) -> Response:
    """The difference between two revisions of an article: ?from= and ?to=, or the last two."""
    database = asked_database(datasette, request)
    await demand_view(datasette, request, database, _READS)
    article_id = int(request.url_vars["id"])
    article = await rows(database, "SELECT id, title, language FROM articles WHERE id = :id", id=article_id)
    if not article:
        raise NotFound(f"No such article: {article_id}")
    listed = await rows(database, _LIST, id=article_id)
    numbers = [row["number"] for row in listed]
    after = _asked(request, "to", numbers, numbers[-1] if numbers else 0)
    before = _asked(request, "from", numbers, max((n for n in numbers if n < after), default=after))
    old, new = await _text(database, article_id, before), await _text(database, article_id, after)
    return await page(
        datasette,
        request,
        database,
        "seedwatch_revisions.html",
        article=cleaned(article[0]),
        plain_title=clean(article[0]["title"]) or "(no headline)",
        steps=_steps(listed, before, after),
        side=request.args.get("view") == "side",
        old=old,
        new=new,
        title=compare_words(old["title"], new["title"]),
        paragraphs=compare(old["text"], new["text"]) if before != after else [],
    )


def _asked(request: Any, name: str, numbers: list[int], otherwise: int) -> int:
    asked = asked_number(request, name)
    return asked if asked in numbers else otherwise


async def _text(database: Any, article_id: int, number: int) -> Row:
    texts = await rows(database, _TEXT, id=article_id, number=number)
    row = texts[0] if texts else {"number": 0, "seen_at": "", "title": "", "text": ""}
    return {
        "number": row["number"],
        "seen": short_time(row["seen_at"]),
        "title": clean(row["title"]),
        "text": clean(row["text"]),
    }


def _steps(listed: list[Row], before: int, after: int) -> list[Step]:
    pairs = pairwise(listed)
    return [
        Step(
            first["number"],
            second["number"],
            short_time(second["seen_at"]),
            (first["number"], second["number"]) == (before, after),
        )
        for first, second in pairs
    ]
