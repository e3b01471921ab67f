"""The topics of the database as matchers: profiles are built anew only when what they are built from has changed.

While few articles were read, words are as common as the lists of the wordfreq package say (Robyn Speer 2022). These
count subtitles, encyclopaedias, news, books and the web up to 2021; the small ones hold the words that occur at least
once in a million. I/O edge.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from json import dumps
from typing import TYPE_CHECKING

from crawler.topics.match import TopicMatcher
from crawler.topics.profile import Profile, profile_from_json, profile_to_json
from crawler.topics.rarity import FULL_BACKGROUND, TermFrequencies
from crawler.topics.rules import can_name
from crawler.topics.seed_meanings import SeedMeanings, Taught
from crawler.topics.terms import LabelledText, SeedText, topic_terms
from storage.analyser import VERSION, terms, tokens
from storage.articles import feedback
from storage.articles.feedback import LabelledRow
from storage.query import QueryDocument
from storage.records.topics import Topic
from storage.topics import background, models, topics
from storage.topics.models import ModelRow
from storage.topics.topics import SeedRow

if TYPE_CHECKING:
    from crawler.topics.corpus import Corpus

# Raise when the same seeds and background would give another profile.
_METHOD = 4
# Sizes of the background at which a profile is built anew: a small one changes it most.
_BACKGROUND_STEPS = (0, 30, 100, 200, FULL_BACKGROUND, 500, 700, 1_000, 1_300, 1_600, background.RESERVOIR)
# A full background is renewed bit by bit; it is measured anew after as many new articles.
_RENEWED = 500
# Languages whose list stands under another code.
_LISTED_AS = {"no": "nb", "nn": "nb", "sr": "sh", "hr": "sh", "bs": "sh"}
# The rarest listed words occur once in a million; what is not listed is rarer.
_UNSEEN = 5e-7


def prepare_matchers(connection: sqlite3.Connection, now: datetime) -> tuple[TopicMatcher, ...]:
    """A matcher for each followed topic, by id; new profiles are kept as new versions.

    Raises:
        QueryError: a stored rule cannot be read.
    """
    backgrounds = _Backgrounds(connection)
    return tuple(_matcher(backgrounds, topic, now) for topic in topics.followed(connection))


def prepare_matcher(connection: sqlite3.Connection, topic: Topic, now: datetime) -> TopicMatcher:
    """The matcher of one topic; raises QueryError if a stored rule cannot be read."""
    return _matcher(_Backgrounds(connection), topic, now)


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether all profiles are stored as the present seeds, verdicts and background make them."""
    backgrounds = _Backgrounds(connection)
    for topic in topics.followed(connection):
        for lesson in _lessons(connection, topic.name):
            stored = models.latest_model(connection, topic.name, lesson.language)
            if stored is None or stored.basis != _basis(lesson, backgrounds):
                return False
        if backgrounds.meanings.are_missing(_taught(connection, topic.name)):
            return False
    return True


