"""Queries for the full-text index: an FTS5 MATCH string that loses no article that `match_query` accepts. Pure.

The index holds stems without offsets, language or facts, so the string may offer more than the query asks for; what
it offers is checked by `match_query`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from storage.analyser import is_hangul, stem
from storage.query.forms import case_forms
from storage.query.stems import stem_bases, stem_endings
from storage.query.tree import And, Loose, Near, Node, Not, Or, Query, Term, nodes_of, terms_of

# Nested parentheses; FTS5's parser overflows at about 50 (SQLite 3.40). What is deeper is left to `match_query`.
_MAX_NESTING = 30
# Stems that one beginning is looked up by; a beginning of 8 letters has about 40 a language.
MAX_PHRASES = 300
# NEAR groups of FTS5 that one NEAR is multiplied out to; (a OR b) NEAR/3 (c OR d) has 4.
MAX_PRODUCTS = 300
# Of a MATCH string; FTS5 reads a longer one in more than 0.1 s, so NEARs are then not multiplied out.
_MAX_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class FtsPlan:
    """How the index is asked."""

    # An FTS5 MATCH string over the columns title and text; None: the index cannot narrow the search.
    match: str | None
    is_exact: bool  # it finds just what the query asks for
    # Where the index offers far more than is asked for, so that a search may be cut.
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Scope:
    languages: Sequence[str]
    products: int  # NEAR groups that one NEAR may be multiplied out to


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    exact: bool  # it finds just what the node asks for
    nesting: int = 0  # of its parentheses


def compile_fts(query: Query, languages: Sequence[str] = ()) -> str | None:
    """An FTS5 MATCH string over the columns title and text; None where the index cannot narrow the search.

    *languages* are those of the indexed articles: a word is sought under the stem that each gives it.
    """
    return plan_fts(query, languages).match


def plan_fts(query: Query, languages: Sequence[str] = ()) -> FtsPlan:
    """How the index is asked for *query*; no article that `match_query` accepts is lost.

    *languages* are those of the indexed articles.
    """
    clause = _clause(query.root, _Scope(languages, MAX_PRODUCTS))
    if clause is not None and len(clause.text) > _MAX_CHARACTERS:
        clause = _clause(query.root, _Scope(languages, 0))
    warnings = dict.fromkeys(
        warning for term in _all_terms(query.root) if (warning := _cut_beginning(term, languages))
    )
    return FtsPlan(
        clause.text if clause else None,
        is_exact=clause is not None and clause.exact,
        warnings=tuple(warnings),
    )


def search_terms(query: Query) -> tuple[str, ...]:
    """The words and phrases that *query* asks for, as typed, each once; those under NOT are left out."""
    return tuple(dict.fromkeys(term.text + "*" * term.prefix for term in terms_of(query.root)))


def _all_terms(root: Node) -> list[Term]:
    return [
        term
        for node in nodes_of(root)
        for term in (node.terms if isinstance(node, Loose) else (node,) if isinstance(node, Term) else ())
    ]


def _cut_beginning(term: Term, languages: Sequence[str]) -> str | None:
    """What to say of a beginning whose stems are too many, or cannot be listed."""
    if not _is_beginning(term):
        return None
    listed = _listed_phrases(term, languages)
    if listed is not None and len(listed) <= MAX_PHRASES:
        return None
    why = (
        "may have too many stems"
        if listed is not None
        else "has stems that cannot be listed in all languages held"
    )
    return (
        f"column {term.column}: {term.text}* {why}: the index is asked for more, and each article that it offers is "
        "checked, so that a search may end before it has seen all; a word without * beside it narrows it"
    )


def _clause(node: Node, scope: _Scope) -> _Clause | None:
    """A clause that finds at least what *node* does; None if that may be anything."""
    match node:
        case Term():
            return _term(node, scope)
        case Or():
            return _or([_clause(operand, scope) for operand in node.operands])
        case And():
            return _and(node, scope)
        case Near():
            return _near(node, scope)
        case Loose():
            return _loose(node, scope)
        case _:
            return None


def _or(clauses: Sequence[_Clause | None]) -> _Clause | None:
    known = [clause for clause in clauses if clause]
    if len(known) < len(clauses):
        return None
    return _group(" OR ".join(clause.text for clause in known), known, all(clause.exact for clause in known))


def _and(node: And, scope: _Scope) -> _Clause | None:
    wanted = [_clause(operand, scope) for operand in node.operands if not isinstance(operand, Not)]
    known = [clause for clause in wanted if clause]
    if not known:
        return None
    exact = len(known) == len(wanted) and all(clause.exact for clause in known)
    both = _group(" AND ".join(clause.text for clause in known), known, exact)
    unwanted = [_clause(operand.operand, scope) for operand in node.operands if isinstance(operand, Not)]
    return _without(both, unwanted) if both and unwanted else both


def _without(wanted: _Clause, unwanted: Sequence[_Clause | None]) -> _Clause | None:
    # Only what certainly matches may be taken away.
    certain = [clause for clause in unwanted if clause and clause.exact]
    taken = _or(certain) if certain else None
    if taken is None:
        return replace(wanted, exact=False)
    exact = wanted.exact and len(certain) == len(unwanted)
    return _group(f"{wanted.text} NOT {taken.text}", [wanted, taken], exact) or replace(wanted, exact=False)


def _near(node: Near, scope: _Scope) -> _Clause | None:
    # A word is at most two tokens (characters), and FTS5 counts those between: 2 n holds n words on.
    groups = [_alternatives(side, scope) for side in (node.left, node.right)]
    close = _close_groups(groups, 2 * node.distance, scope.products)
    if close:
        return close
    both = _and(And((node.left, node.right), node.column), scope)
    return replace(both, exact=False) if both else None


def _loose(node: Loose, scope: _Scope) -> _Clause | None:
    words = sum(len(term.pieces) for term in node.terms)
    groups = [_alternatives(term, scope) for term in node.terms]
    close = _close_groups(groups, 2 * (node.gap + words), scope.products)
    if close:
        return close
    both = _and(And(node.terms, node.column), scope)
    return replace(both, exact=False) if both else None


def _close_groups(
    groups: Sequence[list[tuple[str | None, str]] | None], tokens: int, most: int
) -> _Clause | None:
    """The NEAR groups of FTS5 that hold one phrase of each of *groups*; None if they are too many or not all known."""
    known = [group for group in groups if group is not None]
    number = 1
    for group in known:
        number *= len(group)
    if len(known) < len(groups) or number > most:
        return None
    found = []
    for chosen in product(*known):
        fields = {field for field, _ in chosen if field}
        if len(fields) > 1:  # never in one field
            continue
        column = f"{min(fields)} : " if fields else ""
        found.append(f"{column}NEAR({' '.join(phrase for _, phrase in chosen)}, {tokens})")
    return _Clause(f"({' OR '.join(dict.fromkeys(found))})", exact=False, nesting=1) if found else None


def _alternatives(node: Node, scope: _Scope) -> list[tuple[str | None, str]] | None:
    """Field and phrase of all that *node* may be found by; None if it is no group of words, or they are too many."""
    match node:
        case Term():
            phrases = _phrases(node, scope.languages)
            return (
                None
                if phrases is None or node.field == "section"
                else [(node.field, phrase) for phrase in phrases]
            )
        case Or():
            inner = [_alternatives(operand, scope) for operand in node.operands]
            known = [group for group in inner if group is not None]
            return [phrase for group in known for phrase in group] if len(known) == len(inner) else None
        case _:
            return None


def _group(text: str, inner: Sequence[_Clause], exact: bool) -> _Clause | None:
    """*text* in parentheses; None if they would nest too deep."""
    nesting = max(clause.nesting for clause in inner) + 1
    return _Clause(f"({text})", exact, nesting) if nesting <= _MAX_NESTING else None


def _term(term: Term, scope: _Scope) -> _Clause | None:
    phrases = _phrases(term, scope.languages) if term.field != "section" else None
    if phrases is None:
        return None
    text = f"({' OR '.join(phrases)})" if len(phrases) > 1 else phrases[0]
    is_whole = len(phrases) == 1 and len(phrases[0].split()) == len(term.pieces)
    exact = is_whole and not _is_beginning(term) and not _needs_borders(term)
    return _Clause(f"{term.field} : {text}" if term.field else text, exact)


def _is_beginning(term: Term) -> bool:
    return term.prefix and not term.pieces[-1].single


def _phrases(term: Term, languages: Sequence[str]) -> list[str] | None:
    """FTS5 phrases one of which an article with *term* holds, at most MAX_PHRASES; None if it may hold none."""
    if not _is_beginning(term):
        # As Japanese, too: a character as it is typed stands in Japanese, and in an index of the first analyser.
        asked = (None, "ja", *languages)
        return list(dict.fromkeys(phrase for language in asked for phrase in _whole_phrases(term, language)))
    listed = _listed_phrases(term, languages)
    if listed is None:
        # The words before the beginning narrow the search all the same.
        before = [_quoted(_stems(term, language)[:-1]) for language in (None, *languages)]
        return list(dict.fromkeys(before)) if len(term.pieces) > 1 else None
    return listed if len(listed) <= MAX_PHRASES else _shortened(listed)


def _listed_phrases(term: Term, languages: Sequence[str]) -> list[str] | None:
    """Phrases of all stems that words with the beginning may have; None if they cannot be listed."""
    listed: list[str] = []
    beginning = term.pieces[-1].word
    for language in (None, *languages):
        before = _stems(term, language)[:-1]
        endings = stem_endings(beginning, language)
        if endings is None:
            return None
        listed += [_quoted([*before, ending]) for ending in endings]
        listed += [f"{_quoted([*before, base])} *" for base in stem_bases(beginning, language)]
    return list(dict.fromkeys(listed))


def _shortened(phrases: Iterable[str]) -> list[str] | None:
    """One phrase with the letters that all of *phrases* begin with; None if they share none."""
    bare = [phrase.removesuffix(" *").strip('"') for phrase in phrases]
    # What the first and the last in order share, all share.
    low, high = min(bare), max(bare)
    shared = 0
    while shared < min(len(low), len(high)) and low[shared] == high[shared]:
        shared += 1
    beginning = low[:shared].rstrip()
    return [f"{_quoted([beginning])} *"] if beginning else None


def _stems(term: Term, language: str | None) -> list[str]:
    return [stem(piece.word, language) for piece in term.pieces]


def _whole_phrases(term: Term, language: str | None) -> list[str]:
    """Phrases one of which an article in *language* with *term* holds; of a long one only its plainest word."""
    written = _written_stems(term, language)
    if prod(map(len, written)) > MAX_PHRASES:
        return [_quoted([one]) for one in min(written, key=len)]
    return [_quoted(chosen) for chosen in product(*written)]


def _written_stems(term: Term, language: str | None) -> list[list[str]]:
    """For each piece the stems of it and of its case forms, that of the word itself first."""
    return [
        list(dict.fromkeys(stem(word, language) for word in (piece.word, *case_forms(piece.word, language))))
        for piece in term.pieces
    ]


def _needs_borders(term: Term) -> bool:
    """Whether `match_query` asks for word borders, which the index does not hold."""
    return any(is_hangul(piece.word) for piece in term.pieces)


def _quoted(stems: Sequence[str]) -> str:
    return f'"{" ".join(stems)}"'
