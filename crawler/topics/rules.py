"""A topic's rules: the queries that its aliases make, and what a hit is worth by its place and density. Pure.

A hit's score comes from its place in the article and its density: that both names of a topic stand anywhere in a text
says little, background paragraphs and teasers name both (precision .14 and .17 on Russian and Chinese news, where one
such article in six or seven is about the two); near each other the names say something of each other.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from storage.query import Query, QueryDocument, match_query, parse_query, rule_place
from storage.records.topics import Span, Topic

# The score of a single hit in a long text, by its place; density raises it towards 1. A choice, in equal steps.
PLACE_SCORES = {"headline": 0.75, "lead": 0.5, "body": 0.25}
# Places for each 100 words at which density has made half of its effect.
HALF_DENSITY = 2.0
# A hit that needs the body is an aside unless it comes often: with at least so many places, and so many in 100 words.
# On Russian and Chinese news 88 of 91 hits of a query of names that needed the body were wrong, so that it is the
# repetition that must be shown: two names twice each, and what a lead has in a text of its length.
LEAST_PLACES = 4
ASIDE_DENSITY = 2.0
# Words between two names: a sentence or two of news.
ALIAS_DISTANCE = 30
# Names that a query may hold; each pair of entities repeats the names of both.
MAX_ALIAS_TERMS = 1_000


@dataclass(frozen=True, slots=True)
class RuleHit:
    """What a rule found in an article."""

    spans: tuple[Span, ...]  # () if the rule asks for no words
    place: str  # "headline", "lead" or "body"; "" if it asks for no words
    density: float | None  # places for each 100 words; None as above

    @property
    def score(self) -> float:
        """From above 0 to 1; 1 for a rule that asks for no words, which holds or does not."""
        if self.density is None:
            return 1.0
        least = PLACE_SCORES[self.place]
        return least + (1 - least) * self.density / (self.density + HALF_DENSITY)

    @property
    def is_aside(self) -> bool:
        """Whether the article may only mention in passing what the rule asks for."""
        if self.place != "body" or self.density is None:
            return False
        places = sum(1 for span in self.spans if span.field == "text")
        return places < LEAST_PLACES or self.density < ASIDE_DENSITY


def rule_hit(rule: Query | None, document: QueryDocument) -> RuleHit | None:
    """What *rule* finds in *document*; None if nothing, or if there is no rule."""
    spans = rule_spans(rule, document)
    if rule is None or spans is None:
        return None
    if not spans:
        return RuleHit((), "", None)
    where = rule_place(spans, document, rule)
    return RuleHit(spans, where.place, where.density)


def rule_spans(rule: Query | None, document: QueryDocument) -> tuple[Span, ...] | None:
    """The places that *rule* finds; None if it finds nothing, or if there is no rule."""
    return None if rule is None else match_query(rule, document)


@dataclass(frozen=True, slots=True)
class NamedEntities:
    """Which of a topic's entities an article names."""

    needed: int
    missing: tuple[str, ...]  # those that it does not name, as the settings have them
    total: int
    hit: RuleHit | None  # of as many as are needed; None if there are fewer

    @property
    def are_enough(self) -> bool:
        """Whether it names as many as are needed."""
        return self.total - len(self.missing) >= self.needed


def entity_queries(topic: Topic) -> tuple[tuple[str, Query], ...]:
    """Each entity with the query for its names; none for a topic of fewer than two."""
    if len(topic.aliases) < 2:
        return ()
    return tuple((entity, parse_query(_group((entity, *names)))) for entity, names in topic.aliases)


def entities_needed(topic: Topic) -> int:
    """How many of its entities an article that the seeds find must name; 0 for a topic of fewer than two."""
    total = len(topic.aliases)
    if total < 2:
        return 0
    return (
        total
        if topic.entities == "all"
        else 1
        if topic.entities == "any"
        else min(int(topic.entities), total)
    )


# Languages that are written in letters of their own: names in these letters are names in the language.
LETTERS = {
    "ko": re.compile("[\uac00-\ud7a3]"),
    "zh": re.compile("[\u4e00-\u9fff]"),
    "ja": re.compile("[\u3041-\u30fa\u4e00-\u9fff]"),
    "en": re.compile("[A-Za-z]"),
    **dict.fromkeys(("ru", "uk", "be", "bg", "kk"), re.compile("[\u0400-\u04ff]")),
}


def can_name(topic: Topic, language: str, seeds: Iterable[QueryDocument]) -> bool:
    """Whether articles in *language* can be asked for the entities of *topic*; *seeds* are its seeds in it.

    They can if all entities have a name in the letters of the language, or if one of the seeds names enough: without
    names nothing would ever match.
    """
    needed = entities_needed(topic)
    if not needed:
        return False
    letters = LETTERS.get(language)
    if letters and all(any(map(letters.search, (entity, *names))) for entity, names in topic.aliases):
        return True
    queries = entity_queries(topic)
    return any(named_entities(queries, needed, seed).are_enough for seed in seeds)


def named_entities(
    queries: Sequence[tuple[str, Query]], needed: int, document: QueryDocument
) -> NamedEntities:
    """What *document* names of *queries*, each an entity with the query for its names.

    The hit stands where as many entities as are needed have been named, and is as dense as the rarest of these: an
    article that is all about one of two, and names the other once, is an aside.
    """
    hits = {entity: hit for entity, query in queries if (hit := rule_hit(query, document)) is not None}
    missing = tuple(entity for entity, _ in queries if entity not in hits)
    hit = None
    if needed and len(hits) >= needed:
        order = ("headline", "lead", "body")
        nearest = sorted(hits.values(), key=lambda one: (order.index(one.place), -(one.density or 0.0)))[
            :needed
        ]
        place = nearest[-1].place
        rarest = min(nearest, key=lambda one: one.density or 0.0)
        hit = RuleHit(tuple(span for one in nearest for span in one.spans), place, rarest.density)
    return NamedEntities(needed, missing, len(queries), hit)


def alias_query(topic: Topic) -> str:
    """A query for articles that name two of the topic's entities near each other; "" if it has fewer than two.

    An entity is found by the word or phrase that names it in the settings, and by each of its other names.
    """
    groups = [_group((entity, *names)) for entity, names in topic.aliases]
    return " OR ".join(f"{one} NEAR/{ALIAS_DISTANCE} {other}" for one, other in combinations(groups, 2))


def alias_terms(aliases: Iterable[tuple[str, tuple[str, ...]]]) -> int:
    """How many names the query of *aliases* holds; 0 for fewer than two entities."""
    sizes = [len(_distinct((entity, *names))) for entity, names in aliases]
    return (len(sizes) - 1) * sum(sizes) if len(sizes) > 1 else 0


def _group(names: Iterable[str]) -> str:
    """Each name in quotation marks, so that no word of it is read as an operator or field."""
    return "(" + " OR ".join(f'"{name}"' for name in _distinct(names)) + ")"


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
