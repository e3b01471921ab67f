"""Queries from text: a recursive-descent parser of Lucene-like syntax with NEAR/n and ONEAR/n. Pure.

Operators are upper case and bind NOT > NEAR > AND > OR; words side by side are joined by AND, with a warning, since
other tools read them as OR (Media Cloud) or as a phrase (Factiva).
"""

import re

from storage.analyser import fold, is_hangul, is_single, tokens
from storage.errors import QueryError
from storage.query.days import read_days
from storage.query.lexer import NEAR, Lexeme, foreign_sign, read_lexemes
from storage.query.tree import (
    FACT_FIELDS,
    And,
    Days,
    Fact,
    Loose,
    Near,
    Node,
    Not,
    Or,
    Query,
    Term,
    TermPiece,
)

# Media Cloud and Meltwater stop at some hundred terms; a recursive parser needs a bound on nesting.
MAX_TERMS = 1_000
MAX_DEPTH = 50
MAX_CHARACTERS = 100_000  # a hundred for each of the terms
# NEARs one within the other, a NEAR/3 b NEAR/3 c being two: each may multiply what has to be looked at.
MAX_NEARS = 20
# Words of one phrase, or characters of a Chinese one: a long sentence, of which nobody types more.
MAX_PIECES = 100
# Words as typed before a trailing *: one letter would ask for a tenth of all words.
MIN_PREFIX_LETTERS = 2
MAX_DISTANCE = 1_000


def parse_query(text: str) -> Query:
    """The query that *text* says.

    Raises:
        QueryError: it cannot be read, or could match nothing but the absence of words; the text says what is
            allowed instead.
    """
    if len(text) > MAX_CHARACTERS:
        raise QueryError(
            f"the query has {len(text)} characters; {MAX_CHARACTERS} is the most",
            query=text,
            column=MAX_CHARACTERS + 1,
        )
    parser = _Parser(text)
    root = parser.read()
    excluded = _only_excludes(root)
    if excluded is not None:
        raise QueryError(
            "this part can only say what is not there; name what is wanted too: wanted AND NOT unwanted",
            query=text,
            column=excluded,
        )
    return Query(text, root, parser.all_warnings())


def _only_excludes(node: Node) -> int | None:
    """The column of the NOT that lets *node* match where nothing was found; None if it needs a finding."""
    match node:
        case Not():
            return node.column
        case And():
            columns = [_only_excludes(operand) for operand in node.operands]
            return None if None in columns else columns[0]
        case Or():
            return next((others for operand in node.operands if (others := _only_excludes(operand))), None)
        case _:
            return None


