"""Citations of answers to agents, held against the database that they cite."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from storage import db
from storage.articles import articles, stories


def quotes(value: Any) -> Iterator[dict[str, Any]]:
    """Every quote of an answer that has a citation, however deep."""
    if isinstance(value, dict):
        if "quoted" in value:
            yield value
        for one in value.values():
            yield from quotes(one)
    elif isinstance(value, list):
        for one in value:
            yield from quotes(one)


def check_citations(database: Path, answer: dict[str, Any]) -> int:
    """How many quotes the answer cites; each is what its article said there in that version, inside the fence."""
    found = list(quotes(answer))
    with closing(db.connect(database, readonly=True)) as connection:
        for quote in found:
            mark = re.search("Between <([^>]+)>", answer["about_quotes"])[1]
            inside = re.fullmatch(f"<{mark}>(.*)</{mark}>", quote["quoted"], re.DOTALL)[1]
            assert mark not in inside
            version = stories.version(connection, quote["article"], quote["version"])
            field = {"title": version.title, "text": version.text}[quote["field"]]
            assert field[quote["start"] : quote["end"]] == inside
            assert 0 <= quote["start"] <= quote["end"] <= len(field)
            assert articles.article(connection, quote["article"])["url"] == quote["url"]
    return len(found)
