"""Crawls a file of feeds into a new database with everything on but politeness, as one row of a comparison.

`python -m benchmarks.contender FEEDS_FILE DATABASE`: one source a feed, the demo's topic with its three seeds, every
article kept. robots.txt is asked for and obeyed, as always; the pause between requests is 0 and 16 requests go to one
host at once, because in such a comparison one local server stands for many.

Whose harness counts rows can ask `QUERY`: rows, rows with at least 200 characters of text, with a title, with a date,
with authors, and all characters of text.
"""

import asyncio
import sys
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

import scheduler.demo
from crawler import clock
from crawler.articles.seeds import store_seed
from crawler.run.opening import CrawlSettings, save_settings
from scheduler.daemon.crawl import Crawl
from scheduler.files.seed_files import read_seeds
from storage import db
from storage.records.sources import FeedKind, Source
from storage.records.topics import Topic
from storage.sources import sources
from storage.sources.sources import DeclaredFeed
from storage.topics import topics

REQUESTS_PER_HOST = 16
SEEDS = Path(scheduler.demo.__file__).parent / "seeds"
QUERY = """
SELECT count(*), sum(length(text) >= 200), sum(title <> ''), sum(published_at IS NOT NULL), sum(authors IS NOT NULL),
    sum(length(text))
FROM articles JOIN article_texts ON article_texts.article_id = articles.id
WHERE origin = 'crawl'
"""


def prepare(database: Path, feeds: list[str]) -> None:
    """Make the database with its sources, its topic and the settings of the crawl."""
    now = clock.now()
    connection = db.connect(database)
    declared = [
        (Source(f"source-{number:03d}", f"Source {number}"), [DeclaredFeed(feed, FeedKind.FEED)])
        for number, feed in enumerate(feeds)
    ]
    sources.sync(connection, declared)
    topics.sync(connection, [Topic("strait-link", "The strait link")])
    seeds = [
        store_seed(connection, article, now).article_id
        for file in read_seeds(SEEDS, now)
        for article in file.articles
    ]
    topics.set_declared_seeds(connection, "strait-link", seeds, now)
    save_settings(
        connection,
        CrawlSettings(
            delay=0.0,
            keep_all=True,
            allow_private=tuple(sorted({urlsplit(feed).netloc for feed in feeds})),
            requests_per_host=REQUESTS_PER_HOST,
        ),
    )
    db.finish(connection)


def main() -> int:
    """0 if the crawl finished."""
    feeds, database = Path(sys.argv[1]).read_text().split(), Path(sys.argv[2])
    # In a process that ends: who crawls has taken up the seeds long before, and does not hold their language model.
    preparing = get_context("fork").Process(target=prepare, args=(database, feeds))
    preparing.start()
    preparing.join()
    report = asyncio.run(Crawl(database, trigger="benchmark", only_due=False).run())
    print(report.state, report.error or "")
    return 0 if report.state == "finished" else 1


if __name__ == "__main__":
    sys.exit(main())
