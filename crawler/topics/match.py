"""Which topics an article is about, and why. Pure.

An article is read once for all topics. Of the rules `exclude` wins over everything; what `any` finds is a match by
itself; `require` must be met for the seeds' score to count, and as many of the topic's entities be named as it says.
The names of its entities, near each other, serve in languages in which it has learned nothing. What is found only in
passing waits for a person. Where the meaning of texts can be told it is a second opinion in those languages: it leaves
an article to a person, and makes none a match.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from crawler.topics.explain import (
    TextParagraph,
    best_paragraph,
    best_sentences,
    lead_paragraph,
    marked_spans,
    paragraphs_of,
    rule_terms,
    strongest_terms,
)
from crawler.topics.meaning import NO_REACH, Meaning, MeaningIndex, Nearness
from crawler.topics.profile import Profile, threshold_at
from crawler.topics.profile_index import Floats, ProfileIndex, Scores
from crawler.topics.rules import (
    NamedEntities,
    RuleHit,
    alias_query,
    entities_needed,
    entity_queries,
    named_entities,
    rule_hit,
    rule_spans,
)
from crawler.topics.terms import HEADLINE_WEIGHT, TopicTerm, outline_terms, topic_terms
from storage.query import FieldOutline, Query, QueryDocument, QueryIndex, article_days, parse_query
from storage.records.articles import Article
from storage.records.topics import Match, TextVector, Topic


@dataclass(frozen=True, slots=True)
class MatchContext:
    """What is known of an article beside its page."""

    source: str = ""  # the source's name
    domain: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2, lower case
    seen_at: datetime | None = None  # when it was first seen: its date for queries, if it states none
    tags: tuple[str, ...] = ()  # of its source


@dataclass(frozen=True, slots=True)
class TopicMatcher:
    """A topic, ready to be held against articles; goes to other processes by pickle."""

    topic: Topic
    profiles: Mapping[str, Profile]  # by language; articles in other languages match by rules alone
    any: Query | None = None
    require: Query | None = None
    exclude: Query | None = None
    alias: Query | None = None  # its entities near each other, for languages without a profile
    versions: Mapping[str, int] = field(default_factory=dict)  # row of topic_models, by language
    entities: tuple[tuple[str, Query], ...] = ()  # each with the query for its names; none for fewer than two
    named_in: frozenset[str] = frozenset()  # languages whose articles can be asked for the entities
    meaning: Meaning | None = None  # of its seeds; None: none, or it cannot be told

    @classmethod
    def of(
        cls,
        topic: Topic,
        profiles: Mapping[str, Profile],
        versions: Mapping[str, int] | None = None,
        named_in: Iterable[str] = (),
    ) -> "TopicMatcher":
        """The matcher of *topic*, with its rules read; for *named_in* see `rules.can_name`.

        Raises:
            QueryError: a rule cannot be read.
        """
        any_, require, exclude, alias = (
            parse_query(rule) if rule.strip() else None
            for rule in (topic.any, topic.require, topic.exclude, alias_query(topic))
        )
        return cls(
            topic,
            profiles,
            any_,
            require,
            exclude,
            alias,
            versions or {},
            entity_queries(topic),
            frozenset(named_in),
        )


@dataclass(frozen=True, slots=True, eq=False)
class TopicIndex:
    """Many topics, so arranged that an article is held against all at once; goes to other processes by pickle."""

    matchers: tuple[TopicMatcher, ...]  # their profiles without what only the index needs
    languages: Mapping[str, "_Language"]
    any_queries: QueryIndex
    alias_queries: QueryIndex
    meanings: MeaningIndex

    @classmethod
    def of(cls, matchers: Iterable[TopicMatcher]) -> "TopicIndex":
        """The index of *matchers*."""
        matchers = tuple(matchers)
        by_language: dict[str, list[int]] = defaultdict(list)
        for number, matcher in enumerate(matchers):
            for language in matcher.profiles:
                by_language[language].append(number)
        return cls(
            tuple(_without_regressions(matcher) for matcher in matchers),
            {
                language: _Language.of(language, numbers, matchers)
                for language, numbers in by_language.items()
            },
            QueryIndex.of([matcher.any for matcher in matchers]),
            QueryIndex.of([matcher.alias for matcher in matchers]),
            MeaningIndex.of(
                {number: matcher.meaning for number, matcher in enumerate(matchers) if matcher.meaning}
            ),
        )

    def wants_vector(self, language: str | None) -> bool:
        """Whether an article in *language* needs its meaning told: for a topic without seeds in it, or as a sample."""
        if language is None:
            return False
        return any(
            language not in matcher.profiles or language in matcher.meaning.wanted
            for matcher in self.matchers
            if matcher.meaning is not None
        )


@dataclass(frozen=True, slots=True)
class Scored:
    """An article held against all topics."""

    matches: tuple[Match, ...]  # in the order of the matchers; those in band "review" too
    best_score: float | None  # the score nearest to, or farthest above, its threshold; None if there was none
    best_topic: str | None  # the topic of that score
    terms: tuple[str, ...] = ()  # what a background keeps: the terms, the headline's HEADLINE_WEIGHT times


@dataclass(frozen=True, slots=True, eq=False)
class _Language:
    """The topics that have learned something in one language."""

    numbers: Sequence[int]  # of the topics
    profiles: ProfileIndex
    thresholds: Floats  # of each topic, at its dial
    reviews: Floats  # the scores from which a person should look

    @classmethod
    def of(cls, language: str, numbers: Sequence[int], matchers: Sequence[TopicMatcher]) -> "_Language":
        profiles = [matchers[number].profiles[language] for number in numbers]
        thresholds = [
            threshold_at(profile, matchers[number].topic.dial)
            for number, profile in zip(numbers, profiles, strict=True)
        ]
        return cls(
            numbers,
            ProfileIndex.of(profiles),
            np.array(thresholds),
            np.array([profile.review for profile in profiles]),
        )


@dataclass(frozen=True)
class _Reading:
    """An article, read once."""

    article: Article
    context: MatchContext
    fields: Sequence[FieldOutline]  # title, text and section
    listed: Sequence[str]  # the terms, the headline's HEADLINE_WEIGHT times, then the text's
    counts: Mapping[str, int]

    @cached_property
    def document(self) -> QueryDocument:
        """Where everything stands: three times the work of all else, for what may match alone."""
        article, published = self.article, self.article.published
        return QueryDocument.of(
            article.title,
            article.text,
            language=article.language,
            source=self.context.source,
            domain=self.context.domain,
            country=self.context.country,
            tags=self.context.tags,
            section=article.section,
            date=article_days(
                published.at if published else None,
                published.precision if published else None,
                self.context.seen_at,
            ),
        )

    @cached_property
    def terms(self) -> Mapping[str, Sequence[TopicTerm]]:
        """The terms of the title and of the text where they stand."""
        return {name: topic_terms(self.document.fields[name].tokens) for name in ("title", "text")}

    @cached_property
    def paragraphs(self) -> tuple[TextParagraph, ...]:
        """Those of the text; needed by matches alone, and the same for all."""
        return paragraphs_of(self.article.text, self.terms["text"])


@dataclass(frozen=True, slots=True, eq=False)
class _Reached:
    """What the article reached against a topic's seeds: at least the score from which a person should look."""

    value: float
    threshold: float
    number: int  # of the profile in its language's index
    scores: Scores
    language: _Language


