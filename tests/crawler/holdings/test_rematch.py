"""Rematches: all that is held is judged anew, off-topic texts become articles, no end at any moment loses a thing."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.articles.store import store_reading
from crawler.holdings.references import refer, stored_id
from crawler.holdings.rematch import is_rematched, rematch
from crawler.topics.match import TopicMatcher
from crawler.urls import url_key
from storage.alerts import rules
from storage.articles import feedback, matches
from storage.articles import held as holdings
from storage.errors import ConfigError
from storage.records.topics import Topic
from storage.sources import links, runs, sources
from storage.topics import rematches, topics
from tests.support.command_line import environment
from tests.support.folders import ROOT
from tests.support.samples import DECLARED, FEED, NOW, RULE, entry, reading

LATER = NOW + timedelta(days=1)
TUNNEL = TopicMatcher.of(Topic("strait", any="tunnel"), {})
WHALES = TopicMatcher.of(Topic("whales", any="whale*"), {})
KILLED = """
import os, signal, sys
from storage import db
from tests.crawler.holdings.test_rematch import LATER, TUNNEL, WHALES
from crawler.holdings.rematch import rematch

def end(done, total):
    if done >= 6:
        os.kill(os.getpid(), signal.SIGKILL)

rematch(db.connect(sys.argv[1]), [TUNNEL, WHALES], LATER, on_progress=end, batch_size=2)
"""


@pytest.fixture
def stocked(connection):
    """Two topics, a source with a run, no article."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TUNNEL.topic, WHALES.topic])
    rules.sync(connection, [(RULE, None)])
    runs.begin(connection, trigger="manual", token="one", now=NOW, host="here", pid=1)
    return connection


def story(number: int, words: str) -> str:
    return f"Story {number}. " + f"{words} and what came of it, as told by number {number}. " * 9


def stored(connection, number: int, words: str, *found) -> int:
    item = reading(
        f"http://courier.example/{number}", matches=found, text=story(number, words), title=f"Title {number}"
    )
    return store_reading(connection, item, keep_all=True)[1]


def held(connection, number: int, words: str) -> int:
    """An off-topic text; its link."""
    url = f"http://courier.example/held/{number}"
    (link,), _ = links.discover(connection, FEED, {url_key(url): entry(url)}, run_id=1, now=NOW)
    # No text that is kept: at another address of its outlet it would be that article.
    text = story(number + 100, words)
    item = reading(url, matches=(), text=text, title=f"Title {number}", link=link)
    store_reading(connection, item, hold_days=30)
    return link.id


def matching(connection, topic: str = "strait") -> set[int]:
    rows = connection.execute(
        "SELECT article_id FROM matches JOIN topics ON topics.id = topic_id WHERE topics.name = ?", [topic]
    )
    return {row["article_id"] for row in rows}


def link_row(connection, link: int):
    return connection.execute("SELECT * FROM links WHERE id = ?", [link]).fetchone()


def test_a_new_topic_finds_what_is_stored(stocked):
    tunnel, whale = stored(stocked, 1, "the tunnel"), stored(stocked, 2, "a whale")

    (state,) = rematch(stocked, [TUNNEL], LATER)

    assert matching(stocked) == {tunnel}
    assert whale not in matching(stocked)
    assert (state.looked, state.added, state.changed, state.ended) == (2, 1, 0, 0)
    assert state.finished_at is not None


def test_an_off_topic_text_becomes_an_article_with_address_date_and_source(stocked):
    link = held(stocked, 1, "the tunnel")
    other = held(stocked, 2, "a whale")

    rematch(stocked, [TUNNEL], LATER)

    (article,) = matching(stocked)
    row = stocked.execute("SELECT * FROM articles").fetchone()
    assert (row["id"], row["url"], row["published_at"]) == (
        article, "http://courier.example/held/1", NOW.isoformat(),
    )  # fmt: skip
    assert (row["origin"], row["first_seen_at"]) == ("crawl", NOW.isoformat())
    assert (link_row(stocked, link)["state"], link_row(stocked, link)["article_id"]) == ("fetched", article)
    assert link_row(stocked, other)["state"] == "off_topic"
    assert [text.link_id for text in holdings.texts_after(stocked, 0, 9)] == [other]
    assert stocked.execute("SELECT feed_id FROM sightings").fetchone()[0] == FEED.id
    assert matches.matches_of(stocked, article)[0]["matched_at"] == LATER.isoformat()


def test_a_rematch_sends_no_message(stocked):
    stored(stocked, 1, "the tunnel")
    held(stocked, 2, "the tunnel")

    rematch(stocked, [TUNNEL], LATER)

    assert stocked.execute("SELECT count(*) FROM alerts").fetchone()[0] == 0


