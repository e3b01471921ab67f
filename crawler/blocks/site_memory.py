"""What the pages of a host teach: lines that stand on many of them, and the names in their titles. Pure.

Only first readings of different texts teach. In a host's first pages nothing is known.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from storage.records.site_memory import CommonMarks, PageMarks, SeenMarks, SiteMemory

# Nothing is held to be common before so many pages; nor what stands on fewer than this.
FIRST_PAGES: Final = 8
_LEAST_PAGES = 4
# From so many pages on all counts are halved: the host's last weeks count most.
_HALVED_AT = 200
# Pages in a row on which nothing common stands, where most had some: the site was made anew. If three of four fit by
# chance, six in a row fail in one of 4,000.
_STRANGERS, _FITTING, _FITTING_SHARE = 6, 6, 0.75
# A host's row takes some 20 KB at most. 1,000 lines are the pages of two weeks of a small outlet.
_LINES, _NAMES, _FORMER, _RECENT = 1_000, 200, 300, 60
# Of a very long page only the beginning and the end are learnt; furniture stands there.
_LINES_EACH, _NAMES_EACH = 100, 20
# A page with the title of another one is its copy if so many of its lines are known.
_COPIED = 0.5
# Tables of rates and results consist of lines that differ in digits alone.
_FIGURES_SHARE = 0.5
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True, slots=True)
class _Bounds:
    """From which share of the pages on something is common, and until which it stays."""

    begins: float
    stays: float


_LINE_BOUNDS, _NAME_BOUNDS = _Bounds(0.1, 0.05), _Bounds(0.5, 0.25)


def fingerprint(line: str) -> str:
    """What *line* is known again by: digits, case and spaces make no difference; "" of one without two letters."""
    if not _LETTERS.search(line):
        return ""
    plain = " ".join(_DIGITS.sub("0", line).casefold().split())
    return blake2b(plain.encode("utf-8", "replace"), digest_size=4).hexdigest()


def without_common(text: str, common: frozenset[str]) -> str:
    """*text* without the lines of which *common* has the fingerprints; whole if it consists of nothing else.

    Lines with digits go only where they make less than half of the text: what is left of a table of results has none.
    """
    if not common:
        return text
    lines = text.splitlines()
    gone = {line for line in lines if fingerprint(line) in common}
    if not gone:
        return text
    figures = {line for line in gone if _DIGITS.search(line)}
    if sum(len(line) for line in lines if line in figures) > _FIGURES_SHARE * len(text):
        gone -= figures
    return "\n".join(line for line in lines if line not in gone) or text


def page_marks(text: str, common: CommonMarks, title: str, names: Iterable[str]) -> PageMarks:
    """What a page with this whole *text* teaches; *names* are the letters of its titles and of their parts."""
    lines = text.splitlines()
    if len(lines) > 2 * _LINES_EACH:
        lines = lines[:_LINES_EACH] + lines[-_LINES_EACH:]
    prints = dict.fromkeys(mark for mark in map(fingerprint, lines) if mark)
    return PageMarks(
        tuple(prints),
        tuple(dict.fromkeys(names))[:_NAMES_EACH],
        fingerprint(without_common(text, common.lines)),
        fingerprint(title),
    )


def learn(memory: SiteMemory, page: PageMarks) -> SiteMemory:
    """*memory* with what *page* adds; as it was if the page is a copy of a recent one."""
    if _is_copy(memory, page):
        return memory
    memory = _noted_fit(memory, page)
    if _has_drifted(memory):
        memory = SiteMemory(common=CommonMarks(former=_former(memory.common, frozenset())))
    memory = replace(
        memory,
        pages=memory.pages + 1,
        lines=_counted(memory.lines, page.lines, _LINES),
        names=_counted(memory.names, page.names, _NAMES),
        recent=(*memory.recent, *(mark for mark in (page.text, page.title) if mark))[-_RECENT:],
    )
    return _judged(_halved(memory) if memory.pages >= _HALVED_AT else memory)


def _is_copy(memory: SiteMemory, page: PageMarks) -> bool:
    if not page.text or page.text in memory.recent:
        return True
    if page.title not in memory.recent:
        return False
    known = dict(memory.lines)
    return sum(mark in known for mark in page.lines) > _COPIED * len(page.lines)


def _noted_fit(memory: SiteMemory, page: PageMarks) -> SiteMemory:
    """*memory* with whether any of its common marks stands on *page*."""
    common = memory.common
    if not common.lines and not common.names:
        return memory
    fits = not (common.lines.isdisjoint(page.lines) and common.names.isdisjoint(page.names))
    return replace(
        memory,
        tried=memory.tried + 1,
        fitting=memory.fitting + fits,
        strangers=0 if fits else memory.strangers + 1,
    )


def _has_drifted(memory: SiteMemory) -> bool:
    before = memory.tried - memory.strangers
    return (
        memory.strangers >= _STRANGERS
        and memory.fitting >= _FITTING
        and memory.fitting >= _FITTING_SHARE * before
    )


def _counted(seen: SeenMarks, marks: Iterable[str], most: int) -> SeenMarks:
    """*seen* with one page more for each of *marks*; of more than *most* the rarest and oldest go."""
    counts = dict(seen)
    for mark in marks:
        counts[mark] = counts.pop(mark, 0) + 1
    excess = len(counts) - most
    if excess > 0:
        for mark in sorted(counts, key=counts.__getitem__)[
            :excess
        ]:  # of equal ones the oldest, since sorting is stable
            del counts[mark]
    return tuple(counts.items())


def _halved(memory: SiteMemory) -> SiteMemory:
    return replace(
        memory,
        pages=memory.pages // 2,
        tried=memory.tried // 2,
        fitting=memory.fitting // 2,
        lines=tuple((mark, count // 2) for mark, count in memory.lines if count > 1),
        names=tuple((mark, count // 2) for mark, count in memory.names if count > 1),
    )


def _judged(memory: SiteMemory) -> SiteMemory:
    """*memory* with what is common in it by now."""
    before = memory.common
    lines = _common(memory.lines, before.lines, memory.pages, _LINE_BOUNDS)
    names = _common(memory.names, before.names, memory.pages, _NAME_BOUNDS)
    return replace(memory, common=CommonMarks(lines, names, _former(before, lines)))


def _common(seen: SeenMarks, before: frozenset[str], pages: int, bounds: _Bounds) -> frozenset[str]:
    if pages < FIRST_PAGES and not before:
        return frozenset()
    return frozenset(
        mark
        for mark, count in seen
        if (count >= _LEAST_PAGES and count >= bounds.begins * pages)
        or (mark in before and count >= bounds.stays * pages)
    )


def _former(before: CommonMarks, lines: frozenset[str]) -> frozenset[str]:
    """The lines that were common once and are so no more; bounded."""
    return frozenset(sorted((before.former | before.lines) - lines)[:_FORMER])
