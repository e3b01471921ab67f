"""The commands `topics feedback export` and `topics feedback import`: what was marked, as CSV."""

from pathlib import Path
from sqlite3 import Connection

import click

from crawler import clock
from crawler.holdings.feedback import is_seed, learn_from_feedback, mark_articles
from crawler.holdings.references import Referred, refer
from scheduler.cli.context import opened
from scheduler.cli.output import echo, json_option, print_data, print_json
from scheduler.cli.topics.group import declared_topic
from scheduler.cli.topics.mark import print_lessons
from scheduler.config.load import Config
from scheduler.files.feedback_files import (
    FILE_BYTES,
    BadFeedbackLine,
    FeedbackLine,
    read_feedback,
    write_feedback,
)
from storage.articles import feedback as verdict_rows
from storage.errors import ConfigError


@click.group()
def feedback() -> None:
    """Export and import what was marked, as CSV."""


@feedback.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--topic", help="Only this topic.")
def export(file: Path, topic: str | None) -> None:
    """Write what was marked to FILE.csv, which a spreadsheet opens; - is standard output."""
    with opened() as (config, connection):
        if topic is not None:
            declared_topic(config, topic)
        rows = verdict_rows.verdicts(connection, topic)
    text = write_feedback(
        FeedbackLine(
            line=0,
            article=str(row.article_id),
            url=row.url or "",
            topic=row.topic,
            verdict=row.verdict,
            title=row.title,
            given_at=row.given_at,
            given_by=row.given_by,
            why=row.why,
        )
        for row in rows
    )
    if str(file) == "-":
        print_data(text)
        return
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror or error}", file=file) from error
    echo(f"{len(rows)} verdicts in {file}", err=True)


@feedback.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--force", is_flag=True, help="Learn from it even if a held-out estimate gets worse.")
@json_option
@click.pass_context
def import_(ctx: click.Context, file: Path, force: bool, as_json: bool) -> None:
    """Mark what FILE.csv says: columns article, url, topic, verdict, title, given_at, given_by, why, in any order.

    An article is found by its url, else by its number if the title is the same. Lines that cannot be used are named;
    then the exit code is 1, and the others are taken.
    """
    lines, bad = read_feedback(_read(file))
    with opened() as (config, connection):
        taken: list[tuple[FeedbackLine, Referred]] = []
        for line in lines:
            try:
                taken.append((line, _referred(config, connection, line)))
            except ConfigError as error:
                bad.append(BadFeedbackLine(line.line, str(error)))
        for line, referred in taken:
            at = line.given_at or clock.now()
            mark_articles(
                connection, line.topic, [referred], line.verdict, at, given_by=line.given_by, why=line.why
            )
        names = sorted({line.topic for line, _ in taken})
        lessons = {name: learn_from_feedback(connection, name, force=force) for name in names}
    bad.sort(key=lambda refused: refused.line)
    if as_json:
        print_json(
            {
                "taken": len(taken),
                "bad": [{"line": refused.line, "reason": refused.reason} for refused in bad],
                "learned": {name: learned for name, (_, learned) in lessons.items()},
            }
        )
    else:
        echo(f"{len(taken)} verdicts taken from {file}")
        for name, (marks, learned) in lessons.items():
            print_lessons(name, marks, learned=learned, force=force)
    for refused in bad:
        echo(f"{file}:{refused.line}: {refused.reason}", err=True)
    ctx.exit(1 if bad else 0)


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > FILE_BYTES:
            raise ConfigError(f"is larger than {FILE_BYTES // 2**20} MB", file=file)
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8: save it in that encoding", file=file) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror or error}", file=file) from error


def _referred(config: Config, connection: Connection, line: FeedbackLine) -> Referred:
    """The article that a line is about; raises ConfigError if it is none, or its topic is none."""
    declared_topic(config, line.topic)
    if line.url:
        referred = refer(connection, line.url)
    else:
        referred = refer(connection, line.article)
        if line.title and line.title != referred.title:
            raise ConfigError(
                f"article {line.article} has another title here: {referred.title!r}; give its url instead"
            )
    if (
        line.verdict == "no"
        and referred.article_id is not None
        and is_seed(connection, line.topic, referred.article_id)
    ):
        raise ConfigError(
            f"article {referred.article_id} is a seed of {line.topic}, so it cannot be marked no"
        )
    return referred
