"""What changed between two texts of one article, and how much that is. Pure.

Texts are compared word by word, so that quotes, dashes, spaces, line ends, case and the form of Unicode play no part;
figures keep their points and signs (1.5 is not 15), and what is paid or measured in stays ($5 is not €5).
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from crawler.blocks.site_memory import without_common
from crawler.pages.outlet_names import without_names
from storage.analyser import fold
from storage.records.decisions import Intent, Known, Reading, Revision, Standing, Verdict

# Thai to Khmer, kana, Han and Hangul, which set no or unsteady spaces: each character is compared by itself.
_SINGLES = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30fa\u30fc-\u318f\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(
    rf"(?:(?<![^\s(])[+-])?\d+(?:[.,:/]\d+)*|[%‰$€£¥₽₩₴]|[{_SINGLES}]"
    # The vowel signs of the Indian scripts are no letters to `re`.
    rf"|(?:(?![{_SINGLES}\d])[^\W_]|[\u0900-\u0963\u0971-\u0dff])+"
)
_SINGLE = re.compile(f"[{_SINGLES}]")
_MINUS = str.maketrans("\u2212\u2010\u2011\u2012", "----")
_SENTENCE_END = re.compile(r"(?<=[。！？])|(?<=[.!?…])\s+|(?<=[.!?…]['\"”’»)\]])\s+")
_LEFT_OUT = " … "

# A revision is minor if it changes at most so many words, and so large a share of the shorter text. On edited texts
# of the evaluation set's dev half: 51 of 55 with changed figures are minor, and 19 of 57 of which 5 % was reworded;
# none is of 182 live blogs, 59 shortened texts, 50 that were reordered and 50 of which 15 % was reworded.
MINOR_WORDS = 12
MINOR_SHARE = 0.06
# One letter in five may differ in a word that was misspelt.
_TYPO_RATIO = 0.8
_TYPO_LETTERS = 4

# Longer stretches, and those made of few different words, are compared as bags of words: difflib takes seconds for
# them. Pairs are those of equal words; 1,500 words of a real text have about 20,000.
_ALIGNED_WORDS = 1_500
_ALIGNED_PAIRS = 200_000
_TYPO_WORDS = 40
# At this share of the shorter text an address still has the same article. Of 986 edited texts of the evaluation set's
# dev half none covers less than 0.8 of its former self; follow-ups cover 0.3 to 0.5 of what they follow.
SAME_ARTICLE_COVERAGE = 0.5
_SAME_TITLE_OVERLAP = 0.5
_RUN_WORDS = 3

# A page that gives different texts to different askers would make a revision at each look. So many are recorded in 24
# hours, and so many that bring an earlier text back; more are only counted. Live blogs stay below: the schedule of
# looks and the updates that feeds state are 14 readings in the first day, and one an hour.
REVISIONS_IN_DAY = 48
RETURNS_IN_DAY = 4
# An address that has had and given up so many stories in 24 hours shows another one to each asker.
STORIES_IN_DAY = 8


class _Sentence(NamedTuple):
    """A sentence of a text."""

    paragraph: int
    key: str  # what is compared
    start: int  # as written, without the spaces around it
    end: int


@dataclass(frozen=True, slots=True)
class DifferencePart:
    """A stretch of a word difference."""

    kind: str  # "same", "added" or "removed"
    text: str  # as written, with the spaces around it


def at_address(reading: Reading, known: Known) -> Known:
    """What is known, with the stored article as the former one if another story stands at its address now.

    An address that goes back to a story that it had before alternates, and so does one that has had STORIES_IN_DAY; its
    stories are not told apart again.
    """
    if known.article_id is None or reading.origin != "crawl" or _is_same(reading, known):
        return known
    if any(member.url == reading.article.url for member in known.same_text):
        return known
    article, day_before = reading.article, reading.read_at - timedelta(days=1)
    if sum(story.first_seen_at > day_before for story in known.former) >= STORIES_IN_DAY or any(
        is_same_article(story.title, story.text, article.title, article.text) for story in known.former
    ):
        return known
    return replace(known, article_id=None, former_id=known.article_id)


def decide_known(reading: Reading, known: Known) -> Intent:
    """Unchanged or revised: of an article that is stored under the reading's address.

    Texts of seeds and imports revise nothing. A revision is silent if the page states no date of change, or the one
    that it stated before.
    """
    standing = known.standing or Standing(modified_at=None)
    same = Intent(reading, Verdict.UNCHANGED, article_id=known.article_id)
    if reading.origin != "crawl":
        return same
    article = reading.article
    stated = article.modified.at if article.modified else None
    # What was learnt of the host since the stored text was read, or forgotten, is no edit.
    common = known.common.lines | known.common.former
    old_title, new_title = (
        without_names(title, known.common.names) if known.common.names else title
        for title in (known.article_title, article.title)
    )
    revision = compare(
        old_title or new_title,
        without_common(known.article_text, common),
        new_title,
        without_common(article.text, common),
        is_silent=None if known.standing is None else stated is None or stated == standing.modified_at,
    )
    if revision is None:
        return same
    if _alternates(standing) or not _is_same(reading, known):
        return replace(same, alternates=True)
    if (
        not revision.has_new_title
    ):  # the stored one may be written in better signs, or the page states none now
        reading = replace(reading, article=replace(article, title=known.article_title))
    return Intent(reading, Verdict.REVISED, article_id=known.article_id, revision=revision)


def _is_same(reading: Reading, known: Known) -> bool:
    article = reading.article
    return is_same_article(known.article_title, known.article_text, article.title, article.text)


def _alternates(standing: Standing) -> bool:
    if standing.revisions_in_day >= REVISIONS_IN_DAY:
        return True
    return standing.had_this_text and standing.returns_in_day >= RETURNS_IN_DAY


def words_of(text: str) -> list[str]:
    """The words of *text* as they are compared: folded; figures whole; characters of scripts without spaces single."""
    return _WORD.findall(fold(text).translate(_MINUS))


# A decision asks several times for the words of the same two texts.
_whole_words = lru_cache(maxsize=4)(words_of)


def is_same_text(old: str, new: str) -> bool:
    """Whether the two say the same in the same words; typography, case and line ends aside."""
    return old == new or _whole_words(old) == _whole_words(new)


def is_same_article(old_title: str, old_text: str, new_title: str, new_text: str) -> bool:
    """Whether what stands at an address is still the article that stood there: by half of its text, or its headline."""
    if coverage(old_text, new_text) >= SAME_ARTICLE_COVERAGE:
        return True
    before, after = set(words_of(old_title)), set(words_of(new_title))
    smaller = min(len(before), len(after))
    # Without a headline there is no sign of another article.
    return not smaller or len(before & after) / smaller > _SAME_TITLE_OVERLAP


def coverage(old: str, new: str) -> float:
    """Share (0 to 1) of the words of the shorter text that stand in runs of three words which the other has too."""
    short, long = sorted((_whole_words(old), _whole_words(new)), key=len)
    if not short:
        return 0.0
    size = min(_RUN_WORDS, len(short))
    known = {tuple(long[start : start + size]) for start in range(len(long) - size + 1)}
    covered: set[int] = set()
    for start in range(len(short) - size + 1):
        if tuple(short[start : start + size]) in known:
            covered.update(range(start, start + size))
    return len(covered) / len(short)


def compare(
    old_title: str, old_text: str, new_title: str, new_text: str, *, is_silent: bool | None = None
) -> Revision | None:
    """What came and what went between two texts of an article; None if they say the same.

    Added and removed are whole sentences, in their order, those of a paragraph in one line; one that only moved is
    neither. An empty new headline is none that the page states, and counts as the old one. *is_silent* is passed on.
    """
    has_new_title = bool(new_title) and not is_same_text(old_title, new_title)
    if not has_new_title and is_same_text(old_text, new_text):
        return None
    removed, added = _sentences_gone(old_text, new_text), _sentences_gone(new_text, old_text)
    titles = (words_of(old_title), words_of(new_title)) if has_new_title else ([], [])
    gone, come = _words_changed(titles[0] + words_of(removed), titles[1] + words_of(added))
    shorter = min(len(_whole_words(old_text)), len(_whole_words(new_text)))
    is_minor = max(_weight(gone), _weight(come)) <= min(MINOR_WORDS, max(1, MINOR_SHARE * shorter))
    return Revision(
        added=added,
        removed=removed,
        kind="minor" if is_minor or _is_misspelling(gone, come) else "major",
        is_silent=is_silent,
        words_added=len(come),
        words_removed=len(gone),
        has_new_title=has_new_title,
    )


def word_difference(old: str, new: str) -> tuple[DifferencePart, ...]:
    """The new text with what went and came between, as written; typography and case make no difference.

    Very long stretches without a common sentence are given as removed and added whole.
    """
    before, after = _chunks(old), _chunks(new)
    pieces: list[DifferencePart] = []
    for kind, first, last, start, stop in _aligned([key for key, _ in before], [key for key, _ in after]):
        if kind == "equal":
            _append(pieces, "same", "".join(text for _, text in after[start:stop]))
            continue
        _append(pieces, "removed", "".join(text for _, text in before[first:last]))
        _append(pieces, "added", "".join(text for _, text in after[start:stop]))
    return tuple(pieces)


def passages_gone(text: str, other: str) -> tuple[tuple[int, int], ...]:
    """Begin and end of the sentences of *text* that *other* lacks, in order; neighbours in a paragraph are one passage.

    They are those that `compare` gives as removed (of the old text) or added (of the new one).
    """
    passages: list[tuple[int, int]] = []
    last: tuple[int, int] | None = None
    for number, sentence in _gone(text, other):
        if last == (sentence.paragraph, number - 1):
            passages[-1] = passages[-1][0], sentence.end
        else:
            passages.append((sentence.start, sentence.end))
        last = sentence.paragraph, number
    return tuple(passages)


def _sentences_gone(text: str, other: str) -> str:
    """The sentences of *text* that *other* lacks, as often as it does; those of a paragraph in one line."""
    lines: dict[int, list[tuple[int, str]]] = {}
    for number, sentence in _gone(text, other):
        lines.setdefault(sentence.paragraph, []).append((number, text[sentence.start : sentence.end]))
    return "\n".join(_joined(line) for line in lines.values())


def _gone(text: str, other: str) -> Iterator[tuple[int, _Sentence]]:
    """The sentences of *text* that *other* lacks, as often as it does, with their numbers."""
    left = Counter(sentence.key for sentence in _sentences(other))
    for number, sentence in enumerate(_sentences(text)):
        if left[sentence.key]:
            left[sentence.key] -= 1
        elif sentence.key:
            yield number, sentence


def _joined(line: Sequence[tuple[int, str]]) -> str:
    """Sentences of one paragraph in a line, with a sign where others stood between."""
    shown = line[0][1]
    for (before, _), (number, sentence) in pairwise(line):
        shown += (" " if number == before + 1 else _LEFT_OUT) + sentence
    return shown


@lru_cache(maxsize=4)
def _sentences(text: str) -> list[_Sentence]:
    """The sentences of *text*, in order."""
    found = []
    begin = 0
    for paragraph, line in enumerate(text.splitlines(keepends=True)):
        cuts = [(end.start(), end.end()) for end in _SENTENCE_END.finditer(line)]
        starts = [0, *(after for _, after in cuts)]
        for start, stop in zip(starts, [*(before for before, _ in cuts), len(line)], strict=True):
            sentence = line[start:stop]
            if written := sentence.strip():
                first = begin + start + sentence.index(written)
                found.append(_Sentence(paragraph, _key(written), first, first + len(written)))
        begin += len(line)
    return found


@lru_cache(maxsize=20_000)
def _key(stretch: str) -> str:
    """What is compared of a stretch."""
    return " ".join(words_of(stretch))


def _words_changed(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that went and those that came."""
    gone: list[str] = []
    come: list[str] = []
    for kind, first, last, start, stop in _aligned(old, new):
        if kind != "equal":
            gone += old[first:last]
            come += new[start:stop]
    if _is_alignable(gone, come):
        return gone, come
    before, after = Counter(gone), Counter(come)
    return list((before - after).elements()), list((after - before).elements())


