"""Queries for the full-text index: an FTS5 MATCH string that loses no article that `match_query` accepts. Pure.

The index holds stems without offsets, language or facts, so the string may offer more than the query asks for; what
it offers is checked by `match_query`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from storage.analyser import is_hangul, stem
from storage.query_tree import And, Near, Node, Not, Or, Query, Term, terms_of

# What Snowball puts in the place of an ending that it takes off, by language. With _bases, all stems of words with
# a given beginning are named: no miss among all beginnings of the 25,000 to 600,000 words a language that wordfreq
# lists (12 languages, 20 million beginnings; German 12, with "ue" across a syllable's border, mended in _bases).
_REPLACEMENTS = {
    "da": ("",),
    "de": ("",),
    "en": ("", "i", "e", "l", "ie", "y"),
    "es": ("", "i", "u", "t", "ent", "log"),
    "fr": ("", "i", "l", "x", "y", "log", "ent", "eux", "u", "qu"),
    "hu": ("", "a", "e", "y", "z", "s"),
    "it": ("", "t", "ent", "log", "u"),
    "lt": ("", "t"),
    "no": ("",),
    "pt": ("", "c", "ent", "log", "u"),
    "ro": ("", "t", "at", "st"),
    "ru": ("",),
    "sv": ("",),
}
# Languages whose stemmers take off or rewrite beginnings too (ge-, al-, me-), or double letters: their stems cannot
# be listed.
_UNLISTED = {
    "latin": frozenset({"nl", "id", "fi", "et", "tr"}),
    "cyrillic": frozenset({"sr"}),
}
# Letters that one stemmer takes off at most (Spanish: "diciéndoselo" to "dic").
_MAX_CUT = 12
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[a-zà-ɏ]")


# Nested parentheses; FTS5's parser overflows at about 50 (SQLite 3.40). What is deeper is left to `match_query`.
_MAX_NESTING = 30


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    exact: bool  # it finds just what the node asks for
    nesting: int = 0  # of its parentheses


def compile_fts(query: Query, languages: Sequence[str] = ()) -> str | None:
    """An FTS5 MATCH string over the columns title and text; None where the index cannot narrow the search.

    *languages* are those of the indexed articles: a word is sought under the stem that each gives it.
    """
    clause = _clause(query.root, languages)
    return clause.text if clause else None


def search_terms(query: Query) -> tuple[str, ...]:
    """The words and phrases that *query* asks for, as typed, each once; those under NOT are left out."""
    return tuple(dict.fromkeys(term.text + "*" * term.prefix for term in terms_of(query.root)))


def _clause(node: Node, languages: Sequence[str]) -> _Clause | None:
    """A clause that finds at least what *node* does; None if that may be anything."""
    match node:
        case Term():
            return _term(node, languages)
        case Or():
            return _or([_clause(operand, languages) for operand in node.operands])
        case And():
            return _and(node, languages)
        case Near():
            both = _and(And((node.left, node.right), node.column), languages)
            return replace(both, exact=False) if both else None
        case _:
            return None


def _or(clauses: Sequence[_Clause | None]) -> _Clause | None:
    known = [clause for clause in clauses if clause]
    if len(known) < len(clauses):
        return None
    return _group(" OR ".join(clause.text for clause in known), known, all(clause.exact for clause in known))


def _and(node: And, languages: Sequence[str]) -> _Clause | None:
    wanted = [_clause(operand, languages) for operand in node.operands if not isinstance(operand, Not)]
    known = [clause for clause in wanted if clause]
    if not known:
        return None
    exact = len(known) == len(wanted) and all(clause.exact for clause in known)
    both = _group(" AND ".join(clause.text for clause in known), known, exact)
    unwanted = [_clause(operand.operand, languages) for operand in node.operands if isinstance(operand, Not)]
    return _without(both, unwanted) if both and unwanted else both


def _without(wanted: _Clause, unwanted: Sequence[_Clause | None]) -> _Clause | None:
    # Only what certainly matches may be taken away.
    certain = [clause for clause in unwanted if clause and clause.exact]
    taken = _or(certain) if certain else None
    if taken is None:
        return replace(wanted, exact=False)
    exact = wanted.exact and len(certain) == len(unwanted)
    return _group(f"{wanted.text} NOT {taken.text}", [wanted, taken], exact) or replace(wanted, exact=False)


def _group(text: str, inner: Sequence[_Clause], exact: bool) -> _Clause | None:
    """*text* in parentheses; None if they would nest too deep."""
    nesting = max(clause.nesting for clause in inner) + 1
    return _Clause(f"({text})", exact, nesting) if nesting <= _MAX_NESTING else None


def _term(term: Term, languages: Sequence[str]) -> _Clause | None:
    if term.field == "section":
        return None
    prefix = term.prefix and not term.pieces[-1].single
    phrases: list[str] = []
    for language in (None, *languages):
        stems = [piece.word if piece.single else stem(piece.word, language) for piece in term.pieces]
        phrases += _prefix_phrases(stems[:-1], term.pieces[-1].word, language) if prefix else [_quoted(stems)]
    if "" in phrases:
        return None
    phrases = list(dict.fromkeys(phrases))
    text = f"({' OR '.join(phrases)})" if len(phrases) > 1 else phrases[0]
    exact = len(phrases) == 1 and not prefix and not _needs_borders(term)
    return _Clause(f"{term.field} : {text}" if term.field else text, exact)


def _prefix_phrases(before: list[str], beginning: str, language: str | None) -> list[str]:
    """Phrases of *before* and all stems that words with *beginning* may have; "" stands for anything."""
    endings = _endings(beginning, language)
    if endings is None:
        # The words before the beginning narrow the search all the same.
        return [_quoted(before) if before else ""]
    return [
        *(_quoted([*before, ending]) for ending in endings),
        *(f"{_quoted([*before, base])} *" for base in _bases(beginning, language)),
    ]


def _needs_borders(term: Term) -> bool:
    """Whether `match_query` asks for word borders, which the index does not hold."""
    return any(is_hangul(piece.word) for piece in term.pieces)


def _quoted(stems: Sequence[str]) -> str:
    return f'"{" ".join(stems)}"'


def _endings(beginning: str, language: str | None) -> list[str] | None:
    """The stems, shorter than or differing from *beginning*, of words that begin so; None if they cannot be listed."""
    if any(character.isdigit() for character in beginning):
        # Words with digits are not stemmed.
        return []
    script = _script(beginning)
    if script is None or language in _UNLISTED[script]:
        return None
    own = (
        "ru" if script == "cyrillic" else language if language in _REPLACEMENTS and language != "ru" else "en"
    )
    shortest = max(1 if len(beginning) <= 4 else 2, len(beginning) - _MAX_CUT)
    return [
        base[:kept] + replacement
        for base in _bases(beginning, own)
        for replacement in _REPLACEMENTS[own]
        for kept in range(len(base) - 1, 0, -1)  # longer ones begin with the base
        if kept + len(replacement) >= shortest
    ]


def _script(word: str) -> str | None:
    if _CYRILLIC.search(word):
        return "cyrillic"
    return "latin" if _LATIN.match(word) else None


def _bases(beginning: str, language: str | None) -> list[str]:
    """*beginning* as the stemmer of *language* may spell it: some take accents off."""
    spelt = [beginning]
    if language == "de":
        plain = beginning.translate(str.maketrans("äöü", "aou")).replace("ß", "ss")
        spelt += [plain, _without_e(beginning), _without_e(plain)]
        spelt += [plain.replace(pair, pair[0], 1) for pair in ("ae", "oe", "ue")]
    elif language == "es":
        spelt.append(beginning.translate(str.maketrans("áéíóú", "aeiou")))
    elif language == "it":
        spelt.append(beginning.translate(str.maketrans("áéíóú", "àèìòù")))
    elif language == "fr":
        spelt += _french(beginning) + _french(beginning.replace("ç", "c"))
    if _CYRILLIC.search(beginning):
        spelt.append(beginning.replace("ё", "е"))
    return list(dict.fromkeys(spelt))


def _without_e(word: str) -> str:
    return re.sub("(?<!q)ue", "u", word.replace("ae", "a").replace("oe", "o"))


def _french(word: str) -> list[str]:
    """*word*, and with each of its accented e without accent: the stemmer does so to the last one that it leaves."""
    changed = [word[:at] + "e" + word[at + 1 :] for at, letter in enumerate(word) if letter in "éè"]
    return [word, *changed]