class _Parser:
    """Reads one query, from the weakest operator down."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lexemes = read_lexemes(text)
        self.at = 0
        self.depth = 0
        self.terms = 0
        self.field: str | None = None
        self.warnings: list[str] = []
        self.adjacent: list[Lexeme] = []

    def read(self) -> Node:
        if len(self.lexemes) == 1:
            raise self._error('the query is empty; write a word, a "phrase" or a group')
        root = self._or()
        if self._next.kind == ")":
            raise self._error("this closing parenthesis has no partner")
        return root

    def all_warnings(self) -> tuple[str, ...]:
        """What was read otherwise than some would expect; all missing operators in one warning, first."""
        if not self.adjacent:
            return tuple(self.warnings)
        first, *others = self.adjacent
        more = f", and so do {len(others)} more" if others else ""
        name = f"{first.text}:" if first.kind == "field" else first.text
        return (
            f"column {first.column}: {name} stands beside what is before it without an operator{more}: "
            'both are required, as with AND; write "..." for a phrase, or OR',
            *self.warnings,
        )

    @property
    def _next(self) -> Lexeme:
        return self.lexemes[self.at]

    def _take(self) -> Lexeme:
        self.at += 1
        return self.lexemes[self.at - 1]

    def _error(self, reason: str, column: int | None = None) -> QueryError:
        return QueryError(reason, query=self.text, column=self._next.column if column is None else column)

    def _warn(self, column: int, what: str) -> None:
        self.warnings.append(f"column {column}: {what}")

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
                self.adjacent.append(self._next)
            operands.append(self._near())
        return operands[0] if len(operands) == 1 else And(tuple(operands), column)

    def _near(self) -> Node:
        left = self._not()
        while self._next.kind == "near":
            operator = self._take()
            distance = self._distance(operator)
            self._check_near_operand(left, operator)
            right = self._not()
            self._check_near_operand(right, operator)
            left = Near(left, right, distance, operator.text.startswith("O"), operator.column)
            if _nears(left) > MAX_NEARS:
                raise self._error(
                    f"more than {MAX_NEARS} NEAR and ONEAR one within the other", operator.column
                )
        return left

    def _distance(self, operator: Lexeme) -> int:
        name, distance = NEAR.fullmatch(operator.text).groups()  # type: ignore[union-attr]
        return self._words(
            distance,
            f"{name} needs a distance of 1 to {MAX_DISTANCE} words, such as {name}/10; neighbours are {name}/1",
            operator.column,
        )

    def _words(self, number: str | None, reason: str, column: int) -> int:
        """*number*, if it is one from 1 to MAX_DISTANCE; else *reason* is raised."""
        if number is None or not number.isdecimal() or not 1 <= int(number[:5]) <= MAX_DISTANCE:
            raise self._error(reason, column)
        return int(number[:5])

    def _check_near_operand(self, node: Node, operator: Lexeme) -> None:
        match node:
            case Term() | Near() | Loose():
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
        return operand.operand if isinstance(operand, Not) else Not(operand, operator.column)

    def _enter(self, lexeme: Lexeme) -> None:
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
            case "word" | "quoted" | "range":
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

    def _group(self, opening: Lexeme) -> Node:
        self._enter(opening)
        node = self._or()
        if self._next.kind != ")":
            raise self._error("this parenthesis is never closed", opening.column)
        self._take()
        self.depth -= 1
        return node

    def _fielded(self, lexeme: Lexeme) -> Node:
        if self.field is not None:
            raise self._error(f"{lexeme.text}: stands within {self.field}: already", lexeme.column)
        self.field = lexeme.text
        node = self._primary()
        self.field = None
        return node

    def _term(self, lexeme: Lexeme) -> Node:
        self._count(1, lexeme)
        if self.field == "date":
            return self._days(lexeme)
        if lexeme.kind == "range":
            raise self._error(
                "a range stands only behind date:, as in date:[2026-01 TO 2026-03]", lexeme.column
            )
        self._check_word(lexeme)
        text, prefix = _without_star(lexeme)
        if self.field in FACT_FIELDS:
            return self._fact(lexeme, text, prefix)
        if lexeme.gap is not None:
            return self._loose(lexeme, text, prefix)
        return self._words_of(text, prefix, lexeme.column)

    def _count(self, number: int, lexeme: Lexeme) -> None:
        self.terms += number
        if self.terms > MAX_TERMS:
            raise self._error(f"the query has more than {MAX_TERMS} terms", lexeme.column)

    def _words_of(self, text: str, prefix: bool, column: int) -> Term:
        pieces = tuple(
            TermPiece(token.word, token.single, token.joined, is_hangul(token.word)) for token in tokens(text)
        )
        if not pieces:
            raise self._error(
                f'"{text[:40]}" has no letter or digit to search for; operators are AND, OR and NOT', column
            )
        if len(pieces) > MAX_PIECES:
            raise self._error(
                f"a phrase of {len(pieces)} words or characters; {MAX_PIECES} is the most", column
            )
        if prefix and not is_single(pieces[-1].word) and len(pieces[-1].word) < MIN_PREFIX_LETTERS:
            raise self._error("a beginning needs at least two letters before the *, as in Ru*", column)
        return Term(text, pieces, prefix, self.field, column)

    def _loose(self, lexeme: Lexeme, text: str, prefix: bool) -> Node:
        gap = self._words(
            lexeme.gap,
            f'~ needs a number of 1 to {MAX_DISTANCE} words that may stand between, as in "a b"~10; '
            "or write a NEAR/10 b",
            lexeme.column,
        )
        parts = list(re.finditer(r"\S+", text))
        if len(parts) < 2:
            raise self._error('~ needs two words in the quotation marks, as in "a b"~10', lexeme.column)
        self._count(len(parts) - 1, lexeme)
        terms = [
            self._words_of(part[0], prefix and part is parts[-1], lexeme.column + 1 + part.start())
            for part in parts
        ]
        return Loose(text + "*" * prefix, tuple(terms), gap, lexeme.column)

    def _fact(self, lexeme: Lexeme, text: str, prefix: bool) -> Fact:
        value = fold(text.strip())
        if not value:
            raise self._error(f"{self.field}: needs a value", lexeme.column)
        if lexeme.gap is not None:
            raise self._error(f"~ stands only in searches for words, not in {self.field}:", lexeme.column)
        if self.field in ("lang", "country") and len(value) != 2 and not prefix:
            example = "ko" if self.field == "lang" else "kp"
            self._warn(
                lexeme.column,
                f'{self.field}: is two letters, as in {self.field}:{example}; "{text}" is found nowhere',
            )
        return Fact(str(self.field), value, prefix, lexeme.column)

    def _days(self, lexeme: Lexeme) -> Days:
        try:
            first, last = read_days(lexeme.text.strip())
        except ValueError as error:
            raise self._error(str(error), lexeme.column) from error
        return Days(lexeme.text, first, last, lexeme.column)

    def _check_word(self, lexeme: Lexeme) -> None:
        word = lexeme.text
        if "*" in word.rstrip("*") or word.strip() == "*" or word.endswith("**"):
            raise self._error(
                "* stands only at the end of a word, behind at least two letters (one in Chinese, Japanese and "
                "Korean), as in Russia*",
                lexeme.column + max(word.find("*"), 0),
            )
        if lexeme.kind == "quoted":
            return
        foreign = foreign_sign(word)
        if foreign:
            raise self._error(foreign, lexeme.column)
        if word in ("and", "or", "not", "near"):
            self._warn(lexeme.column, f"{word} is searched for as a word; operators are written in capitals")


def _nears(node: Node) -> int:
    """How many NEARs stand one within the other."""
    match node:
        case Near():
            return 1 + max(_nears(node.left), _nears(node.right))
        case Or():
            return max(map(_nears, node.operands))
        case _:
            return 0


def _without_star(lexeme: Lexeme) -> tuple[str, bool]:
    text = lexeme.text.rstrip()
    return (text[:-1], True) if text.endswith("*") else (text, lexeme.star)
