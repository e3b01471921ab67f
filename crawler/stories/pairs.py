"""What an article at hand is to the stored ones beside it: their copy, their follow-up, or nothing. Pure."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from crawler.stories.compare import Likeness, Story
from crawler.stories.equality import title_overlap
from crawler.stories.judge import copy_probability, is_follow_up, likenesses
from storage.records.decisions import Known, Member, Pair

# Texts under this length are equal by chance or by template (consent notes, stubs), so the headline must agree too:
# on the evaluation texts 13 of 14 walls were merged without this rule, none with it.
_SHORT_WORDS = 70
_SHORT_TITLE_OVERLAP = 0.34


def judge_pairs(newcomer: Member, known: Known) -> tuple[Pair, ...]:
    """What *newcomer* is to the stored articles with its text and to those that share a part of it, surest first."""
    equal = [Pair(member, "copy", 1.0) for member in known.same_text if is_equal_story(newcomer, member)]
    found = likenesses(_story(newcomer), [_story(one) for one in known.similar], _stories(known.similar))
    judged = [
        (copy_probability(likeness), member, likeness)
        for member, likeness in zip(known.similar, found, strict=True)
        if likeness is not None
    ]
    judged.sort(key=lambda one: -one[0])
    return (*equal, *(pair for one in judged if (pair := _pair(*one))))


def is_equal_story(one: Member, other: Member) -> bool:
    """Whether two with the same text tell the same story."""
    return (
        min(one.words, other.words) >= _SHORT_WORDS
        or title_overlap(one.title, other.title) >= _SHORT_TITLE_OVERLAP
    )


def _pair(probability: float, member: Member, likeness: Likeness) -> Pair | None:
    similarity = max(likeness.coverage, likeness.coverage_back)
    if probability >= 0.5:
        return Pair(member, "copy", similarity)
    return Pair(member, "follow_up", similarity) if is_follow_up(likeness) else None


def _story(member: Member) -> Story:
    host = urlsplit(member.url).netloc if member.url else ""
    return Story(member.title, member.text, host, member.published_at)


def _stories(members: Sequence[Member]) -> list[int]:
    return [member.head_id or member.id or 0 for member in members]
