"""What a reader types into a search box, as an FTS5 expression and as phrases to mark. Pure.

Datasette's own `escape_fts` quotes each word as it is typed; our index holds stems and single characters instead
(storage/analyser.py), so the same analyser must read the query. The language of what is typed is unknown: each piece
is asked for as every language of the database would index it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from storage.analyser import terms, tokens

# A pasted paragraph needs no more to be found, and FTS5's expression stays small.
PIECES = 30
CHARACTERS = 1_000
# FTS5 takes the empty phrase and finds nothing with it; an empty expression is a syntax error.
NOTHING = '""'

_QUOTES = '"“”„‟«»‹›＂「」『』〝〞'
_PIECE = re.compile(rf"[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)(?:[{_QUOTES}]|$)|(?P<word>[^\s{_QUOTES}]+)")
_CONNECTIVES = ("AND", "OR", "NOT")


@dataclass(frozen=True, slots=True)
class TypedPiece:
    """A word or quoted phrase of what was typed."""

    text: str
    joint: str  # "AND", "OR" (an alternative to the piece before it) or "NOT" (must not occur)
    prefix: bool  # its last word was typed with a * behind it


@dataclass(frozen=True, slots=True)
class Phrase:
    """Neighbouring terms, as they are looked for in an article."""

    terms: tuple[str, ...]
    prefix: str  # what the last word, unstemmed, begins with; "" if the whole term must be met


def pieces(typed: str) -> list[TypedPiece]:
    """The pieces of *typed* in order, at most 30; what holds no letter or digit is left out."""
    typed_pieces: list[TypedPiece] = []
    joint = "AND"
    for text, quoted in _split(typed[:CHARACTERS]):
        if not quoted and text in _CONNECTIVES:
            joint = text
            continue
        if not terms(text):
            continue
        typed_pieces.append(
            TypedPiece(
                text, joint if typed_pieces or joint == "NOT" else "AND", not quoted and text.endswith("*")
            )
        )
        joint = "AND"
    return typed_pieces[:PIECES]


def fts_expression(typed: str, languages: Iterable[str]) -> str:
    """The FTS5 expression for *typed*, its words stemmed under each of *languages* (ISO 639-1) as alternatives.

    Words are all required; "OR" and "NOT" in capitals, "*" behind a word and quotation marks of any script mean
    what they say; all other signs and operators are text. What holds nothing to look for finds nothing.
    """
    known = list(dict.fromkeys(languages))
    required: list[list[str]] = []
    excluded: list[str] = []
    for piece in pieces(typed):
        alternatives = _alternatives(piece, known)
        if piece.joint == "NOT":
            excluded += alternatives
        elif piece.joint == "OR" and required:
            required[-1] += alternatives
        else:
            required.append(alternatives)
    if not required:
        return NOTHING
    wanted = " AND ".join(f"({' OR '.join(dict.fromkeys(group))})" for group in required)
    return f"({wanted}) NOT ({' OR '.join(dict.fromkeys(excluded))})" if excluded else wanted


def phrases(typed: str, language: str | None) -> list[Phrase]:
    """What *typed* asks for in an article in *language*, in order; without what it excludes."""
    return [
        Phrase(tuple(terms(piece.text, language)), _last_word(piece) if piece.prefix else "")
        for piece in pieces(typed)
        if piece.joint != "NOT"
    ]


def _split(typed: str) -> Iterator[tuple[str, bool]]:
    for match in _PIECE.finditer(typed):
        quoted = match["phrase"] is not None
        yield (match["phrase"] if quoted else match["word"]), quoted


def _alternatives(piece: TypedPiece, languages: list[str]) -> list[str]:
    stemmed = dict.fromkeys(tuple(terms(piece.text, language)) for language in (None, "ja", *languages))
    asked = [f'"{" ".join(phrase)}"' for phrase in stemmed]
    if piece.prefix:
        # A stem may be shorter than what was typed (Росси* and росс), so the whole terms stay as well.
        before = dict.fromkeys(phrase[:-1] for phrase in stemmed)
        asked += [f'"{" ".join((*phrase, _last_word(piece)))}" *' for phrase in before]
    return asked


def _last_word(piece: TypedPiece) -> str:
    return tokens(piece.text)[-1].word
