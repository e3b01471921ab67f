"""A reading into the database: what its host's memory learns, and that learning is never an edit."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.revisions import STORIES_IN_DAY
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


# An address that is read again and again


FERRY = "The ferry Aurelia left the northern quay at dawn with 312 passengers on board, as its captain said. "
GRAIN = "Grain prices fell on Monday after the harvest, and merchants of the south asked for higher tariffs. "


def rows_after(connection: sqlite3.Connection, stories: list[tuple[str, str]]) -> int:
    """How many articles there are after these stories were read at one address, 20 minutes apart."""
    for number, (title, text) in enumerate(stories):
        item = replace(read(text, title=title, is_first=not number), marks=None)
        store_reading(connection, replace(item, read_at=NOW + number * timedelta(minutes=20)), keep_all=True)
    return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


@pytest.mark.parametrize("stories", [1, 2, 3])
def test_stories_that_take_turns_with_a_counter_in_their_text_make_a_row_each(watched, stories):
    texts = [("Ferry leaves", FERRY), ("Grain falls", GRAIN), ("Ministers meet", TEXT)][:stories]
    readings = [texts[number % stories] for number in range(60)]
    counted = [
        (title, f"{text * 4}Read by {number} people so far.") for number, (title, text) in enumerate(readings)
    ]

    assert rows_after(watched, counted) == stories


def strange_stories(number: int) -> list[tuple[str, str]]:
    """Stories that have no word in common."""
    words = ["".join(chr(ord("a") + int(digit)) for digit in str(place)) for place in range(1_000, 9_999)]
    return [
        (" ".join(words[start : start + 3]), " ".join(words[start : start + 60]))
        for start in range(0, 60 * number, 60)
    ]


def test_an_address_that_shows_another_story_each_time_ends_with_some_a_day(watched):
    assert rows_after(watched, strange_stories(60)) == STORIES_IN_DAY + 1


def test_the_next_day_has_its_stories_again(watched):
    assert STORIES_IN_DAY + 1 < rows_after(watched, strange_stories(100)) <= 2 * (STORIES_IN_DAY + 1)
