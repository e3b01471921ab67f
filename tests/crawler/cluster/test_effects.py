"""Calls as records: every call that a class of work makes can travel, and is made there as it would have been here."""

import ast
import importlib
from dataclasses import replace

import msgspec
import pytest

from crawler.articles.store import store_reading
from crawler.cluster.effects import carry_out, is_effect, record_of
from crawler.cluster.session import is_answered
from crawler.documents.ingest import ingest
from storage.articles import articles
from storage.errors import RecordError
from storage.records.polls import PollResult
from storage.records.sources import FeedDocument, HostMemory, LinkOutcome
from storage.sources import hosts, links, polls, runs, sources
from storage.topics import topics
from tests.support.folders import ROOT
from tests.support.samples import DECLARED, FEED, NOW, TOPIC, entry, link, reading

pytest.importorskip("msgspec", reason="needs seedwatch[cluster]")

# Files whose calls never come to be on a worker: who takes feeds that fall due meanwhile is the scheduler.
_NOT_ON_WORKERS = {"due_polls.py"}
CALLERS = sorted(
    path
    for pattern in ("crawler/tasks/*.py", "crawler/spiders/feeds.py", "crawler/pipelines.py")
    for path in ROOT.glob(pattern)
    if path.name not in _NOT_ON_WORKERS
)


def stored_through_session():
    """File and function of each `session.store(FUNCTION, ...)`."""
    for path in CALLERS:
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"store", "store_now"}
                and ast.unparse(node.func.value).endswith("session")
            ):
                yield path.name, eval(ast.unparse(node.args[0]), vars(module))


def test_every_call_of_every_class_of_work_travels_or_is_answered():
    calls = list(stored_through_session())

    assert len(calls) > 25
    assert [
        f"{file}: {function.__name__}"
        for file, function in calls
        if is_effect(function) == is_answered(function)
    ] == []


@pytest.fixture
def stocked(connection):
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    return connection


def through(connection, function, *args, **kwargs):
    """What a call gives that has travelled."""
    record = record_of(function, *args, **kwargs)
    return carry_out(connection, record.kind, record.payload)


def test_a_document_is_taken_in(stocked):
    document = FeedDocument((entry(), entry("http://courier.example/2")), title="Courier")

    queued = through(
        stocked, ingest, FEED, document, PollResult(FEED.id, NOW, "ok", entries=2), url=FEED.url, run_id=1
    )

    assert [found.url for found in queued] == ["http://courier.example/1", "http://courier.example/2"]
    assert queued[0].entry == entry()


def test_an_article_is_stored_with_all_that_it_is_made_of(stocked):
    links.discover(stocked, FEED, {"courier.example/1": entry()}, run_id=1, now=NOW)
    item = replace(reading(), link=link(), run_id=1, anchors=(1, 2, 2**40), background=("term",))

    record = record_of(store_reading, item, keep_all=True, hold_days=3)
    assert carry_out(stocked, record.kind, record.payload)[1] == 1

    row = articles.article(stocked, 1)
    assert (row["title"], row["text"]) == (item.article.title, item.article.text)
    assert stocked.execute("SELECT count(*) FROM matches").fetchone()[0] == len(item.matches)
    assert stocked.execute("SELECT state FROM links").fetchone()["state"] == "fetched"


def test_polls_links_and_hosts_are_noted(stocked):
    links.discover(stocked, FEED, {"courier.example/1": entry()}, run_id=1, now=NOW)
    memory = HostMemory("courier.example", NOW, "http_429", 2, NOW, 4.0)

    through(stocked, polls.record_poll, 1, PollResult(1, NOW, "http_5xx", status=503), None)
    through(stocked, links.record, LinkOutcome(1, "gone", "http_404", NOW, "it went"), run_id=1)
    through(stocked, hosts.remember, memory)

    assert stocked.execute("SELECT outcome, status FROM polls").fetchone()[:] == ("http_5xx", 503)
    assert stocked.execute("SELECT state, reason FROM links").fetchone()[:] == ("gone", "http_404")
    assert hosts.remembered(stocked) == [memory]


def test_what_a_newer_version_adds_is_passed_over_and_what_it_leaves_out_takes_its_default(stocked):
    values = msgspec.msgpack.decode(record_of(hosts.remember, HostMemory("a.example", NOW)).payload)
    del values["memory"]["pauses"]
    newer = values | {"mood": "good", "memory": values["memory"] | {"colour": "blue"}}

    carry_out(stocked, "host", msgspec.msgpack.encode(newer))

    assert hosts.remembered(stocked) == [HostMemory("a.example", NOW)]


@pytest.mark.parametrize(
    ("kind", "payload", "said"),
    [
        ("weather", b"", "'weather' are not known"),
        ("host", b"", "truncated"),
        ("host", b"\xc1 no such type", "MessagePack"),
        ("host", msgspec.msgpack.encode({"memory": {"host": 7}}), "str"),
        ("host", msgspec.msgpack.encode({}), "missing required field `memory`"),
    ],
)
def test_a_record_that_cannot_be_read_says_why(connection, kind, payload, said):
    with pytest.raises(RecordError, match=said):
        carry_out(connection, kind, payload)
