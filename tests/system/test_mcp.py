"""An agent's program asks thirty questions over the demo press; each answer's citations hold against the database."""

import asyncio
import hashlib
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from storage import db
from tests.support.citations import check_citations
from tests.support.command_line import environment, run_here
from tests.support.shared import once
from tests.system.test_demo import Crawled, crawl_twice

# It is loaded where it is used: it takes a second, and each process of the tests loads this file.
pytestmark = pytest.mark.skipif(find_spec("mcp") is None, reason="the extra seedwatch[mcp] is not installed")

TOPIC = "strait-link"
FERRIES = "Ferries stay in port as Kelder Line crews walk out over tunnel"
TIMETABLE = "Transport ministers set timetable for tunnel treaty"
PORPOISES = "Study: tunnel would spare porpoises, but spoil heaps worry islanders"
SESSION = "Joint Strait Commission holds its third session"
TRADERS = "Brennes traders split over freight yard for the strait tunnel"
MEMORANDUM = "Halmar and Osterby sign memorandum on strait link"

# What an analyst asks, the call that answers it, and words that the answer must hold. {} is the article of a headline.
QUESTIONS: tuple[tuple[str, str, dict[str, object], str], ...] = (
    ("What do we follow?", "topics", {}, "The Halmar–Osterby strait link"),
    ("What is new on the link?", "new_on_topic", {"topic": TOPIC}, '"found_by": "seed"'),
    ("And before that?", "new_on_topic", {"topic": TOPIC, "limit": 3}, '"next": {"before": '),
    ("What came since we began?", "new_on_topic", {"topic": TOPIC, "since": "2020-01-01", "limit": 5}, "strait"),
    ("What is left to review?", "new_on_topic", {"topic": TOPIC, "band": "review"}, '"article": '),
    ("Who writes of a strike?", "search", {"query": "strike*"}, FERRIES),
    ("In Russian: guarantees?", "search", {"query": "гарантий lang:ru"}, "Паромщики Хальмара"),
    ("In Korean: the treaty?", "search", {"query": "조약"}, "해협터널 조약 일정 합의"),
    ("In Chinese of either script?", "search", {"query": "海峡隧道"}, "哈爾馬與奧斯特比為海峽隧道設聯合海關"),
    ("What does it cost?", "search", {"query": '"14.6 billion"'}, "Fixed crossing to cost 14.6 billion"),
    ("Spoil near fishing?", "search", {"query": "spoil NEAR/20 fish*"}, "spoil"),
    ("What did the Ledger write on the link?", "search", {"query": "source:ledger strait"}, TRADERS),
    ("Headlines with tunnel on that day?", "search", {"query": "title:tunnel date:[DAY TO DAY]"}, TIMETABLE),
    ("Herring, but not quotas?", "search", {"query": "herring NOT quota"}, "Trombones over the water"),
    ("The customs post?", "search", {"query": "customs AND Brennes", "limit": 3}, "One customs post"),
    ("What does the walk-out say in full?", "article", {"article": FERRIES}, "passengers"),
    ("What did it say at first?", "article", {"article": FERRIES, "version": 1}, "Should the ministers"),
    ("The memorandum itself?", "article", {"article": MEMORANDUM}, "memorandum"),
    ("Its first lines only?", "article", {"article": MEMORANDUM, "length": 200}, '"next": {"start": 200}'),
    ("The session's text, though it is gone?", "article", {"article": SESSION}, '"event": "deleted"'),
    ("Was the traders' piece ever gone?", "article", {"article": TRADERS}, '"event": "returned"'),
    ("Who had the timetable first?", "story", {"article": TIMETABLE}, '"is": "head"'),
    ("Who repeated it?", "story", {"article": TIMETABLE}, '"is": "copy"'),
    ("One telling at a time?", "story", {"article": TIMETABLE, "limit": 1}, '"next": {"start": 1}'),
    ("What was taken out about guarantees?", "changes", {"query": "guarantee"}, "intend to strike for three days"),
    ("What was put in about oysters?", "changes", {"query": "oysters", "side": "added"}, "40 million crowns"),
    ("What changed in the walk-out?", "changes", {"article": FERRIES}, '"silent": true'),
    ("What changed in the porpoises' study?", "changes", {"article": PORPOISES}, '"kind": '),
    ("Did we look at all outlets?", "coverage", {"days": 90}, '"source": "courier"'),
    ("Day by day at the Courier?", "coverage", {"source": "courier", "days": 90}, '"so": '),
)  # fmt: skip
# These cite no article: they are about what was looked at.
WITHOUT_QUOTES = "coverage"
WRONG: tuple[tuple[str, dict[str, object], str], ...] = (
    ("search", {}, "the argument 'query' is missing"),
    ("search", {"query": "(strike"}, "this parenthesis is never closed"),
    ("article", {"article": "999999"}, "there is no article 999999"),
    ("delete", {}, "there is no tool 'delete'"),
)


