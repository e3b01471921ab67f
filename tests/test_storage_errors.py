"""What the database refuses: every storage function says so as StorageError, chains the cause and leaves no trace."""

import importlib
import os
import pkgutil
import shutil
import sqlite3
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

import storage
from crawler.decide import decide
from crawler.storing import store_reading
from crawler.urls import url_key
from storage import (
    alert_rules,
    anchors,
    articles,
    backfill_states,
    backfills,
    background,
    changes,
    choices,
    conditions,
    coverage,
    crashes,
    db,
    events,
    exports,
    feedback,
    figures,
    gaps,
    holdings,
    hosts,
    imports,
    kept_pages,
    links,
    looks,
    matches,
    outbox,
    polls,
    pruning,
    pushes,
    reindexing,
    relations,
    rematches,
    revisions,
    runs,
    search,
    site_searches,
    sources,
    stories,
    subscriptions,
    successors,
    topic_models,
    topics,
    vital_signs,
    watches,
    workload,
)
from storage.backfill_records import ArchivePage, ArchiveReading, DueBackfill, FurtherPage, PastLink
from storage.choices import Choice
from storage.coverage_records import DayLedger
from storage.errors import SchemaError, StorageError
from storage.figure_records import Mark
from storage.gaps import Gap
from storage.health_records import Condition
from storage.host_records import HostMemory
from storage.intents import FailedSearch, Known, LinkOutcome, NextPoll, PollResult
from storage.look_records import Answer, Look, Watch
from storage.query import parse_query
from storage.records import FeedKind
from storage.rematches import Rematch
from storage.subscription_records import Offer, Push
from storage.topic_models import ModelRow
from tests.samples import DECLARED, FEED, NOW, RULE, SOURCE, TEXT, TOPIC, entry, reading

LATER = NOW + timedelta(hours=1)
MODEL = ModelRow(0, "strait", "en", "background", 2.25, 1_500, 3, "{}", "b1", NOW)
WATCH = Watch(2, "http://courier.example/w", "key", "courier", 1, "Ministers meet", 60, "live", NOW)
LOOK = Look(WATCH, LATER, "unchanged", LATER + timedelta(hours=1))
SEARCH = FailedSearch("courier", NOW, "refused", "", LATER, was_answered=False)
SILENT = Condition("silent", NOW, "nothing came", source="courier")
ARCHIVE = ArchivePage(1, 1, "courier", "http://courier.example/map.xml", "sitemap", NOW.date(), True)
PAST = DueBackfill(1, "courier", NOW.date(), ARCHIVE.url)
OLDER = FurtherPage("http://courier.example/map2.xml", "map2", "sitemap")
OLD_LINK = PastLink("p", entry("http://courier.example/p"), None)
OFFER = successors.Offer("http://courier.example/new", FeedKind.FEED)
DEAD = successors.DeadFeed(1, "courier", "http://courier.example/rss", FeedKind.FEED, None, NOW)
INTENT = decide(reading(), Known(), keep_all=False, hold_days=0)

