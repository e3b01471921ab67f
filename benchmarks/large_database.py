"""A database of the size that years of watching leave, made by program in true proportions.

    python -m benchmarks.large_database FILE [--articles N] [--words N]

With the default of 500,000 articles: 300 sources with 500 feeds, 939,000 links, 1,500,000 polls, 246,000 matches of 12
topics, 195,000 watches, 150,000 looks, 12 million anchors, copies, revisions, the full-text index, a background of
2,000 articles a language and the texts of a month's off-topic pages; about 3.1 GB, in a few minutes. Smaller by
`--articles`, all else in proportion. All texts are invented words with the frequencies of a language (Zipf), of which
the commonest are "the", "of" and "and"; dates are spread over three years up to NEWEST.
"""

import argparse
import bisect
import random
import sys
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from sqlite3 import Connection

from crawler.cadence.rhythm import HOURS, Rhythm, rhythm_to_bytes
from crawler.topics.terms import term_list
from storage import db, meta
from storage.analyser import VERSION, index_text
from storage.articles import held
from storage.articles.anchors import LEVEL_ANCHORS
from storage.records.articles import Article
from storage.topics.background import RESERVOIR

NEWEST = datetime(2026, 11, 28, 18, tzinfo=UTC)
YEARS_S = 3 * 365 * 86_400
SOURCES, FEEDS, TOPICS = 300, 500, 12
HELD_DAYS = 30
KEPT_DAYS = 120
LANGUAGES = ("en", "en", "en", "en", "ru", "ko", "zh", "ja", "de", "fr")
# For each article.
LINKS, POLLS, MATCHES, ANCHORS, WATCHES, LOOKS, RUNS = 1.878, 3.0, 0.492, 24, 0.39, 0.3, 0.1
COMMON = (
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "that",
    "is",
    "for",
    "on",
    "with",
    "as",
    "by",
    "at",
    "from",
    "said",
)
_VOCABULARY = 40_000
_BATCH = 2_000
# Texts are put together from so many paragraphs: drawing each word of each text would take hours.
_PARAGRAPHS, _PARAGRAPH_WORDS = 20_000, 45


