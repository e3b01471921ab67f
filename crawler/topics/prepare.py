"""The topics of the database as matchers: profiles are built anew only when what they are built from has changed."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import blake2b
from json import dumps

from crawler.topics.match import TopicMatcher
from crawler.topics.profile import (
    FULL_BACKGROUND,
    Profile,
    SeedText,
    build_profile,
    profile_from_json,
    profile_to_json,
)
from storage import background, topics
from storage.analyser import VERSION
from storage.records import Topic
from storage.topics import ModelRow, SeedRow

# Raise when the same seeds and background would give another profile.
_METHOD = 1
# Sizes of the background at which a profile is built anew: a small one changes it most.
_BACKGROUND_STEPS = (0, 30, 100, 200, FULL_BACKGROUND, 500, 700, 1_000, 1_300, 1_600, background.RESERVOIR)
# A full background is renewed bit by bit; it is measured anew after as many new articles.
_RENEWED = 500


def prepare_matchers(connection: sqlite3.Connection, now: datetime) -> tuple[TopicMatcher, ...]:
    """A matcher for each followed topic, by id; new profiles are kept as new versions.

    Raises:
        QueryError: a stored rule cannot be read.
    """
    return tuple(prepare_matcher(connection, topic, now) for topic in topics.followed(connection))


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether all profiles are stored as the present seeds and background make them."""
    for topic in topics.followed(connection):
        for language, seeds in _seeds_by_language(connection, topic.name).items():
            stored = topics.latest_model(connection, topic.name, language)
            if stored is None or stored.basis != _basis(seeds, *background.counts(connection, language)):
                return False
    return True


def prepare_matcher(connection: sqlite3.Connection, topic: Topic, now: datetime) -> TopicMatcher:
    """The matcher of one topic; raises QueryError if a stored rule cannot be read."""
    profiles: dict[str, Profile] = {}
    versions: dict[str, int] = {}
    for language, seeds in _seeds_by_language(connection, topic.name).items():
        profiles[language], versions[language] = _profile(connection, topic.name, language, seeds, now)
    return TopicMatcher.of(topic, profiles, versions)


def _seeds_by_language(connection: sqlite3.Connection, topic: str) -> dict[str, list[SeedRow]]:
    by_language: dict[str, list[SeedRow]] = defaultdict(list)
    for seed in topics.seeds(connection, topic):
        if seed.language is not None:
            by_language[seed.language].append(seed)
    return by_language


def _profile(
    connection: sqlite3.Connection, topic: str, language: str, seeds: Sequence[SeedRow], now: datetime
) -> tuple[Profile, int]:
    """The profile and its version; the stored one if it was built from the same."""
    size, seen = background.counts(connection, language)
    basis = _basis(seeds, size, seen)
    stored = topics.latest_model(connection, topic, language)
    if stored is not None and stored.basis == basis:
        return profile_from_json(stored.model), stored.id
    profile = _build(connection, language, seeds, size)
    version = topics.save_model(
        connection,
        ModelRow(
            id=0,
            topic=topic,
            language=language,
            measure=profile.measure,
            threshold=profile.threshold,
            background=profile.background,
            seeds=profile.seeds,
            model=profile_to_json(profile),
            basis=basis,
            built_at=now,
        ),
        terms=dumps([asdict(term) for term in profile.terms], ensure_ascii=False),
    )
    return profile, version


def _build(connection: sqlite3.Connection, language: str, seeds: Sequence[SeedRow], size: int) -> Profile:
    texts = [SeedText(seed.title, seed.text, seed.language) for seed in seeds]
    frequencies = None
    if size < FULL_BACKGROUND:
        # Its tables take time and memory to load, and only a young database needs them.
        from crawler.topics.frequencies import load_frequencies

        frequencies = load_frequencies(language)
    # A handful of articles says more about one day's news than about the language: on the demo press eleven of them
    # pushed the seeds' own names down.
    articles = background.load(connection, language) if size >= _BACKGROUND_STEPS[1] else []
    return build_profile(texts, articles, frequencies)


def _basis(seeds: Sequence[SeedRow], size: int, seen: int) -> str:
    """A hash of all that a profile is built from; the background counts in steps."""
    step = max(index for index, least in enumerate(_BACKGROUND_STEPS) if size >= least)
    renewed = seen // _RENEWED if size >= background.RESERVOIR else 0
    parts = [f"{_METHOD} {VERSION} {step} {renewed}", *(f"{seed.text_hash} {seed.title}" for seed in seeds)]
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
