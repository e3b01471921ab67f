"""A small database for the tests of the reading pages: forty articles in four languages, and what goes wrong.

It is filled by plain SQL through the schema's migrations, so that these tests stand by themselves. The texts are
written for the project.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlite_utils import Database

from storage.analyser import VERSION, count_words, index_text
from storage.schema.migrations import migrations
from tests.support.folders import DATA

LAST_LOOK = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)

SOURCES = (
    ("meridian", "Meridian Wire", "https://meridian.example/", "en"),
    ("courier", "Harbour Courier", "https://courier.example/", "en"),
    ("volna", "Волна", "https://volna.example/", "ru"),
    ("deungdae", "등대일보", "https://deungdae.example/", "ko"),
    ("chaobao", "潮报", "https://chaobao.example/", "zh"),
)
TO_REVIEW = "City council votes on a new tram line"  # near below the first topic's threshold
TOPICS = (("dprk-russia", "North Korea and Russia"), ("rare-earths", "Rare earths"))
TERMS = {
    ("dprk-russia", "en"): ("North Korea", "Russia", "Pyongyang", "Tumen", "Moscow"),
    ("dprk-russia", "ru"): ("КНДР", "Россия", "Пхеньян", "Туманная"),
    ("dprk-russia", "ko"): ("북러", "러시아", "북한", "두만강"),
    ("dprk-russia", "zh"): ("朝俄", "俄罗斯", "朝鲜", "图们江"),
    ("rare-earths", "en"): ("rare earths", "neodymium", "magnets"),
    ("rare-earths", "ru"): ("редкоземельные", "неодим"),
    ("rare-earths", "ko"): ("희토류", "자석"),
    ("rare-earths", "zh"): ("稀土", "磁体"),
}


@dataclass(frozen=True, slots=True)
class Story:
    """An article as the tests want it."""

    source: int
    hours: float  # before LAST_LOOK
    topic: str  # "" for none
    title: str
    text: str
    precision: str
    origin: str


def _read_stories() -> tuple[Story, ...]:
    """The stories of datasette_stories.txt, oldest first: a line of facts, the headline, the text."""
    blocks = (DATA / "datasette_stories.txt").read_text(encoding="utf-8").split("\n# ")
    names = [name for name, *_ in SOURCES]
    stories = []
    for block in blocks:
        facts, title, text = block.removeprefix("# ").strip().split("\n", 2)
        source, hours, topic, precision, origin = facts.split(" | ")
        about = "" if topic == "-" else topic
        stories.append(Story(names.index(source) + 1, float(hours), about, title, text, precision, origin))
    return tuple(stories)


STORIES = _read_stories()
# The copy, its original, relation, similarity and lag in seconds.
COPIES = ((18, 17, "copy", 1.0, 5400), (37, 36, "excerpt", 0.86, 2160))
EARLIER_TEXT = (
    "The first passenger train from Moscow in six years reached Pyongyang on Monday morning after nine days.\n"
    "On board were railway staff. North Korea and Russia had repaired the tracks on both sides of the Tumen.\n"
    "The railway of Russia calls it the longest direct line in the world."
)


def iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def fill(path: Path) -> Path:
    """The database of forty articles at *path*, in WAL mode as the program leaves it."""
    database = Database(path)
    database.enable_wal()
    migrations.apply(database)
    connection = database.conn
    _declare(connection)
    for number, story in enumerate(STORIES, start=1):
        _store(connection, number, story)
    _relate(connection)
    _operate(connection)
    connection.commit()
    connection.close()
    return path


def insert(connection: sqlite3.Connection, table: str, **values: Any) -> int:
    """One row of plain values; its id."""
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values.values()))
    return int(cursor.lastrowid or 0)


def add_article(connection: sqlite3.Connection, text: str, **values: Any) -> int:
    """An article with its text and index entry; what is not given is plain."""
    row: dict[str, Any] = {
        "title": "A title",
        "source_id": 1,
        "published_at": iso(LAST_LOOK),
        "published_precision": "minute",
        "language": "en",
        "words": count_words(text),
        "origin": "crawl",
        "first_seen_at": iso(LAST_LOOK),
        "fetched_at": iso(LAST_LOOK),
        "text_hash": "0",
    }
    row |= values
    article = insert(connection, "articles", **row)
    insert(connection, "article_texts", article_id=article, text=text, analyser=VERSION)
    title, body = index_text(row["title"], row["language"]), index_text(text, row["language"])
    connection.execute(
        "INSERT INTO articles_fts (rowid, title, text) VALUES (?, ?, ?)", (article, title, body)
    )
    return article


def _declare(connection: sqlite3.Connection) -> None:
    for name, title, home, language in SOURCES:
        source = insert(
            connection, "sources", name=name, title=title, home=home, language=language, country="xx"
        )
        insert(
            connection,
            "feeds",
            source_id=source,
            url=f"{home}feed.xml",
            kind="feed",
            title=title,
            last_polled_at=iso(LAST_LOOK),
            last_ok_at=iso(LAST_LOOK),
            rate_per_day=4.0,
        )
    insert(connection, "feeds", source_id=2, url="https://courier.example/sitemap-news.xml", kind="sitemap")
    for name, title in TOPICS:
        insert(connection, "topics", name=name, title=title)
    insert(
        connection,
        "runs",
        trigger="schedule",
        state="finished",
        started_at=iso(LAST_LOOK),
        finished_at=iso(LAST_LOOK),
        token="one",
        feeds_polled=6,
        articles_new=38,
    )


def _store(connection: sqlite3.Connection, number: int, story: Story) -> None:
    name, _, home, language = SOURCES[story.source - 1]
    published = LAST_LOOK - timedelta(hours=story.hours)
    if story.precision == "day":
        published = published.replace(hour=0, minute=0)
    seen = min(published + timedelta(minutes=25), LAST_LOOK)
    url = f"{home}{published:%Y/%m/%d}/{number}.html"
    add_article(
        connection,
        story.text,
        title=story.title,
        source_id=story.source,
        published_at=iso(published),
        published_precision=story.precision,
        language=language,
        section="world" if story.topic else "city",
        authors="Foreign desk" if number % 3 == 0 else None,
        url=url,
        origin=story.origin,
        first_seen_at=iso(seen),
        fetched_at=iso(seen),
        published_raw=f"{published:%d %B %Y}",
        published_rule="json-ld",
        outlet_host=name,
        run_id=1,
        url_key=url,
        text_hash=f"{crc32(story.text.encode()):08x}",
    )
    if story.topic:
        _match(connection, number, story, iso(published), iso(seen))
    if story.title == TO_REVIEW:
        insert(
            connection,
            "matches",
            topic_id=1,
            article_id=number,
            published_at=iso(published),
            source_id=story.source,
            language=SOURCES[story.source - 1][3],
            score=2.1,
            threshold=3.0,
            reason="seed",
            band="review",
            terms="",
            matched_at=iso(seen),
            explanation="{}",
        )
    if story.origin == "seed":
        insert(connection, "topic_seeds", topic_id=1, article_id=number, added_at=iso(seen), declared=1)


def _match(connection: sqlite3.Connection, number: int, story: Story, published: str, seen: str) -> None:
    language = SOURCES[story.source - 1][3]
    surfaces = [term for term in TERMS[story.topic, language] if term[:4] in story.title + story.text]
    sentences = [line for line in story.text.splitlines() if any(term[:4] in line for term in surfaces)]
    by_rule = number % 4 == 0
    spans = (
        [
            ["text", story.text.find(term), story.text.find(term) + len(term)]
            for term in surfaces
            if term in story.text
        ]
        if by_rule
        else []
    )
    explanation = {
        "measure": "background",
        "terms": [[term, round(2.4 / place, 3)] for place, term in enumerate(surfaces, start=1)],
        "sentences": sentences[:3],
        "spans": spans,
    }
    insert(
        connection,
        "matches",
        topic_id=1 + (story.topic == "rare-earths"),
        article_id=number,
        published_at=published,
        source_id=story.source,
        language=language,
        score=round(3.1 + number % 7 * 0.6, 2),
        threshold=3.0,
        reason="both" if by_rule else "seed",
        terms=", ".join(surfaces),
        matched_at=seen,
        explanation=json.dumps(explanation, ensure_ascii=False),
    )


def _relate(connection: sqlite3.Connection) -> None:
    for copy, original, relation, similarity, lag in COPIES:
        insert(
            connection,
            "copies",
            article_id=copy,
            original_id=original,
            relation=relation,
            similarity=similarity,
            first_by="published",
            lag_s=lag,
        )
    title, now = STORIES[39].title, STORIES[39].text
    insert(
        connection,
        "revisions",
        article_id=40,
        number=1,
        seen_at=iso(LAST_LOOK - timedelta(hours=3)),
        title=title,
        text=EARLIER_TEXT,
        text_hash="1",
    )
    insert(
        connection,
        "revisions",
        article_id=40,
        number=2,
        seen_at=iso(LAST_LOOK - timedelta(hours=1)),
        title=title,
        text=now,
        added=now.splitlines()[2],
        removed="",
        text_hash="2",
    )
    connection.execute("UPDATE articles SET revisions = 1 WHERE id = 40")
    insert(
        connection,
        "article_events",
        article_id=12,
        happened_at=iso(LAST_LOOK),
        event="deleted",
        detail="HTTP 410",
    )
    connection.execute("UPDATE articles SET state = 'deleted' WHERE id = 12")


def _operate(connection: sqlite3.Connection) -> None:
    """Polls with failures, a saved search, links that became no article, and days on which a source was not seen."""
    for feed in range(1, 7):
        for look in range(4):
            failed = feed == 3 and look > 0
            polled = LAST_LOOK - timedelta(hours=9 - 3 * look)
            insert(
                connection,
                "polls",
                feed_id=feed,
                run_id=1,
                polled_at=iso(polled),
                outcome="timeout" if failed else "ok",
                status=None if failed else 200,
                entries=None if failed else 20,
                new_links=None if failed else 1,
            )
    # Of the forty articles the last ten came since.
    insert(
        connection,
        "saved_searches",
        name="Ties / Связи",
        query="Moscow OR Россия",
        saved_at=iso(LAST_LOOK - timedelta(days=1)),
        saved_behind=30,
    )
    connection.execute(
        "UPDATE feeds SET failures = 3, last_error = 'timeout: no answer within 30 s', last_ok_at = ? WHERE id = 3",
        (iso(LAST_LOOK - timedelta(hours=9)),),
    )
    connection.execute(
        "UPDATE feeds SET failures = 0.5, last_polled_at = ?, last_error = 'http_503' WHERE id = 5",
        (iso(LAST_LOOK),),
    )
    fates = (
        ("off_topic", None, 0.4),
        ("off_topic", None, 1.9),
        ("not_article", "wall", None),
        ("failed", "http_500", None),
        ("gone", "http_404", None),
        ("blocked", "robots", None),
        ("queued", None, None),
    )
    for number, (state, reason, score) in enumerate(fates):
        url = f"https://courier.example/other/{number}.html"
        insert(
            connection,
            "links",
            source_id=2,
            feed_id=2,
            url=url,
            title=f"Other story {number}",
            state=state,
            reason=reason,
            score=score,
            first_seen_at=iso(LAST_LOOK - timedelta(days=number)),
            attempts=1,
            run_id=1,
            url_key=url,
        )
    for source in range(1, 6):
        for day in range(14):
            blind = source == 3 and day < 2
            insert(
                connection,
                "coverage",
                source_id=source,
                day=f"{LAST_LOOK - timedelta(days=day):%Y-%m-%d}",
                polls=0 if blind else 8,
                failed_polls=3 if blind else 0,
                seen=0 if blind else 2,
            )
