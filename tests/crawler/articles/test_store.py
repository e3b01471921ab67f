"""A reading into the database: what its host's memory learns, and that learning is never an edit."""

import sqlite3
from dataclasses import replace

import pytest

from crawler.articles.store import store_reading
from crawler.blocks.site_memory import fingerprint, page_marks
from storage.records.decisions import Reading, Verdict
from storage.records.site_memory import NOTHING_COMMON, CommonMarks, SiteMemory
from storage.sources import site_memories, sources
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, TEXT, TOPIC, link, reading

HOST = "courier.example"
NOTICE = "Read by 1,200 people in the harbour"
MEMORY = SiteMemory(
    pages=9, common=CommonMarks(frozenset({fingerprint(NOTICE)}), frozenset({"courierofthecoast"}))
)
FORGOTTEN = SiteMemory(pages=1, common=CommonMarks(former=frozenset({fingerprint(NOTICE)})))


@pytest.fixture
def watched(connection: sqlite3.Connection) -> sqlite3.Connection:
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    return connection


def read(
    text: str = TEXT, *, title: str = "Ministers meet", number: int = 1, is_first: bool = True
) -> Reading:
    """A page's reading as the pool gives it."""
    url = f"http://{HOST}/{number}"
    item = reading(url, text=text, title=title)
    return replace(
        item,
        article=replace(item.article, outlet_host=HOST),
        marks=page_marks(text, NOTHING_COMMON, title, ()),
        link=replace(link(number, url), was_fetched=not is_first),
    )


def test_first_readings_alone_teach(watched: sqlite3.Connection) -> None:
    store_reading(watched, read())
    store_reading(watched, read(f"{TEXT}\nOne line more.", is_first=False))
    store_reading(watched, replace(read(f"{TEXT}\nAnother look."), link=None))
    store_reading(watched, replace(read("Words from a file.", number=3), marks=None))
    assert site_memories.recall(watched, HOST).pages == 1

    store_reading(watched, replace(read("Nothing of any topic. " * 9, number=2), matches=()))
    store_reading(watched, read(number=4))  # a copy of the first
    assert site_memories.recall(watched, HOST).pages == 2


@pytest.mark.parametrize(
    ("stored", "memory", "seen"),
    [
        (f"{NOTICE}\n{TEXT}", MEMORY, TEXT),
        (TEXT, FORGOTTEN, f"{TEXT}\n{NOTICE}"),
        (TEXT, MEMORY, TEXT),
    ],
    ids=["learnt", "forgotten", "known before"],
)
def test_learning_and_forgetting_are_no_edits(
    watched: sqlite3.Connection, stored: str, memory: SiteMemory, seen: str
) -> None:
    store_reading(watched, read(stored))
    site_memories.remember(watched, HOST, memory, NOW)

    verdict, _ = store_reading(watched, read(seen, is_first=False))

    assert verdict is Verdict.UNCHANGED


@pytest.mark.parametrize("stored", ["Ministers meet | Courier of the Coast", "Courier of the Coast"])
def test_a_name_that_was_learnt_since_is_no_new_headline(watched: sqlite3.Connection, stored: str) -> None:
    store_reading(watched, read(title=stored))
    site_memories.remember(watched, HOST, MEMORY, NOW)

    assert store_reading(watched, read(title="Ministers meet", is_first=False))[0] is Verdict.UNCHANGED
    changed = read(title="Presidents meet in the north", is_first=False)
    assert store_reading(watched, changed)[0] is (
        Verdict.REVISED if stored.startswith("Min") else Verdict.UNCHANGED
    )


def test_an_edit_names_what_changed_alone(watched: sqlite3.Connection) -> None:
    store_reading(watched, read(f"{NOTICE}\n{TEXT}"))
    site_memories.remember(watched, HOST, MEMORY, NOW)

    verdict, _ = store_reading(watched, read(f"{TEXT}\nThe tunnel will cost twice as much.", is_first=False))

    assert verdict is Verdict.REVISED
    row = watched.execute("SELECT added, removed FROM revisions ORDER BY id DESC").fetchone()
    assert row["removed"] == ""
    assert row["added"] == "The tunnel will cost twice as much."
