"""The command `export`: articles with their matches, relations and events, for people and other programs."""

import csv
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from sqlite3 import Connection
from typing import BinaryIO

import click

from crawler import clock
from scheduler.cli.arguments import DAY
from scheduler.cli.context import opened
from scheduler.cli.output import echo
from scheduler.cli.progress import ProgressLine
from scheduler.files.article_files import csv_rows, json_lines
from scheduler.files.atomic_files import text_output, whole_file
from scheduler.files.ris_files import ris_references
from scheduler.wording import counted as counted_noun
from storage.articles import choices, exports, kept_pages
from storage.articles.choices import Choice
from storage.articles.exports import ExportedArticle
from storage.errors import ConfigError

FORMS = ("jsonl", "csv", "xlsx", "ris", "parquet")
# What a name promises; a packed file (.gz) has the form of the name before.
_FORM_OF = {".csv": "csv", ".xlsx": "xlsx", ".ris": "ris", ".parquet": "parquet"}
_PACKED = ("xlsx", "parquet")  # no text: they need a file, and pack by themselves
# Files of these would hold something else than their names say.
_OTHER_FORMATS = {".xls", ".ods", ".json", ".html", ".pdf", ".docx", ".xml", ".tsv", ".zip"}
# Those that a person reads: the newest first, without texts.
_FOR_PEOPLE = ("csv", "xlsx", "ris")


