"""What the analyst says of articles, and what a topic learns from it. I/O edge."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.holdings.references import Referred, stored_id
from crawler.topics.evaluation import HeldOut, held_out, held_out_seeds
from crawler.topics.learn import MIN_BACKGROUND
from crawler.topics.prepare import load_corpus
from crawler.topics.terms import SeedText
from crawler.topics.trial import labelled_texts, seed_texts
from storage.articles import articles as articles_table
from storage.articles import feedback
from storage.db import transaction
from storage.topics import background, topics


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the marked articles of one language teach a topic."""

    language: str
    relevant: int  # articles that were marked yes
    irrelevant: int  # and no
    read: int  # articles in the language's background
    estimate: HeldOut | None  # None: too few articles are marked, or read

    @property
    def is_worse(self) -> bool:
        """Whether the topic would find less well what it was not taught."""
        return self.estimate is not None and self.estimate.after < self.estimate.before


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of articles that were to be seeds."""

    articles: tuple[int, ...]  # all of them
    new: tuple[int, ...]  # those that were no seeds before
    lessons: tuple[Lesson, ...]
    is_taken: bool  # False: they are marked, but no seeds


def mark_articles(
    connection: sqlite3.Connection,
    topic: str,
    articles: Sequence[Referred],
    verdict: str,
    now: datetime,
    *,
    given_by: str = "",
    why: str = "",
) -> list[int]:
    """Write down *verdict* on each article, all or none; their rows. Off-topic texts become articles.

    *given_by* is who says so, *why* a note; "" where nothing is known.
    """
    with transaction(connection):
        rows = [stored_id(connection, referred, now) for referred in articles]
        for row in rows:
            feedback.give(connection, topic, row, verdict, now, given_by=given_by, why=why)
    return rows


def unmark_articles(
    connection: sqlite3.Connection, topic: str, articles: Sequence[int], now: datetime
) -> list[tuple[int, str | None]]:
    """Take back what was said of each article; its row, and what that was (None: nothing). All or none."""
    with transaction(connection):
        return [(row, feedback.withdraw(connection, topic, row, now)) for row in articles]


def learn_from_feedback(
    connection: sqlite3.Connection, topic: str, *, force: bool
) -> tuple[list[Lesson], bool]:
    """Let *topic* learn from all that was marked, unless it would get worse; a lesson a language, and whether it did.

    Each lesson is measured on articles that were held out. Where too few were marked to measure, it learns.
    """
    seeds = seed_texts(connection, topic)
    before, after = labelled_texts(connection, topic), labelled_texts(connection, topic, waiting=True)
    sampled = background.sizes(connection)
    lessons = []
    for language in sorted({text.language for text in after if text.language}):
        own_seeds = [
            SeedText(seed.title, seed.text, seed.language) for seed in seeds if seed.language == language
        ]
        own_before, own_after = (
            [text for text in texts if text.language == language] for texts in (before, after)
        )
        read = sampled.get(language, 0)
        estimate = None
        if own_seeds and read >= MIN_BACKGROUND:
            estimate = held_out(own_seeds, own_before, own_after, load_corpus(connection, language))
        relevant = sum(text.relevant for text in own_after)
        lessons.append(Lesson(language, relevant, len(own_after) - relevant, read, estimate))
    learned = force or not any(lesson.is_worse for lesson in lessons)
    if learned:
        feedback.learn(connection, topic)
    return lessons, learned


def promotion_lessons(connection: sqlite3.Connection, topic: str, added: Sequence[SeedText]) -> list[Lesson]:
    """For each language of *added*, how well *topic* ranks what was marked, without these seeds and with them.

    A language without seeds so far has no estimate: it is only by them that it learns at all.
    """
    seeds = seed_texts(connection, topic)
    labelled = labelled_texts(connection, topic, waiting=True)
    sampled = background.sizes(connection)
    lessons = []
    for language in sorted({seed.language for seed in added if seed.language}):
        before, new = ([seed for seed in texts if seed.language == language] for texts in (seeds, added))
        judged = [text for text in labelled if text.language == language]
        read = sampled.get(language, 0)
        estimate = None
        if before and read >= MIN_BACKGROUND:
            corpus = load_corpus(connection, language)
            estimate = held_out_seeds(before, [*before, *new], judged, corpus)
        relevant = sum(text.relevant for text in judged)
        lessons.append(Lesson(language, relevant, len(judged) - relevant, read, estimate))
    return lessons


def promote_articles(
    connection: sqlite3.Connection,
    topic: str,
    articles: Sequence[Referred],
    now: datetime,
    *,
    given_by: str = "",
    why: str = "",
    force: bool = False,
) -> Promotion:
    """Mark articles yes, and make them seeds of *topic* unless it would then rank what was marked worse, or *force*."""
    known = {
        referred.article_id
        for referred in articles
        if referred.article_id is not None and is_seed(connection, topic, referred.article_id)
    }
    rows = mark_articles(connection, topic, articles, "yes", now, given_by=given_by, why=why)
    new = [row for row in rows if row not in known]
    # Measured outside of a transaction: it takes seconds, in which a crawl must be able to write.
    found = [stored for row in new if (stored := articles_table.article(connection, row))]
    texts = [SeedText(row["title"], row["text"], row["language"]) for row in found]
    lessons = promotion_lessons(connection, topic, texts)
    taken = force or not any(lesson.is_worse for lesson in lessons)
    if taken:
        with transaction(connection):
            for row in rows:
                topics.add_seed(connection, topic, row, now)
    return Promotion(tuple(rows), tuple(new), tuple(lessons), taken)


def is_seed(connection: sqlite3.Connection, topic: str, article_id: int) -> bool:
    """Whether an article is a seed of *topic*."""
    return topic in topics.served_by(connection, article_id)
