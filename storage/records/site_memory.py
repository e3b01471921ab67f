"""What the pages of a host have in common: lines and names that stand on many of them. Pure."""

from dataclasses import dataclass
from typing import Final

SeenMarks = tuple[tuple[str, int], ...]
"""Marks with the number of pages that had each, what was seen last at the end."""


@dataclass(frozen=True, slots=True)
class CommonMarks:
    """What is known of a host's pages while one of them is read; nothing in its first pages."""

    lines: frozenset[str] = frozenset()  # fingerprints of lines that are no article's
    names: frozenset[str] = frozenset()  # letters of the outlet's names and slogans
    # Fingerprints of lines that were once held to be no article's: their coming and going is no edit.
    former: frozenset[str] = frozenset()


NOTHING_COMMON: Final = CommonMarks()


@dataclass(frozen=True, slots=True)
class PageMarks:
    """What a page shows for its host's memory."""

    lines: tuple[str, ...] = ()  # fingerprints of the lines of its text, also of those that were left out
    names: tuple[str, ...] = ()  # letters of its titles, and of the parts of these
    text: str = ""  # fingerprint of the text without what was left out
    title: str = ""  # fingerprint of the headline


@dataclass(frozen=True, slots=True)
class SiteMemory:
    """What was learnt of a host's pages."""

    pages: int = 0  # that were learnt from; older ones count less
    lines: SeenMarks = ()
    names: SeenMarks = ()
    common: CommonMarks = NOTHING_COMMON
    tried: int = 0  # pages that were held against common marks
    fitting: int = 0  # of them, those on which one stood
    strangers: int = 0  # the latest of them, in a row, on which none stood
    recent: tuple[str, ...] = ()  # texts and titles of the latest pages, so that copies do not count
