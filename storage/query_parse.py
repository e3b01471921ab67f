"""Queries from text: a recursive-descent parser of Lucene-like syntax with NEAR/n and ONEAR/n. Pure.

Operators are upper case and bind NOT > NEAR > AND > OR; words side by side are joined by AND, with a warning, since
other tools read them as OR (Media Cloud) or as a phrase (Factiva).
"""

import re
from dataclasses import dataclass

from storage.analyser import fold, is_single, tokens
from storage.errors import QueryError
from storage.query_tree import FACT_FIELDS, FIELDS, And, Fact, Near, Node, Not, Or, Piece, Query, Term

# Media Cloud and Meltwater stop at some hundred terms; a recursive parser needs a bound on nesting.
MAX_TERMS = 1_000
MAX_DEPTH = 50
# Words as typed before a trailing *: one letter would ask for a tenth of all words.
MIN_PREFIX_LETTERS = 2

_LEXEME = re.compile(
    r"""\s+|(?P<open>\()|(?P<close>\))|["“”„«»](?P<quoted>[^"“”„«»]*)["“”„«»](?P<star>\*?)|(?P<word>[^\s()"“”„«»]+)"""
)
_FIELD = re.compile(r"([A-Za-z_]+):")
_NEAR = re.compile(r"(O?NEAR)(?:/(\d+))?$")
_UNSUPPORTED = re.compile(r"[~^]\d*(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: str  # "(", ")", "quoted", "word", "field", "near", "AND", "OR", "NOT" or "end"
    text: str
    column: int
    star: bool = False


def parse_query(text: str) -> Query:
    """The query that *text* says.

    Raises:
        QueryError: it cannot be read, or could match nothing but the absence of words; the text says what is
            allowed instead.
    """
    parser = _Parser(text)
    root = parser.read()
    excluded = _only_excludes(root)
    if excluded is not None:
        raise QueryError(
            "this part can only say what is not there; name what is wanted too: wanted AND NOT unwanted",
            query=text,
            column=excluded,
        )
    return Query(text, root, tuple(parser.warnings))


def _only_excludes(node: Node) -> int | None:
    """The column of the NOT that lets *node* match where nothing was found; None if it needs a finding."""
    match node:
        case Not():
            return node.column
        case And():
            columns = [_only_excludes(operand) for operand in node.operands]
            return None if None in columns else columns[0]
        case Or():
            return next((found for operand in node.operands if (found := _only_excludes(operand))), None)
        case _:
            return None


def _lexemes(text: str) -> list[_Lexeme]:
    found: list[_Lexeme] = []
    at = 0
    while at < len(text):
        piece = _LEXEME.match(text, at)
        if piece is None:
            raise QueryError(
                'this quotation mark has no partner; a phrase is "two words"', query=text, column=at + 1
            )
        at = piece.end() if piece[0].isspace() else _add_lexeme(found, text, piece)
    found.append(_Lexeme("end", "", len(text) + 1))
    return found


def _add_lexeme(found: list[_Lexeme], text: str, piece: re.Match[str]) -> int:
    """Append what *piece* holds; the offset behind it (behind the colon, for a field)."""
    column = piece.start() + 1
    if piece["quoted"] is not None:
        found.append(_Lexeme("quoted", piece["quoted"], column, bool(piece["star"])))
    elif piece["word"] is None:
        found.append(_Lexeme(piece[0], piece[0], column))
    else:
        field = _FIELD.match(piece["word"])
        if field:
            found.append(_Lexeme("field", _known_field(field[1], text, column), column))
            return piece.start() + field.end()
        found.append(_Lexeme(_word_kind(piece["word"]), piece["word"], column))
    return piece.end()


def _known_field(name: str, query: str, column: int) -> str:
    if name.lower() not in FIELDS:
        raise QueryError(
            f'there is no field "{name}:"; fields are {", ".join(f"{field}:" for field in FIELDS)} '
            f'(write "{name}: ..." in quotation marks to search for it)',
            query=query,
            column=column,
        )
    return name.lower()


def _word_kind(word: str) -> str:
    if word in ("AND", "OR", "NOT"):
        return word
    return "near" if _NEAR.match(word) else "word"


class _Parser:
    """Reads one query, from the weakest operator down."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lexemes = _lexemes(text)
        self.at = 0
        self.depth = 0
        self.terms = 0
        self.field: str | None = None
        self.warnings: list[str] = []

    def read(self) -> Node:
        if len(self.lexemes) == 1:
            raise self._error('the query is empty; write a word, a "phrase" or a group')
        root = self._or()
        if self._next.kind == ")":
            raise self._error("this closing parenthesis has no partner")
        return root

    @property
    def _next(self) -> _Lexeme:
        return self.lexemes[self.at]

    def _take(self) -> _Lexeme:
        self.at += 1
        return self.lexemes[self.at - 1]

    def _error(self, reason: str, column: int | None = None) -> QueryError:
        return QueryError(reason, query=self.text, column=self._next.column if column is None else column)

    def _or(self) -> Node:
        column, operands = self._next.column, [self._and()]
        while self._next.kind == "OR":
            self._take()
            operands.append(self._and())
        return operands[0] if len(operands) == 1 else Or(tuple(operands), column)

    def _and(self) -> Node:
        column, operands = self._next.column, [self._near()]
        while self._next.kind not in ("OR", ")", "end"):
            if self._next.kind == "AND":
                self._take()
            elif self._next.kind != "NOT":
                self._warn_adjacency()
            operands.append(self._near())
        return operands[0] if len(operands) == 1 else And(tuple(operands), column)

    def _warn_adjacency(self) -> None:
        self._warn(
            self._next,
            "stands beside what is before it without an operator: both are required, as with AND; "
            'write "..." for a phrase, or OR',
        )

    def _warn(self, lexeme: _Lexeme, what: str) -> None:
        self.warnings.append(f"column {lexeme.column}: {lexeme.text or '('} {what}")

    def _near(self) -> Node:
        left = self._not()
        while self._next.kind == "near":
            operator = self._take()
            distance = self._distance(operator)
            self._check_near_operand(left, operator)
            right = self._not()
            self._check_near_operand(right, operator)
            left = Near(left, right, distance, operator.text.startswith("O"), operator.column)
        return left

    def _distance(self, operator: _Lexeme) -> int:
        name, distance = _NEAR.fullmatch(operator.text).groups()  # type: ignore[union-attr]
        if distance is None or not 1 <= int(distance[:5]) <= 1_000:
            raise self._error(
                f"{name} needs a distance of 1 to 1000 words, such as {name}/10; neighbours are {name}/1",
                operator.column,
            )
        return int(distance)

    def _check_near_operand(self, node: Node, operator: _Lexeme) -> None:
        match node:
            case Term() | Near():
                return
            case Or():
                for operand in node.operands:
                    self._check_near_operand(operand, operator)
            case _:
                raise self._error(
                    f"{operator.text} joins words, phrases, beginnings (Russia*) and OR groups of these; "
                    "put AND, NOT and fields such as lang: outside",
                    node.column,
                )

    def _not(self) -> Node:
        if self._next.kind != "NOT":
            return self._primary()
        operator = self._take()
        self._enter(operator)
        operand = self._not()
        self.depth -= 1
        return Not(operand, operator.column)

    def _enter(self, lexeme: _Lexeme) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._error(f"the query is nested deeper than {MAX_DEPTH}", lexeme.column)

    def _primary(self) -> Node:
        lexeme = self._take()
        match lexeme.kind:
            case "(":
                return self._group(lexeme)
            case "field":
                return self._fielded(lexeme)
            case "word" | "quoted":
                return self._term(lexeme)
            case _:
                self.at -= 1
                raise self._missing_operand()

    def _missing_operand(self) -> QueryError:
        before = self.lexemes[self.at - 1] if self.at else None
        if before is not None and before.kind in ("AND", "OR", "NOT", "near", "field"):
            name = f"{before.text}:" if before.kind == "field" else before.text
            return self._error(f'{name} needs a word, a "phrase" or a group behind it', before.column)
        if before is not None and before.kind == "(" and self._next.kind in (")", "end"):
            return self._error("this parenthesis has nothing in it", before.column)
        if self._next.kind == ")":
            return self._error("this closing parenthesis has no partner")
        return self._error(f'{self._next.text} needs a word, a "phrase" or a group before it')

    def _group(self, opening: _Lexeme) -> Node:
        self._enter(opening)
        node = self._or()
        if self._next.kind != ")":
            raise self._error("this parenthesis is never closed", opening.column)
        self._take()
        self.depth -= 1
        return node

    def _fielded(self, lexeme: _Lexeme) -> Node:
        if self.field is not None:
            raise self._error(f"{lexeme.text}: stands within {self.field}: already", lexeme.column)
        self.field = lexeme.text
        node = self._primary()
        self.field = None
        return node

    def _term(self, lexeme: _Lexeme) -> Node:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise self._error(f"the query has more than {MAX_TERMS} terms", lexeme.column)
        self._check_word(lexeme)
        text, prefix = _without_star(lexeme)
        if self.field in FACT_FIELDS:
            return self._fact(lexeme, text, prefix)
        pieces = tuple(Piece(token.word, token.single, token.joined) for token in tokens(text))
        if not pieces:
            raise self._error(f'"{lexeme.text}" has no letter or digit to search for', lexeme.column)
        if prefix and not is_single(pieces[-1].word) and len(pieces[-1].word) < MIN_PREFIX_LETTERS:
            raise self._error("a beginning needs at least two letters before the *, as in Ru*", lexeme.column)
        return Term(text, pieces, prefix, self.field, lexeme.column)

    def _fact(self, lexeme: _Lexeme, text: str, prefix: bool) -> Fact:
        if not text.strip():
            raise self._error(f"{self.field}: needs a value", lexeme.column)
        return Fact(str(self.field), fold(text.strip()), prefix, lexeme.column)

    def _check_word(self, lexeme: _Lexeme) -> None:
        word = lexeme.text
        if "*" in word.rstrip("*") or word.strip() == "*" or word.endswith("**"):
            raise self._error(
                "* stands only at the end of a word, behind at least two letters (one in Chinese, Japanese and "
                "Korean), as in Russia*",
                lexeme.column + max(word.find("*"), 0),
            )
        if lexeme.kind == "quoted":
            return
        if word[0] in "-+!":
            raise self._error(f"{word[0]} is no operator; write AND, OR or NOT", lexeme.column)
        if _UNSUPPORTED.search(word):
            raise self._error(
                "~ and ^ are no operators; for words close to each other write a NEAR/10 b", lexeme.column
            )
        if word in ("and", "or", "not", "near"):
            self._warn(lexeme, "is searched for as a word; operators are written in capitals")


def _without_star(lexeme: _Lexeme) -> tuple[str, bool]:
    text = lexeme.text.rstrip()
    return (text[:-1], True) if text.endswith("*") else (text, lexeme.star)
