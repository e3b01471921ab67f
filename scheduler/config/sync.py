"""What the settings declare, into the database where state lives. I/O edge."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from crawler.articles.document_text import is_document
from crawler.articles.seeds import store_seed
from crawler.cadence.next_delivery import next_digest
from crawler.run.opening import CrawlSettings, save_settings
from scheduler.config.access import access_lines
from scheduler.config.files import stamp_of
from scheduler.config.load import Config, load_config
from scheduler.config.tables import same_fields
from scheduler.files.seed_files import SeedFile, read_seeds, seed_paths
from scheduler.pacing import hasten_polls
from storage import meta
from storage.alerts import outbox
from storage.alerts import rules as alert_rules
from storage.errors import ConfigError
from storage.sources import links, sources
from storage.topics import topics

# Somebody who writes the settings all the time is not waited for.
_TRIES = 5


def sync(connection: sqlite3.Connection, config: Config, now: datetime) -> None:
    """Make the database say what *config* says: sources, feeds, topics with their seeds, settings of crawls.

    All seed files are read before anything is written; those of a topic in which nothing has changed are not. A file
    that is no seed is left out and remembered: see `seed_mistakes`.

    Raises:
        ConfigError: a file or folder of seeds is not there.
    """
    changed = _changed_seeds(connection, config, now)
    sources.sync(connection, [(source.source, source.feeds) for source in config.sources])
    links.follow_feeds(connection)
    topics.sync(connection, config.topics)
    for name, (files, read) in changed.items():
        articles = [article for file in read for article in file.articles]
        stored = [store_seed(connection, article, now).article_id for article in articles]
        topics.set_declared_seeds(connection, name, stored, now)
        meta.put(connection, meta.seed_files(name), files)
        meta.put(connection, meta.seed_mistakes(name), [file.mistake for file in read if file.mistake])
    save_settings(connection, crawl_settings(config))
    _declare_alerts(connection, config, now)
    _pace(connection, config, now)
    access = {declared.source.name: access_lines(declared) for declared in config.sources}
    meta.put(connection, meta.SOURCE_ACCESS, {name: lines for name, lines in access.items() if lines})
    meta.put(connection, meta.SECOND_LOOKS_PER_SOURCE_PER_DAY, config.crawl.second_looks_per_source_per_day)
    meta.put(connection, meta.KEEP_HISTORY_DAYS, config.crawl.keep_history_days)


def sync_present(
    connection: sqlite3.Connection, config: Config, environment: Mapping[str, str], now: datetime
) -> Config:
    """The settings that the database says now: *config*, or what its files say if they were changed since it was read.

    Else who waits for the database while another changes the settings, and takes over that change, would take it back.

    Raises:
        ConfigError: as for `sync`, or the changed settings have mistakes.
    """
    sync(connection, config, now)
    for _ in range(_TRIES):
        if config.stamps == tuple(map(stamp_of, config.files)):
            break
        config = replace(load_config(config.path, environment), database=config.database)
        sync(connection, config, now)
    return config


def seed_mistakes(connection: sqlite3.Connection, config: Config) -> list[str]:
    """What is wrong with the seed files that are left out, by topic and file."""
    return [
        f"topic {topic.name}: {mistake}"
        for topic in config.topics
        for mistake in meta.get(connection, meta.seed_mistakes(topic.name))
    ]


def crawl_settings(config: Config) -> CrawlSettings:
    """What a crawl needs to know of the settings."""
    return CrawlSettings(
        keep_all=config.crawl.keep == "all",
        public_url=config.websub.public_url,
        **same_fields(config.crawl, CrawlSettings),
    )


def _declare_alerts(connection: sqlite3.Connection, config: Config, now: datetime) -> None:
    rules = [alert.rule for alert in config.alerts]
    alert_rules.sync(
        connection,
        [(rule, next_digest(now, rule.digest, rule.timezone) if rule.digest else None) for rule in rules],
    )
    outbox.withdraw_gone(connection, now)


def _pace(connection: sqlite3.Connection, config: Config, now: datetime) -> None:
    """Keep how often feeds are polled; after a change, those that are to be polled oftener need not wait for it."""
    per_day = config.crawl.polls_per_feed_per_day
    all_sources = [declared.source for declared in config.sources]
    intervals = {source.name: source.every_s for source in all_sources if source.every_s}
    times = {source.name: [source.cron, source.timezone] for source in all_sources if source.cron}
    declared = {"polls_per_feed_per_day": per_day, "every_s": intervals, "cron": times}
    meta.put(connection, meta.POLLS_PER_FEED_PER_DAY, per_day)
    if meta.get(connection, meta.DECLARED_PACE) == declared:
        return
    hasten_polls(connection, now)
    meta.put(connection, meta.DECLARED_PACE, declared)


def _changed_seeds(
    connection: sqlite3.Connection, config: Config, now: datetime
) -> dict[str, tuple[list[list[str | int]], list[SeedFile]]]:
    """For each topic whose seed files differ from those that were read last: what tells them apart, and the files."""
    changed = {}
    for topic in config.topics:
        files = [_fingerprint(file) for seed in topic.seeds for file in seed_paths(Path(seed))]
        if meta.get(connection, meta.seed_files(topic.name)) != files:
            changed[topic.name] = (
                files,
                [file for seed in topic.seeds for file in read_seeds(Path(seed), now)],
            )
    return changed


def forget_seed_files(connection: sqlite3.Connection, topic: str) -> None:
    """Let the next `sync` read the seed files of *topic* anew, though nothing in them has changed."""
    meta.put(connection, meta.seed_files(topic), [])


def _fingerprint(file: Path) -> list[str | int]:
    """Path, size and time of a seed file, as JSON keeps them."""
    try:
        status = file.stat()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    known: list[str | int] = [str(file), status.st_size, status.st_mtime_ns]
    # Documents were refused by 0.1.0: what it refused is looked at again.
    return [*known, "document"] if is_document(file.name) else known
