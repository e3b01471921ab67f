"""Commands for the seed corpus: seeds list, seeds import."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection

import click

from crawler import clock
from crawler.articles.seeds import StoredSeed, store_seed
from scheduler.cli.context import opened
from scheduler.cli.output import date_text, echo, json_option, print_columns, print_json, printable
from scheduler.cli.topics.show import weak_seed
from scheduler.config.load import Config
from scheduler.files.seed_files import SUFFIXES, read_seeds
from storage import db
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
def import_(items: tuple[str, ...], topic: str | None, as_json: bool) -> None:
    """Import seed articles: .txt, .md, .html, .json and .jsonl files, folders, addresses and article ids.

    Importing twice changes nothing. All are read before the first is stored.
    """
    with opened() as (config, connection):
        name = _topic(config, topic)
        seeds = [seed for item in items for seed in _read(connection, item)]
        stored = [
            seed if isinstance(seed, StoredSeed) else store_seed(connection, seed, clock.now())
            for seed in seeds
        ]
        if name is not None:
            for seed in stored:
                topics.add_seed(connection, name, seed.article_id, clock.now())
        warnings = [_warning(connection, seed.article_id) for seed in stored]
    if as_json:
        print_json([{"id": seed.article_id, "title": seed.title, "new": seed.is_new} for seed in stored])
        return
    for seed in stored:
        echo(f"{'new' if seed.is_new else 'known'}  {seed.article_id}  {printable(seed.title)}")
    for warning in filter(None, warnings):
        echo(f"warning: {warning}", err=True)
    if name is None:
        echo("they serve no topic yet: repeat with --topic NAME (`seedwatch topics list`)", err=True)
    elif stored:
        echo(
            f"{len(stored)} of topic {name}: see `seedwatch topics show {name}`; `seedwatch rematch {name}` judges "
            "what is held by them",
            err=True,
        )


def _warning(connection: Connection, article_id: int) -> str | None:
    """What to say of a seed that can teach little; None if all is well."""
    row = articles.article(connection, article_id)
    return weak_seed(article_id, row["text"], row["language"]) if row else None


def _topic(config: Config, topic: str | None) -> str | None:
    names = [topic.name for topic in config.topics]
    if topic is None:
        return names[0] if len(names) == 1 else None
    if topic not in names:
        raise ConfigError(f"there is no topic {topic!r}; known are: {', '.join(names) or 'none'}")
    return topic


def _read(connection: Connection, item: str) -> Sequence[Article | StoredSeed]:
    """What an argument stands for: articles to be stored, or one that is."""
    if item.startswith(("http://", "https://")):
        return [_fetch(connection, item)]
    if item.isdecimal() and not Path(item).exists():
        # SQLite's rows have 63 bits.
        row = articles.article(connection, int(item)) if len(item) < 19 else None
        if row is None:
            raise ConfigError(f"there is no article {item}")
        return [StoredSeed(row["id"], row["title"], is_new=False)]
    read = [article for _, article in read_seeds(Path(item), clock.now())]
    if not read:
        raise ConfigError(f"{item}: there is no seed in it; seeds are {', '.join(SUFFIXES)} files")
    return read


def _fetch(connection: Connection, address: str) -> Article:
    # They load what reads pages; files and ids do without.
    from crawler.discovery.lookups import LookupTask
    from scheduler.daemon.child import look_up

    database = db.file_of(connection)
    (answer,) = asyncio.run(look_up(database, LookupTask("articles", (address,))))
    if answer.article is None:
        raise ConfigError(f"{address}: no article: {answer.reason} {answer.detail}".strip())
    article: Article = replace(answer.article, url=answer.article.url or address)
    return article
