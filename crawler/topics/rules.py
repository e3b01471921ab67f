"""What a rule's hit is worth: a score from its place in the article and its density. Pure.

That both names of a topic stand anywhere in a text says little: background paragraphs and teasers name both (precision
.14 and .17 on Russian and Chinese news).
"""

from dataclasses import dataclass

from storage.query import Query, QueryDocument, match_query, rule_place
from storage.records.articles import Span

# The score of a single hit in a long text, by its place; density raises it towards 1. A choice, in equal steps.
PLACE_SCORES = {"headline": 0.75, "lead": 0.5, "body": 0.25}
# Places for each 100 words at which density has made half of its effect.
HALF_DENSITY = 2.0
# A hit in the body below this density may be an aside: two names once each in a text of 200 words.
ASIDE_DENSITY = 1.0


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
