"""Jobs and topics there and back: what a worker reads with is what the scheduler has."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from crawler.articles.store import store_reading
from crawler.cluster.jobs import PAGES, HostJob, Site
from crawler.cluster.wire import (
    job_from_bytes,
    job_to_bytes,
    memory_from_bytes,
    memory_to_bytes,
    topics_from_bytes,
    topics_to_bytes,
)
from crawler.run.opening import CrawlSettings
from crawler.topics.match import MatchContext, TopicIndex, TopicMatcher, score_topics
from crawler.topics.meaning import Meaning, Scale
from crawler.topics.prepare import prepare_matchers
from storage.errors import RecordError
from storage.records.backfills import ArchivePage
from storage.records.looks import Absence, Watch
from storage.records.site_memory import CommonMarks
from storage.records.sources import FeedKind, HostMemory, PageOutcome, RobotsFile
from storage.records.subscriptions import Push
from storage.sources.successors import DeadFeed, DeadFeeds
from storage.topics import topics
from tests.support.samples import FEED, NOW, SENTENCE, SOURCE, TOPIC, article, link, reading

JOB = HostJob(
    "key",
    "courier.example",
    PAGES,
    7,
    "token",
    "schedule",
    CrawlSettings(contact="mailto:desk@desk.example", delay=0.5, allow_private=("127.0.0.1:80",)),
    topics="revision",
    access='{"proxy": "x"}',
    feeds=(replace(FEED, kind=FeedKind.SECTION, learnt=(PageOutcome("http://courier.example/1", True),)),),
    pushes=(Push(1, 1, NOW, "application/rss+xml", b"\x00\xff"), Push(2, 1, NOW, "", None)),
    sites=(Site(SOURCE, 2),),
    dead=(DeadFeeds(SOURCE, (DeadFeed(1, "courier", "http://courier.example/rss", FeedKind.FEED, NOW, None),)),),
    polled=("http://courier.example/rss",),
    links=(replace(link(), first_seen_at=NOW, tags=("a",)),),
    looks=(
        Watch(
            2, "http://courier.example/w", "key", "courier", 1, "Ministers meet", 60, "live", NOW,
            absences=(Absence(NOW, "http_404", "http://courier.example/w", 404),),
        ),
    ),
    lists=(ArchivePage(1, 1, "courier", "http://courier.example/map.xml", "sitemap", date(2026, 1, 2), True),),
    memories=(HostMemory("courier.example", NOW, "http_429", 2, NOW, 4.0, 1.5),),
    robots=(RobotsFile("http://courier.example", NOW, NOW, 200, b"User-agent: *\n"),),
    delays=(("courier.example", 4.0),),
    common=(("courier.example", CommonMarks(frozenset({"a", "b"}), frozenset({"c"}))),),
)  # fmt: skip


def test_a_job_comes_back_as_it_was():
    assert job_from_bytes(job_to_bytes(JOB)) == JOB


def test_what_a_host_asked_for_comes_back_as_it_was():
    assert memory_from_bytes(memory_to_bytes(JOB.memories[0])) == JOB.memories[0]


@pytest.mark.parametrize("read", [job_from_bytes, memory_from_bytes, topics_from_bytes])
@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x90", b"\x81\xa4host\x07"])
def test_what_is_no_record_is_refused(read, payload):
    if read is topics_from_bytes and payload == b"\x90":
        assert read(payload) == ()  # no topics are topics
        return
    with pytest.raises(RecordError):
        read(payload)


def test_an_article_scores_the_same_on_a_worker(connection):
    topic = replace(TOPIC, any='"harbour bridge"', aliases=(("the strait", ("Strait",)),))
    topics.sync(connection, [topic])
    texts = [
        f"{SENTENCE}{other} " * 5 for other in ("The link is to open in May.", "Ferries go on until then.")
    ]
    for text in texts:
        _, seed = store_reading(connection, reading(None, text=text, origin="seed", matches=()))
        topics.add_seed(connection, topic.name, seed, NOW)
    matchers = prepare_matchers(connection, NOW)
    revision, payload = topics_to_bytes(matchers)

    travelled = topics_from_bytes(payload)

    assert matchers[0].profiles
    assert topics_to_bytes(travelled) == (revision, payload)
    for text in (texts[0], "Of the weather in the hills. " * 20, "The harbour bridge is closed. " * 9):
        scored = [
            score_topics(article(text=text), MatchContext(), TopicIndex.of(some))
            for some in (matchers, travelled)
        ]
        assert scored[0] == scored[1]


def test_a_meaning_comes_back_as_it_was():
    vectors = np.array([0.5, -0.25, 1.0], dtype=np.float32)
    meaning = Meaning(vectors, -vectors, {"ko": Scale(vectors * 2, 0.5, 1.5)}, frozenset({"en"}), "basis")
    matcher = replace(TopicMatcher.of(TOPIC, {}), meaning=meaning)

    (back,) = topics_from_bytes(topics_to_bytes([matcher])[1])

    assert back.meaning is not None
    assert np.array_equal(back.meaning.plain, vectors)
    assert np.array_equal(back.meaning.centred, -vectors)
    assert np.array_equal(back.meaning.scales["ko"].centre, vectors * 2)
    assert (back.meaning.scales["ko"].middle, back.meaning.scales["ko"].deviation) == (0.5, 1.5)
    assert (back.meaning.wanted, back.meaning.basis) == (meaning.wanted, meaning.basis)
