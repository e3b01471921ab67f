"""Removing articles, so that every story that loses its head gets another. I/O edge."""

import sqlite3
from collections.abc import Generator, Sequence

from crawler.stories.clusters import doubtful_keys, relations_of
from storage.articles import anchors, pruning, relations
from storage.articles.choices import Choice
from storage.db import give_way, storage_errors, transaction
from storage.records.stories import Copy, Family

# Articles in one transaction: the write lock is held for about 50 ms.
BATCH = 20


def remove(connection: sqlite3.Connection, choice: Choice) -> Generator[int, None, None]:
    """Remove the articles of *choice*, a batch at a time; how many are gone so far.

    Each batch stands for itself: what is broken off goes on when it is asked for again.

    Raises:
        StorageError: the database refused; batches before stay removed.
    """
    chosen = pruning.prunable_ids(connection, choice)
    gone = 0
    try:
        for start in range(0, len(chosen), BATCH):
            _remove(connection, chosen[start : start + BATCH].tolist())
            gone = min(start + BATCH, len(chosen))
            give_way(connection)
            yield gone
    finally:
        # Also when it is broken off: nobody would know later whose anchors lead nowhere.
        if gone:
            anchors.drop(connection, chosen[:gone].tolist())


@storage_errors
def _remove(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    with transaction(connection):
        for head in pruning.heads_among(connection, ids):
            _hand_over(connection, head, set(ids))
        pruning.remove_articles(connection, ids)


def _hand_over(connection: sqlite3.Connection, head: int, going: set[int]) -> None:
    """Give the story of *head* to the best of those that stay, and let what followed it up follow that one.

    Only when nobody stays who tells the story do its follow-ups stand for themselves.
    """
    members = [member for member in relations.stories(connection, [head]) if member.id not in going]
    if not members:
        return
    keys = {member.canonical_key for member in members if member.canonical_key}
    doubtful = doubtful_keys(relations.namings(connection, sorted(keys), 2), {head})
    copies = relations_of(members[0], Family(members=tuple(members[1:]), doubtful_keys=doubtful))
    new_head = copies[0].original_id if copies else members[0].id
    # The former head as a copy of the new one hands over all that points to it; its own row goes with it.
    former = Copy(head, new_head, "copy", 1.0, "seen", None)
    relations.relate(connection, head, (former, *copies))