def load_corpus(connection: sqlite3.Connection, language: str) -> "Corpus":
    """The background of *language* as profiles are built from it, with the word frequencies of the language."""
    # What learns needs scipy, and the tables of frequencies take time to load: most crawls have nothing to learn.
    from crawler.topics.corpus import Corpus

    size, _ = background.counts(connection, language)
    # A handful of articles says more about one day's news than about the language.
    articles = background.load(connection, language) if size >= _BACKGROUND_STEPS[1] else []
    return Corpus.of(language, articles, load_frequencies(language))


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What a topic learns from in one language."""

    language: str
    seeds: Sequence[SeedRow]
    labelled: Sequence[LabelledRow]


@dataclass(slots=True)
class _Backgrounds:
    """The backgrounds, each counted once for all topics."""

    connection: sqlite3.Connection
    corpora: "dict[str, Corpus]" = field(default_factory=dict)
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)
    meanings: SeedMeanings = field(init=False)

    def __post_init__(self) -> None:
        self.meanings = SeedMeanings(self.connection)

    def corpus(self, language: str) -> "Corpus":
        if language not in self.corpora:
            self.corpora[language] = load_corpus(self.connection, language)
        return self.corpora[language]

    def counts(self, language: str) -> tuple[int, int]:
        if language not in self.counted:
            self.counted[language] = background.counts(self.connection, language)
        return self.counted[language]


def _matcher(backgrounds: _Backgrounds, topic: Topic, now: datetime) -> TopicMatcher:
    profiles: dict[str, Profile] = {}
    versions: dict[str, int] = {}
    named_in: list[str] = []
    for lesson in _lessons(backgrounds.connection, topic.name):
        found = _profile(backgrounds, topic.name, lesson, now)
        profiles[lesson.language], versions[lesson.language] = found
        seeds = (QueryDocument.of(seed.title, seed.text, language=seed.language) for seed in lesson.seeds)
        if can_name(topic, lesson.language, seeds):
            named_in.append(lesson.language)
    meaning = backgrounds.meanings.of(_taught(backgrounds.connection, topic.name), now)
    return replace(TopicMatcher.of(topic, profiles, versions, named_in), meaning=meaning)


def _taught(connection: sqlite3.Connection, topic: str) -> list[Taught]:
    """The seeds and what was marked yes, of all languages."""
    seeds = [
        Taught(row.text_hash, row.title, row.text, row.language) for row in topics.seeds(connection, topic)
    ]
    marked = [
        Taught(row.text_hash, row.title, row.text, row.language)
        for row in feedback.labelled(connection, topic)
        if row.relevant
    ]
    return [*seeds, *marked] if seeds else []


def _lessons(connection: sqlite3.Connection, topic: str) -> list[_Lesson]:
    """By language, in the order of the seeds; verdicts in a language without seeds teach nothing."""
    seeds: dict[str, list[SeedRow]] = defaultdict(list)
    for seed in topics.seeds(connection, topic):
        if seed.language is not None:
            seeds[seed.language].append(seed)
    labelled = feedback.labelled(connection, topic)
    return [
        _Lesson(language, own, [row for row in labelled if row.language == language])
        for language, own in seeds.items()
    ]


def _profile(backgrounds: _Backgrounds, topic: str, lesson: _Lesson, now: datetime) -> tuple[Profile, int]:
    """The profile and its version; the stored one if it was built from the same."""
    connection = backgrounds.connection
    basis = _basis(lesson, backgrounds)
    stored = models.latest_model(connection, topic, lesson.language)
    if stored is not None and stored.basis == basis:
        return profile_from_json(stored.model), stored.id
    profile = _build(backgrounds, lesson)
    version = models.save_model(
        connection,
        ModelRow(
            id=0,
            topic=topic,
            language=lesson.language,
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


def _build(backgrounds: _Backgrounds, lesson: _Lesson) -> Profile:
    from crawler.topics.learn import build_profile  # see load_corpus

    return build_profile(
        [SeedText(row.title, row.text, row.language) for row in lesson.seeds],
        backgrounds.corpus(lesson.language),
        [LabelledText(row.title, row.text, row.language, row.relevant) for row in lesson.labelled],
    )


def _basis(lesson: _Lesson, backgrounds: _Backgrounds) -> str:
    """A hash of all that a profile is built from; the background counts in steps."""
    size, seen = backgrounds.counts(lesson.language)
    step = max(index for index, least in enumerate(_BACKGROUND_STEPS) if size >= least)
    renewed = seen // _RENEWED if size >= background.RESERVOIR else 0
    parts = [
        f"{_METHOD} {VERSION} {step} {renewed}",
        *(f"{row.text_hash} {row.title}" for row in lesson.seeds),
        *(f"{row.text_hash} {row.title} {row.relevant}" for row in lesson.labelled),
    ]
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


@lru_cache(maxsize=8)
def load_frequencies(language: str) -> TermFrequencies | None:
    """The frequencies of *language* (ISO 639-1) in our analyser's terms; None if no list is packaged.

    Takes 0.1 to 0.5 s at a language's first use, then nothing.
    """
    import wordfreq

    code = _LISTED_AS.get(language, language)
    if code not in wordfreq.available_languages("small"):
        return None
    words: dict[str, float] = defaultdict(float)
    first: dict[str, float] = defaultdict(float)
    last: dict[str, float] = defaultdict(float)
    for word, share in wordfreq.get_frequency_dict(code, "small").items():
        only = terms(word, language)
        if len(only) == 1 and len(only[0]) > 1:  # nearly every word, in half the time
            if not only[0].isnumeric():
                words[only[0]] += share
            continue
        found = tokens(word, language)
        for term in topic_terms(found):
            words[term.term] += share
        if found and found[0].single:
            first[found[0].term] += share
        if found and found[-1].single:
            last[found[-1].term] += share
    return TermFrequencies(language, dict(words), dict(first), dict(last), _UNSEEN)
