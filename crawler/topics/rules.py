"""A topic's rule: the query that its aliases make, and what a hit is worth. Pure.

A hit's score comes from its place in the article and its density: that both names of a topic stand anywhere in a text
says little, background paragraphs and teasers name both (precision .14 and .17 on Russian and Chinese news, where one
such article in six or seven is about the two); near each other the names say something of each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from storage.query import Query, QueryDocument, match_query, rule_place
from storage.records.topics import Span, Topic

# The score of a single hit in a long text, by its place; density raises it towards 1. A choice, in equal steps.
PLACE_SCORES = {"headline": 0.75, "lead": 0.5, "body": 0.25}
# Places for each 100 words at which density has made half of its effect.
HALF_DENSITY = 2.0
# A hit in the body below this density may be an aside: two names once each in a text of 200 words.
ASIDE_DENSITY = 1.0
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
        return self.place == "body" and self.density is not None and self.density < ASIDE_DENSITY


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