def score_topics(
    article: Article,
    context: MatchContext,
    topics: TopicIndex | Iterable[TopicMatcher],
    vector: TextVector | None = None,
) -> Scored:
    """The topics that *article* is about, and its best score, which off-topic articles keep too.

    *vector* is what the article means, where `TopicIndex.wants_vector` and an encoder can tell.
    Matchers are put into an index first: give an index where there is more than one article.
    """
    index = topics if isinstance(topics, TopicIndex) else TopicIndex.of(topics)
    reading = _read(article, context)
    language = index.languages.get(article.language or "")
    reached: dict[int, _Reached] = {}
    best: tuple[float | None, str | None] = (None, None)
    if language is not None:
        scores = language.profiles.scores(reading.counts)
        nearest = int(np.argmax(scores.values / language.thresholds))
        best = float(scores.values[nearest]), index.matchers[language.numbers[nearest]].topic.name
        least = np.minimum(language.reviews, language.thresholds)
        for number in np.flatnonzero(scores.values >= least).tolist():
            reached[language.numbers[number]] = _Reached(
                float(scores.values[number]), float(language.thresholds[number]), number, scores, language
            )
    asked = {*reached, *index.any_queries.candidates(reading.fields)}
    asked |= {
        number
        for number in index.alias_queries.candidates(reading.fields)
        if article.language not in index.matchers[number].profiles
    }
    near = NO_REACH
    if vector is not None and article.language is not None:
        near = index.meanings.reach(article.language, vector)
    asked |= {number for number in near.near() if article.language not in index.matchers[number].profiles}
    matches = [
        _match(reading, index.matchers[number], reached.get(number), near.of(number))
        for number in sorted(asked)
    ]
    found = tuple(match for match in matches if match is not None)
    return Scored(found, *best, tuple(reading.listed))


def _without_regressions(matcher: TopicMatcher) -> TopicMatcher:
    """The index holds these weights, for all topics together in less space."""
    profiles = {language: replace(profile, regression=None) for language, profile in matcher.profiles.items()}
    return replace(matcher, profiles=profiles)


def _read(article: Article, context: MatchContext) -> _Reading:
    texts = (article.title, article.text, article.section or "")
    fields = [FieldOutline.of(text, article.language) for text in texts]
    headline, body = (outline_terms(read.outline) for read in fields[:2])
    counts = Counter(body)
    for term in headline:
        counts[term] += HEADLINE_WEIGHT
    return _Reading(article, context, fields, (*headline * HEADLINE_WEIGHT, *body), counts)


