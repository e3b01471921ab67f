"""What an article costs as the archive grows: look-up of its copies, storing, bytes and memory.

`python -m benchmarks.stored_articles [--articles N] [--words N] [--folder FOLDER]` stores generated articles through
the walk's own way, 200 a transaction, and prints a line at each power of ten and at the end: processor time of the
look-up and of storing a whole article (mean of the last 500), bytes of the database, bytes of anchors and text hashes
(dbstat), memory of the process, and how long it takes to open the file again. Every hundredth article is a copy of
the one before, which must be found. Up to 1,000,000; that takes an hour or two, and 5 GB of disk.

With `--into FILE` they go into a file of `benchmarks.large_database` instead, 20 a transaction, and one line says what
an article took: processor time and bytes of log.
"""

import argparse
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.articles.store import store_reading
from crawler.stories.shingles import anchors
from crawler.text.equality import text_hash
from storage import db
from storage.articles import anchors as stored_anchors
from storage.records.articles import Article, Precision, StatedDate
from storage.records.decisions import Reading, Verdict
from storage.records.sources import Source
from storage.sources import sources

BATCH, RECENT, COPY_EVERY = 200, 500, 100
# As many as an import stores in one turn.
TOGETHER = 20
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
# Stems of six letters: 20,000 words, used with the frequencies of a language (Zipf).
_VOCABULARY = 20_000


def main() -> int:
    """1 if a copy was not found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=250, help="of an article")
    parser.add_argument("--folder", type=Path, help="for the database; it is removed at the end")
    parser.add_argument(
        "--into", type=Path, help="a database that is there; it has so many articles more then"
    )
    given = parser.parse_args()
    if given.into:
        return store_into(given.into, given.articles, given.words)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        return run(Path(folder) / "stored.db", given.articles, given.words)


def run(path: Path, articles: int, words: int) -> int:
    """Store and print; 1 if a copy was not found."""
    connection = db.connect(path)
    sources.sync(connection, [(Source("generated"), [])])
    look_ups: deque[float] = deque(maxlen=RECENT)
    stores: deque[float] = deque(maxlen=RECENT)
    missed = 0
    print(" articles  look-up us  store us  bytes each  anchors+hash bytes each  memory MB  re-open ms")
    for number, reading in enumerate(readings(articles, words), 1):
        if number % BATCH == 1:
            connection.execute("BEGIN IMMEDIATE")
        started = time.process_time()
        stored_anchors.similar(connection, reading.anchors or ())
        looked = time.process_time()
        verdict, _ = store_reading(connection, reading, keep_all=True)
        look_ups.append(looked - started)
        stores.append(time.process_time() - looked)
        missed += (verdict is Verdict.COPY) != (number % COPY_EVERY == 0)
        if number % BATCH == 0 or number == articles:
            connection.execute("COMMIT")
        if number in (1_000, 10_000, 100_000, articles):
            print_line(connection, path, number, look_ups, stores)
    print(f"copies not found, or found where there are none: {missed} of {articles}")
    connection.close()
    return 1 if missed else 0


def store_into(path: Path, articles: int, words: int) -> int:
    """Store texts that the file has not, and print what each took; 1 if a copy was not found."""
    connection = db.connect(path)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    sources.add_source(connection, Source("generated"))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stamp = time.time_ns()
    coming = list(readings(articles, words, seed=stamp))
    missed = 0
    began = time.process_time()
    for start in range(0, articles, TOGETHER):
        connection.execute("BEGIN IMMEDIATE")
        for number, reading in enumerate(coming[start : start + TOGETHER], start + 1):
            verdict, _ = store_reading(
                connection, replace(reading, url_key=f"{stamp}/{reading.url_key}"), keep_all=True
            )
            missed += (verdict is Verdict.COPY) != (number % COPY_EVERY == 0)
        connection.execute("COMMIT")
    took = (time.process_time() - began) / articles
    log = db.log_bytes(path) / articles
    print(
        f"{path}: {took * 1e6:.0f} us of CPU and {log / 1e3:.1f} kB of log an article; copies missed: {missed}"
    )
    connection.close()
    return 1 if missed else 0


def readings(count: int, words: int, seed: int = 7) -> Iterator[Reading]:
    """Generated articles; each hundredth repeats the one before with a line more."""
    chance = random.Random(seed)
    vocabulary = ["".join(chance.choices("abcdefghijklmnoprstuvwz", k=6)) for _ in range(_VOCABULARY)]
    weights = [1 / rank for rank in range(1, _VOCABULARY + 1)]
    text = title = ""
    for number in range(1, count + 1):
        if number % COPY_EVERY == 0:
            text = f"From our own desk.\n{text}"
        else:
            drawn = chance.choices(vocabulary, weights, k=words + 8)
            title, text = " ".join(drawn[:8]), " ".join(drawn[8:])
        at = BEGIN + timedelta(seconds=number)
        url = f"http://generated.example/{number}"
        article = Article(
            url=url,
            title=title,
            text=text,
            published=StatedDate(at, Precision.SECOND, at.isoformat(), "meta", 0),
            words=words,
        )
        yield Reading(
            article=article,
            url_key=url.removeprefix("http://"),
            text_hash=text_hash(title, text),
            source="generated",
            origin="import",
            read_at=at,
            anchors=anchors(text),
        )


def print_line(
    connection: sqlite3.Connection, path: Path, number: int, look_ups: deque[float], stores: deque[float]
) -> None:
    """One line of the table."""
    if connection.in_transaction:
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")
    (index_bytes,) = connection.execute(
        """
        SELECT sum(pgsize) FROM dbstat
        WHERE aggregate = TRUE AND name IN ('anchors', 'recent_anchors', 'articles_text_hash')
        """
    ).fetchone()
    started = time.perf_counter()
    db.connect(path).close()
    opened_ms = (time.perf_counter() - started) * 1_000
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    print(
        f"{number:9,}  {sum(look_ups) / len(look_ups) * 1e6:10.0f}  {sum(stores) / len(stores) * 1e6:8.0f}"
        f"  {path.stat().st_size / number:10.0f}  {index_bytes / number:23.0f}  {memory_mb:9.0f}  {opened_ms:10.1f}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
