"""Kept pages by the present extractor: what comes out otherwise is put right, and nobody takes it for an edit."""

import gzip
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from crawler.holdings.re_extract import count_paged, re_extract
from crawler.pages.extract import EXTRACTOR
from crawler.topics.match import TopicMatcher
from storage.alerts import rules
from storage.articles import articles, matches
from storage.query import parse_query
from storage.records.looks import Answer
from storage.records.topics import Match, Topic
from storage.search.changes import search_changes
from storage.sources import sources
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, RULE, reading

URL = "http://courier.example/1"
LATER = NOW + timedelta(days=1)
TUNNEL = TopicMatcher.of(Topic("strait", any="tunnel"), {})
WHALES = TopicMatcher.of(Topic("whales", any="whale*"), {})
BY_RULE = Match("strait", score=1.0, threshold=0.0, reason="any")
TEXT = (
    "The tunnel under the strait was opened on Monday, said the harbour master, after nine years of work.\n"
    "Two thousand people walked through it before the first train came, and the shops of both towns stayed closed.\n"
    "A second tube is to follow within ten years, if the provinces agree on who pays for it, which they have not."
)
JUNK = "\nSubscribe to our newsletter about whales and never miss a story from the coast again."
HEAD = (
    '<meta property="article:published_time" content="2026-09-13T08:30:00+02:00">'
    '<meta name="author" content="Mara Lind">'
)


def html(text: str = TEXT, head: str = HEAD) -> bytes:
    body = "".join(f"<p>{line}</p>" for line in text.splitlines())
    return f"<html><head>{head}</head><body><article><h1>Tunnel opened</h1>{body}</article></body></html>".encode()


def answer(body: bytes, *, at=NOW, packed: bool = False) -> Answer:
    headers = (("Content-Type", "text/html; charset=utf-8"),) + (
        (("Content-Encoding", "gzip"),) if packed else ()
    )
    return Answer(URL, URL, 200, at, headers=headers, body=gzip.compress(body) if packed else body)


def store(
    connection, text: str, kept: Answer, *, title="Tunnel opened", at=NOW, extractor: int | None = 1
) -> int:
    """What an older extractor read of a page that was kept."""
    item = reading(URL, matches=(BY_RULE,), text=text, title=title, read_at=at, answer=kept)
    item = replace(item, article=replace(item.article, extractor=extractor))
    article_id = store_reading(connection, item)[1]
    assert article_id is not None
    return article_id


@pytest.fixture
def stocked(connection):
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TUNNEL.topic, WHALES.topic])
    rules.sync(connection, [(RULE, None)])
    return connection


def reread(connection, *, write: bool, again: bool = False):
    (found,) = re_extract(connection, [TUNNEL, WHALES], LATER, write=write, again=again)
    return found


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_what_would_change_is_said_and_nothing_is_written(stocked, packed):
    article_id = store(stocked, TEXT + JUNK, answer(html(), packed=packed))
    before = dict(articles.article(stocked, article_id))

    found = reread(stocked, write=False)

    assert (found.outcome, found.revision.removed) == ("changed", JUNK.strip())
    assert found.authors == ((), ("Mara Lind",))
    assert [stated and stated.at.isoformat() for stated in found.published] == [
        NOW.isoformat(),
        "2026-09-13T06:30:00+00:00",
    ]
    assert dict(articles.article(stocked, article_id)) == before
    assert stocked.execute("SELECT count(*) FROM revisions").fetchone()[0] == 0


