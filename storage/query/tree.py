"""What a query says, as a tree of frozen records. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

# Fields whose words are searched; without one, title and text are.
TEXT_FIELDS = ("title", "text", "section")
# Fields that are compared as a whole.
FACT_FIELDS = ("lang", "source", "domain", "country", "tag")
FIELDS = (*TEXT_FIELDS, *FACT_FIELDS, "date")


@dataclass(frozen=True, slots=True)
class TermPiece:
    """One token of a term."""

    word: str  # folded, not stemmed
    single: bool  # one character of a script without steady spaces
    joined: bool  # the query writes it without a gap behind the piece before it
    hangul: bool  # it is a Hangul character: Korean terms begin where words begin


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase: pieces that follow each other."""

    text: str  # as typed, without quotation marks
    pieces: tuple[TermPiece, ...]
    prefix: bool  # the last piece is only a beginning
    field: str | None  # one of TEXT_FIELDS; None means title or text
    column: int  # counted from 1


@dataclass(frozen=True, slots=True)
class Loose:
    """Terms in any order in one field, with at most *gap* other words between the first and the last of them."""

    text: str  # as typed, without quotation marks
    terms: tuple[Term, ...]  # two at least
    gap: int  # words
    column: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition on what is known of the article beside its text."""

    field: str  # one of FACT_FIELDS
    value: str  # folded
    prefix: bool
    column: int


@dataclass(frozen=True, slots=True)
class Days:
    """A condition on the article's date."""

    text: str  # as typed
    first: str  # ISO 8601 day, included; "" for an open beginning
    last: str  # ISO 8601 day, included; "" for an open end
    column: int


@dataclass(frozen=True, slots=True)
class Not:
    """The operand does not hold."""

    operand: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class And:
    """All operands hold."""

    operands: tuple["Node", ...]
    column: int


@dataclass(frozen=True, slots=True)
class Or:
    """At least one operand holds."""

    operands: tuple["Node", ...]
    column: int


@dataclass(frozen=True, slots=True)
class Near:
    """Both operands stand in one field, at most *distance* words on; neighbours are 1 word on."""

    left: "Node"  # Term, Loose, Near or Or of these; so is right
    right: "Node"
    distance: int
    ordered: bool  # left comes first
    column: int


Node = Term | Loose | Fact | Days | Not | And | Or | Near


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read."""

    text: str
    root: Node
    warnings: tuple[str, ...]  # what was read otherwise than some would expect, in order


def terms_of(node: Node) -> list[Term]:
    """The terms that *node* asks for, in order; those under NOT are left out."""
    match node:
        case Term():
            return [node]
        case Loose():
            return list(node.terms)
        case And() | Or():
            return [term for operand in node.operands for term in terms_of(operand)]
        case Near():
            return terms_of(node.left) + terms_of(node.right)
        case _:
            return []


def nodes_of(node: Node) -> Iterator[Node]:
    """*node* and all below it, those under NOT too, from left to right."""
    yield node
    match node:
        case And() | Or():
            below: tuple[Node, ...] = node.operands
        case Near():
            below = (node.left, node.right)
        case Not():
            below = (node.operand,)
        case _:
            below = ()
    for child in below:
        yield from nodes_of(child)