# Each guarded function with the call that the tests make, on a database as `stocked` leaves it. A function that only
# reads never waits in WAL mode, so the tests that lock or forbid writing pass it over.
WRITING = {
    "coverage.write": lambda c: coverage.write(c, [DayLedger("courier", NOW.date(), 1.0, 0.0, 9)]),
    "alert_rules.sync": lambda c: alert_rules.sync(c, [], NOW),
    "conditions.update": lambda c: conditions.update(c, began=[SILENT], goes_on=[], ended=[], now=NOW),
    "outbox.put_together": lambda c: outbox.put_together(c, 1, key="two", now=NOW, next_digest_at=None),
    "outbox.record_failure": lambda c: outbox.record_failure(c, 1, "refused", LATER),
    "outbox.record_sent": lambda c: outbox.record_sent(c, 1, NOW),
    "outbox.retry": lambda c: outbox.retry(c, NOW),
    "outbox.withdraw": lambda c: outbox.withdraw(c, 1),
    "anchors.add": lambda c: anchors.add(c, 1, [1, 2]),
    "anchors.drop": lambda c: anchors.drop(c, [1]),
    "articles.apply": lambda c: articles.apply(c, INTENT),
    "articles.drop_expired_texts": lambda c: articles.drop_expired_texts(c, LATER + timedelta(days=99)),
    "backfills.begin": lambda c: backfills.begin(c, "courier", NOW.date() - timedelta(days=9), [OLDER], NOW),
    "backfills.stop": lambda c: backfills.stop(c, "courier", NOW),
    "backfills.claim": lambda c: backfills.claim(c, PAST, run_id=1, now=NOW, running_since=NOW, each=5),
    "backfills.wait": lambda c: backfills.wait(c, 1, LATER),
    "backfills.add_links": lambda c: backfills.add_links(c, ARCHIVE, [OLD_LINK], NOW),
    "backfills.record_read": lambda c: backfills.record_read(c, ARCHIVE, ArchiveReading((), (OLDER,)), 0, NOW),
    "backfills.record_failure": lambda c: backfills.record_failure(c, ARCHIVE, "timeout", now=NOW),
    "crashes.put_off_suspects": lambda c: crashes.put_off_suspects(
        c, 1, [1], now=NOW, pause=timedelta(minutes=15), apart=timedelta(minutes=2)
    ),
    "hosts.remember": lambda c: hosts.remember(c, HostMemory("courier.example")),
    "gaps.record_gap": lambda c: gaps.record_gap(c, Gap(NOW, LATER, "off", 0)),
    "gaps.shift_waits": lambda c: gaps.shift_waits(c, NOW, timedelta(hours=1)),
    "gaps.spread_overdue": lambda c: gaps.spread_overdue(
        c, LATER, apart=timedelta(seconds=1), within=timedelta(minutes=10)
    ),
    "feedback.give": lambda c: feedback.give(c, "strait", 1, "yes", NOW),
    "feedback.learn": lambda c: feedback.learn(c, "strait"),
    "holdings.give_up_text": lambda c: holdings.give_up_text(c, holdings.texts_after(c, 0, 1)[0], 1),
    "links.discover": lambda c: links.discover(
        c, FEED, {url_key(f"http://courier.example/n{n}"): entry(f"http://courier.example/n{n}") for n in range(3)},
        run_id=1, now=NOW,
    ),
    "links.claim_waiting": lambda c: links.claim_waiting(c, run_id=1, now=NOW, running_since=NOW),
    "links.put_off": lambda c: links.put_off(c, 1, reason="crashed", until=LATER),
    "links.record": lambda c: links.record(c, LinkOutcome(1, "failed", "timeout", NOW), run_id=1),
    "kept_pages.drop_pages": lambda c: kept_pages.drop_pages(c, 1),
    "looks.record": lambda c: looks.record(c, LOOK, run_id=1),
    "watches.claim": lambda c: watches.claim(
        c, run_id=1, now=LATER, running_since=NOW, latest=LATER + timedelta(days=30), each=5
    ),
    "watches.schedule": lambda c: watches.schedule(c, [(2, LATER)]),
    "watches.take": lambda c: watches.take(c, WATCH, run_id=1),
    "polls.decide_next": lambda c: polls.decide_next(c, [NextPoll(1, 1, LATER, "rate", 0.0, None)]),
    "polls.hasten": lambda c: polls.hasten(c, [NextPoll(1, 1, NOW - timedelta(days=9), "fixed", 0.0, None)]),
    "polls.record_poll": lambda c: polls.record_poll(c, 1, PollResult(1, NOW, "ok"), 3),
    "rematches.save": lambda c: rematches.save(c, Rematch("strait", "b1", NOW, None)),
    "imports.add_source": lambda c: imports.add_source(c, SOURCE.__class__("herald")),
    "pruning.remove_articles": lambda c: pruning.remove_articles(c, [1]),
    "pruning.remove_held": lambda c: pruning.remove_held(c, [], None),
    "pruning.remove_pages": lambda c: pruning.remove_pages(c, Choice(), 9),
    "pruning.sweep": lambda c: pruning.sweep(c),
    "pruning.vacuum": lambda c: pruning.vacuum(c),
    "search.compact": lambda c: search.compact(c),
    "pushes.add": lambda c: pushes.add(c, 1, body=b"<rss/>", content_type="", now=NOW),
    "pushes.drop": lambda c: pushes.drop(c, Push(1, 1, NOW, "", None)),
    "subscriptions.count_refused": lambda c: subscriptions.count_refused(c, 1),
    "subscriptions.deny": lambda c: subscriptions.deny(c, "token", topic="t", reason="no", now=NOW),
    "subscriptions.next_request": lambda c: subscriptions.next_request(c, 1, public_url="https://w.example", now=NOW),
    "subscriptions.note_error": lambda c: subscriptions.note_error(c, 1, "refused"),
    "subscriptions.verify": lambda c: subscriptions.verify(
        c, "token", topic="t", lease=timedelta(days=1), now=NOW
    ),
    "runs.answer": lambda c: runs.answer(c, 1, run_id=1),
    "runs.ask": lambda c: runs.ask(c, ["courier"], only_due=True, now=NOW),
    "runs.cancel_requests": lambda c: runs.cancel_requests(c, LATER, "ended"),
    "runs.begin": lambda c: runs.begin(c, trigger="manual", token="two", now=NOW, host="here", pid=1),
    "runs.end": lambda c: runs.end(c, 1, state="finished", now=LATER),
    "runs.set_fact": lambda c: runs.set_fact(c, "key", 1),
    "reindexing.rebuild": lambda c: reindexing.rebuild(c),
    "site_searches.add_found": lambda c: site_searches.add_found(c, "courier", DECLARED[0][1], LATER),
    "site_searches.record_failure": lambda c: site_searches.record_failure(c, SEARCH, run_id=1),
    "sources.claim": lambda c: sources.claim(c, "two", now=LATER, until=LATER + timedelta(hours=1)),
    "sources.find_id": lambda c: sources.find_id(c, "herald"),
    "sources.release": lambda c: sources.release(c, "one"),
    "sources.sync": lambda c: sources.sync(c, []),
    "successors.record": lambda c: successors.record(
        c, 1, OFFER, error=None, searches=0, now=NOW, next_search_at=LATER
    ),
    "successors.take_place": lambda c: successors.take_place(c, DEAD, OFFER),
    "topics.add_seed": lambda c: topics.add_seed(c, "strait", 1, NOW),
    "topic_models.save_model": lambda c: topic_models.save_model(c, MODEL, "[]"),
    "topics.remove_seed": lambda c: topics.remove_seed(c, "strait", 1),
    "topics.set_declared_seeds": lambda c: topics.set_declared_seeds(c, "strait", [1], NOW),
    "topics.sync": lambda c: topics.sync(c, []),
}  # fmt: skip
# It opens the database itself: tests/test_figures.py.
BY_PATH = {"figures.begin_writing"}
READING = {
    "figures.newest": lambda c: figures.newest(c),
    "figures.done_since": lambda c: figures.done_since(c, Mark(0, 0)),
    "figures.standing": lambda c: figures.standing(c, NOW),
    "workload.due_feeds": lambda c: workload.due_feeds(c, NOW),
    "coverage.looks": lambda c: coverage.looks(c, NOW),
    "coverage.lines": lambda c: coverage.lines(c, NOW.date()),
    "conditions.lasting": lambda c: conditions.lasting(c),
    "conditions.since": lambda c: conditions.since(c, NOW),
    "outbox.contents": lambda c: outbox.contents(c, 1),
    "outbox.due_messages": lambda c: outbox.due_messages(c, NOW),
    "outbox.due_rules": lambda c: outbox.due_rules(c, NOW),
    "outbox.messages": lambda c: outbox.messages(c, ["waiting"], 5),
    "outbox.rule_states": lambda c: outbox.rule_states(c),
    "vital_signs.last_read_at": lambda c: vital_signs.last_read_at(c),
    "vital_signs.page_signs": lambda c: vital_signs.page_signs(c, NOW),
    "vital_signs.source_signs": lambda c: vital_signs.source_signs(c, NOW),
    "vital_signs.topic_signs": lambda c: vital_signs.topic_signs(c, NOW),
    "anchors.similar": lambda c: anchors.similar(c, [1, 2], named="key", naming="other"),
    "polls.pace_facts": lambda c: polls.pace_facts(c, NOW),
    "articles.article": lambda c: articles.article(c, 1),
    "articles.find": lambda c: articles.find(c, "key"),
    "articles.known": lambda c: articles.known(c, "key", "hash", origin="crawl"),
    "backfills.due": lambda c: backfills.due(c, NOW),
    "backfill_states.states": lambda c: backfill_states.states(c),
    "backfill_states.waiting_pages": lambda c: backfill_states.waiting_pages(c),
    "background.arrivals": lambda c: background.arrivals(c, NOW, days=7),
    "changes.search_changes": lambda c: changes.search_changes(c, parse_query("tunnel"), side="removed"),
    "events.events_of": lambda c: events.events_of(c, 1),
    "kept_pages.page": lambda c: kept_pages.page(c, 1),
    "kept_pages.pages_of": lambda c: kept_pages.pages_of(c, [1]),
    "looks.looks_of": lambda c: looks.looks_of(c, 1),
    "looks.neighbours": lambda c: looks.neighbours(c, WATCH, NOW),
    "revisions.revisions_of": lambda c: revisions.revisions_of(c, 1),
    "watches.due_count": lambda c: watches.due_count(c, NOW),
    "watches.possible_neighbours": lambda c: watches.possible_neighbours(
        c, WATCH, run_id=1, running_since=NOW
    ),
    "watches.undecided": lambda c: watches.undecided(c),
    "choices.chosen_ids": lambda c: choices.chosen_ids(c, Choice()),
    "choices.count": lambda c: choices.count(c, Choice(topics=("strait",))),
    "choices.unknown_names": lambda c: choices.unknown_names(c, Choice(sources=("nobody",))),
    "exports.export_slice": lambda c: exports.export_slice(c, [1]),
    "imports.sources": lambda c: imports.sources(c),
    "imports.text_hash": lambda c: imports.text_hash(c, 1),
    "pruning.articles_going": lambda c: pruning.articles_going(c, Choice()),
    "pruning.heads_among": lambda c: pruning.heads_among(c, [1]),
    "pruning.held_going": lambda c: pruning.held_going(c, [], None),
    "pruning.pages_going": lambda c: pruning.pages_going(c, Choice()),
    "stories.largest": lambda c: stories.largest(c),
    "stories.story": lambda c: stories.story(c, 1),
    "background.counts": lambda c: background.counts(c, "en"),
    "background.load": lambda c: background.load(c, "en"),
    "background.sizes": lambda c: background.sizes(c),
    "successors.dead": lambda c: successors.dead(c, NOW),
    "successors.due": lambda c: successors.due(c, NOW),
    "successors.polled": lambda c: successors.polled(c),
    "hosts.remembered": lambda c: hosts.remembered(c),
    "gaps.gaps_since": lambda c: gaps.gaps_since(c, NOW),
    "feedback.labelled": lambda c: feedback.labelled(c, "strait"),
    "feedback.verdicts": lambda c: feedback.verdicts(c),
    "holdings.articles_after": lambda c: holdings.articles_after(c, 0, 5),
    "holdings.count_held": lambda c: holdings.count_held(c),
    "holdings.held_text": lambda c: holdings.held_text(c, url_key="key"),
    "holdings.texts_after": lambda c: holdings.texts_after(c, 0, 5),
    "links.by_ids": lambda c: links.by_ids(c, [1]),
    "links.waiting": lambda c: links.waiting(c, now=NOW),
    "matches.match_counts": lambda c: matches.match_counts(c),
    "matches.matches_of": lambda c: matches.matches_of(c, 1),
    "matches.past_of": lambda c: matches.past_of(c, 1),
    "matches.review_band": lambda c: matches.review_band(c, "strait", 5),
    "polls.decided": lambda c: polls.decided(c),
    "polls.unpolled": lambda c: polls.unpolled(c, 1, "one"),
    "pushes.feeds": lambda c: pushes.feeds(c),
    "pushes.of_feed": lambda c: pushes.of_feed(c, 1),
    "subscriptions.by_token": lambda c: subscriptions.by_token(c, "token"),
    "subscriptions.states": lambda c: subscriptions.states(c),
    "relations.members": lambda c: relations.members(c, [1]),
    "relations.named_elsewhere": lambda c: relations.named_elsewhere(c, ["key"], [1]),
    "relations.stories": lambda c: relations.stories(c, [1]),
    "relations.story_of": lambda c: relations.story_of(c, 1),
    "polls.undecided": lambda c: polls.undecided(c),
    "rematches.latest": lambda c: rematches.latest(c, "strait"),
    "runs.by_token": lambda c: runs.by_token(c, "one"),
    "runs.fact": lambda c: runs.fact(c, "key"),
    "runs.get": lambda c: runs.get(c, 1),
    "runs.is_empty": lambda c: runs.is_empty(c, 1),
    "runs.latest": lambda c: runs.latest(c),
    "runs.open_requests": lambda c: runs.open_requests(c),
    "runs.request": lambda c: runs.request(c, 1),
    "runs.running": lambda c: runs.running(c),
    "runs.summary": lambda c: runs.summary(c, 1),
    "search.languages": lambda c: search.languages(c),
    "search.look_up": lambda c: search.look_up(c, parse_query("tunnel")),
    "site_searches.due": lambda c: site_searches.due(c, NOW),
    "site_searches.failures": lambda c: site_searches.failures(c, "courier"),
    "site_searches.unsearched": lambda c: site_searches.unsearched(c, 1, ["courier"]),
    "sources.addresses": lambda c: sources.addresses(c),
    "sources.all_sources": lambda c: sources.all_sources(c),
    "sources.feeds_of": lambda c: sources.feeds_of(c, ["courier"]),
    "sources.health": lambda c: sources.health(c),
    "sources.leased": lambda c: sources.leased(c, "one"),
    "topics.all_seeds": lambda c: topics.all_seeds(c),
    "topics.followed": lambda c: topics.followed(c),
    "topic_models.latest_model": lambda c: topic_models.latest_model(c, "strait", "en"),
    "topics.served_by": lambda c: topics.served_by(c, 1),
    "topics.seeds": lambda c: topics.seeds(c, "strait"),
    "workload.count_due": lambda c: workload.count_due(c, NOW),
    "workload.has_work": lambda c: workload.has_work(c, NOW),
}

