"""The command `topics test`: what a topic would match of all that is held, or of a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection

import click

from crawler import clock
from crawler.seeds import parse_seed
from crawler.topics.match import MatchContext, Scored, TopicMatcher, score_topics
from crawler.topics.prepare import prepare_matcher
from crawler.topics.profile import threshold_at
from scheduler.cli.opened import opened
from scheduler.cli.output import json_option, print_json, print_table, printable
from scheduler.cli.topic_commands import declared_topic, topics
from scheduler.config import Config
from storage.errors import ConfigError, ParseError
from storage.holdings import held_since
from storage.records import Article


@dataclass(frozen=True, slots=True)
class _Tried:
    article: Article
    source: str
    scored: Scored

    @property
    def score(self) -> float:
        """For sorting: what could not be scored comes last."""
        return float("-inf") if self.scored.best_score is None else self.scored.best_score


@topics.command("test")
@click.argument("item", metavar="(NAME|FILE)")
@click.option("--topic", help="The topic to test FILE against; may be left out if there is only one.")
@click.option(
    "--days", default=90, show_default=True, type=click.IntRange(1, 36_500), help="How far to look back."
)
@click.option(
    "-n", "--samples", default=5, show_default=True, type=click.IntRange(1, 100), help="From each side."
)
@json_option
def test_topic(item: str, topic: str | None, days: int, samples: int, as_json: bool) -> None:
    """Show what a topic would match of all that is held, or whether the article in FILE would match.

    Looked at are the stored articles and the texts of off-topic ones that are still held. Nothing is changed.
    """
    with opened() as (config, connection):
        if Path(item).is_file():
            _print_file(_test_file(config, connection, Path(item), topic), as_json=as_json)
            return
        matcher = prepare_matcher(connection, declared_topic(config, item), clock.now())
        tried = [
            _try(held.article, MatchContext(held.source, held.domain, held.country), matcher)
            for held in held_since(connection, clock.now() - timedelta(days=days))
        ]
    found = sorted((one for one in tried if one.scored.matches), key=lambda one: one.score)[:samples]
    missed = sorted((one for one in tried if not one.scored.matches), key=lambda one: -one.score)[:samples]
    number = sum(1 for one in tried if one.scored.matches)
    if as_json:
        print_json(
            {
                "looked_at": len(tried), "days": days, "matches": number,
                "just_above": [_plain(one) for one in found], "just_below": [_plain(one) for one in missed],
            }
        )  # fmt: skip
        return
    click.echo(f"{number} of {len(tried)} articles read in the last {days} days would match {item}")
    _print_samples("just above the threshold", found)
    _print_samples("just below", missed)


def _try(article: Article, context: MatchContext, matcher: TopicMatcher) -> _Tried:
    return _Tried(article, context.source, score_topics(article, context, [matcher]))


def _test_file(
    config: Config, connection: Connection, file: Path, topic: str | None
) -> list[tuple[_Tried, float | None]]:
    """The articles of a file, held against a topic, each with the score that a match needs; None: no seed."""
    names = [one.name for one in config.topics]
    if topic is None and len(names) != 1:
        raise ConfigError(f"name the topic with --topic: {', '.join(names)}")
    matcher = prepare_matcher(connection, declared_topic(config, topic or names[0]), clock.now())
    try:
        articles = parse_seed(file.name, file.read_bytes(), now=clock.now())
    except (OSError, ParseError) as error:
        raise ConfigError(f"{file}: {error}") from error
    return [
        (_try(article, MatchContext(domain=article.outlet_host), matcher), _needed(article, matcher))
        for article in articles
    ]


def _needed(article: Article, matcher: TopicMatcher) -> float | None:
    profile = matcher.profiles.get(article.language or "")
    return None if profile is None else threshold_at(profile, matcher.topic.dial)


def _plain(one: _Tried) -> dict[str, object]:
    match = one.scored.matches[0] if one.scored.matches else None
    return {
        "title": one.article.title,
        "source": one.source,
        "url": one.article.url,
        "match": match is not None,
        "score": one.scored.best_score,
        "terms": [term.surface for term in match.terms] if match else [],
    }


def _print_samples(head: str, tried: Sequence[_Tried]) -> None:
    if not tried:
        return
    click.secho(f"\n{head}:", bold=True)
    rows = [(one.scored.best_score, one.source, one.article.language, one.article.title) for one in tried]
    print_table(["score", "source", "language", "headline"], rows)


def _print_file(tried: Sequence[tuple[_Tried, float | None]], *, as_json: bool) -> None:
    if as_json:
        print_json([{**_plain(one), "threshold": needed} for one, needed in tried])
        return
    for one, needed in tried:
        click.secho(printable(one.article.title), bold=True)
        said = "no seed in its language" if needed is None else f"score {one.score:.2f} of {needed:.2f}"
        click.echo(f"  {'match' if one.scored.matches else 'no match'}: {said}")
        for match in one.scored.matches:
            click.echo(f"  words: {', '.join(term.surface for term in match.terms)}")
