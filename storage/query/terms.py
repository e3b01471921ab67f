"""What an article must hold for a query to match it: one look at many queries at once. Pure.

Three forms of key, told apart by their characters:

- ``russia``: the article has this term of the analyser, or this character of Chinese, Japanese or Korean;
- ``朝俄``: it has these two characters one behind the other;
- ``росси*``: it has a word, unstemmed, that begins so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from storage.analyser import STEMMED_LANGUAGES, is_single, stem, stems
from storage.han import simplify
from storage.query.document import FieldOutline, FieldTokens
from storage.query.forms import FORMS_LANGUAGES, case_forms
from storage.query.tree import And, Loose, Near, Node, Or, Query, Term

# Those that articles may be in whose words are not as they are written.
KNOWN_LANGUAGES = tuple(dict.fromkeys((*STEMMED_LANGUAGES, *FORMS_LANGUAGES)))

# How common a key looks, as a share of all words: by Zipf short words are the common ones, and one character is about
# a hundredth of a Chinese text. Only the order counts: it picks which of several parts is looked up.
_SINGLE = 0.05
_PAIR = 0.003
_LETTER = 0.45  # each letter more makes a word so much rarer
_LONGEST = 12
_BEGINNING = 5.0  # a beginning stands for several words
# Parts of a query, all of which must be met, that the index looks for: A NEAR/30 B has two.
_MOST_NEEDS = 3
# Letters that beginnings are filed under; none has fewer.
_HEAD = 2


@dataclass(frozen=True, slots=True)
class _Need:
    """One of *words* (unstemmed) or *keys* must be in the article."""

    commonness: float
    words: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()


def required_terms(query: Query, languages: Sequence[str] = KNOWN_LANGUAGES) -> frozenset[str] | None:
    """Keys one of which any article that *query* matches holds, in the forms above; None if it may hold none.

    AND asks for its operand that looks rarest, OR for all of its operands. NOT, and conditions on facts and dates,
    ask for nothing. *languages* are those that articles may be in: a word is listed under the stem of each.
    """
    needs = _needs(query.root)
    return _keys(needs[0], languages) if needs else None


def _keys(need: _Need, languages: Sequence[str]) -> frozenset[str]:
    # As typed for Japanese, with simplified characters for all others.
    return need.keys.union(
        (simplify(key) for key in need.keys), *(_word_keys(word, languages) for word in need.words)
    )


def _word_keys(word: str, languages: Sequence[str]) -> list[str]:
    """The stems that a word, or one of its case forms, may have."""
    # A form is one of its own language, whose stemmer alone meets it.
    declined = (None, *(language for language in languages if language in FORMS_LANGUAGES))
    forms = [stem(form, language) for language in declined for form in case_forms(word, language)]
    return [*stems(word, languages), *forms]


def _needs(node: Node) -> list[_Need]:
    """What an article that *node* matches must meet, all of it, the rarest first, at most _MOST_NEEDS."""
    match node:
        case Term():
            return [_term_need(node)]
        case And():
            all_needs = [need for operand in node.operands for need in _needs(operand)]
        case Loose():
            all_needs = [_term_need(term) for term in node.terms]
        case Near():
            all_needs = _needs(node.left) + _needs(node.right)
        case Or():
            inner = [_needs(operand) for operand in node.operands]
            all_needs = [_united([needs[0] for needs in inner])] if all(inner) else []
        case _:
            all_needs = []
    return sorted(all_needs, key=lambda need: need.commonness)[:_MOST_NEEDS]


def _united(needs: Sequence[_Need]) -> _Need:
    return _Need(
        sum(need.commonness for need in needs),
        frozenset().union(*(need.words for need in needs)),
        frozenset().union(*(need.keys for need in needs)),
    )


def _term_need(term: Term) -> _Need:
    last = len(term.pieces) - 1
    needs = [
        _Need(_PAIR, keys=frozenset([own.word + other.word]))
        for own, other in pairwise(term.pieces)
        if own.single and other.single
    ]
    for number, piece in enumerate(term.pieces):
        if piece.single:
            needs.append(_Need(_SINGLE, keys=frozenset([piece.word])))
        elif term.prefix and number == last:
            needs.append(_Need(_commonness(piece.word) * _BEGINNING, keys=frozenset([f"{piece.word}*"])))
        else:
            needs.append(_Need(_commonness(piece.word), words=frozenset([piece.word])))
    return min(needs, key=lambda need: need.commonness)


def _commonness(word: str) -> float:
    return float(_LETTER ** min(len(word), _LONGEST))


# Numbers of queries, each with the bit of the need that a key meets.
_Met = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class QueryIndex:
    """Many queries, so arranged that one look at an article leaves the few that may match it.

    Goes to other processes by pickle.
    """

    always: tuple[int, ...] = ()  # numbers of the queries that require no term
    full: Mapping[int, int] = field(default_factory=dict)  # the bits of all needs of each other query
    by_term: Mapping[str, _Met] = field(default_factory=dict)
    by_pair: Mapping[str, _Met] = field(default_factory=dict)
    by_beginning: Mapping[str, _Met] = field(default_factory=dict)
    # Of beginnings, by their first letters.
    lengths: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, queries: Sequence[Query | None], languages: Sequence[str] = KNOWN_LANGUAGES) -> "QueryIndex":
        """The index of *queries*; their numbers are their places in the sequence, None takes a place and no part.

        *languages* are those that articles may be in, as for `required_terms`.
        """
        always: list[int] = []
        full: dict[int, int] = {}
        met: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, query in enumerate(queries):
            if query is None:
                continue
            needs = _needs(query.root)
            if not needs:
                always.append(number)
                continue
            full[number] = 2 ** len(needs) - 1
            for bit, need in enumerate(needs):
                for key in sorted(_keys(need, languages)):
                    met[key].append((number, 1 << bit))
        filed = {key: tuple(ids) for key, ids in met.items()}
        beginnings = {key[:-1]: ids for key, ids in filed.items() if key.endswith("*")}
        return cls(
            tuple(always),
            full,
            {key: ids for key, ids in filed.items() if not key.endswith("*") and not _is_pair(key)},
            {key: ids for key, ids in filed.items() if _is_pair(key)},
            beginnings,
            _lengths(beginnings),
        )

    def candidates(self, fields: Iterable[FieldOutline | FieldTokens]) -> list[int]:
        """The numbers, rising, of the queries that may match a document of these *fields*; no other does."""
        bits: dict[int, int] = defaultdict(int)
        for chosen in self._met(fields):
            for number, bit in chosen:
                bits[number] |= bit
        return sorted([*self.always, *(number for number, met in bits.items() if met == self.full[number])])

    def _met(self, fields: Iterable[FieldOutline | FieldTokens]) -> Iterator[_Met]:
        for held in fields:
            for term in self.by_term.keys() & held.terms:
                yield self.by_term[term]
            if self.by_pair:
                for pair in self.by_pair.keys() & held.pairs:
                    yield self.by_pair[pair]
            for word in held.ordered if self.lengths else ():
                for length in self.lengths.get(word[:_HEAD], ()):
                    filed = self.by_beginning.get(word[:length])
                    if filed and len(word) >= length:
                        yield filed


def _lengths(beginnings: Iterable[str]) -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = defaultdict(set)
    for beginning in beginnings:
        lengths[beginning[:_HEAD]].add(len(beginning))
    return {head: tuple(sorted(known)) for head, known in lengths.items()}


def _is_pair(key: str) -> bool:
    return len(key) == 2 and is_single(key[0]) and is_single(key[1])
