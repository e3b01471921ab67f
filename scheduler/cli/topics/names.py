"""The command `topics names`: what an entity is called in other languages."""

import os

import click

from scheduler.cli.context import settings
from scheduler.cli.output import echo, json_option, print_json, printable
from scheduler.cli.topics.group import chosen_topic
from scheduler.config.checks import LANGUAGES
from scheduler.config.edit import add_aliases
from scheduler.config.entity_names import entity_names
from storage.errors import ConfigError


@click.command()
@click.argument("entity")
@click.option(
    "--languages", default="", help="Of which languages, as in ko,ru,zh; those of the sources if not given."
)
@click.option("--topic", help="The topic to write them to; may be left out if there is only one.")
@click.option("--write", is_flag=True, help="Write them into the topic's [topic.aliases].")
@json_option
def names(entity: str, languages: str, topic: str | None, write: bool, as_json: bool) -> None:
    """Show what a country is called in other languages, by CLDR, with adjectives where they are certain.

    A topic with the names of two entities hears languages in which it has no seeds.
    """
    config = settings()
    own = {source.source.language for source in config.sources if source.source.enabled}
    asked = _codes(languages) or sorted(language for language in own if language)
    if not asked:
        raise ConfigError("no source says its language: name them with --languages, as in ko,ru,zh")
    found = entity_names(entity, asked)
    every = tuple(dict.fromkeys(name for one in found for name in one.names))
    if write:
        add_aliases(config.path, chosen_topic(config, topic).name, entity, every, os.environ)
    if as_json:
        print_json({"entity": entity, "names": {one.language: one.names for one in found}, "written": write})
        return
    for one in found:
        echo(f"{one.language}  {', '.join(map(printable, one.names)) or 'none is known'}")
    if write:
        echo(f"written to {config.path}; `seedwatch rematch` applies it to what is held", err=True)
    else:
        echo("--write puts them into the settings", err=True)


def _codes(languages: str) -> list[str]:
    """The languages that are named; raises ConfigError for what is no ISO 639-1 code."""
    codes = [code.strip().lower() for code in languages.split(",") if code.strip()]
    wrong = [code for code in codes if code not in LANGUAGES]
    if wrong:
        raise ConfigError(f"{wrong[0]!r} is no language; two letters of ISO 639-1 each, as in ko,ru,zh")
    return list(dict.fromkeys(codes))
