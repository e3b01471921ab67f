"""Which articles repeat each other: equality of texts, and who had a text first. Pure."""

import re
from collections.abc import Sequence
from hashlib import blake2b

from storage.analyser import fold
from storage.intents import Copy, Member

_NO_LETTER = re.compile(r"[\W_]+")
# Texts under this length are equal by chance or by template (consent notes, stubs), so the headline must agree too:
# on the evaluation texts 13 of 14 walls were merged without this rule, none with it.
_SHORT_WORDS = 70
_SHORT_TITLE_OVERLAP = 0.34


def text_hash(title: str, text: str) -> str:
    """A hash (hex) that equal texts share, whatever their case, spacing, punctuation and repeated headline.

    The headline is left out because extraction often repeats it as the first line of the text.
    """
    body = text.strip()
    if title and body.startswith(title):
        body = body[len(title) :]
    return blake2b(_NO_LETTER.sub("", fold(body)).encode(), digest_size=16).hexdigest()


def copies_of_group(members: Sequence[Member]) -> tuple[Copy, ...]:
    """The relations of articles with one text: each is a copy of the head; the order of *members* plays no part.

    The head is a seed, else what was published first, else what was seen first. Members that are too short to be
    equal other than by chance are left out.
    """
    ranked = sorted(members, key=_rank)
    if not ranked:
        return ()
    head, rest = ranked[0], ranked[1:]
    return tuple(_copy(head, member) for member in rest if _is_same_story(head, member))


def title_overlap(one: str, other: str) -> float:
    """Share (0 to 1) of words that two headlines have in common, of the shorter one; 0 if one is empty."""
    first, second = set(fold(one).split()), set(fold(other).split())
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 0.0


def _is_same_story(head: Member, member: Member) -> bool:
    if min(head.words, member.words) >= _SHORT_WORDS:
        return True
    return title_overlap(head.title, member.title) >= _SHORT_TITLE_OVERLAP


def _copy(head: Member, member: Member) -> Copy:
    known = head.published_at is not None and member.published_at is not None
    if head.origin == "seed" and member.origin != "seed":
        first_by = "seed"
    else:
        first_by = "published" if known and head.published_at != member.published_at else "seen"
    lag_s = None
    if head.published_at is not None and member.published_at is not None:
        lag_s = int((member.published_at - head.published_at).total_seconds())
    return Copy(member.id, head.id, "copy", 1.0, first_by, lag_s)


def _rank(member: Member) -> tuple[bool, bool, float, float, float]:
    published = member.published_at
    return (
        member.origin != "seed",
        published is None,
        published.timestamp() if published else 0.0,
        member.first_seen_at.timestamp(),
        float("inf") if member.id is None else member.id,
    )
