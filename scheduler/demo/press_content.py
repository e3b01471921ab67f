"""The invented press as it is written down in content/ and seeds/: outlets, their articles, and edits.

One folder an outlet: ``outlet.toml`` says what it is, ``articles.md`` holds its articles (a TOML block between two
``+++`` lines, then paragraphs parted by empty lines), the three ``.html`` files are its templates. An article with
``copy_of`` has no text of its own: it takes the body of the article or seed named there, dressed as ``dress`` says; one
with ``story_of`` has, and tells the same story: whole, in part, with more around it, or what came next (``relation``).
"""

import re
import tomllib
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.demo.press_dates import moved
from scheduler.demo.press_records import (
    DemoArticle,
    Edit,
    ExtraEntry,
    OutletContent,
    Removal,
    SpecialPage,
    StaticPage,
)

HERE = Path(__file__).parent
SEEDS = HERE / "seeds"
OUTLETS = (  # in the order of ports
    "courier",
    "meridian",
    "volna",
    "deungdae",
    "chaobao",
    "banner",
    "ledger",
    "holms",
    "torch",
    "agency",
)


def load_content(days: int = 0) -> tuple[OutletContent, ...]:
    """All outlets in the order of OUTLETS, copies with their text, before any edit; all dates *days* later."""
    outlets = tuple(_load_outlet(name, days) for name in OUTLETS)
    bodies = {article.key: article.paragraphs for outlet in outlets for article in outlet.articles}
    bodies |= {f"seeds/{path.name}": seed_paragraphs(path) for path in sorted(SEEDS.glob("*.txt"))}
    return tuple(
        replace(outlet, articles=tuple(_with_copied_body(article, bodies) for article in outlet.articles))
        for outlet in outlets
    )


def load_edits(outlets: tuple[OutletContent, ...], days: int = 0) -> tuple[Edit, ...]:
    """The second texts that Press.edit() and Press.edit_silently() bring, times in the outlet's zone, *days* later."""
    zones = {outlet.name: ZoneInfo(outlet.timezone) for outlet in outlets}
    return tuple(
        Edit(
            table["of"],
            _aware(table["modified"], zones[table["of"].partition("/")[0]]) if "modified" in table else None,
            paragraphs,
        )
        for table, paragraphs in read_blocks(HERE / "content" / "edits.md", days)
    )


def load_removals(days: int = 0) -> tuple[Removal, ...]:
    """The articles that Press.remove() takes away and Press.restore() brings back in part, dates *days* later."""
    table = tomllib.loads(_text(HERE / "content" / "removals.toml", days))
    return tuple(Removal(**removal) for removal in table["removals"])


def without(outlets: tuple[OutletContent, ...], keys: Collection[str]) -> tuple[OutletContent, ...]:
    """The same outlets without the articles of *keys*."""
    return tuple(
        replace(outlet, articles=tuple(article for article in outlet.articles if article.key not in keys))
        for outlet in outlets
    )


def edited(outlets: tuple[OutletContent, ...], edits: tuple[Edit, ...]) -> tuple[OutletContent, ...]:
    """The same outlets with the second text and modified date of each edited article."""
    by_key = {edit.of: edit for edit in edits}

    def second(article: DemoArticle) -> DemoArticle:
        edit = by_key.get(article.key)
        return (
            replace(article, paragraphs=edit.paragraphs, modified=edit.modified)
            if edit is not None
            else article
        )

    return tuple(
        replace(outlet, articles=tuple(second(article) for article in outlet.articles)) for outlet in outlets
    )


def seed_paragraphs(path: Path) -> tuple[str, ...]:
    """The body of a seed: without title, date line and copyright line."""
    return _paragraphs(path.read_text(encoding="utf-8"))[2:-1]


def newest_day(outlets: tuple[OutletContent, ...]) -> date:
    """The latest day that an article is of."""
    published = (article.published for outlet in outlets for article in outlet.articles)
    return max(at.date() if isinstance(at, datetime) else at for at in published if at is not None)


