"""The command `extract`: what is read of a page, and why."""

import asyncio
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler import clock
from crawler.urls import host_and_port
from scheduler.cli.arguments import check_address, check_timezone
from scheduler.cli.context import opened
from scheduler.cli.output import cut_text, date_text, echo, json_option, print_json, printable
from storage.errors import ConfigError, SeedwatchError
from storage.records.articles import Article, Rejection, StatedDate
from storage.sources.site_memories import common_marks

if TYPE_CHECKING:
    from crawler.pages.body import JudgedBlock
    from crawler.pages.explanation import PageExplanation, StatedName
    from crawler.pages.page_dates import PageDates
    from crawler.pages.titles import TitleCandidate

_SHOWN_BLOCKS = 200


@click.command()
@click.argument("item", metavar="(ADDRESS|FILE)")
@click.option("--timezone", help="Zone of dates that state none, such as Asia/Pyongyang.")
@click.option(
    "--explain", is_flag=True, help="Show what was considered for each field, and the blocks of the text."
)
@json_option
def extract(item: str, timezone: str | None, explain: bool, as_json: bool) -> None:
    """Show what is read of a page: an address or an HTML file."""
    check_timezone(timezone)
    is_address = item.startswith(("http://", "https://"))
    explanation = _of_address(item, timezone) if is_address else _of_file(item, timezone)
    if explain and as_json:
        print_json({name: value for name, value in asdict(explanation).items() if name != "marks"})
    elif explain:
        _print_explanation(explanation)
    else:
        _print_article(item, explanation.outcome, is_address=is_address, as_json=as_json)


def _print_article(item: str, outcome: Article | Rejection, *, is_address: bool, as_json: bool) -> None:
    if isinstance(outcome, Rejection):
        raise SeedwatchError(f"{item}: no article: {_why(outcome)}")
    fields = asdict(outcome)
    if not is_address:
        del fields["url"]
    if as_json:
        print_json(fields)
        return
    text = fields.pop("text", "")
    for name, value in fields.items():
        if value not in (None, "", [], ()):
            echo(f"{name}: {printable(_readable(value))}")
    if text:
        echo(f"\n{printable(str(text))}")


def _why(outcome: Rejection) -> str:
    return outcome.reason + (f" ({outcome.detail})" if outcome.detail else "")


def _readable(value: object) -> str:
    """A field of an article in one line: names joined, a date with how it was stated."""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return _date(StatedDate(**value))
    return str(value)


def _date(date: StatedDate) -> str:
    zone = f", {date.zone} was assumed" if date.zone else ""
    is_day = date.precision in ("year", "month", "day")
    return (
        f"{date_text(date.at, date.precision)}{'' if is_day else ' UTC'} (from {date.rule}: {date.raw}{zone})"
    )


def _print_explanation(explanation: "PageExplanation") -> None:
    wide = shutil.get_terminal_size().columns
    for line in _explained(explanation):
        echo(cut_text(printable(line), wide))


def _explained(explanation: "PageExplanation") -> Iterator[str]:
    """The explanation, a line each; the first of each part is what was chosen."""
    outcome = explanation.outcome
    if isinstance(outcome, Article):
        yield f"headline: {outcome.title}"
    else:
        yield f"no article: {_why(outcome)}"
    yield from _candidates(explanation.headlines)
    if isinstance(outcome, Article):
        yield f"authors: {', '.join(outcome.authors) or 'none'}"
        yield from _candidates(explanation.authors)
        yield f"language: {outcome.language or 'not recognised'}"
    if explanation.dates is not None:
        yield from _dates(explanation.dates)
    yield from _blocks(explanation.blocks, explanation.text_from)


def _candidates(candidates: "Iterable[StatedName | TitleCandidate]") -> Iterator[str]:
    for candidate in candidates:
        yield f"    {candidate.place:<14} {candidate.text}"


def _dates(dates: "PageDates") -> Iterator[str]:
    yield f"published: {_date(dates.published) if dates.published else 'unknown'}"
    yield f"    {dates.choice.reason}"
    for candidate in dates.candidates:
        against = ", contradicted" if candidate in dates.choice.contradicted else ""
        where = f", {candidate.where}" if candidate.where else ""
        yield f"    {candidate.place:<14} {_date(candidate.date)}, {candidate.said}{where}{against}"
    if dates.modified:
        yield f"modified: {_date(dates.modified)}"


def _blocks(blocks: "tuple[JudgedBlock, ...]", text_from: str) -> Iterator[str]:
    kept = sum(block.is_kept for block in blocks)
    yield f"text: from {text_from or 'nothing'}; {kept} of {len(blocks)} blocks kept (+), each with its chance"
    for block in blocks[:_SHOWN_BLOCKS]:
        text = ("on many pages of the site: " if block.is_common else "") + " ".join(block.text.split())
        yield f"  {'+' if block.is_kept else '-'} {block.chance:.2f}  {text[:60]:<60}  {block.path}"
    if len(blocks) > _SHOWN_BLOCKS:
        yield f"  and {len(blocks) - _SHOWN_BLOCKS} more; --json has all"


def _of_address(address: str, timezone: str | None) -> "PageExplanation":
    from crawler.discovery.lookups import LookupTask
    from crawler.pages.explanation import PageExplanation
    from scheduler.config.access import access_text
    from scheduler.daemon.child import look_up

    check_address(address)
    with opened(synced=True) as (config, connection):
        common = common_marks(connection, host_and_port(address))
        task = LookupTask("articles", (address,), timezone, explains=True, common=common)
        (answer,) = asyncio.run(look_up(config.database, task, access_text(config, os.environ)))
    if isinstance(answer.explanation, PageExplanation):
        return answer.explanation
    return PageExplanation(Rejection(answer.reason or "error", answer.detail))


def _of_file(item: str, timezone: str | None) -> "PageExplanation":
    from crawler.pages.extract import explain_page  # slow to load
    from storage.records.articles import Page

    try:
        body = Path(item).read_bytes()
    except OSError as error:
        raise ConfigError(f"{item}: {error.strerror}") from error
    page = Page(url="http://file.invalid/", body=body, content_type="text/html", fetched_at=clock.now())
    return explain_page(page, None, timezone=timezone, language=None)
