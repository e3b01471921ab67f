"""A crawl learns what the pages of a host have in common, and leaves it out of those that it reads then."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage import db
from storage.records.site_memory import SiteMemory
from storage.sources import site_memories
from tests.support import warm_crawls
from tests.support.command_line import run_here
from tests.support.outlets import feed, write_settings
from tests.support.servers import Answer, answer, serving

SUBJECTS = (
    "herring", "ferries", "lighthouses", "cranes", "islands", "ballots", "quays", "storms", "bridges", "markets",
    "schools", "orchards", "railways", "museums", "wells",
)  # fmt: skip
LABEL = "Business"
NOTICE = (
    "The Harbour Gazette is written in the old customs house by people who have read {0} letters this year."
)
FIRST = 12  # pages of the first crawl


def page(subject: str, number: int) -> bytes:
    """An article under a section's label, over a line on the outlet that differs in its figure alone."""
    notice = NOTICE.format(1_000 + number)
    title = f"What the town has decided about its {subject}"
    paragraphs = "".join(
        f"<p>{text}</p>"
        for text in (
            f"The council voted on Tuesday to look after its {subject} with more care than in the years before.",
            f"Those who work with {subject} had asked for a plan, and the mayor called the {subject} a duty of all.",
            f"Nobody spoke against it, though the cost of the {subject} is not known, said the clerk who counted.",
        )
    )
    return answer(
        f"<!doctype html><html lang=en><head><title>{title} | Gazette of the Harbour</title></head><body><article>"
        f"<h1>{title}</h1><p>{LABEL}</p>{paragraphs}<p>{notice}</p></article></body></html>".encode()
    )


@dataclass
class Learnt:
    """Two crawls of an outlet: of twelve pages, and of three more."""

    texts: dict[str, str]  # subject -> text
    memory: SiteMemory
    explained: str
    changes: int


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    folder: Path = tmp_path_factory.mktemp("site_memory")
    routes: dict[str, Answer] = {}
    with serving(routes) as server:
        routes |= {f"/{subject}": page(subject, number) for number, subject in enumerate(SUBJECTS)}
        write_settings(folder, [{"name": "gazette", "feeds": [server.url("/feed")]}], [server.place])
        for subjects in (SUBJECTS[:FIRST], SUBJECTS):
            routes["/feed"] = feed({subject: server.url(f"/{subject}") for subject in subjects})
            assert warm_crawls.crawl(folder=folder).code == 0
        explained = run_here("extract", "--explain", server.url("/wells"), folder=folder)
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        rows = connection.execute(
            "SELECT url, text FROM articles JOIN article_texts ON article_id = articles.id"
        )
        texts = {row["url"].rsplit("/", 1)[1]: row["text"] for row in rows}
        memory = site_memories.recall(connection, server.place)
        changes = connection.execute("SELECT count(*) FROM revisions").fetchone()[0]
    return Learnt(texts, memory, explained.out, changes)


def test_what_stands_on_all_pages_is_left_out_once_it_is_known(learnt: Learnt) -> None:
    for subject in SUBJECTS[FIRST:]:
        lines = learnt.texts[subject].splitlines()
        assert len(lines) == 3
        assert lines[0].startswith("The council voted")


def test_the_first_pages_are_read_as_they_are(learnt: Learnt) -> None:
    whole = [text for text in learnt.texts.values() if LABEL in text.splitlines() and "customs house" in text]

    assert len(whole) >= 8


def test_the_memory_has_the_outlets_name_and_both_lines(learnt: Learnt) -> None:
    assert learnt.memory.pages == len(SUBJECTS)
    assert len(learnt.memory.common.lines) == 2
    assert "gazetteoftheharbour" in learnt.memory.common.names
    assert learnt.changes == 0


def test_explain_says_what_was_left_out(learnt: Learnt) -> None:
    assert f"on many pages of the site: {LABEL}" in learnt.explained
