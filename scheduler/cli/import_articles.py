"""The command `import`: a whole archive of articles into the database."""

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import click

from crawler import clock
from crawler.holdings.import_articles import BadLine, ImportCounts, Importer, ImportOptions
from crawler.holdings.line_files import STDIN, LineFile
from scheduler.cli.archives.pages import (
    PagesImport,
    is_warc,
    news_archives,
    own_archive,
    tell_pages,
    wanted_hosts,
)
from scheduler.cli.context import opened
from scheduler.cli.output import echo, json_option, print_json, print_table, printable, secho, time_text
from scheduler.cli.progress import ProgressLine, duration
from scheduler.files.cc_news import BASE
from storage.db import analyse
from storage.errors import ConfigError

# Bad lines that are shown; all of them go to --errors.
_SHOWN = 10


@click.command("import")
@click.argument("file", metavar="[FILE]", required=False)
@click.option(
    "--cc-news",
    metavar="DAY|MONTH",
    help="In place of FILE: Common Crawl's news archive of a day (2026-09-14) or month (2026-09).",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="Of archives of pages: take those of this host; may be repeated. Default: the homes of your sources.",
)
@click.option("--all-hosts", is_flag=True, help="Of archives of pages: take those of every host.")
@click.option(
    "--files", type=click.IntRange(1), help="With --cc-news: at most so many files, of a gigabyte each."
)
@click.option(
    "--at",
    "base",
    default=BASE,
    show_default=True,
    help="With --cc-news: where the archive lies, or a mirror.",
)
@click.option("--source", help="The outlet of lines that name none; default: by the host of their address.")
@click.option(
    "--keep",
    type=click.Choice(["all", "matching"]),
    help="Which articles are stored; default: all, of archives of pages those that match a topic.",
)
@click.option(
    "--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write all bad lines to this file."
)
@click.option("--dry-run", is_flag=True, help="Read and match, but store nothing.")
@click.option("--again", is_flag=True, help="Begin with the first line though the file was imported before.")
@json_option
def import_(
    file: str | None,
    cc_news: str | None,
    hosts: tuple[str, ...],
    all_hosts: bool,
    files: int | None,
    base: str,
    source: str | None,
    keep: str | None,
    errors: Path | None,
    dry_run: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Import an archive: articles as JSON Lines, packed by gzip or not ("-" is stdin), or pages as WARC (.warc.gz).

    A line is an object with text and, if known, id, url, title, published, language and source. Articles
    pass the same judgement as crawled ones. What is stored already stays as it is, and an import that was
    stopped goes on where it was. Exit code 1 means that lines were bad.

    Pages are read as those of a crawl are, each record by itself; a file of Common Crawl's is read as it comes, and
    never kept. Only pages of the hosts are looked at. Exit code 1 means that a file or a record could not be read.
    """
    if (file is None) == (cc_news is None):
        raise click.UsageError("give either a FILE or --cc-news")
    if cc_news is not None or is_warc(file or ""):
        if source or errors:
            raise click.UsageError("--source and --errors are of lines of articles; pages say whose they are")
        _import_pages(
            file,
            cc_news,
            hosts,
            ImportOptions(keep == "all", None, dry_run),
            as_json=as_json,
            all_hosts=all_hosts,
            files=files,
            base=base,
            again=again,
        )
        return
    if hosts or all_hosts or files:
        raise click.UsageError(
            "--host, --all-hosts and --files are of archives of pages (.warc.gz, --cc-news)"
        )
    _import_lines(
        file or STDIN, source, keep != "matching", errors, dry_run=dry_run, again=again, as_json=as_json
    )


def _import_pages(
    file: str | None,
    cc_news: str | None,
    hosts: tuple[str, ...],
    options: ImportOptions,
    *,
    all_hosts: bool,
    files: int | None,
    base: str,
    again: bool,
    as_json: bool,
) -> None:
    if hosts and all_hosts:
        raise click.UsageError("--host and --all-hosts exclude each other")
    with opened() as (config, connection):
        wanted = None if all_hosts else wanted_hosts(connection, hosts)
        archives = news_archives(config, cc_news, base, files) if cc_news else [own_archive(Path(file or ""))]
        if not archives:
            raise ConfigError(f"the archive has no file of {cc_news} (yet)")
        report = PagesImport(connection, wanted, options, again=again).run(archives)
    tell_pages(report, as_json=as_json, is_dry=options.is_dry)


def _import_lines(
    file: str,
    source: str | None,
    keep_all: bool,
    errors: Path | None,
    *,
    dry_run: bool,
    again: bool,
    as_json: bool,
) -> None:
    options = ImportOptions(keep_all, source, dry_run)
    shown: list[BadLine] = []
    begun = clock.monotonic_s()
    with ExitStack() as stack:
        lines = stack.enter_context(LineFile(file))
        _, connection = stack.enter_context(opened())
        bar = ProgressLine("articles")
        report = _error_file(stack, errors)

        def on_batch(counts: ImportCounts, bad: Sequence[BadLine]) -> None:
            shown.extend(bad[: _SHOWN - len(shown)])
            _write_errors(report, bad)
            bar.show(counts.lines, lines.share(), f"{counts.matches.total():,} matched")

        archive = None if again else lines.fingerprint()
        importer = Importer(connection, options, now=clock.now(), archive=archive, on_batch=on_batch)
        if importer.finished_at is not None:
            echo(
                f"{file} was imported on {time_text(importer.finished_at)}; nothing is to be done "
                "(--again begins anew)",
                err=True,
            )
        elif importer.place:
            echo(f"going on behind line {importer.place:,}", err=True)
        before = importer.counts.lines
        try:
            counts = importer.run(() if importer.finished_at else lines.lines())
        finally:
            bar.clear()
        if lines.damage is None and importer.finished_at is None:
            importer.finish(clock.now())
            if not dry_run:
                analyse(connection)  # an archive may be most of the file
    _print(counts, shown, lines, as_json=as_json, is_dry=dry_run)
    _tell_speed(counts.lines - before, clock.monotonic_s() - begun)
    sys.exit(1 if lines.damage or (counts.bad and importer.finished_at is None) else 0)


def _error_file(stack: ExitStack, errors: Path | None) -> TextIO | None:
    if errors is None:
        return None
    try:
        return stack.enter_context(errors.open("a", encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{errors}: {error.strerror}") from error


def _write_errors(report: TextIO | None, bad: Sequence[BadLine]) -> None:
    """Before the batch is stored for good, so that a line is rather written twice than lost."""
    if report is not None and bad:
        report.writelines(json.dumps(asdict(line), ensure_ascii=False) + "\n" for line in bad)
        report.flush()


def _print(
    counts: ImportCounts, shown: Sequence[BadLine], lines: LineFile, *, as_json: bool, is_dry: bool
) -> None:
    if as_json:
        # asdict() would count the items of a Counter.
        plain = {name: getattr(counts, name) for name in ImportCounts.__dataclass_fields__}
        plain |= {"damage": lines.damage, "dry_run": is_dry}
        print_json(plain | {"bad_lines": [asdict(line) for line in shown]})
    else:
        _print_counts(counts, is_dry=is_dry)
        for line in shown:
            echo(printable(f"  line {line.line}: {line.reason}: {line.detail}"[:200]))
        if counts.bad > len(shown) > 0:
            echo(f"  … and {counts.bad - len(shown):,} more bad lines: --errors FILE writes all")
    if lines.damage:
        secho(printable(lines.damage), fg="red", err=True)


def _print_counts(counts: ImportCounts, *, is_dry: bool) -> None:
    rows = [
        ("lines", counts.lines, ""),
        ("would be stored" if is_dry else "new", counts.new, "copies not told apart" if is_dry else ""),
        ("copies of others", counts.copies, ""),
        ("known", counts.known, "stored before under the same address; left as they are"),
        ("known, other text", counts.other_text, "of the known ones: the text here was not taken"),
        ("without match", counts.off_topic, "left out, as --keep matching wants it"),
        ("bad", counts.bad, "no article in the line"),
        ("undated", counts.undated, "no date, or one that cannot be read"),
        ("new sources", counts.sources, "no settings name them"),
    ]
    print_table(["what", "number", "meaning"], [row for row in rows if row[1] or row[0] in {"lines", "new"}])
    if topics := sorted({*counts.matches, *counts.reviews}):
        echo()
        rows_by_topic = [(topic, counts.matches[topic], counts.reviews[topic]) for topic in topics]
        print_table(["topic", "matches", "to review"], rows_by_topic)


def _tell_speed(lines: int, seconds: float) -> None:
    if lines and sys.stderr.isatty():
        echo(f"{lines:,} lines in {duration(seconds)}, {lines / seconds:,.0f}/s", err=True)