@click.command()
@click.option("--topic", "topics", multiple=True, help="Articles of this topic; may be repeated.")
@click.option("--source", "sources", multiple=True, help="Articles of this source; may be repeated.")
@click.option("--since", type=DAY, help="Published on this day (UTC) or later.")
@click.option("--until", type=DAY, help="Published on this day (UTC) or earlier.")
@click.option("--language", help="Articles in this language, such as ko.")
@click.option("--band", type=click.Choice(["match", "review"]), help="Articles with a match of this band.")
@click.option("--format", "form", type=click.Choice(FORMS), help="Default: by the file's name, else jsonl.")
@click.option("--ris", "form", flag_value="ris", help="As --format ris: references for Zotero and its like.")
@click.option("--parquet", "form", flag_value="parquet", help="As --format parquet: a table for notebooks.")
@click.option(
    "--text/--no-text", default=None, help="With the articles' texts; default: in jsonl, parquet and notes."
)
@click.option(
    "--by",
    "order",
    type=click.Choice(["published", "arrival"]),
    help="The newest first, or as they came; default: published, in jsonl arrival.",
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
@click.option(
    "--obsidian",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a note for each story of these articles into this folder instead, or bring it up to date.",
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
    folder: Path | None,
) -> None:
    """Export articles with their matches, relations and events: JSON, CSV, workbook, Parquet, references, notes.

    Articles without a date go by the day on which they were first seen. `seedwatch import` reads the lines
    of JSON. In CSV a cell that a spreadsheet would run begins with an apostrophe.
    """
    choice = Choice(topics, sources, since, until, language, band)
    alone = {"--warc": warc, "--obsidian": folder}
    beside = {"-o": output, "--format": form, "--by": order, "--bom": bom}
    if warc is not None:
        _demand_alone("--warc", {**alone, **beside, "--text": text})
        _export_pages(choice, warc)
    elif folder is not None:
        _demand_alone("--obsidian", {**alone, **beside})
        _export_notes(choice, folder, with_text=text is not False)
    else:
        kind = form or _form_of(output)
        by_date = (order or ("published" if kind in _FOR_PEOPLE else "arrival")) == "published"
        with_text = kind in ("jsonl", "parquet") if text is None else text
        names_csv = output is not None and ".csv" in output.suffixes
        asked = _AskedExport(choice, kind, by_date, with_text, names_csv if bom is None else bom)
        if kind in _PACKED:
            _export_packed(asked, _file(output))
        else:
            _export_lines(asked, _file(output))


@dataclass(frozen=True, slots=True)
class _AskedExport:
    """Which articles, and how they are written."""

    choice: Choice
    form: str  # one of FORMS
    by_date: bool
    with_text: bool
    with_mark: bool  # CSV begins with the byte order mark


def _demand_alone(name: str, options: Mapping[str, object]) -> None:
    """Raises UsageError if beside the option *name* another of *options* was given."""
    others = [other for other, value in options.items() if value is not None and other != name]
    if others:
        raise click.UsageError(f"{name} does not go with {' and '.join(others)}")


def _form_of(output: Path | None) -> str:
    """The form that the name of the file promises.

    Raises:
        ConfigError: it is one that is not written.
    """
    suffixes = [suffix.lower() for suffix in output.suffixes] if output else []
    for suffix in suffixes[-2:]:
        if suffix in _FORM_OF:
            return _FORM_OF[suffix]
    if suffixes and suffixes[-1] in _OTHER_FORMATS:
        raise ConfigError(
            f"{output}: {suffixes[-1]} is not written; allowed are .jsonl, .csv and .ris, packed (.gz) too, "
            ".xlsx and .parquet"
        )
    return "jsonl"


def _export_lines(asked: _AskedExport, file: Path | None) -> None:
    """To *file*, or stdout."""
    with opened(synced=False) as (_, connection), text_output(file) as out:
        articles = _chosen(connection, asked)
        if asked.form == "csv":
            out.write("\ufeff" if asked.with_mark else "")
            csv.writer(out).writerows(csv_rows(articles, with_text=asked.with_text))
        else:
            out.writelines(ris_references(articles) if asked.form == "ris" else json_lines(articles))


def _export_packed(asked: _AskedExport, file: Path | None) -> None:
    """A workbook or a Parquet file."""
    write = _writer_of(asked.form)
    if file is None:
        raise ConfigError(
            f"{asked.form} is no text for a terminal or a pipe: name a file with -o FILE.{asked.form}"
        )
    with opened(synced=False) as (_, connection), whole_file(file) as out:
        said = write(_chosen(connection, asked), out, asked.with_text)
    if said:
        echo(said, err=True)


def _writer_of(form: str) -> Callable[[Iterator[ExportedArticle], BinaryIO, bool], str]:
    """What writes articles into a file of *form*, and says what was cut.

    Raises:
        ConfigError: the extra that it needs is not installed.
    """
    try:
        # Extras, and slow to load.
        return _workbook_writer() if form == "xlsx" else _parquet_writer()
    except ModuleNotFoundError as error:
        extra, library = ("xlsx", "openpyxl") if form == "xlsx" else ("notebooks", "pyarrow")
        raise ConfigError(
            f"{form} needs {library}: pip install 'seedwatch[{extra}]'; .csv and .jsonl need nothing more"
        ) from error


def _workbook_writer() -> Callable[[Iterator[ExportedArticle], BinaryIO, bool], str]:
    from scheduler.files.workbook import CELL_CHARACTERS, write_workbook

    def write(articles: Iterator[ExportedArticle], out: BinaryIO, with_text: bool) -> str:
        cut = write_workbook(articles, out, with_text=with_text)
        words = f"{counted_noun(cut, 'text')} cut to {CELL_CHARACTERS:,} characters, the most of a cell"
        return words if cut else ""

    return write


def _parquet_writer() -> Callable[[Iterator[ExportedArticle], BinaryIO, bool], str]:
    from scheduler.files.arrow_tables import write_parquet
    from scheduler.files.frame_rows import ArticleRow, article_row

    def write(articles: Iterator[ExportedArticle], out: BinaryIO, with_text: bool) -> str:
        write_parquet(map(article_row, articles), ArticleRow, out, without=() if with_text else ("text",))
        return ""

    return write


def _chosen(connection: Connection, asked: _AskedExport) -> Iterator[ExportedArticle]:
    """The articles, counted on stderr; raises ConfigError if a topic, source or day is not there."""
    check_choice(connection, asked.choice)
    articles = exports.export_articles(
        connection, asked.choice, with_text=asked.with_text, by_date=asked.by_date
    )
    return counted(articles, connection, asked.choice)


def _export_notes(choice: Choice, folder: Path, *, with_text: bool) -> None:
    from scheduler.files.note_folder import write_notes  # only this option needs what it loads

    bar = ProgressLine("stories")
    with opened(synced=False) as (config, connection):
        check_choice(connection, choice)
        articles = exports.export_articles(connection, choice, with_text=False, by_date=True)
        written = write_notes(
            connection,
            articles,
            folder,
            with_text=with_text,
            pages=config.service.public_url,
            show=lambda done, whole: bar.show(done, done / whole),
        )
    bar.clear()
    said = f"{counted_noun(written.added, 'note')} added, {written.changed} changed, {written.unchanged} as they were"
    echo(f"{folder}: {said}", err=True)
    for path in written.left:
        echo(f"left as it is, since the marks of seedwatch are gone: {path}", err=True)


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