each_writing = pytest.mark.parametrize("call", WRITING.values(), ids=WRITING)
each = pytest.mark.parametrize("call", [*WRITING.values(), *READING.values()], ids=[*WRITING, *READING])


@pytest.fixture(scope="module")
def stocked_file(tmp_path_factory):
    """A database in which every call above has something to do; made once, copied for each test."""
    path = tmp_path_factory.mktemp("stocked") / "seedwatch.db"
    connection = db.connect(path)
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    alert_rules.sync(connection, [(RULE, None)], NOW)
    runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)
    sources.claim(connection, "one", now=NOW, until=LATER)
    links.discover(connection, FEED, {"k": entry("http://courier.example/k")}, run_id=1, now=NOW)
    (held,), _ = links.discover(connection, FEED, {"h": entry("http://courier.example/h")}, run_id=1, now=NOW)
    store_reading(connection, reading(None, origin="seed", text=TEXT[:300], matches=()))
    store_reading(connection, reading(held.url, text="held " * 60, matches=(), link=held), hold_days=30)
    topics.add_seed(connection, "strait", 1, NOW)
    feedback.give(connection, "strait", 1, "yes", NOW)
    polls.record_poll(connection, 1, PollResult(1, NOW, "ok"), 2)
    connection.execute("UPDATE feeds SET next_due_at = ?", [db.to_iso(NOW)])
    kept_pages.keep(
        connection, 1, Answer("http://a.example/", "http://a.example/", 200, NOW, body=b"page"), None
    )
    store_reading(connection, reading(WATCH.url))
    watches.schedule(connection, [(WATCH.article_id, NOW)])
    conditions.update(connection, began=[replace(SILENT, kind="walls")], goes_on=[], ended=[], now=NOW)
    outbox.put_together(connection, 1, key="one", now=NOW, next_digest_at=None)
    outbox.record_failure(connection, 1, "refused", LATER)
    anchors.add(connection, 99, [5])  # of an article that is gone
    subscriptions.note_offer(connection, 1, Offer("https://hub.example/", "t"))
    connection.execute(
        "UPDATE subscriptions SET token = 'token', state = 'asked', asked_at = ?", [db.to_iso(NOW)]
    )
    pushes.add(connection, 1, body=b"<rss/>", content_type="", now=NOW)
    runs.ask(connection, [], only_due=True, now=NOW)
    backfills.begin(connection, "courier", NOW.date(), [FurtherPage(ARCHIVE.url, "map", "sitemap")], NOW)
    db.finish(connection)
    return path


