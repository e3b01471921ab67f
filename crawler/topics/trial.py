"""Topics that are tried and leave no trace: matchers from seeds that nobody stored. I/O edge."""

import sqlite3
from collections.abc import Sequence

from crawler.topics.learn import build_profile
from crawler.topics.match import TopicMatcher
from crawler.topics.prepare import load_corpus
from crawler.topics.rules import can_name
from crawler.topics.terms import LabelledText, SeedText
from storage.articles import feedback
from storage.query import QueryDocument
from storage.records.topics import Topic
from storage.topics import topics


def trial_matcher(
    connection: sqlite3.Connection,
    topic: Topic,
    seeds: Sequence[SeedText],
    labelled: Sequence[LabelledText] = (),
) -> TopicMatcher:
    """The matcher of a topic with these seeds, as the present background makes it; nothing is stored.

    Raises:
        QueryError: a rule cannot be read.
    """
    profiles = {}
    named_in = []
    for language in sorted({seed.language for seed in seeds if seed.language}):
        own = [seed for seed in seeds if seed.language == language]
        judged = [text for text in labelled if text.language == language]
        profiles[language] = build_profile(own, load_corpus(connection, language), judged)
        documents = (QueryDocument.of(seed.title, seed.text, language=language) for seed in own)
        if can_name(topic, language, documents):
            named_in.append(language)
    return TopicMatcher.of(topic, profiles, named_in=named_in)


def seed_texts(connection: sqlite3.Connection, topic: str) -> list[SeedText]:
    """The stored seeds of a topic, by article."""
    return [SeedText(seed.title, seed.text, seed.language) for seed in topics.seeds(connection, topic)]


def labelled_texts(
    connection: sqlite3.Connection, topic: str, *, waiting: bool = False
) -> list[LabelledText]:
    """The judged articles that a topic learns from, by article; with *waiting* those too that it does not yet."""
    return [
        LabelledText(row.title, row.text, row.language, row.relevant)
        for row in feedback.labelled(connection, topic, waiting=waiting)
    ]
