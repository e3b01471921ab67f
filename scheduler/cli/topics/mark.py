"""The commands `topics mark` and `topics review`."""

import getpass
import json
from collections.abc import Sequence
from dataclasses import asdict
from sqlite3 import Connection

import click

from crawler import clock
from crawler.holdings.feedback import (
    Lesson,
    is_seed,
    learn_from_feedback,
    mark_articles,
    unmark_articles,
)
from crawler.holdings.references import Referred, refer
from crawler.topics.evaluation import LEAST_OF_EACH
from crawler.topics.learn import MIN_BACKGROUND
from crawler.topics.prepare import prepare_matcher
from scheduler.cli.context import opened
from scheduler.cli.output import date_text, echo, json_option, print_columns, print_json, printable, time_text
from scheduler.cli.topics.group import chosen_topic, declared_topic
from storage.articles import feedback, matches
from storage.errors import ConfigError
from storage.records.topics import Topic


@click.command()
@click.argument("articles", nargs=-1, required=True, metavar="(ARTICLE-ID|ADDRESS|link:NUMBER)...")
@click.argument("verdict", type=click.Choice(["yes", "no", "undo"]))
@click.option("--topic", help="The topic; may be left out if there is only one.")
@click.option("--why", default="", help="A note that is kept with it.")
@click.option("--force", is_flag=True, help="Learn from it even if the held-out estimate gets worse.")
@json_option
def mark(
    articles: tuple[str, ...], verdict: str, topic: str | None, why: str, force: bool, as_json: bool
) -> None:
    """Say that articles are about a topic (yes) or are not (no), and let the topic learn from it; undo takes it back.

    What is marked yes is a match from now on, what is marked no never is. The topic learns from all that was marked
    unless it would then rank articles worse that were held out.
    """
    with opened() as (config, connection):
        chosen = chosen_topic(config, topic)
        references = [refer(connection, article) for article in articles]
        for referred in references:
            _check(connection, chosen, referred, verdict)
        if verdict == "undo":
            known = [referred.article_id for referred in references if referred.article_id is not None]
            undone = unmark_articles(connection, chosen.name, known, clock.now())
            _print_undone(chosen.name, undone, as_json=as_json)
            return
        rows = mark_articles(
            connection, chosen.name, references, verdict, clock.now(), given_by=account(), why=why
        )
        lessons, learned = learn_from_feedback(connection, chosen.name, force=force)
        prepare_matcher(connection, chosen, clock.now())
    if as_json:
        print_json(
            {
                "topic": chosen.name,
                "verdict": verdict,
                "articles": rows,
                "learned": learned,
                "lessons": [asdict(lesson) for lesson in lessons],
            }
        )
        return
    for row, referred in zip(rows, references, strict=True):
        stored = "  (stored now, from a held text)" if referred.held else ""
        echo(f"{verdict}  {row}  {printable(referred.title)}{stored}")
    print_lessons(chosen.name, lessons, learned=learned, force=force)


@click.command()
@click.argument("name")
@json_option
def marks(name: str, as_json: bool) -> None:
    """List what was marked for a topic and what was promoted: when, by whom and why, the latest first."""
    with opened() as (config, connection):
        topic = declared_topic(config, name)
        rows = sorted(
            feedback.verdicts(connection, topic.name),
            key=lambda row: (row.given_at, row.article_id),
            reverse=True,
        )
    if as_json:
        print_json([asdict(row) | {"given_at": row.given_at.isoformat()} for row in rows])
        return
    if not rows:
        echo(
            f"nothing was marked for {name} yet: `seedwatch topics mark ARTICLE... --topic {name} yes` (or no)"
        )
        return
    print_columns(
        rows,
        {
            "id": lambda row: row.article_id,
            "verdict": lambda row: "seed" if row.is_seed else row.verdict,
            "learned": lambda row: "yes" if row.learned or row.is_seed else "no",
            "given": lambda row: time_text(row.given_at),
            "by": lambda row: row.given_by,
            "why": lambda row: row.why,
            "headline": lambda row: row.title,
        },
    )