@pytest.fixture
def database(stocked_file, tmp_path):
    return shutil.copy(stocked_file, tmp_path / "stocked.db")


@pytest.fixture
def stocked(connection):
    """A connection to a stocked database that does not wait for a lock."""
    connection.execute("PRAGMA busy_timeout = 0")
    return connection


def contents(connection):
    """Every row of every table, the index's own among them."""
    tables = [
        row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    return {
        table: [tuple(row) for row in connection.execute(f'SELECT * FROM "{table}"')]
        for table in tables
        if "_fts" not in table
    }


def guarded():
    """The functions of the storage modules under `storage_errors`, known by the code that wraps them."""
    guard = db.storage_errors(len).__code__
    found = set()
    for module in pkgutil.iter_modules(storage.__path__):
        if module.ispkg:
            continue
        content = importlib.import_module(f"storage.{module.name}")
        found |= {
            f"{module.name}.{name}"
            for name, one in vars(content).items()
            if getattr(one, "__code__", None) is guard and one.__module__ == content.__name__
        }
    return found


def test_the_tables_above_have_every_guarded_function():
    assert sorted([*WRITING, *READING, *BY_PATH]) == sorted(guarded())


@each
def test_the_calls_above_work_on_a_sound_database(stocked, call):
    call(stocked)

    assert not stocked.in_transaction


@each_writing
def test_the_writing_calls_write(stocked, call):
    """Otherwise the tests below would prove nothing."""
    before = stocked.total_changes

    call(stocked)

    assert stocked.total_changes > before


@each_writing
def test_a_locked_database_is_a_storage_error_that_leaves_no_trace(database, stocked, call):
    other = db.connect(database)
    other.execute("BEGIN EXCLUSIVE")
    before = contents(other)

    with pytest.raises(StorageError, match="another process has held the database") as caught:
        call(stocked)

    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert not stocked.in_transaction
    assert contents(other) == before
    other.close()


@each_writing
def test_after_the_lock_the_same_call_succeeds(database, stocked, call):
    other = db.connect(database)
    other.execute("BEGIN EXCLUSIVE")
    with suppress(StorageError):
        call(stocked)
    other.execute("ROLLBACK")
    other.close()

    call(stocked)


@pytest.mark.parametrize("call", READING.values(), ids=READING)
def test_a_reader_is_not_hindered_by_a_lock(database, stocked, call):
    other = db.connect(database)
    other.execute("BEGIN EXCLUSIVE")

    call(stocked)

    other.close()


@each_writing
def test_a_readonly_connection_is_a_storage_error(database, call):
    reader = db.connect(database, readonly=True)

    with pytest.raises(StorageError, match="check the permissions") as caught:
        call(reader)

    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert not reader.in_transaction
    reader.close()


@each
def test_a_database_without_its_tables_is_a_storage_error(stocked, call):
    stocked.execute("PRAGMA foreign_keys = OFF")
    stocked.execute("DROP TABLE articles_fts")
    for table in contents(stocked):
        if not table.startswith("sqlite_"):
            stocked.execute(f'DROP TABLE "{table}"')

    with pytest.raises(StorageError, match="no such table") as caught:
        call(stocked)

    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert not stocked.in_transaction


@each
def test_a_closed_connection_is_a_storage_error(database, call):
    closed = db.connect(database)
    closed.close()

    with pytest.raises(StorageError, match="closed") as caught:
        call(closed)

    assert isinstance(caught.value.__cause__, sqlite3.ProgrammingError)


# A full disk


def fill(connection):
    """Let the file grow no further, as on a full disk."""
    connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}")