def test_a_match_that_is_none_any_more_ends_and_stays_visible(stocked):
    article = stored(stocked, 1, "the tunnel")
    rematch(stocked, [TUNNEL], NOW)
    changed = TopicMatcher.of(replace(TUNNEL.topic, any="bridge"), {})

    (state,) = rematch(stocked, [changed], LATER)

    assert (state.ended, matching(stocked)) == (1, set())
    assert [(row["why"], row["reason"]) for row in matches.past_of(stocked, article)] == [("ended", "rule")]


def test_what_the_analyst_said_stands_above_a_rematch(stocked):
    yes, no = stored(stocked, 1, "a whale"), stored(stocked, 2, "the tunnel")
    feedback.give(stocked, "strait", yes, "yes", NOW)
    feedback.give(stocked, "strait", no, "no", NOW)

    (state,) = rematch(stocked, [TUNNEL], LATER)

    assert matching(stocked) == {yes}
    assert (state.added, state.ended) == (0, 0)


def test_a_topic_that_has_not_changed_is_left_out(stocked):
    stored(stocked, 1, "the tunnel")
    rematch(stocked, [TUNNEL], NOW)
    stored(stocked, 2, "the tunnel")

    assert is_rematched(stocked, TUNNEL)
    assert rematch(stocked, [TUNNEL], LATER)[0].looked == 1
    assert rematch(stocked, [TUNNEL], LATER, again=True)[0].looked == 2
    assert not is_rematched(stocked, TopicMatcher.of(replace(TUNNEL.topic, dial="wide"), {}))


def test_several_topics_are_judged_in_one_walk_and_seeds_are_left_alone(stocked):
    one, two = stored(stocked, 1, "the tunnel"), stored(stocked, 2, "a whale in the tunnel")
    store_reading(stocked, reading(None, origin="seed", text=story(3, "the tunnel"), matches=()))
    seen = []

    states = rematch(stocked, [TUNNEL, WHALES], LATER, on_progress=lambda *done: seen.append(done))

    assert (matching(stocked), matching(stocked, "whales")) == ({one, two}, {two})
    assert [state.looked for state in states] == [2, 2]
    assert seen == [(2, 2)]


def test_what_was_broken_off_by_force_goes_on_and_ends_as_if_it_had_not_been(stocked, database: Path):
    for number in range(9):
        stored(stocked, number, "the tunnel" if number % 2 else "a whale")
    for number in range(6):  # other stories than those above: the same would be further addresses of them
        held(stocked, 20 + number, "the tunnel" if number % 3 else "a whale")

    child = subprocess.run(
        [sys.executable, "-c", KILLED, database],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert child.returncode == -9, child.stderr
    broken = rematches.latest(stocked, "strait")
    assert broken is not None
    assert (broken.finished_at, broken.looked) == (None, 6)

    tunnel, whales = rematch(stocked, [TUNNEL, WHALES], LATER, batch_size=2)

    assert tunnel.started_at == broken.started_at
    assert tunnel.looked == whales.looked == 15
    assert (
        (len(matching(stocked)), len(matching(stocked, "whales"))) == (tunnel.added, whales.added) == (8, 7)
    )
    assert stocked.execute("SELECT count(*) FROM past_matches").fetchone()[0] == 0
    assert stocked.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_topic_that_changed_while_it_was_broken_off_begins_anew(stocked):
    stored(stocked, 1, "the tunnel")
    rematch(stocked, [TUNNEL], NOW)
    state = rematches.latest(stocked, "strait")
    assert state is not None
    rematches.save(stocked, replace(state, finished_at=None, basis="what it was"))

    (begun,) = rematch(stocked, [TUNNEL], LATER)

    assert (begun.started_at, begun.looked) == (LATER, 1)


# What a person calls an article


def test_an_article_is_known_by_number_address_and_link(stocked):
    article, link = stored(stocked, 1, "the tunnel"), held(stocked, 2, "a whale")

    assert refer(stocked, str(article)).article_id == article
    assert refer(stocked, "http://courier.example/1#top").article_id == article
    for name in (f"link:{link}", "http://courier.example/held/2"):
        found = refer(stocked, name)
        assert (found.article_id, found.title) == (None, "Title 2")


def test_a_held_text_that_is_named_becomes_an_article_once(stocked):
    link = held(stocked, 2, "a whale")
    found = refer(stocked, f"link:{link}")

    article = stored_id(stocked, found, LATER)

    assert refer(stocked, "http://courier.example/held/2").article_id == article
    assert (link_row(stocked, link)["state"], link_row(stocked, link)["article_id"]) == ("fetched", article)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("99", "there is no article 99"),
        ("9" * 30, "there is no article 9"),
        ("http://courier.example/never", "neither stored nor held"),
        ("link:99", "neither stored nor held"),
        ("link:x", "names no article"),
        ("²", "names no article"),
        ("", "names no article"),
    ],
)
def test_what_is_not_there_is_named(stocked, name, message):
    with pytest.raises(ConfigError, match=message):
        refer(stocked, name)
