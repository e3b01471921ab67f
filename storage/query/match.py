"""Queries against one article: whether it matches, and where. Pure.

Words are compared by their stems in the article's language, so Россия finds Россией, and by case forms that no stemmer
joins, so Корея finds Корею; a word never matches a part of another. Han and kana are compared character by character
anywhere; a Hangul term begins where a word begins, for particles end Korean words (북한 finds 북한이, 조로 does not
find 기조로).
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from storage.analyser import Token, is_hangul, stem
from storage.query.days import within
from storage.query.document import TITLE_AND_TEXT, FieldTokens, QueryDocument
from storage.query.forms import case_forms
from storage.query.near import MAX_PLACES, MAX_STARTS, NearPlace, Work, loose_places, near_places
from storage.query.tree import And, Days, Fact, Loose, Near, Node, Not, Or, Query, Term, TermPiece
from storage.records.topics import Span


def match_query(query: Query, document: QueryDocument) -> tuple[Span, ...] | None:
    """The stretches that *query* found, title first, each once; () if it asks for no words; None if no match."""
    places = _find(query.root, document, Work())
    if places is None:
        return None
    parts = {(place.field, *part) for place in places for part in place.parts if place.field != "section"}
    return tuple(
        _span(field, first, last, document)
        for field, first, last in sorted(parts, key=lambda part: (part[0] != "title", *part[1:]))
    )


def _span(field: str, first: int, last: int, document: QueryDocument) -> Span:
    stream = document.fields[field].tokens
    return Span(field, stream[first].start, stream[last].end)


def _find(node: Node, document: QueryDocument, work: Work) -> list[NearPlace] | None:
    """The places that make *node* hold; None if it does not."""
    match node:
        case Fact():
            return [] if _fact_holds(node, document) else None
        case Days():
            return [] if within(document.date, node.first, node.last) else None
        case Not():
            return [] if _find(node.operand, document, work) is None else None
        case And():
            return _find_all(node.operands, document, work)
        case Or():
            return _find_any(node.operands, document, work)
        case _:
            return _places(node, document, work) or None


def _find_all(operands: Iterable[Node], document: QueryDocument, work: Work) -> list[NearPlace] | None:
    all_places: list[NearPlace] = []
    for operand in operands:
        places = _find(operand, document, work)
        if places is None:
            return None
        all_places += places[: MAX_PLACES - len(all_places)]
    return all_places


def _find_any(operands: Iterable[Node], document: QueryDocument, work: Work) -> list[NearPlace] | None:
    any_places: list[NearPlace] | None = None
    for operand in operands:
        places = _find(operand, document, work)
        if places is not None:
            any_places = any_places or []
            any_places += places[: MAX_PLACES - len(any_places)]
        if any_places is not None and len(any_places) >= MAX_PLACES:
            break
    return any_places


def _fact_holds(node: Fact, document: QueryDocument) -> bool:
    if node.field == "tag":
        return any(tag.startswith(node.value) if node.prefix else tag == node.value for tag in document.tags)
    value = document.facts[node.field]
    if node.field == "domain":
        # kcna.kp stands for its subdomains too.
        value = value.removeprefix("www.")
        if value.endswith(f".{node.value}"):
            return True
        return value.startswith(node.value) if node.prefix else value == node.value.removeprefix("www.")
    return value.startswith(node.value) if node.prefix else value == node.value


def _places(node: Node, document: QueryDocument, work: Work) -> list[NearPlace]:
    """Where a term, OR group or NEAR is found."""
    match node:
        case Term():
            return _term_places(node, document)
        case Or():
            return _group_places(node, document, work)
        case Near():
            return _near(node, document, work)
        case Loose():
            return _loose(node, document, work)
        case _:
            raise AssertionError(f"the parser lets no {type(node).__name__} into NEAR")


def _group_places(node: Or, document: QueryDocument, work: Work) -> list[NearPlace]:
    of_group: list[NearPlace] = []
    for operand in node.operands:
        of_group += _places(operand, document, work)
        if len(of_group) > MAX_PLACES:
            return of_group[:MAX_PLACES]
    return of_group


def _near(node: Near, document: QueryDocument, work: Work) -> list[NearPlace]:
    left = _places(node.left, document, work)
    if not left:
        return []

    def pair(operands: Sequence[list[NearPlace]], steps: Sequence[int]) -> list[NearPlace]:
        return near_places(operands[0], operands[1], steps, node.distance, ordered=node.ordered, work=work)

    return _by_field([left, _places(node.right, document, work)], document, pair)


def _loose(node: Loose, document: QueryDocument, work: Work) -> list[NearPlace]:
    operands: list[list[NearPlace]] = []
    for term in node.terms:
        operands.append(_places(term, document, work))
        if not operands[-1]:
            return []
    return _by_field(
        operands,
        document,
        lambda operands_places, steps: loose_places(operands_places, steps, node.gap, work),
    )


def _by_field(
    operands: Sequence[list[NearPlace]],
    document: QueryDocument,
    join: Callable[[Sequence[list[NearPlace]], Sequence[int]], list[NearPlace]],
) -> list[NearPlace]:
    """What *join* makes of the operands' places in each field where all have one."""
    joined: list[NearPlace] = []
    for name in ("title", "text", "section"):
        own = [[place for place in places if place.field == name] for places in operands]
        if all(own):
            joined += join(own, document.fields[name].steps)
    return joined


