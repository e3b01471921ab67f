"""What a reader says of an article, written in short transactions; topics learn from it afterwards. I/O edge."""

import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler import clock
from crawler.holdings.feedback import (
    is_seed,
    learn_from_feedback,
    mark_articles,
    promote_articles,
    unmark_articles,
)
from crawler.holdings.references import refer
from crawler.text.storable import source_tag, storable
from crawler.topics.prepare import prepare_matcher
from scheduler.config.sync import forget_seed_files
from storage import db
from storage.articles import reader_marks
from storage.db import transaction
from storage.errors import ConfigError, SeedwatchError, StorageError
from storage.topics import topics

logger = logging.getLogger(__name__)

NOTE_CHARACTERS = 10_000
JUDGEMENTS = ("yes", "no", "undo", "seed")
DEEDS = (*JUDGEMENTS, "read", "unread", "star", "unstar", "note", "tag", "untag")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks for."""

    deed: str  # one of DEEDS
    article_id: int
    reader: str
    topic: str = ""  # of a judgement
    value: str = ""  # the note or tag; of a judgement why it is given


def carry_out(database: Path, asked: Asked, now: datetime) -> str:
    """Write down what is asked for; what was done, for people.

    Raises:
        ConfigError: there is no such article or topic, or what is asked for is not allowed; nothing is written.
        StorageError: the database refused, as while a crawl writes for longer than it may.
    """
    with closing(db.connect(database, is_brief=True)) as connection:
        referred = refer(connection, str(asked.article_id))
        if asked.deed in JUDGEMENTS:
            _check_topic(connection, asked.topic)
            return _judge(connection, asked, now)
        return _mark(connection, asked, now) + f": {referred.title[:80]}"


class Learner:
    """Lets topics learn from marks one after the other, beside what answers readers: it takes seconds.

    What else a mark has to be followed by is done there too.
    """

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        """*now* is the clock."""
        self._now = now
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="learner")
        self._waiting: dict[tuple[Path, str], Future[None]] = {}

    def learn_soon(self, database: Path, topic: str) -> None:
        """Let *topic* learn from all that was marked; once for marks that come while it waits."""
        known = self._waiting.get((database, topic))
        if known is None or known.done() or known.running():
            self._waiting[database, topic] = self._worker.submit(self._learn, database, topic)

    def tidy_soon(self, database: Path) -> None:
        """Move a log that has grown, which those who write a mark do not wait for."""
        self._worker.submit(self._tidy, database)

    def settle(self) -> None:
        """Wait until nothing is left to learn."""
        for future in list(self._waiting.values()):
            future.result()

    def _tidy(self, database: Path) -> None:
        try:
            db.tidy_log(database)
        except StorageError as error:
            logger.warning("the log of %s was not moved: %s", database, error)  # the next mark tries again

    def _learn(self, database: Path, topic: str) -> None:
        try:
            with closing(db.connect(database)) as connection:
                learn_from_feedback(connection, topic, force=False)
                declared = next((one for one in topics.followed(connection) if one.name == topic), None)
                if declared is not None:
                    prepare_matcher(connection, declared, self._now())
        except SeedwatchError as error:
            # The marks are kept: the topic learns from them with the next one.
            logger.warning("topic %s did not learn from what was marked: %s", topic, error)


def _check_topic(connection: sqlite3.Connection, name: str) -> None:
    names = [topic.name for topic in topics.followed(connection)]
    if name not in names:
        raise ConfigError(f"there is no topic {name[:80]!r}; followed are: {', '.join(names) or 'none'}")


def _judge(connection: sqlite3.Connection, asked: Asked, now: datetime) -> str:
    article, topic = asked.article_id, asked.topic
    why = storable(asked.value)[:NOTE_CHARACTERS]
    if asked.deed == "undo":
        return _undo(connection, asked, now)
    if asked.deed == "seed":
        referred = refer(connection, str(article))
        promotion = promote_articles(connection, topic, [referred], now, given_by=asked.reader, why=why)
        if promotion.is_taken:
            return f"a seed of {topic} now, and marked yes"
        return (
            f"marked yes, but no seed of {topic}, since it would find less well: "
            f"`seedwatch topics promote {article} --topic {topic} --force` makes it one all the same"
        )
    if asked.deed == "no" and is_seed(connection, topic, article):
        raise ConfigError(f"the article is a seed of {topic}: undo that first")
    mark_articles(
        connection, topic, [refer(connection, str(article))], asked.deed, now, given_by=asked.reader, why=why
    )
    return f"marked {asked.deed} for {topic}"


def _undo(connection: sqlite3.Connection, asked: Asked, now: datetime) -> str:
    """Take back a mark, and the promotion to a seed; a seed that a file names stays one."""
    by_file = topics.served_by(connection, asked.article_id).get(asked.topic)
    if by_file:
        raise ConfigError(
            f"the article is a seed of {asked.topic} because a file says so: take it out of the folder"
        )
    with transaction(connection):
        if by_file is not None:
            topics.remove_seed(connection, asked.topic, asked.article_id)
            # A file may name it too: then the next reading of the folder makes it a seed again.
            forget_seed_files(connection, asked.topic)
        ((_, verdict),) = unmark_articles(connection, asked.topic, [asked.article_id], now)
    return (
        f"undone for {asked.topic}: it was marked {verdict}"
        if verdict
        else f"it was not marked for {asked.topic}"
    )


def _mark(connection: sqlite3.Connection, asked: Asked, now: datetime) -> str:
    reader, article = asked.reader, asked.article_id
    match asked.deed:
        case "read" | "unread":
            reader_marks.set_read(connection, reader, article, now if asked.deed == "read" else None)
            return asked.deed
        case "star" | "unstar":
            reader_marks.set_star(connection, reader, article, now if asked.deed == "star" else None)
            return "starred" if asked.deed == "star" else "no star any more"
        case "note":
            text = storable(asked.value).strip()
            if len(text) > NOTE_CHARACTERS:
                raise ConfigError(f"a note has at most {NOTE_CHARACTERS:,} characters")
            reader_marks.write_note(connection, reader, article, text, now)
            return "noted" if text else "the note is gone"
        case _:
            return _tag(connection, asked, now)


def _tag(connection: sqlite3.Connection, asked: Asked, now: datetime) -> str:
    tag = source_tag(asked.value)
    if not tag:
        raise ConfigError("a tag is one line of letters")
    if asked.deed == "tag":
        reader_marks.add_tag(connection, asked.reader, asked.article_id, tag, now)
        return f"tagged {tag}"
    reader_marks.remove_tag(connection, asked.article_id, tag)
    return f"no longer tagged {tag}"
