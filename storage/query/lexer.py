"""The words, signs and operators of a query, with their columns. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from storage.analyser import fold
from storage.errors import QueryError
from storage.query.tree import FIELDS

# Typed in full width on Chinese, Japanese and Korean keyboards; one character each, so that columns stay.
_FULL_WIDTH = str.maketrans("（）：＊［］～／\u3000", "():*[]~/ ")
_MARKS = '"“”„«»「」『』'
_LEXEME = re.compile(
    rf"""\s+|(?P<open>\()|(?P<close>\))
    |[{_MARKS}](?P<quoted>[^{_MARKS}]*)[{_MARKS}](?P<star>\*?)(?:~(?P<gap>[^\s()]*))?
    |(?P<word>[^\s(){_MARKS}]+)""",
    re.VERBOSE,
)
_RANGE = re.compile(r"\[[^\[\]()]*\sTO\s[^\[\]()]*\]")
_FIELD = re.compile(r"([^\W\d]\w*):")
NEAR = re.compile(r"(O?NEAR)(?:/(\d+))?$")


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A word, sign or operator."""

    kind: str  # "(", ")", "quoted", "word", "range", "field", "near", "AND", "OR", "NOT" or "end"
    text: str  # without quotation marks, and without the colon of a field
    column: int  # counted from 1
    star: bool = False  # a * follows the closing quotation mark
    gap: str | None = None  # what stands behind a ~ after the closing quotation mark; None: no ~


def read_lexemes(text: str) -> list[Lexeme]:
    """The lexemes of *text* in order, "end" last.

    Raises:
        QueryError: a quotation mark without partner, or an unknown field.
    """
    plain = text.translate(_FULL_WIDTH)
    lexemes: list[Lexeme] = []
    at = 0
    while at < len(plain):
        days = _RANGE.match(plain, at)
        piece = days or _LEXEME.match(plain, at)
        if piece is None:
            raise QueryError(
                'this quotation mark has no partner; a phrase is "two words"', query=text, column=at + 1
            )
        if days is not None:
            lexemes.append(Lexeme("range", days[0], at + 1))
            at = days.end()
        else:
            at = piece.end() if piece[0].isspace() else _add(lexemes, text, piece)
    lexemes.append(Lexeme("end", "", len(text) + 1))
    return lexemes


def _add(lexemes: list[Lexeme], query: str, piece: re.Match[str]) -> int:
    """Append what *piece* holds; the offset behind it (behind the colon, for a field)."""
    column = piece.start() + 1
    if piece["quoted"] is not None:
        lexemes.append(Lexeme("quoted", piece["quoted"], column, bool(piece["star"]), piece["gap"]))
    elif piece["word"] is None:
        lexemes.append(Lexeme(piece[0], piece[0], column))
    else:
        field = _FIELD.match(piece["word"])
        if field:
            lexemes.append(Lexeme("field", _known_field(field[1], query, column), column))
            return piece.start() + field.end()
        lexemes.append(_word(piece["word"], column))
    return piece.end()


def _known_field(name: str, query: str, column: int) -> str:
    known = fold(name)
    if known not in FIELDS:
        raise QueryError(
            f'there is no field "{name}:"; fields are {", ".join(f"{field}:" for field in FIELDS)} '
            f'(write "{name}: ..." in quotation marks to search for it)',
            query=query,
            column=column,
        )
    return known


def _word(word: str, column: int) -> Lexeme:
    # An operator stays one in full width (ＡＮＤ), and with a mark that cannot be seen pasted to it.
    bare = "".join(sign for sign in unicodedata.normalize("NFKC", word) if unicodedata.category(sign) != "Cf")
    if bare in ("AND", "OR", "NOT"):
        return Lexeme(bare, bare, column)
    return Lexeme("near", bare, column) if NEAR.match(bare) else Lexeme("word", word, column)


_UNSUPPORTED = re.compile(r"[~^]\d*(?:\.\d+)?$")
# Proximity as Factiva and Nexis write it; of w and pre only with a stroke, for W20 is a word.
_NEAR = re.compile(r"(?:(?P<loose>near|onear|adj)/?|(?P<stroke>w|pre)/)(?P<words>\d{1,3})$", re.IGNORECASE)
_ORDERED = ("onear", "adj", "pre")
_PLACEHOLDER = re.compile(r"\w\?\w|\w\?$")


def foreign_sign(word: str) -> str | None:
    """Why *word* is no word but an operator that other tools have, and what to write; None if it is a word."""
    if word[0] in "-+!":
        return f"{word[0]} is no operator; write AND, OR or NOT"
    if word.strip("&|") == "":
        return f"{word} is no operator; write AND, OR or NOT"
    if _UNSUPPORTED.search(word):
        return '~ and ^ are no operators here; for words close to each other write a NEAR/10 b or "a b"~10'
    near = _NEAR.match(word)
    if near:
        ours = "ONEAR" if (near["loose"] or near["stroke"]).lower() in _ORDERED else "NEAR"
        return f"{word} is no operator here; write {ours}/{near['words']}"
    if _PLACEHOLDER.search(word):
        return "? stands for no letter here; write the beginning and a *, as in Russia*"
    return None
