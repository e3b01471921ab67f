"""The command `export`: articles with their matches, relations and events, for other programs."""

import csv
import sys
from collections.abc import Iterator
from datetime import date
from importlib import metadata
from pathlib import Path
from sqlite3 import Connection

import click

from crawler import clock
from scheduler.cli.arguments import DAY
from scheduler.cli.context import opened
from scheduler.cli.output import echo
from scheduler.cli.progress import ProgressLine
from scheduler.files.article_files import csv_rows, json_lines
from scheduler.files.atomic_files import text_output, whole_file
from storage.articles import choices, exports, kept_pages
from storage.articles.choices import Choice
from storage.articles.exports import ExportedArticle
from storage.errors import ConfigError

# What a name promises that would hold lines of JSON; a workbook that no spreadsheet opens helps nobody.
_OTHER_FORMATS = {
    ".xlsx",
    ".xls",
    ".ods",
    ".parquet",
    ".json",
    ".html",
    ".pdf",
    ".docx",
    ".xml",
    ".tsv",
    ".zip",
}


@click.command()
@click.option("--topic", "topics", multiple=True, help="Articles of this topic; may be repeated.")
@click.option("--source", "sources", multiple=True, help="Articles of this source; may be repeated.")
@click.option("--since", type=DAY, help="Published on this day (UTC) or later.")
@click.option("--until", type=DAY, help="Published on this day (UTC) or earlier.")
@click.option("--language", help="Articles in this language, such as ko.")
@click.option("--band", type=click.Choice(["match", "review"]), help="Articles with a match of this band.")
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv"]), help="Default: by the file's name, else jsonl."
)
@click.option(
    "--text/--no-text", default=None, help="With the articles' texts; default: in jsonl, not in csv."
)
@click.option(
    "--by",
    "order",
    type=click.Choice(["published", "arrival"]),
    help="The newest first, or as they came; default: published in csv, arrival in jsonl.",
)
@click.option(
    "--bom/--no-bom",
    default=None,
    help="Begin CSV with the mark by which spreadsheets know UTF-8; default: in files whose name has .csv.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write; .gz packs it. Default: stdout.",
)
@click.option(
    "--warc",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the kept pages of these articles to this WARC file (.warc.gz) instead.",
)
def export(
    topics: tuple[str, ...],
    sources: tuple[str, ...],
    since: date | None,
    until: date | None,
    language: str | None,
    band: str | None,
    form: str | None,
    text: bool | None,
    order: str | None,
    bom: bool | None,
    output: Path | None,
    warc: Path | None,
) -> None:
    """Export articles with their matches, relations and events, as lines of JSON or as CSV.

    Articles without a date go by the day on which they were first seen. `seedwatch import` reads the lines
    of JSON. In CSV a cell that a spreadsheet would run begins with an apostrophe.
    """
    choice = Choice(topics, sources, since, until, language, band)
    if warc is not None:
        if any(value is not None for value in (output, form, text, order, bom)):
            raise click.UsageError(
                "--warc writes pages as they came: -o, --format, --text, --by and --bom do not go with it"
            )
        _export_pages(choice, warc)
        return
    names_csv = output is not None and ".csv" in output.suffixes
    kind = form or ("csv" if names_csv else "jsonl")
    _check_name(output, form)
    by_date = (order or ("published" if kind == "csv" else "arrival")) == "published"
    with_text = kind == "jsonl" if text is None else text
    with opened(synced=False) as (_, connection), text_output(_file(output)) as out:
        check_choice(connection, choice)
        articles = counted(
            exports.export_articles(connection, choice, with_text=with_text, by_date=by_date),
            connection,
            choice,
        )
        if kind == "csv":
            out.write("\ufeff" if (names_csv if bom is None else bom) else "")
            csv.writer(out).writerows(csv_rows(articles, with_text=with_text))
        else:
            out.writelines(json_lines(articles))


def _check_name(output: Path | None, form: str | None) -> None:
    """Raises ConfigError if the name of the file promises what is not written."""
    if output is None or form is not None or output.suffix.lower() not in _OTHER_FORMATS:
        return
    raise ConfigError(
        f"{output}: {output.suffix} is not written; allowed are .jsonl and .csv, also packed (.gz); "
        "spreadsheets open .csv"
    )


def check_choice(connection: Connection, choice: Choice) -> None:
    """Raises ConfigError if *choice* names a topic or source that the database has not, or days that never come."""
    for kind, names in choices.unknown_names(connection, choice).items():
        raise ConfigError(f"there is no {kind} {names[0]!r}; `seedwatch {kind}s list` shows them")
    if choice.since and choice.until and choice.since > choice.until:
        raise ConfigError(f"--since {choice.since} is later than --until {choice.until}: no day is meant")


def counted(
    articles: Iterator[ExportedArticle], connection: Connection, choice: Choice, *, is_quiet: bool = False
) -> Iterator[ExportedArticle]:
    """*articles*, with their number on stderr: a line that grows on a terminal, and, unless *is_quiet*, the sum."""
    bar = ProgressLine("articles")
    whole = choices.count(connection, choice) if sys.stderr.isatty() else 0
    number = 0
    for number, article in enumerate(articles, start=1):
        yield article
        bar.show(number, number / whole if whole else None)
    bar.clear()
    if not is_quiet:
        echo(f"{number:,} articles", err=True)


def _export_pages(choice: Choice, file: Path) -> None:
    from scheduler.files.warc import write_warc  # only this option needs what it loads

    if file.suffix != ".gz":
        raise ConfigError(f"{file}: the file is packed; let its name end in .warc.gz")
    with opened(synced=False) as (_, connection), whole_file(file) as out:
        check_choice(connection, choice)
        articles = counted(
            exports.export_articles(connection, choice, with_text=False), connection, choice, is_quiet=True
        )
        pages = (
            (page, article) for article in articles for page in kept_pages.pages_of(connection, [article.id])
        )
        software = f"seedwatch/{metadata.version('seedwatch')}"
        number = write_warc(pages, out, name=file.name, software=software, now=clock.now())
    echo(f"{number:,} pages", err=True)
    if not number:
        echo("no pages of these articles are kept: set `keep_pages = true` under [crawl]", err=True)


def _file(output: Path | None) -> Path | None:
    return None if output is None or str(output) == "-" else output
