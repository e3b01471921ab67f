"""Queries against one article: whether it matches, and where. Pure.

Words are compared by their stems in the article's language, so Россия finds Россией; a word never matches a part of
another. Han and kana are compared character by character anywhere; a Hangul term begins where a word begins, for
particles end Korean words (북한 finds 북한이, 조로 does not find 기조로).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from storage.analyser import Token, fold, is_hangul, stem, tokens
from storage.query_tree import And, Fact, Near, Node, Not, Or, Piece, Query, Term
from storage.records import Span

# Pairs that one NEAR is followed to, in one field; a text with more has matched long before.
MAX_PAIRS = 5_000


@dataclass(frozen=True, slots=True)
class FieldTokens:
    """The tokens of a title or text, and where each stands."""

    tokens: tuple[Token, ...]
    places: Mapping[str, list[int]]  # positions of each term, rising
    words: Mapping[str, list[int]]  # positions of each unstemmed word, rising

    @classmethod
    def of(cls, text: str, language: str | None) -> "FieldTokens":
        """The tokens of *text*."""
        found = tokens(text, language)
        places: dict[str, list[int]] = {}
        words: dict[str, list[int]] = {}
        for position, token in enumerate(found):
            places.setdefault(token.term, []).append(position)
            words.setdefault(token.word, []).append(position)
        return cls(tuple(found), places, words)


@dataclass(frozen=True, slots=True)
class QueryDocument:
    """An article, read once for all queries."""

    fields: Mapping[str, FieldTokens]  # title, text, section
    facts: Mapping[str, str]  # lang, source, domain, country; folded, "" if unknown
    language: str | None

    @classmethod
    def of(
        cls,
        title: str,
        text: str,
        *,
        language: str | None = None,
        source: str = "",
        domain: str | None = None,
        country: str | None = None,
        section: str | None = None,
    ) -> "QueryDocument":
        """The article with *title* and *text*; *domain* is its host, *source* the outlet's name."""
        texts = {"title": title, "text": text, "section": section or ""}
        facts = {"lang": language, "source": source, "domain": domain, "country": country}
        return cls(
            {name: FieldTokens.of(value, language) for name, value in texts.items()},
            {name: fold(value or "") for name, value in facts.items()},
            language,
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a term, or terms near each other, were found."""

    field: str
    first: int  # position of the first token
    last: int
    parts: tuple[tuple[int, int], ...]  # first and last position of each term


def match_query(query: Query, document: QueryDocument) -> tuple[Span, ...] | None:
    """The stretches that *query* found, title first, each once; () if it asks for no words; None if no match."""
    found = _find(query.root, document)
    if found is None:
        return None
    parts = {(place.field, *part) for place in found for part in place.parts if place.field != "section"}
    return tuple(
        _span(field, first, last, document)
        for field, first, last in sorted(parts, key=lambda part: (part[0] != "title", *part[1:]))
    )


def _span(field: str, first: int, last: int, document: QueryDocument) -> Span:
    found = document.fields[field].tokens
    return Span(field, found[first].start, found[last].end)


def _find(node: Node, document: QueryDocument) -> list[_Place] | None:
    """The places that make *node* hold; None if it does not."""
    match node:
        case Fact():
            return [] if _fact_holds(node, document) else None
        case Not():
            return [] if _find(node.operand, document) is None else None
        case And():
            return _find_all(node.operands, document)
        case Or():
            found = [places for operand in node.operands if (places := _find(operand, document)) is not None]
            return [place for places in found for place in places] if found else None
        case _:
            return _places(node, document) or None


def _find_all(operands: Iterable[Node], document: QueryDocument) -> list[_Place] | None:
    found: list[_Place] = []
    for operand in operands:
        places = _find(operand, document)
        if places is None:
            return None
        found += places
    return found


def _fact_holds(node: Fact, document: QueryDocument) -> bool:
    value = document.facts[node.field]
    if node.field == "domain":
        # kcna.kp stands for its subdomains too.
        value = value.removeprefix("www.")
        if value.endswith(f".{node.value}"):
            return True
        return value.startswith(node.value) if node.prefix else value == node.value.removeprefix("www.")
    return value.startswith(node.value) if node.prefix else value == node.value


def _places(node: Node, document: QueryDocument) -> list[_Place]:
    """Where a term, OR group or NEAR is found."""
    match node:
        case Term():
            names = (node.field,) if node.field else ("title", "text")
            return [place for name in names for place in _term_places(node, name, document)]
        case Or():
            return [place for operand in node.operands for place in _places(operand, document)]
        case Near():
            return _near_places(node, document)
        case _:
            raise AssertionError(f"the parser lets no {type(node).__name__} into NEAR")


def _term_places(term: Term, name: str, document: QueryDocument) -> list[_Place]:
    field = document.fields[name]
    language = document.language
    last = len(term.pieces) - 1
    found = []
    for start in _starts(term, field, language):
        end = start + last
        if end < len(field.tokens) and all(
            _piece_fits(piece, field.tokens[start + offset], term.prefix and offset == last, language)
            for offset, piece in enumerate(term.pieces)
        ):
            found.append(_Place(name, start, end, ((start, end),)))
    return found


def _starts(term: Term, field: FieldTokens, language: str | None) -> Iterable[int]:
    """The positions at which *term* may begin."""
    first = term.pieces[0]
    if first.single:
        positions = field.places.get(first.word, [])
        if is_hangul(first.word):
            return [position for position in positions if _begins_word(position, field)]
        return positions
    if term.prefix and len(term.pieces) == 1:
        beginnings = (places for word, places in field.words.items() if word.startswith(first.word))
        return sorted(position for places in beginnings for position in places)
    return field.places.get(stem(first.word, language), [])


def _begins_word(position: int, field: FieldTokens) -> bool:
    token = field.tokens[position]
    return not (token.joined and is_hangul(field.tokens[position - 1].term))


def _piece_fits(piece: Piece, token: Token, prefix: bool, language: str | None) -> bool:
    if piece.single:
        # Korean sets spaces between words: 북 한국 is not 북한.
        return token.term == piece.word and (token.joined or not piece.joined or not is_hangul(piece.word))
    if prefix:
        return token.word.startswith(piece.word)
    return not token.single and token.term == stem(piece.word, language)


def _near_places(node: Near, document: QueryDocument) -> list[_Place]:
    left, right = _places(node.left, document), _places(node.right, document)
    found: list[_Place] = []
    for name in {place.field for place in left} & {place.field for place in right}:
        steps = _steps(document.fields[name].tokens)
        befores = [place for place in left if place.field == name]
        afters = sorted((place for place in right if place.field == name), key=lambda place: place.first)
        found += _pairs(befores, afters, node, steps)
    return found


def _steps(found: Iterable[Token]) -> list[int]:
    """For each token the number of its word; n neighbouring single characters are ceil(n / 2) words."""
    steps: list[int] = []
    in_run = 0
    for token in found:
        in_run = in_run + 1 if token.single and token.joined and in_run else int(token.single)
        begins = in_run % 2 == 1 or not token.single
        steps.append(steps[-1] + int(begins) if steps else 0)
    return steps


def _pairs(left: list[_Place], right: list[_Place], node: Near, steps: list[int]) -> list[_Place]:
    keys = [steps[place.first] for place in right]
    width = max(steps[place.last] - steps[place.first] for place in right)
    found: list[_Place] = []
    for one in left:
        low = bisect_left(keys, steps[one.first] - node.distance - width)
        high = bisect_right(keys, steps[one.last] + node.distance)
        for other in right[low:high]:
            if _is_near(one, other, node, steps):
                found.append(_joined(one, other))
        if len(found) > MAX_PAIRS:
            break
    return found


def _is_near(one: _Place, other: _Place, node: Near, steps: list[int]) -> bool:
    if one.last < other.first:
        return steps[other.first] - steps[one.last] <= node.distance
    if node.ordered:
        return False
    if other.last < one.first:
        return steps[one.first] - steps[other.last] <= node.distance
    # One lies within the other's reach; they must not share a word.
    return not any(a <= d and c <= b for a, b in one.parts for c, d in other.parts)


def _joined(one: _Place, other: _Place) -> _Place:
    first, last = min(one.first, other.first), max(one.last, other.last)
    return _Place(one.field, first, last, one.parts + other.parts)
