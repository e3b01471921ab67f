"""What was learnt of hosts' pages is remembered."""

from datetime import timedelta

from storage.records.site_memory import NOTHING_COMMON, CommonMarks, SiteMemory
from storage.sources import site_memories
from tests.support.samples import NOW

MEMORY = SiteMemory(
    pages=12,
    lines=(("b2", 1), ("a1", 9)),
    names=(("thegazette", 12),),
    common=CommonMarks(frozenset({"a1"}), frozenset({"thegazette"}), frozenset({"c3"})),
    tried=4,
    fitting=3,
    strangers=1,
    recent=("d4", "e5"),
)


def test_a_memory_comes_back_as_it_was(connection):
    assert site_memories.recall(connection, "gazette.example") == SiteMemory()
    assert site_memories.common_marks(connection, "gazette.example") == NOTHING_COMMON

    for memory in (SiteMemory(), MEMORY):
        site_memories.remember(connection, "gazette.example", memory, NOW)

    assert site_memories.recall(connection, "gazette.example") == MEMORY
    assert site_memories.common_marks(connection, "gazette.example") == MEMORY.common
    (row,) = connection.execute("SELECT host, pages, furniture, learnt_at FROM site_memories")
    assert (row["host"], row["pages"], row["furniture"]) == ("gazette.example", 12, 1)


def test_hosts_read_longest_ago_are_forgotten(connection):
    for number in range(2_003):
        moment = NOW + timedelta(minutes=number)
        site_memories.remember(connection, f"h{number}.example", SiteMemory(pages=1), moment)

    (kept,) = connection.execute("SELECT count(*), min(learnt_at) FROM site_memories")
    assert kept[0] == 2_000
    assert site_memories.recall(connection, "h2.example") == SiteMemory()
    assert site_memories.recall(connection, "h3.example").pages == 1
