"""Which topics an article is about, and why. Pure.

An article is read once for all topics. Of the rules `exclude` wins over everything; what `any` finds is a match by
itself; `require` must be met for the seeds' score to count.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crawler.topics.explain import best_sentences, marked_spans, strongest_terms
from crawler.topics.profile import (
    HEADLINE_WEIGHT,
    Profile,
    TopicTerm,
    contributions,
    term_list,
    threshold_at,
    topic_terms,
)
from storage.query import Query, QueryDocument, match_query, parse_query
from storage.records import Article, Match, Span, Topic


@dataclass(frozen=True, slots=True)
class MatchContext:
    """What is known of an article's source."""

    source: str = ""  # the source's name
    domain: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2, lower case


@dataclass(frozen=True, slots=True)
class TopicMatcher:
    """A topic, ready to be held against articles; goes to other processes by pickle."""

    topic: Topic
    profiles: Mapping[str, Profile]  # by language; articles in other languages match by rules alone
    any: Query | None = None
    require: Query | None = None
    exclude: Query | None = None
    versions: Mapping[str, int] = field(default_factory=dict)  # row of topic_models, by language

    @classmethod
    def of(
        cls, topic: Topic, profiles: Mapping[str, Profile], versions: Mapping[str, int] | None = None
    ) -> "TopicMatcher":
        """The matcher of *topic*, with its rules read.

        Raises:
            QueryError: a rule cannot be read.
        """
        any_, require, exclude = (
            parse_query(rule) if rule.strip() else None for rule in (topic.any, topic.require, topic.exclude)
        )
        return cls(topic, profiles, any_, require, exclude, versions or {})


@dataclass(frozen=True, slots=True)
class Scored:
    """An article held against all topics."""

    matches: tuple[Match, ...]  # in the order of the matchers
    best_score: float | None  # the score nearest to, or farthest above, its threshold; None if there was none
    best_topic: str | None  # the topic of that score


@dataclass(frozen=True, slots=True)
class _Reading:
    """An article, read once."""

    article: Article
    document: QueryDocument
    terms: Mapping[str, Sequence[TopicTerm]]  # of the title and of the text
    counts: Mapping[str, int]
    length: int  # in terms, the headline's counted HEADLINE_WEIGHT times


@dataclass(frozen=True, slots=True)
class _Score:
    value: float
    threshold: float
    parts: Mapping[str, float]  # what each term adds to the value, before the background's mean is taken off


def match_topics(
    article: Article, context: MatchContext, matchers: Iterable[TopicMatcher]
) -> tuple[Match, ...]:
    """The topics that *article* is about, in the order of *matchers*."""
    return score_topics(article, context, matchers).matches


def score_topics(article: Article, context: MatchContext, matchers: Iterable[TopicMatcher]) -> Scored:
    """The topics that *article* is about, and its best score, which off-topic articles keep too."""
    reading = _read(article, context)
    matches = []
    best: tuple[float, float, str] | None = None
    for matcher in matchers:
        score = _score(reading, matcher)
        if score is not None:
            best = max(best or (float("-inf"), 0.0, ""), (_nearness(score), score.value, matcher.topic.name))
        match = _match(reading, matcher, score)
        if match is not None:
            matches.append(match)
    return Scored(tuple(matches), best[1] if best else None, best[2] if best else None)


def background_terms(article: Article) -> list[str]:
    """What a background keeps of *article*: its terms, the headline's HEADLINE_WEIGHT times."""
    return term_list(article.title, article.text, article.language)


def _read(article: Article, context: MatchContext) -> _Reading:
    document = QueryDocument.of(
        article.title,
        article.text,
        language=article.language,
        source=context.source,
        domain=context.domain,
        country=context.country,
        section=article.section,
    )
    terms = {name: topic_terms(document.fields[name].tokens) for name in ("title", "text")}
    counts = Counter(term.term for term in terms["text"])
    for term in terms["title"]:
        counts[term.term] += HEADLINE_WEIGHT
    return _Reading(article, document, terms, counts, counts.total())


def _score(reading: _Reading, matcher: TopicMatcher) -> _Score | None:
    """The seeds' score of the article; None where there are no seeds in its language."""
    profile = matcher.profiles.get(reading.article.language or "")
    if profile is None:
        return None
    raw = contributions(reading.counts, reading.length, profile.weights, profile.average_length)
    return _Score(
        (sum(raw.values()) - profile.mean) / profile.deviation,
        threshold_at(profile, matcher.topic.dial),
        {term: value / profile.deviation for term, value in raw.items()},
    )


def _nearness(score: _Score) -> float:
    """The score in thresholds, so that scores of different measures compare."""
    return score.value / score.threshold


def _match(reading: _Reading, matcher: TopicMatcher, score: _Score | None) -> Match | None:
    found = _spans(matcher.any, reading)
    by_seeds = score is not None and score.value >= score.threshold
    if found is None and not by_seeds:
        return None
    if _spans(matcher.exclude, reading) is not None:
        return None
    required: tuple[Span, ...] | None = ()
    if matcher.require is not None:
        required = _spans(matcher.require, reading)
    if by_seeds and score is not None and required is not None:
        return _seed_match(reading, matcher, score, found, required)
    return None if found is None else _rule_match(reading, matcher, found)


def _spans(rule: Query | None, reading: _Reading) -> tuple[Span, ...] | None:
    return None if rule is None else match_query(rule, reading.document)


def _rule_match(reading: _Reading, matcher: TopicMatcher, found: Sequence[Span]) -> Match:
    return Match(
        topic=matcher.topic.name,
        score=0.0,
        threshold=0.0,
        reason="rule",
        sentences=best_sentences(reading.article.text, found, (), {}),
        spans=marked_spans(found, {}, {}),
    )


def _seed_match(
    reading: _Reading,
    matcher: TopicMatcher,
    score: _Score,
    found: tuple[Span, ...] | None,
    required: tuple[Span, ...],
) -> Match:
    language = reading.article.language or ""
    texts = {"title": reading.article.title, "text": reading.article.text}
    spans = (found or ()) + required
    return Match(
        topic=matcher.topic.name,
        score=score.value,
        threshold=score.threshold,
        reason="seed" if found is None else "both",
        measure=matcher.profiles[language].measure,
        terms=strongest_terms(texts, reading.terms, score.parts),
        sentences=best_sentences(reading.article.text, spans, reading.terms["text"], score.parts),
        spans=marked_spans(spans, reading.terms, score.parts),
        model_version=matcher.versions.get(language),
    )
