"""What is true about each page of the demo press, to compare a crawl with: expected.json and its reader.

The truth comes from content/, never from our own extraction. ``python -m scheduler.demo.press_truth`` writes
expected.json anew after an edit of the content; tests/system/test_press.py fails while the two differ.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from scheduler.demo.press_content import load_content, load_edits, load_removals
from scheduler.demo.press_records import DemoArticle, OutletContent, SpecialPage
from storage.records.articles import Precision

EXPECTED = Path(__file__).parent / "expected.json"
ARTICLE_KINDS = ("article", "slow")
NOTES = (
    "Keys are outlet and path. Kinds article and slow are articles; all others must leave no article behind.",
    "published is the moment of printing, as finely as feed and page together state it; null: nowhere stated.",
    "copy_of names the earliest page or seed with the same body.",
    "story_of names the page that it tells again, whole or in part, or follows up; relation says which.",
    "also_at is a second address of the same article: one article, no copy.",
    "change is what becomes of it: edited, edited_silently (neither page nor feed says so), deleted, returned.",
    "on_topic is about the strait link between Halmar and Osterby, the topic of the three seeds.",
    "The topic has seeds in en, ko and ru only: the two Chinese articles on it are found by meaning alone, for review.",
    "Home, section, about and feed addresses are navigation and are not listed.",
)


@dataclass(frozen=True, slots=True)
class Expected:
    """The truth about one page."""

    outlet: str
    path: str
    title: str
    language: str
    on_topic: bool
    copy_of: str | None  # key of the earliest page or seed with the same body
    kind: str  # "article", "slow", "wall", "login", "gone", "missing", "redirect" or "disallowed"
    published: str | None  # ISO 8601 in UTC, or a day as its place wrote it; None where nothing states it
    precision: Precision | None
    note: str
    story_of: str | None = None  # key of the page that it repeats in part, or follows up; None beside copy_of
    relation: str | None = None  # to copy_of or story_of: "copy", "excerpt", "extended" or "follow_up"
    change: str | None = None  # what becomes of it: as `_changes` has it
    also_at: str | None = None  # path and query at which the same page stands, too; None: it has one address

    @property
    def key(self) -> str:
        """Outlet and path."""
        return self.outlet + self.path

    @property
    def is_article(self) -> bool:
        """Whether a crawl should read an article here."""
        return self.kind in ARTICLE_KINDS


def load_expected() -> dict[str, Expected]:
    """Key -> truth, in the order of the outlets, newest first."""
    pages = json.loads(EXPECTED.read_text(encoding="utf-8"))["pages"]
    return {
        key: Expected(**(facts | {"precision": facts["precision"] and Precision(facts["precision"])}))
        for key, facts in pages.items()
    }


def expected_of(outlets: tuple[OutletContent, ...], days: int = 0) -> dict[str, Expected]:
    """The truth as the content says it, which was moved by *days*, in the order of load_expected."""
    changes = _changes(outlets, days)
    return {page.key: page for outlet in outlets for page in _pages(outlet, changes)}


def write_expected() -> None:
    """Write expected.json from the content."""
    pages = {key: asdict(page) for key, page in expected_of(load_content()).items()}
    text = json.dumps({"notes": NOTES, "pages": pages}, ensure_ascii=False, indent=1)
    EXPECTED.write_text(text + "\n", encoding="utf-8")


def _pages(outlet: OutletContent, changes: Mapping[str, str]) -> Iterator[Expected]:
    for article in outlet.articles:
        yield _article(outlet, article, changes)
    for special in outlet.specials:
        yield _special(outlet, special)


def _article(outlet: OutletContent, article: DemoArticle, changes: Mapping[str, str]) -> Expected:
    return Expected(
        outlet=outlet.name,
        path=article.path,
        title=article.title,
        language=outlet.language,
        on_topic=article.on_topic,
        copy_of=article.copy_of,
        kind=article.kind,
        published=_utc(article.published),
        precision=None if article.published is None else Precision(article.precision),
        note=article.note,
        story_of=article.story_of,
        relation=article.relation,
        change=changes.get(article.key),
        also_at=outlet.further(article),
    )


def _changes(outlets: tuple[OutletContent, ...], days: int) -> dict[str, str]:
    """Key -> what becomes of an article: "edited", "edited_silently", "deleted" or "returned", in this order."""
    changes = {
        edit.of: "edited" if edit.modified else "edited_silently" for edit in load_edits(outlets, days)
    }
    return changes | {
        removal.of: "returned" if removal.returns else "deleted" for removal in load_removals(days)
    }


def _special(outlet: OutletContent, special: SpecialPage) -> Expected:
    return Expected(
        outlet=outlet.name,
        path=special.path,
        title=special.title,
        language=outlet.language,
        on_topic=False,
        copy_of=None,
        kind=special.kind,
        published=None,
        precision=None,
        note=special.note,
    )


def _utc(published: datetime | date | None) -> str | None:
    if isinstance(published, datetime):
        return published.astimezone(UTC).isoformat()
    return None if published is None else published.isoformat()


if __name__ == "__main__":
    write_expected()
