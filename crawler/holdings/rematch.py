"""A changed topic against all that is held: stored articles, and off-topic texts, which become articles. I/O edge."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

from crawler import clock
from crawler.articles.store import store_reading
from crawler.text.equality import text_hash
from crawler.topics.match import MatchContext, TopicIndex, TopicMatcher, score_topics
from crawler.topics.seed_meanings import vector_of
from storage.articles import articles, matches
from storage.articles import held as holdings
from storage.articles.held import HeldArticle
from storage.db import give_way, transaction
from storage.records.decisions import Reading
from storage.records.topics import Match
from storage.topics import rematches
from storage.topics.rematches import Rematch

# Articles a transaction: 100 ms of one core with a handful of topics, between which others write.
BATCH = 20

Progress = Callable[[int, int], None]
"""Called with how many of how many articles are done."""


def rematch(
    connection: sqlite3.Connection,
    matchers: Sequence[TopicMatcher],
    now: datetime,
    *,
    again: bool = False,
    on_progress: Progress | None = None,
    batch_size: int = BATCH,
) -> list[Rematch]:
    """Judge all that is held anew; the state of each topic, in the order of *matchers*.

    What a broken-off rematch of the same topic has done is not done again. A topic that has not changed since it was
    applied to all is left out unless *again*. Each batch stands in one transaction with the state, so that an end at
    any moment loses nothing. Matches that change or end become past ones; a "yes" of the analyst keeps a match, a
    "no" keeps it out. No messages are sent.
    """
    begun = {matcher.topic.name: _begin(connection, matcher, now, again=again) for matcher in matchers}
    open_ones = [matcher for matcher in matchers if begun[matcher.topic.name].finished_at is None]
    if open_ones:
        walk = _Rematching(connection, open_ones, begun, now, batch_size)
        total = holdings.count_held(connection)
        done = min(begun[matcher.topic.name].looked for matcher in open_ones)
        for step in (walk.judge_articles, walk.judge_texts):
            while number := step():
                done += number
                give_way(connection)
                if on_progress is not None:
                    on_progress(min(done, total), total)
        walk.finish()
    return [begun[matcher.topic.name] for matcher in matchers]


def is_rematched(connection: sqlite3.Connection, matcher: TopicMatcher) -> bool:
    """Whether the topic as it is was applied to all that was held."""
    state = rematches.latest(connection, matcher.topic.name)
    return state is not None and state.finished_at is not None and state.basis == topic_basis(matcher)


def topic_basis(matcher: TopicMatcher) -> str:
    """A hash of all that decides what a topic matches: rules, names, dial and the versions of what was learned."""
    topic = matcher.topic
    versions = sorted(matcher.versions.items())
    parts = [
        topic.any,
        topic.require,
        topic.exclude,
        topic.dial,
        topic.asides,
        topic.entities,
        repr(topic.aliases),
        repr(versions),
    ]
    if matcher.meaning is not None:
        parts.append(matcher.meaning.basis)
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def context_of(held: HeldArticle) -> MatchContext:
    """What is known of the source of a held article."""
    return MatchContext(held.source, held.domain, held.country, held.read_at, held.tags)


def admit(
    connection: sqlite3.Connection, held: HeldArticle, judged: Sequence[Match], now: datetime, *, why: str
) -> int:
    """Make an off-topic text an article, with its address, date and source, and keep its matches; its row.

    It goes the way of a crawled page, so that copies are found. Its link leads to it from now on.
    """
    with transaction(connection):
        key = held.url_key
        article_id = articles.find(connection, key) if key else None
        if article_id is None:
            reading = Reading(
                article=held.article,
                url_key=key,
                text_hash=text_hash(held.article.title, held.article.text),
                source=held.source,
                origin="crawl",
                read_at=held.read_at or now,
            )
            _, article_id = store_reading(connection, reading, keep_all=True)
        assert article_id is not None  # all is kept
        holdings.give_up_text(connection, held, article_id)
        for match in judged:
            matches.keep(connection, article_id, match, now, why=why)
    return article_id


def _begin(connection: sqlite3.Connection, matcher: TopicMatcher, now: datetime, *, again: bool) -> Rematch:
    """The state to go on from."""
    basis = topic_basis(matcher)
    state = rematches.latest(connection, matcher.topic.name)
    if state is not None and state.basis == basis and (state.finished_at is None or not again):
        return state
    fresh = Rematch(matcher.topic.name, basis, now, None)
    rematches.save(connection, fresh)
    return fresh


@dataclass(slots=True)
class _Rematching:
    """A rematch under way."""

    connection: sqlite3.Connection
    matchers: Sequence[TopicMatcher]
    states: dict[str, Rematch]
    now: datetime
    batch_size: int
    indexes: dict[tuple[str, ...], TopicIndex] = field(default_factory=dict)

    def judge_articles(self) -> int:
        """Judge the next batch of stored articles; how many there were."""
        with transaction(self.connection):
            after = min(self.states[matcher.topic.name].articles_until for matcher in self.matchers)
            batch = holdings.articles_after(self.connection, after, self.batch_size)
            for held in batch:
                assert held.article_id is not None
                due = self._due("articles_until", held.article_id)
                judged = self._matches(held, due)
                for name in due:
                    counts = judge(self.connection, held.article_id, name, judged.get(name), self.now)
                    state = _counted(self.states[name], counts)
                    self.states[name] = replace(state, articles_until=held.article_id)
            self.save()
        return len(batch)

    def judge_texts(self) -> int:
        """Judge the next batch of off-topic texts; how many there were."""
        with transaction(self.connection):
            after = min(self.states[matcher.topic.name].links_until for matcher in self.matchers)
            batch = holdings.texts_after(self.connection, after, self.batch_size)
            for held in batch:
                assert held.link_id is not None
                due = self._due("links_until", held.link_id)
                judged = self._matches(held, due)
                if judged:
                    admit(self.connection, held, tuple(judged.values()), self.now, why="rejudged")
                for name in due:
                    state = _counted(self.states[name], ["added"] if name in judged else [])
                    self.states[name] = replace(state, links_until=held.link_id)
            self.save()
        return len(batch)

    def finish(self) -> None:
        """Say of all topics that they were applied to all that is held."""
        with transaction(self.connection):
            for matcher in self.matchers:
                name = matcher.topic.name
                self.states[name] = replace(self.states[name], finished_at=clock.now())
            self.save()

    def save(self) -> None:
        """Write down how far each topic has come."""
        for matcher in self.matchers:
            rematches.save(self.connection, self.states[matcher.topic.name])

    def _due(self, until: str, row: int) -> list[str]:
        """The topics that have not come to *row*: all, but where one of them was broken off and others were not."""
        names = [matcher.topic.name for matcher in self.matchers]
        return [name for name in names if getattr(self.states[name], until) < row]

    def _matches(self, held: HeldArticle, names: Sequence[str]) -> Mapping[str, Match]:
        key = tuple(names)
        if key not in self.indexes:
            self.indexes[key] = TopicIndex.of(
                matcher for matcher in self.matchers if matcher.topic.name in key
            )
        index = self.indexes[key]
        vector = None
        if index.wants_vector(held.article.language):
            vector = vector_of(self.connection, held.article, keep_at=self.now)
        scored = score_topics(held.article, context_of(held), index, vector)
        return {match.topic: match for match in scored.matches}


def judge(
    connection: sqlite3.Connection, article_id: int, topic: str, match: Match | None, now: datetime
) -> list[str]:
    """Write down what became of one article; "added", "changed", "ended" or nothing."""
    if match is not None:
        return [matches.keep(connection, article_id, match, now, why="rejudged")]
    return ["ended"] if matches.end(connection, topic, article_id, now, why="ended") else []


def _counted(state: Rematch, counts: Sequence[str]) -> Rematch:
    return replace(
        state,
        looked=state.looked + 1,
        added=state.added + counts.count("added"),
        changed=state.changed + counts.count("changed"),
        ended=state.ended + counts.count("ended"),
    )
