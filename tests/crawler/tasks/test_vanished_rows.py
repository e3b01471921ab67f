"""What another process removed while a crawl had it in hand: a fact of that crawl, never its end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.look_verdicts import Sight
from crawler.articles.store import store_reading
from crawler.holdings.remove import remove
from crawler.tasks.second_looks import claim_looks, store_sight
from storage.articles.choices import Choice
from storage.records.looks import Answer, Watch
from storage.sources import links, runs, sources
from storage.topics import topics
from tests.support.samples import DECLARED, FEED, NOW, TEXT, TOPIC, entry, reading

URL = "http://courier.example/1"
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def looked_at(connection) -> Watch:
    """An article that a run has in hand for a second look."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    store_reading(connection, reading(URL))
    claim_looks(connection, run_id=1, now=NOW)
    connection.execute("UPDATE watches SET due_at = ?", [NOW.isoformat()])
    (watch,) = claim_looks(connection, run_id=1, now=LATER)
    return watch


def sight(kind: str) -> Sight:
    answer = Answer(URL, URL, 200, LATER, body=b"<p>", headers=(("A", "b"),))
    read = reading(URL, text=TEXT.replace("tunnel", "bridge")) if kind == "article" else None
    return Sight(kind, LATER, URL, 200, reason="http_404", answer=answer, reading=read)


@pytest.mark.parametrize("kind", ["article", "absent", "failed", "wall", "not_modified", "same_body"])
@pytest.mark.parametrize("comes_after", [False, True], ids=["last", "its row is another's"])
def test_a_look_at_a_pruned_article_is_no_error(connection, looked_at, kind, comes_after):
    list(remove(connection, Choice(ids=(looked_at.article_id,))))
    if comes_after:
        _, other = store_reading(connection, reading("http://courier.example/2", text=f"Quays. {TEXT}"))
        assert other == looked_at.article_id

    look = store_sight(connection, looked_at, sight(kind), run_id=1)

    assert look.outcome == "pruned"
    assert connection.execute("SELECT count(*) FROM looks").fetchone()[0] == 0
    states = [row["state"] for row in connection.execute("SELECT state FROM articles")]
    assert states == ["live"] * comes_after


@pytest.mark.parametrize("matches", [True, False], ids=["kept", "off topic"])
def test_a_page_whose_link_was_let_go_is_stored_without_it(connection, matches):
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    runs.begin(connection, trigger="schedule", token="one", now=NOW, host="here", pid=1)
    (link,), _ = links.discover(connection, FEED, {"key": entry(URL)}, run_id=1, now=NOW)
    connection.execute("DELETE FROM links")
    (other,), _ = links.discover(connection, FEED, {"other": entry()}, run_id=1, now=NOW)
    assert other.id == link.id
    item = reading(URL) if matches else reading(URL, matches=())

    store_reading(connection, replace(item, link=link), hold_days=30)

    assert connection.execute("SELECT count(*) FROM articles").fetchone()[0] == matches
    assert connection.execute("SELECT count(*) FROM off_topic_texts").fetchone()[0] == 0
    assert connection.execute("SELECT state FROM links").fetchone()["state"] == "queued"
