"""Commands for topics: list, add, show, test, explain."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Row

import click

from crawler import clock
from crawler.topics.match import TopicMatcher
from crawler.topics.prepare import prepare_matcher
from crawler.topics.profile import MIN_BACKGROUND, threshold_at
from scheduler.cli.opened import opened
from scheduler.cli.output import date_text, json_option, print_json, print_table, printable
from scheduler.config import Config
from scheduler.config_edit import add_topic
from storage import articles as article_rows
from storage import background
from storage import topics as topic_rows
from storage.errors import ConfigError
from storage.records import Span, Topic


@click.group()
def topics() -> None:
    """List, show, test and explain topics."""


@topics.command("list")
@json_option
def list_topics(as_json: bool) -> None:
    """List the topics with their seeds, rules and matches."""
    with opened() as (config, connection):
        counts = topic_rows.match_counts(connection)
        rows = [(topic, len(topic_rows.seeds(connection, topic.name))) for topic in config.topics]
    if as_json:
        print_json(
            [
                {
                    "name": topic.name, "title": topic.title, "seeds": seeds, "any": topic.any,
                    "require": topic.require, "exclude": topic.exclude, "dial": topic.dial,
                    "matches": counts.get(topic.name, 0),
                }
                for topic, seeds in rows
            ]
        )  # fmt: skip
        return
    if not rows:
        click.echo("no topics yet: `seedwatch topics add NAME --seeds FOLDER`")
        return
    print_table(
        ["topic", "seeds", "rules", "dial", "matches", "title"],
        [
            (topic.name, seeds, _rules(topic), topic.dial, counts.get(topic.name, 0), topic.title)
            for topic, seeds in rows
        ],
    )


@topics.command()
@click.argument("name")
@click.option("--title", default="", help="Name for people.")
@click.option("--seeds", multiple=True, help="A file or folder of seed articles; may be repeated.")
@click.option("--any", "any_query", default="", help="A query that matches by itself.")
@click.option("--require", default="", help="A query that a match by seeds must meet too.")
@click.option("--exclude", default="", help="A query that rules an article out.")
@click.option("--dial", type=click.Choice(["wide", "normal", "strict"]), default="normal", show_default=True)
def add(
    name: str, title: str, seeds: tuple[str, ...], any_query: str, require: str, exclude: str, dial: str
) -> None:
    """Add a topic to seedwatch.toml."""
    with opened(synced=False) as (config, _):
        topic = Topic(
            name, title, tuple(str(Path(seed)) for seed in seeds), any_query, require, exclude, dial
        )
        add_topic(config.path, topic, os.environ)
    click.echo(f"added {name} to {config.path}; see what it would find with `seedwatch topics test {name}`")


@topics.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show what a topic has learned from its seeds, and what would make it better."""
    with opened() as (config, connection):
        topic = declared_topic(config, name)
        matcher = prepare_matcher(connection, topic, clock.now())
        seeds = topic_rows.seeds(connection, name)
        sampled = background.sizes(connection)
    if as_json:
        print_json(
            {
                "name": name,
                "seeds": [{"id": seed.article_id, "language": seed.language, "title": seed.title} for seed in seeds],
                "languages": {
                    language: {
                        "measure": profile.measure, "threshold": threshold_at(profile, topic.dial),
                        "background": sampled.get(language, 0), "seeds": profile.seeds,
                        "terms": [[term.surface, round(term.weight, 3)] for term in profile.terms],
                    }
                    for language, profile in matcher.profiles.items()
                },
                "advice": _advice(topic, matcher, sampled),
            }
        )  # fmt: skip
        return
    click.secho(topic.title or name, bold=True)
    for rule in ("any", "require", "exclude"):
        if getattr(topic, rule):
            click.echo(f"{rule}: {getattr(topic, rule)}")
    for language, profile in matcher.profiles.items():
        own = [seed for seed in seeds if seed.language == language]
        click.echo(f"\n{language}: learned from {len(own)} seed{'s' if len(own) > 1 else ''}")
        for seed in own:
            click.echo(f"  {seed.article_id}  {printable(seed.title)}")
        click.echo(
            f"  a match needs {threshold_at(profile, topic.dial):.2f} {_unit(profile.measure)} (dial {topic.dial})"
        )
        click.echo(f"  terms: {', '.join(term.surface for term in profile.terms)}")
    click.echo()
    for line in _advice(topic, matcher, sampled):
        click.echo(f"note: {line}")


