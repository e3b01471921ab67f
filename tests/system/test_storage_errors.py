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
from crawler.articles.decide import decide
from crawler.articles.store import store_reading
from crawler.cadence.due_rules import BACKFILL_RULES as PAST_RULES
from crawler.cadence.due_rules import DUE_RULES
from crawler.urls import url_key
from storage import db, meta
from storage.alerts import outbox, rules
from storage.articles import (
    addresses,
    anchors,
    articles,
    choices,
    exports,
    feedback,
    kept_pages,
    looks,
    matches,
    pruning,
    reader_marks,
    reader_visits,
    relations,
    stories,
    watches,
)
from storage.articles import held as holdings
from storage.articles.choices import Choice
from storage.cluster import applied, identity
from storage.errors import SchemaError, StorageError
from storage.health import conditions, figures, gaps, history, signs, source_health, workload
from storage.health.gaps import Gap
from storage.query import parse_query
from storage.records.backfills import ArchivePage, ArchiveReading, DueBackfill, FurtherPage, PastLink
from storage.records.comparisons import ListComparison
from storage.records.decisions import Known
from storage.records.health import Condition, DayCoverage, Mark
from storage.records.looks import Answer, Look, Watch
from storage.records.polls import NextPoll, PollResult
from storage.records.site_memory import SiteMemory
from storage.records.sources import FailedSearch, FeedKind, HostMemory, LinkOutcome, RobotsFile
from storage.records.subscriptions import HubRequest, NamedHub, Push
from storage.records.topics import TextVector
from storage.records.visits import VisitMark
from storage.search import changes, index, reindex, saved_searches
from storage.sources import (
    backfill_states,
    backfills,
    comparisons,
    coverage,
    host_parameters,
    hosts,
    links,
    polls,
    robots_files,
    runs,
    shapes,
    site_memories,
    site_searches,
    sources,
    subscriptions,
    successors,
)
from storage.topics import background, models, rematches, topics, vectors
from storage.topics.models import ModelRow
from storage.topics.rematches import Rematch
from tests.support.samples import DECLARED, FEED, NOW, RULE, SOURCE, TEXT, TOPIC, entry, reading

LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)
HUB_REQUEST = HubRequest("http://hub.example", "t", "http://w.example/1", "s", "1", NOW, LATER, 1, False)
MODEL = ModelRow(0, "strait", "en", "background", 2.25, 1_500, 3, "{}", "b1", NOW)
WATCH = Watch(2, "http://courier.example/w", "key", "courier", 1, "Ministers meet", 60, "live", NOW)
LOOK = Look(WATCH, LATER, "unchanged", LATER + timedelta(hours=1))
SEARCH = FailedSearch("courier", NOW, "refused", "", LATER, was_answered=False)
NEXT_YEAR = (NOW + timedelta(days=365)).date()
SILENT = Condition("silent", NOW, "nothing came", source="courier")
ARCHIVE = ArchivePage(1, 1, "courier", "http://courier.example/map.xml", "sitemap", NOW.date(), True)
PAST = DueBackfill(1, "courier", NOW.date(), ARCHIVE.url)
OLDER = FurtherPage("http://courier.example/map2.xml", "map2", "sitemap")
OLD_LINK = PastLink("p", entry("http://courier.example/p"), None)
OFFER = successors.Offer("http://courier.example/new", FeedKind.FEED)
DEAD = successors.DeadFeed(1, "courier", "http://courier.example/rss", FeedKind.FEED, None, NOW)
ROBOTS = RobotsFile("https://courier.example", NOW, LATER, 200, b"User-agent: *")
VECTOR = TextVector("test 1", b"\x00\x3c")
INTENT = decide(reading(), Known(), keep_all=False, hold_days=0)

