"""The articles that tell one story, and which of them is its head. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from datetime import datetime

from crawler.stories.compare import coverages
from crawler.stories.judge import judge_pairs, relation_to
from storage.records.decisions import Known
from storage.records.stories import Copy, Family, Member


def family_of(newcomer: Member, known: Known) -> Family:
    """The stories that *newcomer* tells or follows up, of those of the articles that *known* holds beside it."""
    pairs = judge_pairs(newcomer, known)
    heads = {_head_id(pair.member) for pair in pairs if pair.relation == "copy"}
    members = tuple(member for member in known.stories if _head_id(member) in heads)
    return Family(pairs, members, doubtful_keys(known.namings, heads))


def doubtful_keys(namings: Iterable[tuple[str, int]], heads: Set[int]) -> frozenset[str]:
    """The address keys that pages of other stories than those with *heads* name as their original, too.

    That is a habit of their site, and says nothing. *namings*: keys with the heads of the stories that name them.
    """
    return frozenset(key for key, head in namings if head not in heads)


def relations_of(newcomer: Member, family: Family) -> tuple[Copy, ...]:
    """The relations that *newcomer* brings or changes: its own, and those of every story that gets another head.

    The head of a story is a seed; else what others of it name as the original; else what was published first; else
    what was seen first. It does not depend on the order in which they came.
    """
    everyone = [*family.members, newcomer]
    head = head_of(newcomer, family)
    named = _named(everyone, family.doubtful_keys)
    changed = everyone if is_shaken(head, family.members) else [newcomer]
    copies = tuple(_copy(head, member, named) for member in changed if member is not head)
    return copies + _follow_up(newcomer, head, family)


def head_of(newcomer: Member, family: Family) -> Member:
    """The head of the story that *newcomer* and the members of *family* tell."""
    everyone = [*family.members, newcomer]
    named = _named(everyone, family.doubtful_keys)
    return min(everyone, key=lambda member: _rank(member, named))


def is_shaken(head: Member, members: Sequence[Member]) -> bool:
    """Whether any of the stored *members* has another head so far than *head*."""
    return any((member.head_id or member.id) != head.id for member in members)


def _head_id(member: Member) -> int:
    return member.head_id or member.id or 0


def _follow_up(newcomer: Member, head: Member, family: Family) -> tuple[Copy, ...]:
    """That the story of *newcomer* follows another up, or is followed: the first pair of another story.

    The heads stand for their stories; which came first is seen by the two that were compared.
    """
    own = {_head_id(member) for member in family.members} | {member.id for member in family.members}
    for pair in family.pairs:
        other = pair.member
        if (
            pair.relation != "follow_up"
            or other.id in own
            or _head_id(other) in own
            or _head_id(other) == head.id
        ):
            continue
        heads = [(newcomer, head.id), (other, other.head_id or other.id)]
        earlier, later = sorted(heads, key=lambda member_and_head: _rank(member_and_head[0], frozenset()))
        first_by = _first_by(earlier[0], later[0], frozenset())
        lag_s = _lag_s(earlier[0], later[0])
        return (Copy(later[1], earlier[1], "follow_up", pair.similarity, first_by, lag_s),)
    return ()


def _copy(head: Member, member: Member, named: frozenset[str]) -> Copy:
    relation, similarity = "copy", 1.0
    if head.text_hash != member.text_hash:
        coverage, of_head = coverages(member.text, head.text)
        relation, similarity = relation_to(coverage, of_head), max(coverage, of_head)
    return Copy(
        member.id, head.id, relation, similarity, _first_by(head, member, named), _lag_s(head, member)
    )


def _first_by(head: Member, member: Member, named: frozenset[str]) -> str:
    """Why *head* goes before *member*: the first thing in which they differ."""
    if (head.origin == "seed") != (member.origin == "seed"):
        return "seed"
    if (head.url_key in named) != (member.url_key in named):
        return "canonical"
    known = head.published_at is not None and member.published_at is not None
    return "published" if known and head.published_at != member.published_at else "seen"


def _lag_s(head: Member, member: Member) -> int | None:
    if head.published_at is None or member.published_at is None:
        return None
    return int((member.published_at - head.published_at).total_seconds())


def _named(members: Sequence[Member], doubtful: frozenset[str]) -> frozenset[str]:
    """The address keys of the members that others of the story name as the original; what one says of itself is none.

    An address that is nobody's own belongs to those of its site that name it: they stand at it, too.
    """
    naming = Counter(member.canonical_key for member in members if member.canonical_key)
    own = {member.url_key for member in members}
    return frozenset(
        member.url_key
        for member in members
        if member.url_key is not None
        and any(
            naming[key] > (key == member.canonical_key)
            for key in _addresses(member.url_key, member.canonical_key, own) - doubtful
        )
    )


def _addresses(key: str, named: str | None, own: Set[str | None]) -> frozenset[str]:
    """The keys of an article's own address, and of what it names as the original if that can only be itself."""
    is_its = named is not None and named not in own and named.partition("/")[0] == key.partition("/")[0]
    return frozenset((key, named) if named is not None and is_its else (key,))


def _rank(member: Member, named: frozenset[str]) -> tuple[bool, bool, bool, float, float, str, str]:
    """The head has the least. The last two only decide between articles of one moment, whichever came first."""
    published: datetime | None = member.published_at
    return (
        member.origin != "seed",
        member.url_key not in named,
        published is None,
        published.timestamp() if published else 0.0,
        member.first_seen_at.timestamp(),
        member.url_key or "",
        member.text_hash,
    )