def main() -> int:
    """0 when the file is made."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--articles", type=int, default=500_000)
    parser.add_argument("--words", type=int, default=270, help="of an article")
    given = parser.parse_args()
    if given.file.exists():
        parser.error(f"{given.file} is there already")
    began = time.monotonic()
    fill(given.file, given.articles, given.words)
    size = given.file.stat().st_size / 1e9
    print(f"{given.file}: {given.articles:,} articles, {size:.2f} GB, {time.monotonic() - began:.0f} s")
    return 0


def fill(path: Path, articles: int, words: int) -> None:
    """Make the file; foreign keys hold, and the index has what the texts have."""
    connection = db.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    with db.transaction(connection):
        _watched(connection, articles)
    for begin in range(1, articles + 1, _BATCH * 10):
        with db.transaction(connection):
            _articles(connection, range(begin, min(begin + _BATCH * 10, articles + 1)), articles, words)
    for statement in _followers(articles):
        with db.transaction(connection):
            connection.execute(statement)
    with db.transaction(connection):
        meta.put(connection, meta.SETTLED_UNTIL, folded := (NEWEST - timedelta(days=KEPT_DAYS)).date())
        meta.put(connection, meta.FOLDED_UNTIL, folded)
        _background(connection, articles)
        _held_texts(connection)
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('optimize')")
    db.analyse(connection)
    db.finish(connection)


def _numbers(count: float) -> str:
    return (
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {int(count)})"
    )


def _at(share: str) -> str:
    """SQL of the time at *share* (0 oldest, 1 newest) of the years."""
    end = int(NEWEST.timestamp())
    return f"strftime('%Y-%m-%dT%H:%M:%S+00:00', {end - YEARS_S} + CAST(({share}) * {YEARS_S} AS INTEGER), 'unixepoch')"


def _watched(connection: Connection, articles: int) -> None:
    """Sources, feeds, topics, runs and polls."""
    runs, polls = int(articles * RUNS), int(articles * POLLS)
    # The newest polls alone are kept one by one; those of earlier days are folded.
    kept = f"1 - {KEPT_DAYS * 86_400 / YEARS_S} * (1 - n / {polls}.0)"
    day = _at(f"(n - 1) / {YEARS_S / 86_400}")
    languages = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(LANGUAGES))
    for statement in (
        f"""
        {_numbers(SOURCES)} INSERT INTO sources (name, title, home, country, language)
        SELECT 'outlet' || n, 'The Outlet ' || n, 'http://outlet' || n || '.example/',
            substr('gbrukrcnjpde', 1 + n % 6 * 2, 2),
            CASE n % 10 {languages} END
        FROM numbers
        """,
        f"""
        {_numbers(FEEDS)} INSERT INTO feeds (source_id, url, kind, last_polled_at, last_ok_at, next_due_at, last_error,
            failures, rate_per_day, entries, rhythm)
        SELECT 1 + n % {SOURCES}, 'http://outlet' || (1 + n % {SOURCES}) || '.example/feed/' || n, 'feed',
            {_at("1 - n / 1e7")}, {_at("1 - n / 1e7")}, {_at("1 + n / 1e6")}, CASE WHEN n % 20 = 0 THEN 'timeout' END,
            CASE WHEN n % 20 = 0 THEN 3 ELSE 0 END, 5.0, 20, x'{_rhythm().hex()}'
        FROM numbers
        """,
        f"""
        {_numbers(TOPICS)} INSERT INTO topics (name, title, any_query)
        SELECT 'topic' || n, 'The subject ' || n, 'subject' || n FROM numbers
        """,
        f"""
        {_numbers(runs)} INSERT INTO runs (token, trigger, state, started_at, finished_at, feeds_polled)
        SELECT 't' || n, 'schedule', 'finished', {_at(f"n / {runs}.0")}, {_at(f"n / {runs}.0")}, 30 FROM numbers
        """,
        f"""
        {_numbers(polls)} INSERT INTO polls (feed_id, run_id, polled_at, outcome, status, bytes, entries, new_links,
            skipped, next_due_at, decided_by)
        SELECT 1 + n % {FEEDS}, max(1, CAST({runs} * ({kept}) AS INTEGER)), {_at(kept)},
            CASE WHEN n / {FEEDS} % 40 = 0 THEN 'timeout' WHEN n / {FEEDS} % 3 THEN 'not_modified' ELSE 'ok' END,
            CASE WHEN n / {FEEDS} % 3 THEN 304 ELSE 200 END, 20000,
            CASE WHEN n / {FEEDS} % 3 = 0 THEN 20 END,
            CASE WHEN n % 3001 = 0 THEN 20 WHEN n / {FEEDS} % 15 = 0 THEN 1 WHEN n / {FEEDS} % 3 = 0 THEN 0 END,
            0, {_at(f"{kept} + 0.00004")}, 'rate'
        FROM numbers
        """,
        f"""
        {_numbers(YEARS_S / 86_400 - KEPT_DAYS)}
        INSERT INTO poll_days (feed_id, day, polls, failed, unmodified, new_links, bytes, first_at, last_at)
        SELECT feeds.id, substr({day}, 1, 10), 24, 1, 15, 2, 160000, substr({day}, 1, 10) || 'T00:20:00+00:00',
            substr({day}, 1, 10) || 'T23:20:00+00:00'
        FROM numbers CROSS JOIN feeds
        """,
        """
        INSERT INTO coverage (source_id, day, polls, failed_polls, seen, expected, lost, blind_s)
        SELECT source_id, day, sum(polls), sum(failed), sum(looked.new), 2.5, 0.0, 0
        FROM (
            SELECT feed_id, substr(polled_at, 1, 10) AS day, sum(outcome <> 'timeout') AS polls,
                sum(outcome = 'timeout') AS failed, total(new_links) AS new
            FROM polls GROUP BY 1, 2
            UNION ALL SELECT feed_id, day, polls, failed, new_links FROM poll_days
        ) AS looked JOIN feeds ON feeds.id = looked.feed_id GROUP BY 1, 2
        """,
    ):  # fmt: skip
        connection.execute(statement)


def _rhythm() -> bytes:
    """What was learned of a feed that brings more by day than by night, and little at the week's end."""
    entries = [0.4 if hour >= 120 or hour % 24 < 6 else 2.0 for hour in range(HOURS)]
    return rhythm_to_bytes(Rhythm(tuple(entries), (6.0,) * HOURS))