@topics.command()
@click.argument("article", type=int, metavar="ARTICLE-ID")
@click.option("--topic", help="Only this topic.")
@json_option
def explain(article: int, topic: str | None, as_json: bool) -> None:
    """Show why a stored article matches: score, words, sentences, and the text with them marked."""
    with opened(synced=False) as (_, connection):
        row = article_rows.article(connection, article)
        if row is None:
            raise ConfigError(f"there is no article {article}; `seedwatch search` shows the numbers")
        found = [one for one in topic_rows.matches_of(connection, article) if topic in (None, one["topic"])]
    if as_json:
        print_json([{**dict(one), "explanation": json.loads(one["explanation"])} for one in found])
        return
    click.secho(printable(row["title"]), bold=True)
    published = date_text(row["published_at"], row["published_precision"])
    click.echo(f"{published} · {row['source']} · {row['language'] or '?'} · {row['url'] or ''}")
    if not found:
        click.echo("\nit matches no topic" + (f" {topic}" if topic else ""))
        sys.exit(1)
    for one in found:
        _print_explanation(one, row)


def declared_topic(config: Config, name: str) -> Topic:
    """The topic called *name*; raises ConfigError, with those there are, if there is none."""
    for topic in config.topics:
        if topic.name == name:
            return topic
    known = ", ".join(topic.name for topic in config.topics)
    raise ConfigError(f"there is no topic and no file {name!r}; topics are: {known or 'none'}")


def _rules(topic: Topic) -> str:
    return " ".join(rule for rule in ("any", "require", "exclude") if getattr(topic, rule)) or "none"


def _unit(measure: str) -> str:
    if measure == "background":
        return "standard deviations above the background"
    return "of the seeds' own score, by word frequencies"


def _advice(topic: Topic, matcher: TopicMatcher, sampled: dict[str, int]) -> list[str]:
    """What the analyst can do to make the topic better."""
    advice = []
    if not matcher.profiles:
        advice.append(
            "it has no seeds: put a few articles that are about it into a folder that `seeds` names"
        )
    for language, profile in matcher.profiles.items():
        if profile.seeds < 3:
            advice.append(
                f"{language}: three seeds beat one by far; promote good matches with `seeds import ARTICLE-ID`"
            )
        if profile.measure != "background":
            advice.append(
                f"{language}: measured by word frequencies until {MIN_BACKGROUND} articles were read "
                f"(now {sampled.get(language, 0)}); scores are shares of the seeds' own"
            )
    missing = sorted(set(sampled) - set(matcher.profiles))
    if missing and not topic.any:
        advice.append(
            f"no seed in {', '.join(missing)}: articles in these languages can only match by a rule (`any`)"
        )
    return advice


def _print_explanation(one: Row, row: Row) -> None:
    why = json.loads(one["explanation"])
    unit = _unit(why["measure"]) if why["measure"] else ""
    click.echo(f"\n{one['topic']}: by {one['reason']}, ", nl=False)
    click.secho(f"score {one['score']:.2f}", fg="green", bold=True, nl=False)
    click.echo(f" of {one['threshold']:.2f} {unit}".rstrip())
    for surface, part in why["terms"]:
        click.echo(f"  {part:6.2f}  {printable(surface)}")
    for sentence in why["sentences"]:
        click.echo(f"  » {printable(sentence)}")
    spans = [Span(*span) for span in why["spans"]]
    click.echo()
    click.echo(_marked(row["text"], [span for span in spans if span.field == "text"]))


def _marked(text: str, spans: Sequence[Span]) -> str:
    """The text with its spans in colour; between « » without a terminal."""
    pieces, at = [], 0
    for span in spans:
        hit = printable(text[span.start : span.end])
        pieces.append(printable(text[at : span.start]))
        pieces.append(click.style(hit, fg="yellow", bold=True) if sys.stdout.isatty() else f"«{hit}»")
        at = span.end
    return "".join([*pieces, printable(text[at:])])
