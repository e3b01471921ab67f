"""What topics' seeds mean, from the vectors that are stored; those that are missing are made. I/O edge."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice

from crawler.text.encoder import ENCODER, LANGUAGES, encode, encoder_state
from crawler.text.equality import text_hash
from crawler.topics.meaning import (
    ENOUGH_VECTORS,
    MOST_VECTORS,
    Example,
    Meaning,
    Vectors,
    learn_meaning,
    unpacked,
)
from storage.articles import held as holdings
from storage.db import transaction
from storage.records.articles import Article
from storage.records.topics import TextVector
from storage.topics import vectors

# Vectors of a topic's own languages that are made of what is read, to know the languages' middles.
_WANTED_VECTORS = 300
# Texts of each language, and of all, that are encoded at once where the extra is new to a database: 9 ms each.
_FIRST_VECTORS, _FIRST_TEXTS = 100, 2_000
_FIRST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Taught:
    """A text that says what a topic is about: a seed, or what was marked yes."""

    text_hash: str
    title: str
    text: str
    language: str | None


@dataclass(slots=True)
class SeedMeanings:
    """The meanings of topics; samples of languages are read once for all topics."""

    connection: sqlite3.Connection
    samples: dict[str, Vectors] | None = field(default=None)

    def are_missing(self, taught: Sequence[Taught]) -> bool:
        """Whether vectors must be made before the meaning of *taught* is known."""
        texts = _encodable(taught)
        if not texts or not encoder_state().is_ready:
            return False
        known = vectors.load(self.connection, [text.text_hash for text in texts], ENCODER)
        return any(text.text_hash not in known for text in texts)

    def of(self, taught: Sequence[Taught], now: datetime) -> Meaning | None:
        """What *taught* means; None where it cannot be told. Vectors that are missing are made and kept."""
        texts = _encodable(taught)
        if not texts or not encoder_state().is_ready:
            return None
        if self.are_missing(texts):
            self._make(texts, now)
        known = vectors.load(self.connection, [text.text_hash for text in texts], ENCODER)
        examples = [
            Example(text.language or "", known[text.text_hash]) for text in texts if text.text_hash in known
        ]
        samples = self._samples()
        own = {example.language for example in examples}
        wanted = [language for language in own if len(samples.get(language, ())) < _WANTED_VECTORS]
        basis = blake2b("\n".join([ENCODER, *sorted(known)]).encode(), digest_size=16).hexdigest()
        return learn_meaning(examples, samples, wanted, basis)

    def _make(self, texts: Sequence[Taught], now: datetime) -> None:
        """Encode *texts*, and, if the encoder is new to the database, a sample of what is held."""
        is_new = not vectors.sizes(self.connection).get(ENCODER)
        made = [(text, encode(text.title, text.text, text.language)) for text in texts]
        with transaction(self.connection):
            for text, vector in made:
                if vector is not None and text.language:
                    vectors.keep(self.connection, text.text_hash, text.language, vector, now)
        if is_new:
            self._make_sample(now)
        self.samples = None

    def _make_sample(self, now: datetime) -> None:
        counts: dict[str, int] = {}
        held = holdings.held_since(self.connection, now - timedelta(days=_FIRST_DAYS))
        found = []
        for one in islice(held, _FIRST_TEXTS):
            article = one.article
            language = article.language or ""
            if counts.get(language, 0) >= _FIRST_VECTORS:
                continue
            vector = encode(article.title, article.text, language)
            if vector is not None:
                counts[language] = counts.get(language, 0) + 1
                found.append((text_hash(article.title, article.text), language, vector))
        with transaction(self.connection):
            for key, language, vector in found:
                vectors.keep(self.connection, key, language, vector, now)

    def _samples(self) -> dict[str, Vectors]:
        if self.samples is None:
            sizes = vectors.sizes(self.connection).get(ENCODER, {})
            self.samples = {
                language: unpacked(vectors.newest(self.connection, language, ENCODER, MOST_VECTORS))
                for language, size in sizes.items()
                if size >= ENOUGH_VECTORS
            }
        return self.samples


def vector_of(
    connection: sqlite3.Connection, article: Article, *, keep_at: datetime | None = None, make: bool = True
) -> TextVector | None:
    """What *article* means, stored or made; None where it cannot be told.

    One that is made is kept, inside the caller's transaction, if *keep_at* is given: when it was made. Without *make*
    none is: where thousands are looked at in passing, 9 ms each would be minutes.
    """
    if not encoder_state().is_ready:
        return None
    key = text_hash(article.title, article.text)
    known = vectors.load(connection, [key], ENCODER).get(key)
    if known is not None or not make:
        return known
    vector = encode(article.title, article.text, article.language)
    if vector is not None and keep_at is not None and article.language:
        vectors.keep(connection, key, article.language, vector, keep_at)
    return vector


def _encodable(taught: Sequence[Taught]) -> list[Taught]:
    return [text for text in taught if text.language in LANGUAGES]