# Each guarded function with the call that the tests make, on a database as `stocked` leaves it. A function that only
# reads never waits in WAL mode, so the tests that lock or forbid writing pass it over.
WRITING = {
    "db.analyse": lambda c: db.analyse(c),
    "sources.comparisons.save": lambda c: comparisons.save(
        c, ListComparison("courier", "sitemap", NOW.date(), NOW.date(), NOW, 0, 0, (), (), 0, 0, 0)
    ),
    "sources.coverage.write": lambda c: coverage.write(c, [DayCoverage("courier", NOW.date(), 1.0, 0.0, 9)]),
    "alerts.outbox.withdraw_gone": lambda c: (rules.sync(c, []), outbox.withdraw_gone(c, NOW)),
    "alerts.rules.sync": lambda c: rules.sync(c, []),
    "topics.vectors.keep": lambda c: vectors.keep(c, "h1", "en", VECTOR, NOW),
    "topics.vectors.drop_older": lambda c: (
        vectors.keep(c, "h1", "en", VECTOR, NOW),
        vectors.drop_older(c, LATER),
    ),
    "health.conditions.update": lambda c: conditions.update(c, began=[SILENT], goes_on=[], ended=[], now=NOW),
    "alerts.outbox.put_together": lambda c: outbox.put_together(c, 1, key="two", now=NOW, next_digest_at=None),
    "alerts.outbox.forget_removed_rows": lambda c: (
        outbox.put_together(c, 1, key="three", now=NOW, next_digest_at=None),
        outbox.forget_removed_rows(c),
    ),
    "alerts.outbox.record_failure": lambda c: outbox.record_failure(c, 1, "refused", LATER),
    "alerts.outbox.record_sent": lambda c: outbox.record_sent(c, 1, NOW),
    "alerts.outbox.retry": lambda c: outbox.retry(c, NOW),
    "alerts.rules.set_next_digest": lambda c: rules.set_next_digest(c, 1, LATER),
    "alerts.outbox.withdraw": lambda c: outbox.withdraw(c, 1),
    "articles.anchors.add": lambda c: anchors.add(c, 1, [1, 2]),
    "articles.anchors.drop": lambda c: anchors.drop(c, [1]),
    "articles.articles.apply": lambda c: articles.apply(c, INTENT),
    "articles.held.drop_expired_texts": lambda c: holdings.drop_expired_texts(c, LATER + timedelta(days=99)),
    "sources.backfills.begin": lambda c: backfills.begin(
        c, "courier", NOW.date() - timedelta(days=9), [OLDER], NOW, PAST_RULES
    ),
    "sources.backfills.stop": lambda c: backfills.stop(c, "courier", NOW),
    "sources.backfills.claim": lambda c: backfills.claim(
        c, PAST, PAST_RULES, run_id=1, now=NOW, running_since=NOW, each=5
    ),
    "sources.backfills.wait": lambda c: backfills.wait(c, 1, LATER),
    "sources.backfills.add_links": lambda c: backfills.add_links(c, ARCHIVE, [OLD_LINK], NOW),
    "sources.backfills.take_listed": lambda c: [
        backfills.add_links(c, ARCHIVE, [OLD_LINK], NOW),
        backfills.take_listed(c, ARCHIVE, [OLD_LINK.url_key], run_id=1),
    ],
    "sources.backfills.record_read": lambda c: backfills.record_read(
        c, ARCHIVE, ArchiveReading((), (OLDER,)), 0, NOW, PAST_RULES
    ),
    "sources.backfills.record_failure": lambda c: backfills.record_failure(c, ARCHIVE, "timeout", now=NOW),
    "sources.links.put_off_each": lambda c: links.put_off_each(c, 1, {1: LATER}, reason="crashed"),
    "sources.host_parameters.learn": lambda c: host_parameters.learn(
        c, "a.example", "ref", names_page=True, url="http://a.example/?ref=one", now=NOW
    ),
    "sources.links.follow_feeds": lambda c: (sources.sync(c, DECLARED), links.follow_feeds(c)),
    "sources.robots_files.keep": lambda c: robots_files.keep(c, ROBOTS),
    "sources.site_memories.remember": lambda c: site_memories.remember(c, "a.example", SiteMemory(), NOW),
    "sources.hosts.remember": lambda c: hosts.remember(c, HostMemory("courier.example")),
    "health.gaps.record_gap": lambda c: gaps.record_gap(c, Gap(NOW, LATER, "off", 0)),
    "health.gaps.shift_waits": lambda c: gaps.shift_waits(c, NOW, timedelta(hours=1)),
    "health.history.fold_polls": lambda c: [
        polls.decide_next(c, [NextPoll(1, 1, LATER, "rate", 0.0, None)]),
        polls.record_poll(c, 1, PollResult(1, LATER, "ok"), 3),
        history.fold_polls(c, NEXT_YEAR, 0),
    ],
    "health.history.fold_looks": lambda c: [
        looks.record(c, LOOK, run_id=1), looks.record(c, LOOK, run_id=1), history.fold_looks(c, NEXT_YEAR, 0)
    ],
    "health.history.fold_runs": lambda c: [
        runs.begin(c, trigger="manual", token="two", now=NOW, host="here", pid=1),
        runs.end(c, 2, state="finished", now=LATER),
        runs.begin(c, trigger="manual", token="three", now=NOW, host="here", pid=1),
        history.fold_runs(c, NEXT_YEAR, 0),
    ],
    "sources.sources.spread_overdue": lambda c: sources.spread_overdue(
        c, LATER, apart=timedelta(seconds=1), within=timedelta(minutes=10)
    ),
    "articles.feedback.give": lambda c: feedback.give(c, "strait", 1, "yes", NOW),
    "articles.feedback.withdraw": lambda c: feedback.withdraw(c, "strait", 1, NOW),
    "articles.feedback.learn": lambda c: feedback.learn(c, "strait"),
    "articles.reader_visits.visit": lambda c: reader_visits.visit(
        c, "anna", VisitMark(1, ""), NOW, pause=timedelta(minutes=30)
    ),
    "search.saved_searches.save": lambda c: saved_searches.save(c, "ferries", "ferry", NOW, by=None),
    "search.saved_searches.remove": lambda c: saved_searches.remove(c, "tunnels"),
    "search.saved_searches.note_look": lambda c: saved_searches.note_look(
        c, 1, "anna", 1, NOW
    ),
    "articles.reader_marks.set_read": lambda c: reader_marks.set_read(c, "anna", 1, NOW),
    "articles.reader_marks.set_star": lambda c: reader_marks.set_star(c, "anna", 1, NOW),
    "articles.reader_marks.write_note": lambda c: reader_marks.write_note(c, "anna", 1, "a note", NOW),
    "articles.reader_marks.add_tag": lambda c: reader_marks.add_tag(c, "anna", 1, "a tag", NOW),
    "articles.reader_marks.remove_tag": lambda c: (
        reader_marks.add_tag(c, "anna", 1, "a tag", NOW),
        reader_marks.remove_tag(c, 1, "a tag"),
    ),
    "articles.held.give_up_text": lambda c: holdings.give_up_text(c, holdings.texts_after(c, 0, 1)[0], 1),
    "sources.links.discover": lambda c: links.discover(
        c, FEED, {url_key(f"http://courier.example/n{n}"): entry(f"http://courier.example/n{n}") for n in range(3)},
        run_id=1, now=NOW,
    ),
    "sources.links.claim_waiting": lambda c: links.claim_waiting(c, run_id=1, now=NOW, running_since=NOW),
    "sources.links.try_refused_again": lambda c: links.try_refused_again(c, NOW),
    "sources.links.put_off": lambda c: links.put_off(c, 1, reason="crashed", until=LATER),
    "sources.links.record": lambda c: links.record(c, LinkOutcome(1, "failed", "timeout", NOW), run_id=1),
    "articles.articles.correct": lambda c: articles.correct(c, 1, reading(), None),
    "articles.kept_pages.drop_pages": lambda c: kept_pages.drop_pages(c, 1),
    "articles.looks.record": lambda c: looks.record(c, LOOK, run_id=1),
    "articles.watches.due": lambda c: watches.due(c, run_id=1, now=LATER, running_since=NOW, latest=NOW - DAY),
    "articles.watches.hold": lambda c: watches.hold(c, [WATCH], run_id=1),
    "articles.watches.give_back": lambda c: (
        watches.hold(c, [WATCH], run_id=1),
        watches.give_back(c, [WATCH], run_id=1),
    ),
    "articles.watches.let_go": lambda c: watches.let_go(c, [WATCH]),
    "articles.watches.schedule": lambda c: watches.schedule(c, [(2, LATER)]),
    "sources.polls.decide_next": lambda c: polls.decide_next(c, [NextPoll(1, 1, LATER, "rate", 0.0, None)]),
    "sources.polls.hasten": lambda c: polls.hasten(c, [NextPoll(1, 1, NOW - timedelta(days=9), "fixed", 0.0, None)]),
    "sources.polls.record_poll": lambda c: polls.record_poll(c, 1, PollResult(1, NOW, "ok"), 3),
    "topics.rematches.save": lambda c: rematches.save(c, Rematch("strait", "b1", NOW, None)),
    "sources.sources.add_source": lambda c: sources.add_source(c, SOURCE.__class__("herald")),
    "articles.pruning.remove_articles": lambda c: pruning.remove_articles(c, [1]),
    "articles.pruning.remove_held": lambda c: pruning.remove_held(c, [], None),
    "articles.pruning.remove_pages": lambda c: pruning.remove_pages(c, Choice(), 9),
    "articles.pruning.vacuum": lambda c: pruning.vacuum(c),
    "search.index.check": lambda c: index.check(c),
    "search.index.compact": lambda c: index.compact(c),
    "sources.subscriptions.add_push": lambda c: subscriptions.add_push(c, 1, body=b"<rss/>", content_type="", now=NOW),
    "sources.subscriptions.drop_push": lambda c: subscriptions.drop_push(c, Push(1, 1, NOW, "", None)),
    "sources.subscriptions.count_refused": lambda c: subscriptions.count_refused(c, 1),
    "sources.subscriptions.deny": lambda c: subscriptions.deny(c, "token", topic="t", reason="no", next_ask_at=NOW),
    "sources.subscriptions.record_request": lambda c: subscriptions.record_request(c, 1, HUB_REQUEST),
    "sources.subscriptions.note_error": lambda c: subscriptions.note_error(c, 1, "refused"),
    "sources.subscriptions.verify": lambda c: subscriptions.verify(
        c, "token", topic="t", lease=timedelta(days=1), asked_since=NOW, now=NOW
    ),
    "sources.runs.answer": lambda c: runs.answer(c, 1, run_id=1),
    "sources.runs.ask": lambda c: runs.ask(c, ["courier"], only_due=True, now=NOW),
    "sources.runs.cancel_requests": lambda c: runs.cancel_requests(c, LATER, "ended"),
    "sources.runs.begin": lambda c: runs.begin(c, trigger="manual", token="two", now=NOW, host="here", pid=1),
    "sources.runs.end": lambda c: runs.end(c, 1, state="finished", now=LATER),
    "meta.put": lambda c: meta.put(c, meta.StoredFact("key", 0), 1),
    "search.reindex.rebuild": lambda c: reindex.rebuild(c),
    "sources.site_searches.add_found": lambda c: site_searches.add_found(c, "courier", DECLARED[0][1], LATER),
    "sources.site_searches.record_failure": lambda c: site_searches.record_failure(c, SEARCH, run_id=1),
    "sources.sources.rename": lambda c: sources.rename(c, "courier", "harbour"),
    "sources.sources.claim": lambda c: sources.claim(c, "two", DUE_RULES, now=LATER, until=LATER + timedelta(hours=1)),
    "sources.sources.find_id": lambda c: sources.find_id(c, "herald"),
    "sources.sources.release": lambda c: sources.release(c, "one"),
    "sources.sources.release_feeds": lambda c: sources.release_feeds(c, [1], "one"),
    "cluster.identity.own_name": lambda c: identity.own_name(c),
    "cluster.applied.note_applied": lambda c: applied.note_applied(c, "job", 1, NOW),
    "cluster.applied.note_left_out": lambda c: applied.note_left_out(c, "job", 1, NOW),
    "cluster.applied.forget_jobs": lambda c: (
        applied.note_applied(c, "job", 1, NOW),
        applied.forget_jobs(c, LATER),
    ),
    "sources.sources.sync": lambda c: sources.sync(c, []),
    "sources.successors.record": lambda c: successors.record(
        c, 1, OFFER, error=None, searches=0, now=NOW, next_search_at=LATER
    ),
    "sources.successors.take_place": lambda c: successors.take_place(c, DEAD, OFFER),
    "topics.topics.add_seed": lambda c: topics.add_seed(c, "strait", 1, NOW),
    "topics.models.save_model": lambda c: models.save_model(c, MODEL, "[]"),
    "topics.topics.remove_seed": lambda c: topics.remove_seed(c, "strait", 1),
    "topics.topics.set_declared_seeds": lambda c: topics.set_declared_seeds(c, "strait", [1], NOW),
    "topics.topics.sync": lambda c: topics.sync(c, []),
}  # fmt: skip
# SQLite counts no change for statistics, and finds none to make in a file without tables. No link waits to be refused.
STATISTICS = {"db.analyse", "sources.links.try_refused_again"}
# It opens the database itself: tests/storage/health/test_figures.py.
BY_PATH = {"health.figures.begin_writing"}
READING = {
    "cluster.applied.applied": lambda c: applied.applied(c, "job"),
    "sources.links.first_day_room": lambda c: links.first_day_room(c, NOW),
    "sources.links.walled": links.walled,
    "sources.links.out_of_time": links.out_of_time,
    "articles.addresses.former_stories": lambda c: addresses.former_stories(c, "http://courier.example/1"),
    "sources.host_parameters.names_page": lambda c: host_parameters.names_page(c, "a.example", "ref"),
    "sources.links.known_at": lambda c: links.known_at(c, "courier.example/1"),
    "sources.robots_files.kept": lambda c: robots_files.kept(c, ROBOTS.place, NOW),
    "sources.site_memories.recall": lambda c: site_memories.recall(c, "a.example"),
    "sources.site_memories.common_marks": lambda c: site_memories.common_marks(c, "a.example"),
    "sources.shapes.outcomes": lambda c: shapes.outcomes(c, "courier", NOW),
    "sources.sources.delays": sources.delays,
    "health.figures.newest": lambda c: figures.newest(c),
    "health.figures.done_since": lambda c: figures.done_since(c, Mark(0, 0)),
    "health.figures.standing": lambda c: figures.standing(c, NOW, DUE_RULES),
    "health.workload.due_feeds": lambda c: workload.due_feeds(c, NOW, DUE_RULES),
    "sources.coverage.looks": lambda c: coverage.looks(c, NOW),
    "sources.coverage.looks_until": lambda c: coverage.looks_until(c, NOW),
    "health.history.first_day": history.first_day,
    "health.history.foldable": lambda c: history.foldable(c, NEXT_YEAR),
    "sources.coverage.lines": lambda c: coverage.lines(c, NOW.date()),
    "health.conditions.lasting": lambda c: conditions.lasting(c),
    "health.conditions.since": lambda c: conditions.since(c, NOW),
    "alerts.outbox.contents": lambda c: outbox.contents(c, 1),
    "alerts.outbox.digests_later_than": lambda c: outbox.digests_later_than(c, NOW),
    "alerts.outbox.due_messages": lambda c: outbox.due_messages(c, NOW),
    "alerts.outbox.due_rules": lambda c: outbox.due_rules(c, NOW),
    "alerts.outbox.messages": lambda c: outbox.messages(c, ["waiting"], 5),
    "alerts.outbox.rule_states": lambda c: outbox.rule_states(c),
    "health.signs.last_read_at": lambda c: signs.last_read_at(c),
    "health.signs.page_signs": lambda c: signs.page_signs(c, NOW, recent=DAY, usual=DAY),
    "health.signs.source_signs": lambda c: signs.source_signs(c, NOW, DAY),
    "health.signs.topic_signs": lambda c: signs.topic_signs(c, NOW),
    "articles.anchors.similar": lambda c: anchors.similar(c, [1, 2], named="key", naming="other"),
    "sources.polls.pace_facts": lambda c: polls.pace_facts(c, NOW),
    "articles.articles.article": lambda c: articles.article(c, 1),
    "articles.articles.find": lambda c: articles.find(c, "key"),
    "articles.articles.known": lambda c: articles.known(c, "key", "hash", origin="crawl"),
    "sources.backfills.due": lambda c: backfills.due(c, NOW),
    "sources.backfill_states.states": lambda c: backfill_states.states(c),
    "sources.backfill_states.waiting_pages": lambda c: backfill_states.waiting_pages(c),
    "topics.background.arrivals": lambda c: background.arrivals(c, NOW, days=7),
    "search.changes.search_changes": lambda c: changes.search_changes(
        c, parse_query("tunnel"), side="removed"
    ),
    "articles.kept_pages.paged_articles": lambda c: kept_pages.paged_articles(c, 0, 5, unless_read_by=None),
    "articles.kept_pages.count_paged": lambda c: kept_pages.count_paged(c, unless_read_by=2),
    "articles.kept_pages.page": lambda c: kept_pages.page(c, 1),
    "articles.kept_pages.pages_of": lambda c: kept_pages.pages_of(c, [1]),
    "articles.looks.neighbours": lambda c: looks.neighbours(c, WATCH, NOW),
    "articles.watches.due_count": lambda c: watches.due_count(c, NOW),
    "articles.watches.possible_neighbours": lambda c: watches.possible_neighbours(
        c, WATCH, run_id=1, running_since=NOW
    ),
    "articles.watches.looked": lambda c: watches.looked(c, [1], NOW),
    "articles.watches.undecided": lambda c: watches.undecided(c),
    "articles.addresses.candidates": lambda c: addresses.candidates(c, reading(), None),
    "articles.addresses.others": lambda c: addresses.others(c, 1),
    "articles.choices.chosen_ids": lambda c: choices.chosen_ids(c, Choice()),
    "articles.choices.count": lambda c: choices.count(c, Choice(topics=("strait",))),
    "articles.choices.unknown_names": lambda c: choices.unknown_names(c, Choice(sources=("nobody",))),
    "articles.exports.export_slice": lambda c: exports.export_slice(c, [1]),
    "sources.comparisons.known_pages": lambda c: comparisons.known_pages(c, ["k"]),
    "sources.comparisons.last": lambda c: comparisons.last(c, "courier"),
    "sources.sources.known_sources": lambda c: sources.known_sources(c),
    "articles.articles.text_hash": lambda c: articles.text_hash(c, 1),
    "articles.pruning.articles_going": lambda c: pruning.articles_going(c, Choice()),
    "articles.pruning.heads_among": lambda c: pruning.heads_among(c, [1]),
    "articles.pruning.held_going": lambda c: pruning.held_going(c, [], None),
    "articles.pruning.pages_going": lambda c: pruning.pages_going(c, Choice()),
    "articles.stories.largest": lambda c: stories.largest(c),
    "articles.stories.newest_versions": lambda c: stories.newest_versions(c, [1]),
    "articles.stories.version": lambda c: stories.version(c, 1, 1),
    "articles.stories.story": lambda c: stories.story(c, 1),
    "topics.vectors.load": lambda c: vectors.load(c, ["h1"], "test 1"),
    "topics.vectors.newest": lambda c: vectors.newest(c, "en", "test 1", 5),
    "topics.vectors.sizes": lambda c: vectors.sizes(c),
    "topics.background.counts": lambda c: background.counts(c, "en"),
    "topics.background.load": lambda c: background.load(c, "en"),
    "topics.background.sizes": lambda c: background.sizes(c),
    "sources.successors.dead": lambda c: successors.dead(c, NOW, DUE_RULES),
    "sources.successors.due": lambda c: successors.due(c, NOW, DUE_RULES),
    "sources.successors.polled": lambda c: successors.polled(c),
    "sources.hosts.remembered": lambda c: hosts.remembered(c),
    "health.gaps.gaps_since": lambda c: gaps.gaps_since(c, NOW),
    "articles.feedback.labelled": lambda c: feedback.labelled(c, "strait"),
    "articles.feedback.verdicts": lambda c: feedback.verdicts(c),
    "articles.reader_visits.last_visit": lambda c: reader_visits.last_visit(c, "anna"),
    "search.saved_searches.all_saved": saved_searches.all_saved,
    "search.saved_searches.named": lambda c: saved_searches.named(c, "tunnels"),
    "search.saved_searches.look_of": lambda c: saved_searches.look_of(
        c, saved_searches.all_saved(c)[0], "anna"
    ),
    "search.saved_searches.newest_article": saved_searches.newest_article,
    "articles.reader_marks.marks_of": lambda c: reader_marks.marks_of(c, "anna", 1),
    "articles.held.articles_after": lambda c: holdings.articles_after(c, 0, 5),
    "articles.held.count_held": lambda c: holdings.count_held(c),
    "articles.held.held_text": lambda c: holdings.held_text(c, url_key="key"),
    "articles.held.article_held": lambda c: holdings.article_held(c, 1),
    "articles.held.texts_after": lambda c: holdings.texts_after(c, 0, 5),
    "sources.links.by_ids": lambda c: links.by_ids(c, [1]),
    "sources.links.waiting": lambda c: links.waiting(c, now=NOW),
    "articles.matches.addresses": lambda c: matches.addresses(c, "strait", NOW),
    "articles.matches.of_articles": lambda c: matches.of_articles(c, [1]),
    "articles.matches.arrived": lambda c: matches.arrived(c, "strait"),
    "articles.matches.match_counts": lambda c: matches.match_counts(c),
    "articles.matches.matches_of": lambda c: matches.matches_of(c, 1),
    "articles.matches.newest": lambda c: matches.newest(c, 5),
    "articles.matches.past_of": lambda c: matches.past_of(c, 1),
    "articles.matches.review_band": lambda c: matches.review_band(c, "strait", 5),
    "sources.links.suspected": lambda c: links.suspected(c, [1], "crashed"),
    "sources.polls.newest_at": lambda c: polls.newest_at(c),
    "sources.polls.decided": lambda c: polls.decided(c),
    "sources.polls.polled": lambda c: polls.polled(c, 1),
    "sources.polls.unpolled": lambda c: polls.unpolled(c, 1, "one"),
    "sources.subscriptions.pushed_feeds": lambda c: subscriptions.pushed_feeds(c),
    "sources.subscriptions.pushes_of": lambda c: subscriptions.pushes_of(c, 1),
    "sources.subscriptions.offer_of": lambda c: subscriptions.offer_of(c, 1),
    "sources.subscriptions.by_token": lambda c: subscriptions.by_token(c, "token"),
    "sources.subscriptions.states": lambda c: subscriptions.states(c),
    "articles.relations.namings": lambda c: relations.namings(c, ["key"], 5),
    "articles.relations.members": lambda c: relations.members(c, [1]),
    "articles.relations.stories": lambda c: relations.stories(c, [1]),
    "articles.relations.story_of": lambda c: relations.story_of(c, 1),
    "sources.polls.undecided": lambda c: polls.undecided(c),
    "topics.rematches.latest": lambda c: rematches.latest(c, "strait"),
    "sources.runs.by_token": lambda c: runs.by_token(c, "one"),
    "meta.get": lambda c: meta.get(c, meta.HEARTBEAT),
    "sources.runs.get": lambda c: runs.get(c, 1),
    "sources.runs.is_empty": lambda c: runs.is_empty(c, 1),
    "sources.runs.latest": lambda c: runs.latest(c),
    "sources.links.was_read_since": lambda c: links.was_read_since(c, 1, 1),
    "sources.subscriptions.due_offers": lambda c: subscriptions.due_offers(
        c, NOW, public_url="http://here.example", renewal_share=0.5
    ),
    "sources.runs.of_clusters": lambda c: runs.of_clusters(c),
    "sources.runs.open_requests": lambda c: runs.open_requests(c),
    "sources.runs.request_of": lambda c: runs.request_of(c, 1),
    "sources.runs.request": lambda c: runs.request(c, 1),
    "sources.runs.running": lambda c: runs.running(c),
    "sources.runs.summary": lambda c: runs.summary(c, 1),
    "search.index.languages": lambda c: index.languages(c),
    "search.index.outdated": lambda c: index.outdated(c),
    "search.index.look_up": lambda c: index.look_up(c, parse_query("tunnel")),
    "sources.site_searches.due": lambda c: site_searches.due(c, NOW),
    "sources.site_searches.failures": lambda c: site_searches.failures(c, "courier"),
    "sources.site_searches.unsearched": lambda c: site_searches.unsearched(c, 1, ["courier"]),
    "sources.sources.addresses": lambda c: sources.addresses(c),
    "sources.sources.all_sources": lambda c: sources.all_sources(c),
    "sources.sources.feeds_of": lambda c: sources.feeds_of(c, ["courier"]),
    "health.source_health.own_outage_since": source_health.own_outage_since,
    "health.source_health.source_health": source_health.source_health,
    "sources.sources.leased": lambda c: sources.leased(c, "one"),
    "topics.topics.all_seeds": lambda c: topics.all_seeds(c),
    "topics.topics.followed": lambda c: topics.followed(c),
    "topics.topics.former": lambda c: topics.former(c),
    "topics.models.latest_model": lambda c: models.latest_model(c, "strait", "en"),
    "topics.topics.served_by": lambda c: topics.served_by(c, 1),
    "topics.topics.seeds": lambda c: topics.seeds(c, "strait"),
    "health.workload.due_pages": lambda c: workload.due_pages(c, NOW),
    "health.workload.has_work": lambda c: workload.has_work(c, NOW, DUE_RULES),
}


