"""The command that proposes outlets: sources propose."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

import click

from crawler import clock
from crawler.discovery.gdelt import ADDRESS, CarryingHost, address_of, carrying_hosts, front_page, query_of
from crawler.discovery.lookups import LookupTask, SiteAnswer
from scheduler.cli.arguments import check_address
from scheduler.cli.context import opened
from scheduler.cli.output import echo, json_option, print_columns, print_json
from scheduler.config.access import access_text
from scheduler.config.load import Config
from scheduler.daemon.child import look_up
from scheduler.wording import counted
from storage.articles import matches
from storage.errors import ConfigError
from storage.records.sources import FeedEntry
from storage.sources.sources import addresses

_GDELT = "gdelt"


@click.command()
@click.argument("topic")
@click.option("--days", type=click.IntRange(1, 90), default=30, show_default=True, help="How far back.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="Most hosts.")
@click.option("--index", help="An index of the world's press to ask, too: gdelt, or an address like its.")
@json_option
def propose(topic: str, days: int, limit: int, index: str | None, as_json: bool) -> None:
    """Propose outlets that carried TOPIC and are not watched, with the line that adds each.

    Counted are the articles that are held and match, by the hosts they stand at (feeds of others lead there), and with
    --index those that an index of the world's press names. Nothing is changed. Exit code 1 means that there are none.
    """
    with opened() as (config, connection):
        known = {one.name: one for one in config.topics}
        if topic not in known:
            raise ConfigError(f"there is no topic {topic!r}; known are: {', '.join(known) or 'none'}")
        query = query_of(known[topic])
        listed = _listed(config, query, days, index) if index else []
        held = matches.addresses(connection, topic, clock.now() - timedelta(days=days))
        watched = [url for feeds in addresses(connection).values() for url in feeds]
        watched += [source.source.home for source in config.sources if source.source.home]
        watched += [feed.url for source in config.sources for feed in source.feeds]
    hosts = carrying_hosts(held, listed, watched)[:limit]
    if as_json:
        print_json([{**asdict(host), "add": _line(host)} for host in hosts])
    elif hosts:
        _print(hosts, with_index=bool(index))
    else:
        echo(f"no host that is not watched carried {topic} in {counted(days, 'day')}", err=True)
    raise SystemExit(0 if hosts else 1)


def _listed(config: Config, query: str, days: int, index: str) -> Sequence[FeedEntry]:
    """What the index names; nothing, and why, if it does not answer as expected."""
    if not query:
        raise ConfigError(
            "the topic has no names in Latin letters to ask an index for: `seedwatch topics names` finds some"
        )
    address = address_of(query, days, ADDRESS if index == _GDELT else index)
    check_address(address)
    task = LookupTask("feeds", (address,), is_feed=True)
    answer: SiteAnswer
    (answer,) = asyncio.run(look_up(config.database, task, access_text(config, os.environ)))
    if not answer.documents:
        reason, detail = answer.search.why_nothing(is_known=False)
        echo(f"the index gave no articles for {query}: {reason}: {detail}", err=True)
    return [entry for document in answer.documents.values() for entry in document.entries]


def _print(hosts: Sequence[CarryingHost], *, with_index: bool) -> None:
    print_columns(
        hosts,
        {
            "host": lambda host: host.host,
            "held": lambda host: host.held,
            **({"in the index": lambda host: host.listed} if with_index else {}),
            "one of them": lambda host: host.example,
        },
    )
    echo()
    for host in hosts:
        echo(_line(host))


def _line(host: CarryingHost) -> str:
    """The command that adds a host."""
    return f"seedwatch sources add {front_page(host.example)}"