LONG = TEXT * 200
LARGE = {
    "an article": lambda c: store_reading(c, reading("http://courier.example/long", text=LONG)),
    "a revision": lambda c: store_reading(c, reading("http://courier.example/1", text=LONG)),
    "links": lambda c: links.discover(
        c, FEED, {f"x{n}": entry(f"http://courier.example/x{n}") for n in range(2_000)}, run_id=1, now=NOW
    ),
    "settings": lambda c: sources.sync(c, [(SOURCE.__class__(f"s{n}" * 20), []) for n in range(2_000)]),
    "a fact": lambda c: runs.set_fact(c, "key", LONG),
}


@pytest.mark.parametrize("call", LARGE.values(), ids=LARGE)
def test_a_full_disk_says_what_to_do_and_leaves_no_trace(stocked, call):
    store_reading(stocked, reading("http://courier.example/1"))
    for number in range(40):
        store_reading(
            stocked, reading(f"http://courier.example/f{number}", text=f"{number} word{number} {TEXT}")
        )
    fill(stocked)
    before = contents(stocked)

    with pytest.raises(StorageError, match=r"the disk is full.*free some space") as caught:
        call(stocked)

    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert not stocked.in_transaction
    assert contents(stocked) == before
    stocked.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 0)")


def test_after_a_full_disk_work_goes_on(stocked):
    fill(stocked)
    with suppress(StorageError):
        store_reading(stocked, reading(text=LONG))

    stocked.execute("PRAGMA max_page_count = 1000000")
    _, id = store_reading(stocked, reading(text=LONG))

    assert [hit.id for hit in search.search(stocked, parse_query("harbour"), limit=1)] == [id]


