"""Snippets of texts with what was found marked, for people and for JSON."""

import sys
from collections.abc import Sequence

import click

from scheduler.cli.output import printable
from storage.search.snippets import Piece


def styled(pieces: Sequence[Piece]) -> str:
    """The snippet with what was found in colour; between « » where there are no colours."""
    colours = sys.stdout.isatty()
    shown = []
    for piece in pieces:
        text = printable(piece.text).replace("\n", " ")
        if piece.is_hit:
            text = click.style(text, fg="yellow", bold=True) if colours else f"«{text}»"
        shown.append(text)
    return "".join(shown)


def marked(pieces: Sequence[Piece]) -> str:
    """The snippet in one line, with what was found between « »."""
    return "".join(f"«{piece.text}»" if piece.is_hit else piece.text for piece in pieces).replace("\n", " ")