@click.command()
@click.argument("name", required=False)
@click.option(
    "-n", "--number", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many at most."
)
@json_option
def review(name: str | None, number: int, as_json: bool) -> None:
    """List the stories near below a topic's threshold, newest first: look at them, and mark them yes or no.

    A story that several outlets carry is listed once, by the article that was first.

    NAME may be left out where there is one topic.
    """
    with opened() as (config, connection):
        topic = chosen_topic(config, name, by="as NAME")
        rows = matches.review_band(connection, topic.name, number)
        waiting = matches.match_counts(connection)[topic.name].review
    if as_json:
        names = (
            "article_id", "title", "source", "language", "published_at", "url", "score", "threshold", "carried",
        )  # fmt: skip
        print_json(
            [
                {key: row[key] for key in names}
                | {"terms": [surface for surface, _ in json.loads(row["explanation"])["terms"]]}
                for row in rows
            ]
        )
        return
    if not rows:
        echo(f"nothing to review: no article stands near below the threshold of {topic.name}")
        return
    print_columns(
        rows,
        {
            "id": lambda row: row["article_id"],
            "published": lambda row: date_text(row["published_at"], row["published_precision"]),
            "score": lambda row: row["score"],
            "of": lambda row: row["threshold"],
            "language": lambda row: row["language"],
            "source": lambda row: row["source"],
            "carried": lambda row: f"+{row['carried']}" if row["carried"] else "",
            "words": lambda row: ", ".join(row["terms"].split(", ")[:4]),
            "headline": lambda row: row["title"],
        },
    )
    if waiting > len(rows):
        echo(f"... and {waiting - len(rows)} older ones; -n shows more")
    echo(
        f"\n`seedwatch topics mark {rows[0]['article_id']} ... --topic {topic.name} yes` (or no); "
        "`seedwatch topics explain` shows the text",
        err=True,
    )


def print_lessons(topic: str, lessons: Sequence[Lesson], *, learned: bool, force: bool) -> None:
    """What the marked articles teach, and whether the topic learns it; to stderr."""
    for lesson in lessons:
        echo(f"{lesson.language}: {_lesson(lesson)}", err=True)
    if not learned:
        echo(
            f"the marks are kept, but {topic} does not learn from the new ones, since it would get worse: mark more, "
            "or repeat with --force",
            err=True,
        )
        return
    forced = ", as you wish" if force and any(lesson.is_worse for lesson in lessons) else ""
    echo(
        f"{topic} learns from all that was marked{forced}; `seedwatch rematch {topic}` judges what is held",
        err=True,
    )


def account() -> str:
    """The account of the machine that gives a command; "" where it has no name, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""


def _print_undone(topic: str, undone: Sequence[tuple[int, str | None]], *, as_json: bool) -> None:
    if as_json:
        print_json({"topic": topic, "verdict": "undo", "undone": dict(undone)})
        return
    for row, verdict in undone:
        echo(f"undone  {row}  it was marked {verdict}" if verdict else f"not marked  {row}")
    echo(f"`seedwatch rematch {topic}` judges what is held without it", err=True)


def _lesson(lesson: Lesson) -> str:
    marked = f"{lesson.relevant} marked yes, {lesson.irrelevant} no"
    if lesson.estimate is not None:
        return (
            f"{marked}; average precision on held-out ones {lesson.estimate.before:.2f} before, "
            f"{lesson.estimate.after:.2f} after"
        )
    if lesson.read < MIN_BACKGROUND:
        return (
            f"{marked}; they change no other article's score before {MIN_BACKGROUND} articles were read "
            f"(now {lesson.read})"
        )
    return f"{marked}; too few to estimate what is gained: it takes {LEAST_OF_EACH} of each and a seed in this language"


def _check(connection: Connection, topic: Topic, referred: Referred, verdict: str) -> None:
    if verdict == "undo" and referred.article_id is None:
        raise ConfigError(f"{referred.title!r} is held as a text only, so it was never marked")
    if (
        verdict != "yes"
        and referred.article_id is not None
        and is_seed(connection, topic.name, referred.article_id)
    ):
        raise ConfigError(
            f"article {referred.article_id} is a seed of {topic.name}: `seedwatch topics demote "
            f"{referred.article_id} --topic {topic.name}` first"
        )