def _match(
    reading: _Reading, matcher: TopicMatcher, reached: _Reached | None, nearness: Nearness | None
) -> Match | None:
    if rule_spans(matcher.exclude, reading.document) is not None:
        return None
    found = rule_hit(matcher.any, reading.document)
    if found is None and reached is None:
        return _unlearned_match(reading, matcher, nearness)
    if reached is not None and (found is None or reached.value >= reached.threshold):
        by_seeds = _seed_match(reading, matcher, reached, found)
        if by_seeds is not None and (found is None or by_seeds.band == "match"):
            return by_seeds
    return None if found is None else _rule_match(reading, matcher, found, "rule")


def _unlearned_match(reading: _Reading, matcher: TopicMatcher, nearness: Nearness | None) -> Match | None:
    """The match by names, or what a person should look at by its meaning; None in a language with seeds."""
    if reading.article.language in matcher.profiles:
        return None
    named = rule_hit(matcher.alias, reading.document)
    if named is not None:
        doubt = ""
        if nearness is not None and nearness.speaks_against:
            doubt = "by meaning it is less like the seeds than most of what is read in its language"
        return _rule_match(reading, matcher, named, "alias", doubt)
    if nearness is not None and nearness.is_near:
        return _meaning_match(reading, matcher, nearness)
    return None


def _meaning_match(reading: _Reading, matcher: TopicMatcher, nearness: Nearness) -> Match | None:
    """An article for a person to look at; None if `require` is not met."""
    required = rule_hit(matcher.require, reading.document)
    if matcher.require is not None and required is None:
        return None
    spans = required.spans if required else ()
    return Match(
        topic=matcher.topic.name,
        score=nearness.value,
        threshold=nearness.threshold,
        reason="seed",
        band="review",
        measure=nearness.measure,
        paragraph=lead_paragraph(reading.paragraphs),
        spans=marked_spans(spans, {}, {}),
        caution="by meaning alone it is like the seeds: the topic has none in its language, and no name was found",
    )


def _rule_match(
    reading: _Reading, matcher: TopicMatcher, found: RuleHit, reason: str, doubt: str = ""
) -> Match:
    text = reading.article.text
    caution = _aside(matcher.topic, found) or doubt
    return Match(
        topic=matcher.topic.name,
        score=found.score,
        threshold=0.0,
        reason=reason,
        band="review" if caution else "match",
        caution=caution,
        terms=rule_terms({"title": reading.article.title, "text": text}, found.spans, found.score),
        sentences=best_sentences(text, found.spans, (), {}),
        paragraph=best_paragraph(reading.paragraphs, found.spans, None),
        place=found.place,
        density=found.density,
        spans=marked_spans(found.spans, {}, {}),
    )


def _seed_match(
    reading: _Reading, matcher: TopicMatcher, reached: _Reached, found: RuleHit | None
) -> Match | None:
    """The match by the seeds' score; None if what the topic asks for besides is not met."""
    article, index = reading.article, reached.language.profiles
    language = article.language or ""
    required = rule_hit(matcher.require, reading.document)
    if matcher.require is not None and required is None:
        return None
    enough = reached.value >= reached.threshold
    caution = ""
    if found is None or _aside(matcher.topic, found):
        caution = _caution(reading, matcher, required)
    if caution and not enough:
        return None
    share = index.share_of(reached.scores, reached.number, reading.counts)
    spans = (found.spans if found else ()) + (required.spans if required else ())
    return Match(
        topic=matcher.topic.name,
        score=reached.value,
        threshold=reached.threshold,
        reason="seed" if found is None else "both",
        band="match" if enough and not caution else "review",
        measure=matcher.profiles[language].measure,
        terms=strongest_terms({"title": article.title, "text": article.text}, reading.terms, share.parts),
        sentences=best_sentences(article.text, spans, reading.terms["text"], share.parts),
        paragraph=best_paragraph(reading.paragraphs, spans, share.value),
        place=found.place if found else "",
        density=found.density if found else None,
        spans=marked_spans(spans, reading.terms, share.parts),
        model_version=matcher.versions.get(language),
        caution=caution,
    )


def _caution(reading: _Reading, matcher: TopicMatcher, required: RuleHit | None) -> str:
    """What speaks against an article that the seeds find, in words; "" if nothing does."""
    topic = matcher.topic
    if reading.article.language in matcher.named_in:
        named = named_entities(matcher.entities, entities_needed(topic), reading.document)
        if not named.are_enough:
            return _unnamed(named)
        if named.hit is not None and (aside := _aside(topic, named.hit)):
            return f"the topic's names: {aside}"
    return f"`require`: {aside}" if required is not None and (aside := _aside(topic, required)) else ""


def _unnamed(named: NamedEntities) -> str:
    """What an article lacks of the topic's names."""
    which = ", ".join(named.missing)
    if named.needed == named.total:
        return f"it does not name {which}"
    return f"it names {named.total - len(named.missing)} of the {named.needed} entities that it must; not {which}"


def _aside(topic: Topic, hit: RuleHit) -> str:
    """Why *hit* is only an aside, in words; "" if it is none, or if the topic takes asides for matches."""
    if topic.asides == "match" or not hit.is_aside:
        return ""
    return f"an aside, only in the body, {hit.density or 0.0:.1f} places in 100 words"