# Files that cannot be opened


def no_database(path):
    path.write_text("This is a letter, and it is long enough to have what SQLite reads as a header. " * 9)


def damaged(path):
    connection = db.connect(path)
    sources.sync(connection, DECLARED)
    db.finish(connection)
    content = bytearray(path.read_bytes())
    content[100:] = b"\xa5" * (len(content) - 100)
    path.write_bytes(content)


def cut_off(path):
    connection = db.connect(path)
    db.finish(connection)
    path.write_bytes(path.read_bytes()[:8_192])


def folder(path):
    path.mkdir()


@pytest.mark.parametrize("readonly", [False, True], ids=["writing", "reading"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (no_database, "is no SQLite database"),
        (damaged, "is damaged: restore a backup"),
        (cut_off, "is damaged: restore a backup"),
        (folder, "cannot be (opened|read)"),
    ],
    ids=["no database", "damaged", "cut off", "a folder"],
)
def test_a_file_that_cannot_be_opened_says_why_and_is_left_alone(tmp_path, make, words, readonly):
    path = tmp_path / "seedwatch.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None

    with pytest.raises(StorageError, match=f"seedwatch.db: .*{words}") as caught:
        db.connect(path, readonly=readonly)

    assert isinstance(caught.value.__cause__, sqlite3.Error)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_missing_folder_says_so(tmp_path):
    with pytest.raises(StorageError, match="check that its folder exists") as caught:
        db.connect(tmp_path / "none" / "seedwatch.db")

    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)