class Press:
    """Invented paragraphs, with the index terms of each."""

    def __init__(self, seed: int = 7) -> None:
        """*seed* decides which texts they are."""
        chance = random.Random(seed)
        drawn = {
            "".join(chance.choices("abcdefghiklmnoprstuvw", k=chance.randint(4, 9)))
            for _ in range(_VOCABULARY)
        }
        vocabulary = [*COMMON, *(f"subject{number}" for number in range(1, TOPICS + 1)), *sorted(drawn)]
        chance.shuffle(rest := vocabulary[len(COMMON) :])
        vocabulary[len(COMMON) :] = rest
        totals = list(accumulate(1 / (rank + 2.7) for rank in range(len(vocabulary))))
        terms = {word: index_text(word, "en") for word in vocabulary}
        self._chance = chance
        self._totals = totals
        self._vocabulary = vocabulary
        self._terms = terms
        self._paragraphs = [self._draw(_PARAGRAPH_WORDS) for _ in range(_PARAGRAPHS)]

    def text(self, words: int) -> tuple[str, str]:
        """A text of about so many words, and what the index holds of it; its first paragraph is nobody else's."""
        parts = [self._draw(_PARAGRAPH_WORDS)]
        parts += self._chance.choices(self._paragraphs, k=max(1, words // _PARAGRAPH_WORDS) - 1)
        return "\n".join(text for text, _ in parts), " ".join(terms for _, terms in parts)

    def title(self) -> tuple[str, str]:
        """A headline, and what the index holds of it."""
        return self._draw(9)

    def _draw(self, number: int) -> tuple[str, str]:
        last = self._totals[-1]
        words = [
            self._vocabulary[bisect.bisect(self._totals, self._chance.random() * last)] for _ in range(number)
        ]
        return " ".join(words), " ".join(self._terms[word] for word in words)


_PRESS: list[Press] = []


def _articles(connection: Connection, numbers: range, of: int, words: int) -> None:
    """Articles with texts and index entries."""
    press = _PRESS[0] if _PRESS else Press()
    _PRESS[:] = [press]
    begin = NEWEST - timedelta(seconds=YEARS_S)
    rows, texts, terms = [], [], []
    for number in numbers:
        at = db.to_iso(begin + timedelta(seconds=YEARS_S * number / of))
        (title, title_terms), (text, text_terms) = press.title(), press.text(words)
        source = 1 + number * 7919 % SOURCES
        language = LANGUAGES[source % len(LANGUAGES)]
        url = f"http://outlet{source}.example/{number}"
        dated = None if number % 50 == 0 else at
        rows.append(
            (number, title, source, dated, dated and "second", language, words, url,
             "import" if number % 10 == 0 else "crawl", at, at, dated, dated and "meta", f"outlet{source}.example",
             1 + number // 20 % max(1, int(of * RUNS)), url[7:],
             f"{number:032x}")
        )  # fmt: skip
        texts.append((number, text, VERSION))
        terms.append((number, title_terms, text_terms))
    connection.executemany(
        """
        INSERT INTO articles (id, title, source_id, published_at, published_precision, language, words, url, origin,
            first_seen_at, fetched_at, published_raw, published_rule, outlet_host, run_id, url_key, text_hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        rows,
    )
    connection.executemany("INSERT INTO article_texts (article_id, text, analyser) VALUES (?, ?, ?)", texts)
    connection.executemany("INSERT INTO articles_fts (rowid, title, text) VALUES (?, ?, ?)", terms)


def _followers(articles: int) -> Iterator[str]:
    """What refers to articles."""
    links, matches = int(articles * LINKS), int(articles * MATCHES)
    yield f"""
        {_numbers(links)} INSERT INTO links (source_id, feed_id, url, title, state, reason, score, first_seen_at,
            fetched_at, attempts, article_id, run_id, url_key)
        SELECT coalesce(articles.source_id, 1 + n % {SOURCES}), 1 + n % {FEEDS},
            coalesce(articles.url, 'http://outlet.example/off/' || n),
            'A headline of nine words that a feed has told ' || n,
            CASE WHEN articles.id IS NOT NULL THEN 'fetched' WHEN n % 97 = 0 THEN 'failed' WHEN n % 89 = 0 THEN 'gone'
                 WHEN n % 83 = 0 THEN 'blocked' WHEN n % 19 = 0 THEN 'not_article' WHEN n > {links - 150} THEN 'queued'
                 ELSE 'off_topic' END,
            CASE WHEN articles.id IS NOT NULL THEN NULL WHEN n % 97 = 0 THEN 'timeout' WHEN n % 89 = 0 THEN 'http_404'
                 WHEN n % 83 = 0 THEN 'robots' WHEN n % 19 = 0 THEN 'no_text' END,
            (n * 7919 % 1000) / 1000.0, {_at(f"n / {links}.0")}, {_at(f"n / {links}.0")}, 1, articles.id,
            1 + n * {int(articles * RUNS) - 1} / {links}, coalesce(articles.url_key, 'outlet.example/off/' || n)
        FROM numbers LEFT JOIN articles ON articles.id = CASE
            WHEN CAST(n / {LINKS} AS INTEGER) > CAST((n - 1) / {LINKS} AS INTEGER) THEN CAST(n / {LINKS} AS INTEGER) END
    """
    explanation = (
        '{"measure": "background", "terms": [["subject", 0.4], ["outlet", 0.3], ["pact", 0.2]], "sentences": '
        '["A sentence of some length that says why the article is about the subject of the topic."], "spans": []}'
    )
    yield f"""
        {_numbers(matches)} INSERT INTO matches (topic_id, article_id, published_at, source_id, language, score,
            threshold, reason, band, terms, matched_at, explanation)
        SELECT 1 + min(n % 17, n % {TOPICS}), id, coalesce(published_at, first_seen_at), source_id, language,
            0.3 + n % 60 / 100.0, 0.4, 'seed', CASE WHEN n / 17 % 12 = 0 THEN 'review' ELSE 'match' END,
            'subject, outlet, pact', first_seen_at, '{explanation}'
        FROM numbers JOIN articles ON articles.id = 1 + CAST(n * {articles / matches - 1e-6} AS INTEGER) - 1
    """
    yield f"""
        {_numbers(articles * ANCHORS)} INSERT INTO anchors (hash, article_id)
        SELECT random() & {2**63 - 1} AS hash, 1 + n / {ANCHORS} FROM numbers
        WHERE n / {ANCHORS} < {articles} ORDER BY hash
    """
    yield from _levels(articles)
    yield f"""
        INSERT INTO watches (article_id, source_id, due_at, ended, looks)
        SELECT id, source_id, CASE WHEN id > {int(articles * 0.97)} THEN {_at("1 + id / 1e8")} END,
            CASE WHEN id <= {int(articles * 0.97)} THEN 'age' END, 3
        FROM articles WHERE id > {int(articles * (1 - WATCHES))}
    """
    yield f"""
        {_numbers(articles * LOOKS)} INSERT INTO looks (article_id, source_id, run_id, looked_at, outcome, status)
        SELECT articles.id, source_id, run_id, first_seen_at, 'unchanged', 200
        FROM numbers JOIN articles ON articles.id = 1 + CAST(n * {0.99 / LOOKS} AS INTEGER)
    """
    yield """
        INSERT INTO sightings (article_id, feed_id, first_seen_at, last_seen_at)
        SELECT id, 1 + id % 500, first_seen_at, first_seen_at FROM articles WHERE origin = 'crawl'
    """
    yield """
        INSERT INTO copies (article_id, original_id, relation, similarity, first_by, lag_s)
        SELECT id, id - id % 7, 'copy', 0.9, 'published', 600 FROM articles WHERE id % 7 BETWEEN 1 AND 2 AND id > 7
    """
    yield """
        INSERT INTO revisions (article_id, number, seen_at, title, kind, silent, text, added, removed, words_added,
            words_removed, text_hash)
        SELECT id, 1 + (id % 2), first_seen_at, title, 'major', 1, text, 'Something was added.',
            'Something went.', 3, 2, text_hash
        FROM articles JOIN article_texts ON article_id = articles.id WHERE articles.id % 40 = 1
    """


def _levels(articles: int) -> Iterator[str]:
    """The newest anchors in the levels that they are in while articles come, each as full as it gets."""
    newest = articles
    for level, most in enumerate(LEVEL_ANCHORS):
        oldest = max(0, newest - most // ANCHORS)
        chosen = f"article_id > {oldest} AND article_id <= {newest}"
        yield f"""
            INSERT INTO recent_anchors (level, hash, article_id)
            SELECT {level}, hash, article_id FROM anchors WHERE {chosen} ORDER BY hash, article_id
        """
        yield f"DELETE FROM anchors WHERE {chosen}"
        yield f"""
            UPDATE anchor_levels SET anchors = (SELECT count(*) FROM recent_anchors WHERE level = {level})
            WHERE level = {level}
        """
        newest = oldest


def _background(connection: Connection, articles: int) -> None:
    """A sample of the newest articles of each language, of the size that it has after years."""
    size = min(RESERVOIR, articles // 250)
    for language in sorted(set(LANGUAGES)):
        rows = connection.execute(
            """
            SELECT url_key, first_seen_at, title, text FROM articles JOIN article_texts ON article_id = articles.id
            WHERE language = ? ORDER BY articles.id DESC LIMIT ?
            """,
            [language, size],
        ).fetchall()
        connection.executemany(
            "INSERT INTO background (language, slot, url_key, added_at, terms) VALUES (?, ?, ?, ?, ?)",
            [
                (language, slot, key, at, zlib.compress(" ".join(term_list(title, text, language)).encode()))
                for slot, (key, at, title, text) in enumerate(rows)
            ],
        )
        connection.execute(
            "INSERT INTO background_counts (language, seen, recent, recent_at) VALUES (?, ?, ?, ?)",
            [language, 20 * len(rows), 10.0 * len(rows), db.to_iso(NEWEST)],
        )


def _held_texts(connection: Connection) -> None:
    """The texts of the last HELD_DAYS days' pages that were on no topic."""
    links = connection.execute(
        "SELECT id, url, title FROM links WHERE state = 'off_topic' AND first_seen_at >= ?",
        [db.to_iso(NEWEST - timedelta(days=HELD_DAYS))],
    ).fetchall()
    for number, link in enumerate(links):
        text, _ = _PRESS[0].text(270)
        language = LANGUAGES[number % len(LANGUAGES)]
        article = Article(
            url=link["url"], title=link["title"], text=text, language=language, words=270,
            outlet_host=f"outlet{number % SOURCES}.example",
        )  # fmt: skip
        held.hold_text(connection, link["id"], article, NEWEST + timedelta(days=HELD_DAYS))


if __name__ == "__main__":
    sys.exit(main())