def test_it_is_written_with_the_text_before_and_is_no_edit(stocked):
    article_id = store(stocked, TEXT + JUNK, answer(html()))
    sent = stocked.execute("SELECT count(*) FROM alerts").fetchone()[0]

    reread(stocked, write=True)

    row = articles.article(stocked, article_id)
    assert (row["text"], row["extractor"], row["authors"]) == (TEXT, EXTRACTOR, "Mara Lind")
    assert (row["published_at"], row["revisions"]) == ("2026-09-13T06:30:00+00:00", 0)
    kinds = [
        tuple(one) for one in stocked.execute("SELECT number, kind, text FROM revisions ORDER BY number")
    ]
    assert kinds == [(1, None, TEXT + JUNK), (2, "re-extracted", TEXT)]
    (match,) = matches.matches_of(stocked, article_id)
    assert (match["topic"], match["published_at"]) == ("strait", "2026-09-13T06:30:00+00:00")
    assert stocked.execute("SELECT count(*) FROM alerts").fetchone()[0] == sent
    assert search_changes(stocked, parse_query("newsletter"), side="removed") == []
    assert list(re_extract(stocked, [TUNNEL], LATER, write=True)) == []
    assert count_paged(stocked) == 0
    assert count_paged(stocked, again=True) == 1
    assert reread(stocked, write=True, again=True).outcome == "same"


def test_an_edit_that_follows_is_the_next_version_and_counts(stocked):
    article_id = store(stocked, TEXT + JUNK, answer(html()))
    reread(stocked, write=True)

    edited = TEXT.replace("Two thousand", "Nine hundred")
    store(stocked, edited, answer(html(edited), at=LATER), at=LATER + timedelta(hours=1), extractor=EXTRACTOR)

    numbers = [tuple(one) for one in stocked.execute("SELECT number, kind FROM revisions ORDER BY number")]
    assert numbers == [(1, None), (2, "re-extracted"), (3, "minor")]
    assert articles.article(stocked, article_id)["revisions"] == 1


def test_matches_follow_the_text_that_is_right(stocked):
    passage = html(TEXT.replace("tunnel", "whale passage")).replace(b"Tunnel opened", b"Passage opened")
    article_id = store(stocked, JUNK.strip() + "\n" + TEXT, answer(passage))

    reread(stocked, write=True)

    assert [match["topic"] for match in matches.matches_of(stocked, article_id)] == ["whales"]
    assert [past["topic"] for past in matches.past_of(stocked, article_id)] == ["strait"]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"<html><body><p>Gone.</p></body></html>", "no_article"),
        (
            html("Eels are back in the lake, said the warden. " * 20).replace(b"Tunnel opened", b"Eels"),
            "other_story",
        ),
        (html(TEXT, HEAD + '<link rel="next" href="http://courier.example/1?page=2">'), "several_pages"),
    ],
)
def test_what_is_no_longer_the_article_is_left_alone(stocked, body, outcome):
    article_id = store(stocked, TEXT + JUNK, answer(body))

    found = reread(stocked, write=True)

    assert found.outcome == outcome
    assert articles.article(stocked, article_id)["text"] == TEXT + JUNK


def test_damaged_bytes_are_said_and_left_alone(stocked):
    kept = answer(html(), packed=True)
    assert kept.body is not None
    store(stocked, TEXT + JUNK, replace(kept, body=kept.body[:90]))

    assert reread(stocked, write=True).outcome == "unreadable"


def test_a_page_older_than_the_text_says_nothing_of_it(stocked):
    store(stocked, TEXT, answer(html()))
    edited = TEXT.replace("Two thousand", "Nine hundred")
    later = replace(answer(b"", at=LATER), body=None)
    article_id = store(stocked, edited, later, at=LATER)

    assert reread(stocked, write=True).outcome == "page_not_kept"
    assert articles.article(stocked, article_id)["text"] == edited


def test_the_date_is_that_of_the_first_page(stocked):
    store(stocked, TEXT, answer(html()))
    edited = TEXT.replace("Two thousand", "Nine hundred")
    late = html(edited, HEAD.replace("09-13", "09-14"))
    store(stocked, edited + JUNK, answer(late, at=LATER), at=LATER)

    found = reread(stocked, write=True)

    assert found.published[1].at.isoformat() == "2026-09-13T06:30:00+00:00"