@pytest.fixture(scope="module")
def stocked_file(tmp_path_factory):
    """A database in which every call above has something to do; made once, copied for each test."""
    path = tmp_path_factory.mktemp("stocked") / "seedwatch.db"
    connection = db.connect(path)
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    rules.sync(connection, [(RULE, None)])
    runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)
    sources.claim(connection, "one", DUE_RULES, now=NOW, until=LATER)
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
    subscriptions.note_offer(connection, 1, NamedHub("https://hub.example/", "t"))
    connection.execute(
        "UPDATE subscriptions SET token = 'token', state = 'asked', asked_at = ?", [db.to_iso(NOW)]
    )
    subscriptions.add_push(connection, 1, body=b"<rss/>", content_type="", now=NOW)
    runs.ask(connection, [], only_due=True, now=NOW)
    saved_searches.save(connection, "tunnels", "tunnel", NOW, by=None)
    backfills.begin(
        connection, "courier", NOW.date(), [FurtherPage(ARCHIVE.url, "map", "sitemap")], NOW, PAST_RULES
    )
    db.finish(connection)
    return path


@pytest.fixture
def database(stocked_file, tmp_path):
    return shutil.copy(stocked_file, tmp_path / "stocked.db")


@pytest.fixture
def fresh(stocked_file, tmp_path):
    """What opens the stocked database anew; the changes of the call before are gone."""
    path = tmp_path / "fresh.db"
    opened = []

    def open_anew():
        while opened:
            opened.pop().close()
        for leftover in tmp_path.glob("fresh.db*"):
            leftover.unlink()
        opened.append(db.connect(shutil.copy(stocked_file, path)))
        return opened[0]

    yield open_anew
    opened.pop().close()


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
    for module in pkgutil.walk_packages(storage.__path__, "storage."):
        if module.ispkg or module.name.startswith("storage.datasette"):
            continue
        content = importlib.import_module(module.name)
        found |= {
            f"{module.name.removeprefix('storage.')}.{name}"
            for name, one in vars(content).items()
            if getattr(one, "__code__", None) is guard and one.__module__ == content.__name__
        }
    return found


