"""What `rematch --re-extract` shows, asks and writes: kept pages read by the present extractor."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any

import click

from crawler import clock
from crawler.holdings.re_extract import Rereading, count_paged, re_extract
from crawler.pages.extract import EXTRACTOR
from crawler.topics.match import TopicMatcher
from scheduler.cli.output import date_text, echo, print_json, print_table
from scheduler.cli.progress import ProgressLine
from scheduler.wording import counted
from storage.records.articles import StatedDate

_SHOWN = 20
_TITLE = 40
# What is said of those that do not change, by outcome.
_LEFT = {
    "same": "say the same",
    "no_article": "give no article now, and stay as they are",
    "other_story": "give another text, and stay as they are",
    "several_pages": "are the first of several pages, and stay as they are",
    "page_not_kept": "changed after their last kept page, and stay as they are",
    "unreadable": "cannot be unpacked, and stay as they are",
}


@dataclass(slots=True)
class _Outcome:
    """What a walk over the kept pages gave."""

    numbers: Counter[str] = field(default_factory=Counter)
    changed: list[Rereading] = field(default_factory=list)


def run(
    connection: Connection, matchers: list[TopicMatcher], *, again: bool, yes: bool, as_json: bool
) -> None:
    """Show what a new reading of the kept pages changes; write it if it *yes* is said, or agreed to on a terminal."""
    whole = count_paged(connection, again=again)
    found = _walk(connection, matchers, whole, again=again, write=yes)
    is_written = yes
    if not as_json:
        _print(found, whole)
        if found.changed and not yes and _is_agreed():
            _walk(connection, matchers, whole, again=again, write=True)
            is_written = True
        _print_end(found, whole, is_written=is_written)
        return
    print_json(
        {
            "extractor": EXTRACTOR,
            "written": is_written,
            "pages": whole,
            "outcomes": dict(found.numbers),
            "changed": [_plain(one) for one in found.changed],
        }
    )


def _walk(
    connection: Connection, matchers: list[TopicMatcher], whole: int, *, again: bool, write: bool
) -> _Outcome:
    found, line = _Outcome(), ProgressLine("pages")
    try:
        walk = re_extract(connection, matchers, clock.now(), write=write, again=again)
        for done, one in enumerate(walk, start=1):
            found.numbers[one.outcome] += 1
            if one.outcome == "changed":
                found.changed.append(one)
            line.show(done, done / max(whole, 1))
    finally:
        line.clear()
    return found


def _is_agreed() -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return click.confirm("Write this?", default=False)


def _print(found: _Outcome, whole: int) -> None:
    if not whole:
        echo(
            f"no kept page is left that extractor {EXTRACTOR}, the present one, has not read; --again reads them anew"
        )
        return
    if found.changed:
        rows = [
            (one.article_id, one.source, one.title[:_TITLE], _changes(one)) for one in found.changed[:_SHOWN]
        ]
        print_table(["article", "source", "headline", "what changes"], rows)
        if len(found.changed) > _SHOWN:
            echo(f"… and {counted(len(found.changed) - _SHOWN, 'more article')}; --json shows all")
    for outcome, words in _LEFT.items():
        if number := found.numbers[outcome]:
            echo(f"{number:,} {words}")


def _print_end(found: _Outcome, whole: int, *, is_written: bool) -> None:
    number = len(found.changed)
    if whole and is_written:
        echo(f"{counted(number, 'article')} corrected", err=True)
    elif number:
        echo(f"nothing was written: --yes corrects {counted(number, 'article')}", err=True)


def _changes(one: Rereading) -> str:
    parts = []
    if one.new_title:
        parts.append(f"headline: {one.new_title[:_TITLE]}")
    if one.revision is not None:
        parts.append(f"text: +{one.revision.words_added} −{one.revision.words_removed} words")
    if one.published is not None:
        parts.append("date: {} → {}".format(*map(_date, one.published)))
    if one.authors is not None:
        parts.append("authors: {} → {}".format(*("; ".join(names) or "none" for names in one.authors)))
    return ", ".join(parts)


def _date(stated: StatedDate | None) -> str:
    return date_text(stated.at, stated.precision) if stated else "none"


def _plain(one: Rereading) -> dict[str, Any]:
    revision = one.revision
    return {
        "article": one.article_id,
        "source": one.source,
        "headline": one.title,
        "new_headline": one.new_title or None,
        "added": revision.added if revision else "",
        "removed": revision.removed if revision else "",
        "published": [stated.at if stated else None for stated in one.published] if one.published else None,
        "authors": list(one.authors) if one.authors else None,
    }
