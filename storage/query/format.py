"""Queries as text, with every operator and the parentheses that are needed: how a query was read. Pure."""

import re

from storage.query.tree import And, Days, Fact, Loose, Near, Node, Not, Or, Query, Term

_BARE = re.compile(r"\w+")
_RANK = {Or: 0, And: 1, Near: 2}
# A query that is read back in a note; a longer one would hide what was found.
_READ_AS_CHARACTERS = 400


def format_query(query: Query) -> str:
    """*query* in full; read again, it gives the same tree, columns aside."""
    return _node(query.root)


def _node(node: Node) -> str:
    match node:
        case Or():
            return " OR ".join(_inner(operand, 1) for operand in node.operands)
        case And():
            return " AND ".join(_inner(operand, 2) for operand in node.operands)
        case Near():
            name = f"{'O' * node.ordered}NEAR/{node.distance}"
            return f"{_inner(node.left, 2)} {name} {_inner(node.right, 3)}"
        case Not():
            return f"NOT {_inner(node.operand, 3)}"
        case _:
            return _leaf(node)


def _inner(node: Node, lowest: int) -> str:
    """*node*, in parentheses if it binds less than *lowest*."""
    text = _node(node)
    return text if _RANK.get(type(node), 3) >= lowest else f"({text})"


def _leaf(node: Term | Loose | Fact | Days) -> str:
    match node:
        case Days():
            return f"date:{node.text}"
        case Fact():
            return f"{node.field}:{_quoted(node.value)}{'*' * node.prefix}"
        case Loose():
            return f'{_field(node.terms[0].field)}"{node.text}"~{node.gap}'
        case Term():
            return f"{_field(node.field)}{_quoted(node.text)}{'*' * node.prefix}"


def _field(name: str | None) -> str:
    return f"{name}:" if name else ""


def _quoted(text: str) -> str:
    # Operators are words, too, unless they are quoted.
    is_plain = _BARE.fullmatch(text) and text.upper() not in ("AND", "OR", "NOT", "NEAR", "ONEAR")
    return text if is_plain else f'"{text}"'


def reading_notes(query: Query) -> list[str]:
    """What of *query* was read otherwise than some would expect, and how it was read; empty if nothing was."""
    read_as = format_query(query)
    shown = [f"read as: {read_as}"] if query.warnings and len(read_as) <= _READ_AS_CHARACTERS else []
    return [*query.warnings, *shown]