def test_the_tables_above_have_every_guarded_function():
    assert sorted([*WRITING, *READING, *BY_PATH]) == sorted(guarded())


def test_the_calls_above_work_on_a_sound_database_and_those_that_write_do(fresh, subtests):
    """Otherwise the tests below would prove nothing."""
    for name, call in {**WRITING, **READING}.items():
        with subtests.test(name):
            connection = fresh()
            before = connection.total_changes

            call(connection)

            assert not connection.in_transaction
            assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == db.BUSY_TIMEOUT_S * 1_000
            assert connection.total_changes > before or name in {*READING, *STATISTICS}
            # A patience that stays behind would be that of all that the connection does later.
            assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == db.BUSY_TIMEOUT_S * 1_000


def test_a_locked_database_is_a_storage_error_that_leaves_no_trace(database, stocked, subtests):
    other = db.connect(database)
    other.execute("BEGIN EXCLUSIVE")
    before = contents(other)

    for name, call in WRITING.items():
        with subtests.test(name):
            with pytest.raises(StorageError, match="another process has held the database") as caught:
                call(stocked)

            assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
            assert not stocked.in_transaction
    assert contents(other) == before
    other.close()


def test_after_the_lock_the_same_call_succeeds(fresh, tmp_path, subtests):
    for name, call in WRITING.items():
        with subtests.test(name):
            connection = fresh()
            connection.execute("PRAGMA busy_timeout = 0")
            other = sqlite3.connect(tmp_path / "fresh.db", isolation_level=None)
            other.execute("BEGIN EXCLUSIVE")
            with suppress(StorageError):
                call(connection)
            other.execute("ROLLBACK")
            other.close()

            call(connection)


