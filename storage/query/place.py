"""Where in an article a rule's hit stands, and how densely. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from storage.query.document import FieldTokens, QueryDocument
from storage.query.match import match_query
from storage.query.tree import Query
from storage.records.topics import Span

# A news lead and the paragraph behind it: see docs/queries.md#where-a-hit-stands for the measurement.
LEAD_WORDS = 60


@dataclass(frozen=True, slots=True)
class RulePlace:
    """Where a rule's hit stands."""

    place: str  # "headline", "lead" or "body"
    density: float  # stretches found for each 100 words of the text; 0 to 100


def rule_place(spans: Sequence[Span], document: QueryDocument, query: Query | None = None) -> RulePlace:
    """The place of what *query* found as *spans*: the smallest part of the article that satisfies it by itself.

    headline
        The title alone has all that the query asks for.
    lead
        The title and the beginning of the text have: LEAD_WORDS, and in a text of less than twice that its first
        half or its first paragraph, so that a related story at the end of a short item is none.
    body
        The text is needed further down; also where the query asks for no words.

    Without *query* its parts are unknown: then each of the words found must stand there.
    """
    text = document.fields["text"]
    density = 100 * sum(1 for span in spans if span.field == "text") / max(text.length, 1)
    return RulePlace(_place(spans, document, query), min(density, 100.0))


def _place(spans: Sequence[Span], document: QueryDocument, query: Query | None) -> str:
    if not spans:
        return "body"
    for place, kept in (("headline", 0), ("lead", _lead_tokens(document.fields["text"]))):
        if query is not None:
            if match_query(query, _beginning(document, kept)):
                return place
        elif _has_all(spans, document, kept):
            return place
    return "body"


def _lead_tokens(text: FieldTokens) -> int:
    """How many tokens of *text* are its lead."""
    first = text.steps[text.first_paragraph - 1] + 1 if text.first_paragraph else 0
    words = min(LEAD_WORDS, max(first, (text.length + 1) // 2))
    return bisect_left(text.steps, words)


def _beginning(document: QueryDocument, kept: int) -> QueryDocument:
    """*document* with only the first *kept* tokens of its text."""
    text = document.fields["text"]
    shorter = FieldTokens.made_of(text.tokens[:kept], min(kept, text.first_paragraph))
    return replace(document, fields={**document.fields, "text": shorter})


def _has_all(spans: Sequence[Span], document: QueryDocument, kept: int) -> bool:
    text = document.fields["text"].tokens
    end = text[kept - 1].end if kept else 0
    here = [span for span in spans if span.field == "title" or span.end <= end]
    return _words(here, document.fields) == _words(spans, document.fields)


def _words(spans: Sequence[Span], fields: Mapping[str, FieldTokens]) -> set[tuple[str, ...]]:
    """The terms of each of *spans*."""
    runs_of_terms = set()
    for span in spans:
        tokens = fields[span.field].tokens
        first = bisect_left(tokens, span.start, key=lambda token: token.start)
        last = bisect_left(tokens, span.end, key=lambda token: token.start)
        runs_of_terms.add(tuple(token.term for token in tokens[first:last]))
    return runs_of_terms
