"""What stories an article at hand belongs to: facts of the database, judged, and the facts that follow. I/O edge."""

import sqlite3
from dataclasses import replace

from crawler.stories.clusters import head_of, is_shaken
from crawler.stories.judge import judge_pairs
from storage.articles import relations
from storage.records.decisions import Family, Known, Member


def family_of(connection: sqlite3.Connection, newcomer: Member, known: Known) -> Family:
    """The stories that *newcomer* tells or follows up, of those of the articles that *known* holds beside it."""
    pairs = judge_pairs(newcomer, known)
    heads = sorted({one.member.head_id or one.member.id or 0 for one in pairs if one.relation == "copy"})
    if not heads:
        return Family(pairs)
    members = relations.stories(connection, heads)
    keys = {one.canonical_key for one in [*members, newcomer] if one.canonical_key}
    family = Family(pairs, members, relations.named_elsewhere(connection, keys, heads))
    head = head_of(newcomer, family)
    needed = [one.id for one in members if one.id and (one is head or is_shaken(head, members))]
    texts = {one.id: one.text for one in relations.members(connection, needed)}
    return replace(family, members=tuple(replace(one, text=texts.get(one.id, "")) for one in members))
