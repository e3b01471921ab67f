"""What the settings declare, into the database where state lives. I/O edge."""

import sqlite3
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from crawler.opening import CrawlSettings, save_settings
from crawler.seeding import store_seed
from scheduler.config import Config, SourceSettings
from scheduler.seed_files import read_seeds, seed_paths
from storage import runs, sources, topics
from storage.errors import ConfigError
from storage.records import Article, FeedKind
from storage.sources import DeclaredFeed


def sync(connection: sqlite3.Connection, config: Config, now: datetime) -> None:
    """Make the database say what *config* says: sources, feeds, topics with their seeds, settings of crawls.

    All seed files are read before anything is written; those of a topic in which nothing has changed are not.

    Raises:
        ConfigError: a seed file cannot be read.
    """
    changed = _changed_seeds(connection, config, now)
    sources.sync(connection, [(source.source, _feeds(source)) for source in config.sources])
    topics.sync(connection, config.topics)
    for name, (files, articles) in changed.items():
        stored = [store_seed(connection, article, now).article_id for article in articles]
        topics.set_declared_seeds(connection, name, stored, now)
        runs.set_fact(connection, _seeds_fact(name), files)
    save_settings(connection, crawl_settings(config))
    runs.set_fact(connection, "polls_per_feed_per_day", config.crawl.polls_per_feed_per_day)


def crawl_settings(config: Config) -> CrawlSettings:
    """What a crawl needs to know of the settings."""
    crawl = config.crawl
    return CrawlSettings(
        contact=crawl.contact,
        delay=crawl.delay,
        keep_all=crawl.keep == "all",
        keep_off_topic_days=crawl.keep_off_topic_days,
        allow_private=crawl.allow_private,
    )


def _changed_seeds(
    connection: sqlite3.Connection, config: Config, now: datetime
) -> dict[str, tuple[list[list[str | int]], list[Article]]]:
    """For each topic whose seed files differ from those that were read last: what tells them apart, and the seeds."""
    changed = {}
    for topic in config.topics:
        files = [_fingerprint(file) for seed in topic.seeds for file in seed_paths(Path(seed))]
        if runs.fact(connection, _seeds_fact(topic.name)) != files:
            changed[topic.name] = files, _seed_articles(topic.seeds, now)
    return changed


def _seeds_fact(topic: str) -> str:
    return f"seed_files:{topic}"


def _fingerprint(file: Path) -> list[str | int]:
    """Path, size and time of a seed file, as JSON keeps them."""
    try:
        status = file.stat()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    return [str(file), status.st_size, status.st_mtime_ns]


def _seed_articles(paths: tuple[str, ...], now: datetime) -> list[Article]:
    return [article for path in paths for _, article in read_seeds(Path(path), now)]


def _feeds(source: SourceSettings) -> list[DeclaredFeed]:
    return [
        replace(feed, every_s=source.every_s)
        if source.every_s
        else DeclaredFeed(feed.url, FeedKind(feed.kind))
        for feed in source.feeds
    ]