def test_a_reader_is_not_hindered_by_a_lock(database, stocked, subtests):
    other = db.connect(database)
    other.execute("BEGIN EXCLUSIVE")

    for name, call in READING.items():
        with subtests.test(name):
            call(stocked)

    other.close()


def test_a_readonly_connection_is_a_storage_error(database, subtests):
    reader = db.connect(database, readonly=True)

    for name, call in WRITING.items():
        with subtests.test(name):
            with pytest.raises(StorageError, match="check the permissions") as caught:
                call(reader)

            assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
            assert not reader.in_transaction
    reader.close()


def test_a_database_without_its_tables_is_a_storage_error(stocked, subtests):
    stocked.execute("PRAGMA foreign_keys = OFF")
    stocked.execute("DROP TABLE articles_fts")
    for table in contents(stocked):
        if not table.startswith("sqlite_"):
            stocked.execute(f'DROP TABLE "{table}"')

    for name, call in {**WRITING, **READING}.items():
        if name in STATISTICS:
            continue
        with subtests.test(name):
            with pytest.raises(StorageError, match="no such table") as caught:
                call(stocked)

            assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
            assert not stocked.in_transaction


def test_a_closed_connection_is_a_storage_error(database, subtests):
    closed = db.connect(database)
    closed.close()

    for name, call in {**WRITING, **READING}.items():
        with subtests.test(name):
            with pytest.raises(StorageError, match="closed") as caught:
                call(closed)

            assert isinstance(caught.value.__cause__, sqlite3.ProgrammingError)


# A full disk


def fill(connection):
    """Let the file grow no further, as on a full disk."""
    connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}")


LONG = TEXT * 800
LARGE = {
    "an article": lambda c: store_reading(c, reading("http://courier.example/long", text=LONG)),
    "a revision": lambda c: store_reading(c, reading("http://courier.example/1", text=LONG)),
    "links": lambda c: links.discover(
        c, FEED, {f"x{n}": entry(f"http://courier.example/x{n}") for n in range(2_000)}, run_id=1, now=NOW
    ),
    "settings": lambda c: sources.sync(c, [(SOURCE.__class__(f"s{n}" * 20), []) for n in range(2_000)]),
    "a fact": lambda c: meta.put(c, meta.StoredFact("key", ""), LONG),
}


@pytest.mark.parametrize("call", LARGE.values(), ids=LARGE)
def test_a_full_disk_says_what_to_do_and_leaves_no_trace(stocked, call):
    # Its text differs from that of an article that stands there already: else it would be another address of that.
    store_reading(stocked, reading("http://courier.example/1", text=f"At first. {TEXT}"))
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

    assert [hit.id for hit in index.search(stocked, parse_query("harbour"), limit=1)] == [id]


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
        meta.put(connection, meta.StoredFact("key", 0), 1)

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