@dataclass
class Asked:
    """What a client heard."""

    database: Path
    tools: list[Any]
    answers: list[Any]
    errors: list[Any]
    hash_before: str


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> Asked:
    crawled: Crawled = once(tmp_path_factory, "demo", crawl_twice)
    folder = tmp_path_factory.mktemp("mcp")
    database = folder / "demo.db"
    shutil.copy(crawled.later / "seedwatch.toml", folder)
    # A copy: other tests' commands write to the one that all share.
    with (
        closing(db.connect(crawled.later / "demo.db", readonly=True)) as shared,
        closing(sqlite3.connect(database)) as own,
    ):
        shared.backup(own)
    with closing(db.connect(database, readonly=True)) as connection:
        articles = connection.execute("SELECT * FROM articles").fetchall()
    numbers = {row["title"]: str(row["id"]) for row in articles}
    (day,) = {row["published_at"][:10] for row in articles if row["title"] == TIMETABLE}
    calls = [
        (tool, {name: written(value, numbers, day) for name, value in arguments.items()})
        for _, tool, arguments, _ in QUESTIONS
    ]
    before = file_hash(database)
    tools, answers = asyncio.run(ask(folder, [*calls, *((tool, given) for tool, given, _ in WRONG)]))
    return Asked(database, tools, answers[: len(calls)], answers[len(calls) :], before)


def written(value: object, numbers: dict[str, str], day: str) -> object:
    """An argument with the number of the article that it names, and the day of the treaty's timetable."""
    return numbers.get(value, value.replace("DAY", day)) if isinstance(value, str) else value


async def ask(folder: Path, calls: list[tuple[str, dict[str, object]]]) -> tuple[list[Any], list[Any]]:
    """The tools that the server has and its answers, heard by the SDK's own client."""
    import mcp

    server = mcp.StdioServerParameters(
        command=sys.executable, args=["-m", "scheduler.cli.main", "mcp"], cwd=folder, env=environment()
    )
    async with asyncio.timeout(120), mcp.Client(server) as client:
        tools = (await client.list_tools()).tools
        return tools, [await client.call_tool(name, arguments) for name, arguments in calls]


def file_hash(database: Path) -> str:
    return hashlib.sha256(database.read_bytes()).hexdigest()


def test_there_are_thirty_questions():
    assert len(QUESTIONS) == 30


def test_seven_tools_that_only_read(asked):
    assert [tool.name for tool in asked.tools] == [
        "topics", "new_on_topic", "search", "article", "story", "changes", "coverage",
    ]  # fmt: skip
    assert all(tool.annotations.read_only_hint and tool.description for tool in asked.tools)


@pytest.mark.parametrize("number", range(len(QUESTIONS)), ids=[question for question, *_ in QUESTIONS])
def test_a_question_is_answered_with_citations_that_hold(asked, number):
    _, tool, _, words = QUESTIONS[number]
    result = asked.answers[number]
    assert not result.is_error, result
    text = result.content[0].text

    assert words in text
    assert (check_citations(asked.database, json.loads(text)) > 0) == (tool != WITHOUT_QUOTES)


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[said for *_, said in WRONG])
def test_a_bad_call_is_an_error_that_says_what_is_wrong(asked, number):
    result = asked.errors[number]

    assert result.is_error
    assert WRONG[number][2] in result.content[0].text


def test_nothing_was_written(asked):
    assert file_hash(asked.database) == asked.hash_before


def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "seedwatch.toml").write_text('database = "test.db"\n')
    db.connect(tmp_path / "test.db").close()
    monkeypatch.setitem(sys.modules, "mcp", None)  # as where it is not installed
    done = run_here("mcp", folder=tmp_path)

    assert (done.code, done.out) == (2, "")
    assert "pip install 'seedwatch[mcp]'" in done.err


def test_a_database_that_is_not_there_is_said_before_an_agent_waits(tmp_path):
    (tmp_path / "seedwatch.toml").write_text('database = "test.db"\n')
    done = run_here("mcp", folder=tmp_path)

    assert done.code == 2
    assert "test.db" in done.err
    assert not (tmp_path / "test.db").exists()