@pytest.mark.parametrize("readonly", [False, True], ids=["writing", "reading"])
def test_a_file_of_a_newer_seedwatch_is_refused_by_name(database, readonly):
    connection = db.connect(database)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('seedwatch', 'ninth', '2030')"
    )
    connection.close()

    with pytest.raises(SchemaError, match=r"newer seedwatch \(it has ninth\); upgrade"):
        db.connect(database, readonly=readonly)


def test_migrations_of_others_are_none_of_ours(database):
    connection = db.connect(database)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('other', 'ninth', '2030')"
    )
    connection.close()

    db.connect(database).close()


def test_a_database_locked_while_it_is_opened_is_a_storage_error(tmp_path, monkeypatch):
    """Only a new file takes the lock; an old one is opened without."""
    path = tmp_path / "new.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(db, "BUSY_TIMEOUT_S", 0.01)

    with pytest.raises(StorageError, match="another process has held the database"):
        db.connect(path)

    other.close()


def forbid_writing(path):
    path.chmod(path.stat().st_mode & 0o555)
    if os.access(path, os.W_OK):
        pytest.skip("root may write what is read-only")


def test_a_readonly_file_is_a_storage_error_at_the_first_writing(database):
    forbid_writing(database)
    connection = db.connect(database)

    with pytest.raises(StorageError, match="check the permissions"):
        runs.set_fact(connection, "key", 1)

    connection.close()


def test_a_readonly_file_can_be_read(database):
    forbid_writing(database)

    connection = db.connect(database, readonly=True)

    assert [source.name for source in sources.all_sources(connection)] == ["courier"]
    connection.close()


def test_a_readonly_folder_is_a_storage_error(tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    forbid_writing(place)

    with pytest.raises(StorageError, match="may be written"):
        db.connect(place / "seedwatch.db")