def _term_places(term: Term, document: QueryDocument) -> list[NearPlace]:
    names = (term.field,) if term.field else TITLE_AND_TEXT
    piece = term.pieces[0]
    if len(term.pieces) > 1:
        return [place for name in names for place in _phrase_places(term, name, document)]
    is_beginning = term.prefix and not piece.single
    of_term: list[NearPlace] = []
    for name in names:
        field = document.fields[name]
        starts = (
            _beginning(piece.word, field) if is_beginning else _positions(piece, field, document.language)
        )
        if starts:
            if piece.hangul:
                starts = [position for position in starts[:MAX_STARTS] if _begins_word(position, field)]
            of_term += [NearPlace(name, start, start, ((start, start),)) for start in starts[:MAX_PLACES]]
    return of_term


def _phrase_places(term: Term, name: str, document: QueryDocument) -> list[NearPlace]:
    field = document.fields[name]
    of_phrase = []
    last = len(term.pieces) - 1
    for start in _phrase_starts(term, field, document.language)[:MAX_STARTS]:
        if _phrase_stands(term, start, field, document.language):
            of_phrase.append(NearPlace(name, start, start + last, ((start, start + last),)))
            if len(of_phrase) == MAX_PLACES:
                break
    return of_phrase


def _phrase_starts(term: Term, field: FieldTokens, language: str | None) -> list[int]:
    """The positions at which a phrase may begin, by the rarest of its pieces that are no beginnings."""
    rarest: list[int] | None = None
    shift = 0
    for offset, piece in enumerate(term.pieces):
        if term.prefix and not piece.single and offset == len(term.pieces) - 1:
            continue
        positions = _positions(piece, field, language)
        if not positions:
            return []
        if rarest is None or len(positions) < len(rarest):
            rarest, shift = positions, offset
    last = len(field.tokens) - len(term.pieces)
    return [position - shift for position in rarest or () if shift <= position <= last + shift]


def _positions(piece: TermPiece, field: FieldTokens, language: str | None) -> list[int]:
    """Where a word stands, rising: by its stem, and in the case forms that have another."""
    found = field.places.get(stem(piece.word, language), [])
    if piece.single:
        return found
    others = [field.words[form] for form in case_forms(piece.word, language) if form in field.words]
    return (
        sorted({*found, *(position for positions in others for position in positions)}) if others else found
    )


def _phrase_stands(term: Term, start: int, field: FieldTokens, language: str | None) -> bool:
    if term.pieces[0].hangul and not _begins_word(start, field):
        return False
    last = len(term.pieces) - 1
    return all(
        _piece_fits(piece, field.tokens[start + offset], term.prefix and offset == last, language)
        and (offset == 0 or _follows(piece, field.tokens[start + offset]))
        for offset, piece in enumerate(term.pieces)
    )


def _beginning(letters: str, field: FieldTokens) -> list[int]:
    """The positions, rising, of the words as written that begin with *letters*."""
    positions: list[int] = []
    for number in range(bisect_left(field.ordered, letters), len(field.ordered)):
        word = field.ordered[number]
        if not word.startswith(letters):
            break
        positions += field.words[word]
    return sorted(positions)


def _begins_word(position: int, field: FieldTokens) -> bool:
    token = field.tokens[position]
    return not (token.joined and is_hangul(field.tokens[position - 1].term))


def _piece_fits(piece: TermPiece, token: Token, prefix: bool, language: str | None) -> bool:
    if piece.single:
        return token.term == stem(piece.word, language)
    if prefix:
        return token.word.startswith(piece.word)
    if token.single:
        return False
    return token.term == stem(piece.word, language) or token.word in case_forms(piece.word, language)


def _follows(piece: TermPiece, token: Token) -> bool:
    """Whether *token* stands behind the token before it as the query says: Korean spaces count, 북 한국 is not 북한."""
    return not piece.single or token.joined or not piece.joined or not piece.hangul
