"""Runs of a link list: links whose addresses are built alike and whose texts differ and are as long as headlines. Pure.

Such links are articles whatever their addresses say: ``?bbs=37638``, ``/detail_com/comde/iee250527002/57/en`` and
``/a?page=detail&id=7`` name nothing that is known beforehand. Menus have words, further pages have numbers.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crawler.sections.anchors import Anchor, count_words

# A list of fewer links may be chance.
_LEAST = 3
# Words of a headline, of the headlines of a run on the average, and the shares of headlines and of different texts.
_HEADLINE_WORDS, _MEAN_WORDS = 3, 4
_HEADLINES, _DIFFERENT = 0.7, 0.8


@dataclass(frozen=True, slots=True)
class Line:
    """One address of a page as its list shows it."""

    key: str  # of the address
    shape: str  # equal for addresses that are built alike, "" for those that can be no article
    anchors: tuple[Anchor, ...]


def keys_in_runs(lines: Iterable[Line]) -> frozenset[str]:
    """The keys of the *lines* that stand in a run."""
    groups: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for line in lines:
        for path, text in _places(line):
            groups[path, line.shape].setdefault(line.key, text)
    return frozenset(key for texts in groups.values() if _is_run(list(texts.values())) for key in texts)


def _places(line: Line) -> Iterator[tuple[str, str]]:
    """The lists that it stands in, each with its text there."""
    if line.shape:
        for anchor in line.anchors:
            if anchor.text and not anchor.refused:
                yield anchor.path, anchor.text


def _is_run(texts: list[str]) -> bool:
    if len(texts) < _LEAST or len(set(texts)) < _DIFFERENT * len(texts):
        return False
    words = [count_words(text) for text in texts]
    headlines = sum(1 for number in words if number >= _HEADLINE_WORDS)
    return headlines >= _HEADLINES * len(texts) and sum(words) >= _MEAN_WORDS * len(texts)