def _aligned(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """The opcodes of difflib; what is too much for it stands as replaced, between a common beginning and end."""
    shorter = min(len(old), len(new))
    head = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    rest = shorter - head
    tail = next((place for place in range(rest) if old[-1 - place] != new[-1 - place]), rest)
    old_end, new_end = len(old) - tail, len(new) - tail
    codes = [("equal", 0, head, 0, head)] if head else []
    if _is_alignable(old[head:old_end], new[head:new_end]):
        matcher = difflib.SequenceMatcher(None, old[head:old_end], new[head:new_end], autojunk=False)
        codes += [
            (kind, first + head, last + head, begin + head, stop + head)
            for kind, first, last, begin, stop in matcher.get_opcodes()
        ]
    else:
        codes.append(("replace", head, old_end, head, new_end))
    return [*codes, ("equal", old_end, len(old), new_end, len(new))] if tail else codes


def _is_alignable(old: Sequence[str], new: Sequence[str]) -> bool:
    if max(len(old), len(new)) > _ALIGNED_WORDS:
        return False
    counts = Counter(new)
    return sum(counts[word] for word in old) <= _ALIGNED_PAIRS


def _weight(words: Sequence[str]) -> float:
    """Their number; characters of scripts without spaces count a half, as in all lengths."""
    singles = sum(1 for word in words if _SINGLE.match(word))
    return len(words) - singles / 2


def _is_misspelling(gone: Sequence[str], come: Sequence[str]) -> bool:
    """Whether each word that went came back with other letters here and there."""
    if len(gone) != len(come) or not 0 < len(gone) <= _TYPO_WORDS:
        return False
    return all(
        min(len(one), len(other)) >= _TYPO_LETTERS
        and not one.isdigit()
        and difflib.SequenceMatcher(None, one, other).ratio() >= _TYPO_RATIO
        for one, other in zip(gone, come, strict=True)
    )


def _chunks(text: str) -> list[tuple[str, str]]:
    """The text cut before each word: what is compared, and the stretch as written."""
    starts = [word.start() for word in re.finditer(rf"[{_SINGLES}]|[^\W_{_SINGLES}]+(?:[.,:/]\d+)*", text)]
    if not starts:
        return [("", text)] if text else []
    cuts = [0, *starts[1:], len(text)]
    pieces = [text[begin:stop] for begin, stop in pairwise(cuts)]
    return [(_key(piece), piece) for piece in pieces]


def _append(pieces: list[DifferencePart], kind: str, text: str) -> None:
    if text:
        pieces.append(DifferencePart(kind, text))
