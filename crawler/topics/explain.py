"""Why an article matched, for people: its terms as it writes them, its best sentences, the places to mark. Pure."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crawler.topics.terms import TopicTerm
from storage.records.topics import Span, TermShare

TERMS = 8
SENTENCES = 3
SENTENCE_CHARACTERS = 300
SPANS = 50
PARAGRAPH_CHARACTERS = 1_000
# A line of fewer terms is a caption or heading: it would outscore every paragraph.
PARAGRAPH_TERMS = 10
# Lines that are scored.
PARAGRAPHS = 200

# Up to a full stop and what closes behind it; Chinese and Japanese stops need no space behind them.
_SENTENCE = re.compile(r"""[^\n]+?(?:[.!?…]+["'”’»)\]]*(?=\s|$)|[。！？]+["”’」』）]*|(?=\n)|$)""")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextParagraph:
    """A line of a text."""

    start: int  # its offset
    text: str
    counts: Counter[str]  # of its terms


def strongest_terms(
    texts: Mapping[str, str], terms: Mapping[str, Sequence[TopicTerm]], parts: Mapping[str, float]
) -> tuple[TermShare, ...]:
    """The TERMS that add most to the score, strongest first.

    *texts* and *terms* are those of the title and the text, *parts* what each term adds. Character pairs that overlap
    are shown as one term, the longer one: 러시 and 시아 as 러시아.
    """
    shares: dict[str, float] = {}
    counted: set[str] = set()
    for name, found in terms.items():
        for chain in _chains(term for term in found if term.term in parts):
            new = {term.term for term in chain} - counted
            if new:
                counted |= new
                surface = _POSSESSIVE.sub("", texts[name][chain[0].first.start : chain[-1].last.end])
                shares[surface] = shares.get(surface, 0.0) + sum(parts[term] for term in new)
    strongest = sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:TERMS]
    return tuple(TermShare(surface, share) for surface, share in strongest)


def rule_terms(texts: Mapping[str, str], found: Iterable[Span], score: float) -> tuple[TermShare, ...]:
    """The TERMS that rules *found* most often, as the article writes them first; their shares sum up to *score*.

    *texts* are title and text.
    """
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for span in found:
        surface = " ".join(texts[span.field][span.start : span.end].split())
        written.setdefault(surface.casefold(), surface)
        counts[surface.casefold()] += 1
    most = sorted(counts.items(), key=lambda item: -item[1])[:TERMS]
    whole = sum(count for _, count in most)
    return tuple(TermShare(written[key], score * count / whole) for key, count in most)


def best_sentences(
    text: str, found: Iterable[Span], terms: Sequence[TopicTerm], parts: Mapping[str, float]
) -> tuple[str, ...]:
    """The SENTENCES of *text* with most of the score and of what rules *found*, best first, cut to 300 characters."""
    # A rule's hit weighs as much as the strongest term.
    rule_weight = max(parts.values(), default=1.0)
    places = sorted(
        [(span.start, f"rule {span.start}", rule_weight) for span in found if span.field == "text"]
        + [(term.first.start, term.term, parts[term.term]) for term in terms if term.term in parts]
    )
    scored = []
    at = 0
    for sentence in _SENTENCE.finditer(text):
        weights: dict[str, float] = {}
        while at < len(places) and places[at][0] < sentence.end():
            weights[places[at][1]] = places[at][2]
            at += 1
        if weights:
            scored.append(
                (-sum(weights.values()), sentence.start(), _cut(sentence[0].strip(), SENTENCE_CHARACTERS))
            )
    return tuple(sentence for _, _, sentence in sorted(scored)[:SENTENCES])


def paragraphs_of(text: str, terms: Sequence[TopicTerm]) -> tuple[TextParagraph, ...]:
    """The lines of *text* that are not empty, in order; *terms* are the text's."""
    lines = list(_lines(text))
    starts = [start for start, _ in lines]
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for term in terms:
        counts[bisect_left(starts, term.first.start + 1) - 1][term.term] += 1
    return tuple(
        TextParagraph(start, line, counts[number])
        for number, (start, line) in enumerate(lines)
        if line.strip()
    )


def best_paragraph(
    paragraphs: Sequence[TextParagraph], found: Sequence[Span], score: Callable[[Counter[str]], float] | None
) -> str:
    """The one that scores best by itself, cut to PARAGRAPH_CHARACTERS; "" if none says anything.

    Without *score*, for a rule's hit alone, it is the one with most of the places that rules *found*.
    """
    if score is None:
        starts = [paragraph.start for paragraph in paragraphs]
        hits = Counter(bisect_left(starts, span.start + 1) - 1 for span in found if span.field == "text")
        best = max(
            (number for number in hits if number >= 0),
            key=lambda number: (hits[number], -number),
            default=None,
        )
        return "" if best is None else _shown(paragraphs[best])
    long = [paragraph for paragraph in paragraphs if paragraph.counts.total() >= PARAGRAPH_TERMS]
    judged = (long or [paragraph for paragraph in paragraphs if paragraph.counts])[:PARAGRAPHS]
    if len(judged) > 1:
        judged = [max(judged, key=lambda paragraph: (score(paragraph.counts), -paragraph.start))]
    return _shown(judged[0]) if judged else ""


def lead_paragraph(paragraphs: Sequence[TextParagraph]) -> str:
    """The first one, cut to PARAGRAPH_CHARACTERS; "" if there is none."""
    return _shown(paragraphs[0]) if paragraphs else ""


def marked_spans(
    found: Iterable[Span], terms: Mapping[str, Sequence[TopicTerm]], parts: Mapping[str, float]
) -> tuple[Span, ...]:
    """The places that rules *found* and those of the strongest terms, in order, title first, at most SPANS.

    Rules' places are kept before terms', stronger terms' before weaker ones'. Overlapping places become one.
    """
    strongest = sorted(parts, key=lambda term: (-parts[term], term))[: 2 * TERMS]
    rank = {term: number for number, term in enumerate(strongest)}
    ranked = [(-1, span) for span in found if span.field in ("title", "text")]
    for name, named in terms.items():
        ranked += [
            (rank[term.term], Span(name, term.first.start, term.last.end))
            for term in named
            if term.term in rank
        ]
    kept = [span for _, span in sorted(ranked, key=lambda item: (item[0], *_order(item[1])))[:SPANS]]
    return tuple(_merged(sorted(kept, key=_order)))


def _shown(paragraph: TextParagraph) -> str:
    return _cut(paragraph.text.strip(), PARAGRAPH_CHARACTERS)


def _chains(terms: Iterable[TopicTerm]) -> Iterator[list[TopicTerm]]:
    """The terms in groups: each begins with the character that the one before it ends with."""
    chain: list[TopicTerm] = []
    for term in terms:
        if chain and chain[-1].last is term.first and term.first is not term.last:
            chain.append(term)
            continue
        if chain:
            yield chain
        chain = [term]
    if chain:
        yield chain


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line of *text* with its offset."""
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


def _order(span: Span) -> tuple[bool, int, int]:
    return (span.field != "title", span.start, span.end)


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    last: Span | None = None
    for span in spans:
        if last is not None and span.field == last.field and span.start < last.end:
            last = Span(last.field, last.start, max(last.end, span.end))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
