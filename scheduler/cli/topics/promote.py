"""The commands `topics promote` and `topics demote`: which stored articles are seeds."""

from collections.abc import Sequence
from dataclasses import asdict
from sqlite3 import Connection

import click

from crawler import clock
from crawler.holdings.feedback import Lesson, promote_articles
from crawler.holdings.references import Referred, refer
from crawler.topics.prepare import prepare_matcher
from crawler.topics.profile import threshold_at
from scheduler.cli.arguments import ARTICLE_ID
from scheduler.cli.context import opened
from scheduler.cli.output import echo, json_option, print_json, printable
from scheduler.cli.topics.group import chosen_topic, score_unit
from scheduler.cli.topics.mark import account
from scheduler.config.sync import forget_seed_files
from storage.db import transaction
from storage.errors import ConfigError
from storage.records.topics import Topic
from storage.topics import topics

_ARTICLES = "(ARTICLE-ID|ADDRESS|link:NUMBER)..."


@click.command()
@click.argument("articles", nargs=-1, required=True, metavar=_ARTICLES)
@click.option("--topic", help="The topic; may be left out if there is only one.")
@click.option("--why", default="", help="A note that is kept with it.")
@click.option("--force", is_flag=True, help="Make them seeds even if the held-out estimate gets worse.")
@json_option
def promote(articles: tuple[str, ...], topic: str | None, why: str, force: bool, as_json: bool) -> None:
    """Make articles seeds of a topic, and mark them yes: any stored article, or one whose text is held.

    They are only marked if the topic would then rank what was marked worse than without them.
    """
    with opened() as (config, connection):
        chosen = chosen_topic(config, topic)
        references = [refer(connection, article) for article in articles]
        before = _needs(connection, chosen)
        promotion = promote_articles(
            connection, chosen.name, references, clock.now(), given_by=account(), why=why, force=force
        )
        after = _needs(connection, chosen)
        languages = {seed.article_id: seed.language for seed in topics.seeds(connection, chosen.name)}
    rows = promotion.articles
    if as_json:
        print_json(
            {
                "topic": chosen.name,
                "articles": list(rows),
                "new": list(promotion.new) if promotion.is_taken else [],
                "promoted": promotion.is_taken,
                "lessons": [asdict(lesson) for lesson in promotion.lessons],
            }
        )
        return
    if not promotion.is_taken:
        _print_refused(chosen.name, rows, promotion.lessons)
        return
    for row, referred in zip(rows, references, strict=True):
        _print_promoted(row, referred, languages.get(row), known=row not in promotion.new)
    _print_change(chosen, before, after)


@click.command()
@click.argument("articles", nargs=-1, required=True, type=ARTICLE_ID, metavar="ARTICLE-ID...")
@click.option("--topic", help="The topic; may be left out if there is only one.")
@json_option
def demote(articles: tuple[int, ...], topic: str | None, as_json: bool) -> None:
    """Let articles be seeds of a topic no more; they stay stored, and what was marked stays marked.

    For seeds that a command made. Those of a file are taken out of the folder that the settings name.
    """
    with opened() as (config, connection):
        chosen = chosen_topic(config, topic)
        titles = {seed.article_id: seed.title for seed in topics.seeds(connection, chosen.name)}
        for article in articles:
            _check_demotion(connection, chosen, article)
        before = _needs(connection, chosen)
        with transaction(connection):
            for article in articles:
                topics.remove_seed(connection, chosen.name, article)
            # A file may name one of them too: then the next reading of the folder makes it a seed again.
            forget_seed_files(connection, chosen.name)
        after = _needs(connection, chosen)
    if as_json:
        print_json({"topic": chosen.name, "articles": list(articles)})
        return
    for article in articles:
        echo(f"no seed any more  {article}  {printable(titles[article])}")
    _print_change(chosen, before, after)


def _check_demotion(connection: Connection, topic: Topic, article: int) -> None:
    serves = topics.served_by(connection, article)
    if topic.name not in serves:
        raise ConfigError(
            f"article {article} is no seed of {topic.name}; `seedwatch topics show {topic.name}`"
        )
    if serves[topic.name]:
        raise ConfigError(
            f"article {article} is a seed because a file says so: take the file out of {', '.join(topic.seeds)}"
        )


def _needs(connection: Connection, topic: Topic) -> dict[str, tuple[int, str]]:
    """For each language the number of seeds, and the score that a match needs."""
    matcher = prepare_matcher(connection, topic, clock.now())
    return {
        language: (
            profile.seeds,
            f"{threshold_at(profile, topic.dial):.2f} {score_unit(profile.measure)}",
        )
        for language, profile in matcher.profiles.items()
    }


def _print_refused(topic: str, rows: Sequence[int], lessons: Sequence[Lesson]) -> None:
    for lesson in lessons:
        if lesson.estimate is not None and lesson.is_worse:
            echo(
                f"{lesson.language}: average precision on held-out marked articles "
                f"{lesson.estimate.before:.2f} now, {lesson.estimate.after:.2f} with these seeds",
                err=True,
            )
    named = ", ".join(map(str, rows))
    echo(
        f"{named}: marked yes, but no seeds of {topic}, since it would find less well: promote others, or repeat with "
        "--force",
        err=True,
    )


def _print_promoted(row: int, referred: Referred, language: str | None, *, known: bool) -> None:
    said = "seed already" if known else "seed"
    stored = "  (stored now, from a held text)" if referred.held else ""
    echo(f"{said}  {row}  {printable(referred.title)}{stored}")
    if language is None:
        echo(f"  its language was not recognised, so it teaches nothing: {row}", err=True)


def _print_change(
    topic: Topic, before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]
) -> None:
    """What the topic knows now that it did not, to stderr."""
    for language in sorted({*before, *after}):
        (seeds_before, _), (seeds_after, needed) = before.get(language, (0, "")), after.get(language, (0, ""))
        if before.get(language) == after.get(language):
            continue
        needs = f"a match needs {needed}" if needed else "articles in it match by rules alone"
        echo(f"{language}: {seeds_before} -> {seeds_after} seeds; {needs}", err=True)
    if before != after:
        echo(f"`seedwatch rematch {topic.name}` judges what is held by the seeds as they are", err=True)
