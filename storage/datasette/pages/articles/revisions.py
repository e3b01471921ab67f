"""The page that shows what an outlet changed in an article."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup, escape

from storage.analyser import tokens
from storage.datasette.databases import asked_database, demand_view
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


# 1,500 lines a side stay under a second, even if all lines differ; news texts have under 100.
PARAGRAPHS = 1_500


# Words and gaps of one paragraph; 1,000 a side take about 0.1 s at worst.
PIECES = 1_000


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the comparison."""

    changed: bool
    html: Markup  # with <ins> and <del>


def compare(old: str, new: str) -> list[Paragraph]:
    """The paragraphs of both texts in order, at most 1,500 of each; equal ones once."""
    before, after = _paragraphs(old), _paragraphs(new)
    compared = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            compared += [Paragraph(False, escape(line)) for line in before[i:j]]
        else:
            compared += [Paragraph(True, html) for html in _replaced(before[i:j], after[k:m])]
    return compared


def compare_words(old: str, new: str) -> Markup:
    """*new* with what it has more in <ins> and what *old* had in <del>, by words (characters in CJK)."""
    before, after = _pieces(old), _pieces(new)
    if max(len(before), len(after)) > PIECES:
        return _swapped(old, new)
    html = Markup()
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            html += escape("".join(before[i:j]))
        else:
            html += _swapped("".join(before[i:j]), "".join(after[k:m]))
    return html


def _replaced(before: list[str], after: list[str]) -> Iterator[Markup]:
    """Paragraphs that were changed in place are compared word by word, the rest came or went."""
    same = min(len(before), len(after)) if before and after else 0
    for old, new in zip(before[:same], after[:same], strict=True):
        yield compare_words(old, new)
    yield from (_gone(line) for line in before[same:])
    yield from (_come(line) for line in after[same:])


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()][:PARAGRAPHS]


# What is read as one: a half of a number, of a date or of a name says something else than the whole (9,000 and 6,000
# would read as "96,000"). The spaces inside numbers are those of typesetters, never the common one.
_NUMBER = r"[$€£¥₽₩]?\d+(?:[.,:/’'\-–\u00a0\u2009\u202f]\d+)*[%‰°]?"


_WHOLE = re.compile(
    rf"(?:\d+\s?[年月日时時点點分秒년월일시분초호]\s?)*\d+\s?[年月日时時点點分秒년월일시분초호]"
    rf"|\d{{1,2}}\.?\s(?:de\s)?[^\W\d_]{{3,}}\.?,?\s(?:de\s)?\d{{4}}\b"  # 5 May 2026, 5 de mayo de 2026
    rf"|[^\W\d_]{{3,}}\.?\s\d{{1,2}},\s\d{{4}}\b"  # May 5, 2026
    rf"|{_NUMBER}"
)


def _pieces(text: str) -> list[str]:
    """Words and what stands between them, in order; numbers, dates and names of several words as one."""
    pieces: list[str] = []
    place = 0
    for whole in _WHOLE.finditer(text):
        pieces += _words(text, place, whole.start())
        pieces.append(whole[0])
        place = whole.end()
    return [*pieces, *_words(text, place, len(text))]


def _words(text: str, start: int, end: int) -> list[str]:
    """The words of a stretch of *text*, and what stands between them."""
    pieces, place = [], start
    for token in tokens(text[start:end]):
        first, last = start + token.start, start + token.end
        if first > place:
            pieces.append(text[place:first])
        if last > place:
            pieces.append(text[max(place, first) : last])
            place = last
    return _named([*pieces, text[place:end]] if place < end else pieces)


def _named(pieces: list[str]) -> list[str]:
    """*pieces* with words in capitals that follow each other joined: a name of several words."""
    joined: list[str] = []
    for piece in pieces:
        if len(joined) >= 2 and joined[-1] == " " and piece[:1].isupper() and joined[-2][:1].isupper():
            joined[-2:] = [f"{joined[-2]} {piece}"]
        else:
            joined.append(piece)
    return joined


def _swapped(old: str, new: str) -> Markup:
    """What went and what came; a space in what went keeps them apart where colours and lines are not shown."""
    touch = old and new and not old[-1].isspace()
    return _gone(f"{old} " if touch else old) + _come(new)


def _gone(text: str) -> Markup:
    return Markup("<del>{}</del>").format(text) if text else Markup()


def _come(text: str) -> Markup:
    return Markup("<ins>{}</ins>").format(text) if text else Markup()
