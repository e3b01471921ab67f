"""The commands `topics list` and `topics add`."""

import os
from pathlib import Path

import click

from scheduler.cli.context import opened
from scheduler.cli.output import echo, json_option, print_json, print_table
from scheduler.cli.topics.group import NO_TOPICS
from scheduler.config.declarations import alias_option
from scheduler.config.edit import add_topic
from storage.articles import matches
from storage.articles.matches import BandCounts
from storage.records.topics import Topic
from storage.topics import topics as topic_rows

_NONE = BandCounts(0, 0)


@click.command("list")
@json_option
def list_topics(as_json: bool) -> None:
    """List the topics with their seeds, rules, matches, and articles to review."""
    with opened() as (config, connection):
        counts = matches.match_counts(connection)
        rows = [
            (topic, len(topic_rows.seeds(connection, topic.name)), counts.get(topic.name, _NONE))
            for topic in config.topics
        ]
    if as_json:
        print_json(
            [
                {
                    "name": topic.name,
                    "title": topic.title,
                    "seeds": seeds,
                    "any": topic.any,
                    "require": topic.require,
                    "exclude": topic.exclude,
                    "dial": topic.dial,
                    "aliases": dict(topic.aliases),
                    "matches": counts.match,
                    "review": counts.review,
                }
                for topic, seeds, counts in rows
            ]
        )
        return
    if not rows:
        echo(NO_TOPICS)
        return
    print_table(
        ["topic", "seeds", "rules", "dial", "matches", "review", "title"],
        [
            (topic.name, seeds, _rules(topic), topic.dial, counts.match, counts.review, topic.title)
            for topic, seeds, counts in rows
        ],
    )


@click.command()
@click.argument("name")
@click.option("--title", default="", help="Name for people.")
@click.option("--seeds", multiple=True, help="A file or folder of seed articles; may be repeated.")
@click.option("--any", "any_query", default="", help="A query that matches by itself.")
@click.option("--require", default="", help="A query that a match by seeds must meet too.")
@click.option("--exclude", default="", help="A query that rules an article out.")
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    metavar="ENTITY=NAME,...",
    help="An entity and its names in any language, as in 'Russia=Россия,러시아'; may be repeated.",
)
@click.option("--dial", type=click.Choice(["wide", "normal", "strict"]), default="normal", show_default=True)
@click.option(
    "--asides",
    type=click.Choice(["review", "match"]),
    default="review",
    show_default=True,
    help="What becomes of articles that only mention it in passing.",
)
@click.option(
    "--entities",
    type=click.Choice(["all", "any", *map(str, range(1, 10))]),
    default="all",
    show_default=True,
    metavar="all|any|NUMBER",
    help="How many of the entities an article that the seeds find must name.",
)
def add(
    name: str,
    title: str,
    seeds: tuple[str, ...],
    any_query: str,
    require: str,
    exclude: str,
    aliases: tuple[str, ...],
    dial: str,
    asides: str,
    entities: str,
) -> None:
    """Add a topic to seedwatch.toml.

    Two entities or more with --alias match articles that name both near each other, in languages without seeds.
    """
    with opened(synced=False) as (config, _):
        topic = Topic(
            name=name,
            title=title,
            seeds=tuple(str(Path(seed)) for seed in seeds),
            any=any_query,
            require=require,
            exclude=exclude,
            dial=dial,
            aliases=tuple(alias_option(alias) for alias in aliases),
            asides=asides,
            entities=entities,
        )
        add_topic(config.path, topic, os.environ)
    echo(f"added {name} to {config.path}; see what it would find with `seedwatch topics test {name}`")
    echo(f"`seedwatch rematch {name}` applies it to what is held already")


def _rules(topic: Topic) -> str:
    return (
        " ".join(rule for rule in ("any", "require", "exclude", "aliases") if getattr(topic, rule)) or "none"
    )
