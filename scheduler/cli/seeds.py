"""Commands for the seed corpus: seeds list, seeds import."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection, Row

import click

from crawler import clock
from crawler.articles.seeds import StoredSeed, store_seed
from scheduler.cli.context import opened
from scheduler.cli.output import date_text, echo, json_option, print_columns, print_json, printable
from scheduler.cli.topics.show import weak_seed
from scheduler.config.access import access_text
from scheduler.config.load import Config
from scheduler.files.seed_files import SUFFIXES, read_seeds
from scheduler.wording import counted
from storage.articles import articles
from storage.errors import ConfigError
from storage.records.articles import Article
from storage.topics import topics


@click.group()
def seeds() -> None:
    """List and import seed articles: examples of what a topic is about."""


@seeds.command("list")
@json_option
def list_seeds(as_json: bool) -> None:
    """List the seed articles and the topics that they serve."""
    with opened() as (_, connection):
        rows = topics.all_seeds(connection)
    if as_json:
        print_json([dict(row) for row in rows])
        return
    if not rows:
        echo("no seeds yet: `seedwatch seeds import FILE`, or name files in a topic's `seeds`")
        return
    print_columns(
        rows,
        {
            "id": lambda row: row["id"],
            "published": lambda row: date_text(row["published_at"], row["published_precision"]),
            "language": lambda row: row["language"],
            "words": lambda row: row["words"],
            "topics": lambda row: row["topics"],
            "outlet": lambda row: row["outlet_host"] or "",
            "title": lambda row: row["title"],
        },
    )


@seeds.command("import")
@click.argument("items", nargs=-1, required=True, metavar="(FILE|FOLDER|ADDRESS|ARTICLE-ID)...")
@click.option("--topic", help="The topic that they are seeds of; may be left out if there is only one.")
@json_option
@click.pass_context
def import_(ctx: click.Context, items: tuple[str, ...], topic: str | None, as_json: bool) -> None:
    """Import seed articles: .txt, .md, .html, .json, .jsonl, .pdf and .docx files, folders, addresses and article ids.

    Importing twice changes nothing. All are read before the first is stored. Files that are no seeds are named, the
    others taken; then the exit code is 1.
    """
    mistakes: list[str] = []
    with opened() as (config, connection):
        name = _topic(config, topic)
        seeds = [seed for item in items for seed in _read(config, connection, item, mistakes)]
        if not seeds:
            raise ConfigError("\n".join(mistakes))
        stored = [
            seed if isinstance(seed, StoredSeed) else store_seed(connection, seed, clock.now())
            for seed in seeds
        ]
        if name is not None:
            for seed in stored:
                topics.add_seed(connection, name, seed.article_id, clock.now())
        rows = [articles.article(connection, seed.article_id) for seed in stored]
    for mistake in mistakes:
        echo(f"not taken: {mistake}", err=True)
    pairs = list(zip(stored, rows, strict=True))
    if as_json:
        print_json([_plain(seed, row) for seed, row in pairs])
    else:
        _print_imported(pairs, name)
    ctx.exit(1 if mistakes else 0)


def _plain(seed: StoredSeed, row: Row | None) -> dict[str, object]:
    facts = {"id": seed.article_id, "title": seed.title, "new": seed.is_new}
    return facts | ({"language": row["language"], "words": row["words"]} if row else {})


def _print_imported(pairs: Sequence[tuple[StoredSeed, Row | None]], topic: str | None) -> None:
    """Each seed with its language and length, and what would make them teach more."""
    for seed, row in pairs:
        said = f"  ({row['language'] or '?'}, {counted(row['words'], 'word')})" if row else ""
        echo(f"{'new' if seed.is_new else 'known'}  {seed.article_id}  {printable(seed.title)}{said}")
    warnings = (weak_seed(row["id"], row["text"], row["language"]) for _, row in pairs if row)
    for warning in filter(None, warnings):
        echo(f"warning: {warning}", err=True)
    if topic is None:
        echo("they serve no topic yet: repeat with --topic NAME (`seedwatch topics list`)", err=True)
        return
    echo(
        f"{len(pairs)} of topic {topic}: see `seedwatch topics show {topic}`; `seedwatch rematch {topic}` judges "
        "what is held by them",
        err=True,
    )


def _topic(config: Config, topic: str | None) -> str | None:
    names = [topic.name for topic in config.topics]
    if topic is None:
        return names[0] if len(names) == 1 else None
    if topic not in names:
        raise ConfigError(f"there is no topic {topic!r}; known are: {', '.join(names) or 'none'}")
    return topic


def _read(
    config: Config, connection: Connection, item: str, mistakes: list[str]
) -> Sequence[Article | StoredSeed]:
    """What an argument stands for: articles to be stored, or one that is; files that are no seeds go to *mistakes*."""
    if item.startswith(("http://", "https://")):
        return [_fetch(config, item)]
    if item.isdecimal() and not Path(item).exists():
        # SQLite's rows have 63 bits.
        row = articles.article(connection, int(item)) if len(item) < 19 else None
        if row is None:
            raise ConfigError(f"there is no article {item}")
        return [StoredSeed(row["id"], row["title"], is_new=False)]
    files = list(read_seeds(Path(item), clock.now()))
    if not files:
        raise ConfigError(f"{item}: there is no seed in it; seeds are {', '.join(SUFFIXES)} files")
    mistakes += [file.mistake for file in files if file.mistake]
    return [article for file in files for article in file.articles]


def _fetch(config: Config, address: str) -> Article:
    # They load what reads pages; files and ids do without.
    from crawler.discovery.lookups import LookupTask
    from scheduler.daemon.child import look_up

    task = LookupTask("articles", (address,))
    (answer,) = asyncio.run(look_up(config.database, task, access_text(config, os.environ)))
    if answer.article is None:
        raise ConfigError(f"{address}: no article: {answer.reason} {answer.detail}".strip())
    article: Article = replace(answer.article, url=answer.article.url or address)
    return article