def read_blocks(path: Path, days: int = 0) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    """Front matter and paragraphs of each article of a file, in its order; what precedes the first is a remark."""
    parts = re.split(r"^\+\+\+$", _text(path, days), flags=re.MULTILINE)[1:]
    return [
        (tomllib.loads(front), _paragraphs(body)) for front, body in zip(parts[::2], parts[1::2], strict=True)
    ]


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())


def _text(path: Path, days: int) -> str:
    return moved(path.read_text(encoding="utf-8"), days)


def _load_outlet(name: str, days: int) -> OutletContent:
    folder = HERE / "content" / name
    table = tomllib.loads(_text(folder / "outlet.toml", days))
    zone = ZoneInfo(table["timezone"])
    default_dates, precision = tuple(table.pop("page_date")), table.pop("precision")
    articles = [
        _article(name, front, paragraphs, zone, {"page_date": default_dates, "precision": precision})
        for front, paragraphs in read_blocks(folder / "articles.md", days)
    ]
    table |= {
        "feed": table.get("feed"),
        "section_path": table.get("section_path", "/section/{slug}/"),
        "pages": tuple(StaticPage(**page) for page in table["pages"]),
        "specials": tuple(_special(special, zone) for special in table.get("specials", ())),
        "extra_entries": tuple(
            ExtraEntry(**(entry | {"published": _aware(entry["published"], zone)}))
            for entry in table.get("extra_entries", ())
        ),
        "templates": {
            part: (folder / f"{part}.html").read_text(encoding="utf-8")
            for part in ("frame", "article", "item")
        },
    }
    return OutletContent(name=name, articles=tuple(sorted(articles, key=_newest_first)), **table)


def _article(
    outlet: str, front: dict[str, Any], paragraphs: tuple[str, ...], zone: ZoneInfo, defaults: dict[str, Any]
) -> DemoArticle:
    published = front.get("published")
    if isinstance(published, datetime):
        published = published.replace(tzinfo=zone)
    return DemoArticle(
        outlet=outlet,
        path=front["path"],
        title=front["title"],
        section=front["section"],
        published=published,
        paragraphs=paragraphs,
        on_topic=front["on_topic"],
        kind=front.get("kind", "article"),
        page_date=tuple(front.get("page_date", defaults["page_date"])),
        precision=front.get("precision", defaults["precision"]),
        copy_of=front.get("copy_of"),
        story_of=front.get("story_of"),
        relation=front.get("relation", "copy" if "copy_of" in front else None),
        dress=front.get("dress", ""),
        feed_date=front.get("feed_date"),
        note=front.get("note", ""),
    )


def _with_copied_body(article: DemoArticle, bodies: dict[str, tuple[str, ...]]) -> DemoArticle:
    if article.copy_of is None:
        return article
    return replace(article, paragraphs=_dressed(bodies[article.copy_of], article.dress))


def _dressed(paragraphs: tuple[str, ...], dress: str) -> tuple[str, ...]:
    """The same words as another desk prints them: capitals at the start, wider spaces, or both."""
    if dress in ("capitals", "both"):
        words = paragraphs[0].split(" ")
        paragraphs = (" ".join([word.upper() for word in words[:4]] + words[4:]), *paragraphs[1:])
    if dress in ("spaces", "both"):
        paragraphs = tuple(paragraph.replace(". ", ".\u00a0 ") for paragraph in paragraphs)
    return paragraphs


def _special(table: dict[str, Any], zone: ZoneInfo) -> SpecialPage:
    published = table.get("published")
    return SpecialPage(
        **(
            table
            | {
                "published": None if published is None else _aware(published, zone),
                "buttons": tuple(table.get("buttons", ())),
            }
        )
    )


def _aware(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone)


def _newest_first(article: DemoArticle) -> tuple[bool, int, int]:
    published = article.published
    if published is None:
        return (True, 0, 0)
    seconds = published.hour * 3600 + published.minute * 60 if isinstance(published, datetime) else 0
    return (False, -published.toordinal(), -seconds)
