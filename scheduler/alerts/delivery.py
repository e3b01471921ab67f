"""Delivery beside the crawls: messages are put together, sent, and tried again, each channel by itself. I/O edge."""

import asyncio
import logging
import sqlite3
import uuid
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

from crawler import clock
from crawler.cadence.next_delivery import BATCH_PAUSE, next_digest, next_try
from scheduler import unexpected
from scheduler.alerts.messages import Message, message_of
from scheduler.alerts.send import AT_ONCE, channel_url, send
from scheduler.config.records import AlertSettings, Config
from storage import db
from storage.alerts import outbox, rules
from storage.errors import ConfigError, StorageError
from storage.records.alerts import Contents, DueMessage, DueRule

logger = logging.getLogger(__name__)

_LATEST_DIGEST = timedelta(days=2)
_DAEMON: unexpected.Subject = (None, None)


class AlertDelivery:
    """Delivers what waits in the outbox, until cancelled."""

    def __init__(
        self,
        config: Callable[[], Config],
        environment: Mapping[str, str],
        tell: Callable[[str], None],
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """*config* gives the settings in force; *tell* gets a line for people when a message is given up."""
        self._config, self._environment, self._tell, self._now = config, environment, tell, now
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def deliver(self, database: Path, every_s: float) -> None:
        """Look every few seconds for what is to be sent, and send it, until cancelled; wait for a busy database."""
        try:
            while True:
                with suppress(StorageError):  # the tick finds it too, and says so
                    await self.look(database)
                await asyncio.sleep(every_s)
        finally:
            # What is broken off goes out again, under the same key.
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def look(self, database: Path) -> None:
        """Put together what is due, and begin to send what is; a channel that is still at work is passed over.

        Raises:
            StorageError: the database refused.
        """
        config = self._config()
        if not config.alerts:
            return
        due = await asyncio.to_thread(prepare, database, self._now())
        alerts = {alert.rule.name: alert for alert in config.alerts}
        for message in due:
            if message.rule in alerts and message.rule not in self._under_way:
                task = asyncio.create_task(self._send(database, alerts[message.rule], message))
                self._under_way[message.rule] = task

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _send(self, database: Path, alert: AlertSettings, due: DueMessage) -> None:
        try:
            async with self._slots:
                await self._record(database, due, await self._problem(database, alert, due))
        except StorageError as error:
            logger.warning("alert %s: what became of a message was not stored: %s", alert.rule.name, error)
        finally:
            del self._under_way[alert.rule.name]

    async def _problem(self, database: Path, alert: AlertSettings, due: DueMessage) -> str | None:
        """Read the message and send it; why it was not sent. An error that nobody expected counts as a try in vain."""
        try:
            message = await asyncio.to_thread(
                read_message, database, alert, due, self._config().service.public_url
            )
            return None if message is None else await self._try(alert, message)
        except StorageError:
            raise
        except Exception as error:
            logger.exception("alert %s: a message could not be sent", alert.rule.name)
            return f"an error of seedwatch, {type(error).__name__}: {error}"

    async def _try(self, alert: AlertSettings, message: Message) -> str | None:
        try:
            url = channel_url(alert, self._environment)
            return await send(url, message, allow_private=self._config().crawl.allow_private)
        except ConfigError as error:
            return str(error)
        except OSError as error:
            return f"no process could be started: {error.strerror}"

    async def _record(self, database: Path, due: DueMessage, problem: str | None) -> None:
        given_up = await asyncio.to_thread(record, database, due, problem, self._now())
        if problem is not None:
            logger.warning("alert %s was not sent: %s", due.rule, problem)
        if given_up:
            self._tell(f"alert {due.rule}: a message was given up after {due.tries + 1} tries: {problem}")


def prepare(database: Path, now: datetime) -> list[DueMessage]:
    """Put together what is due, and give what is to be sent now, by id.

    Raises:
        StorageError: the database refused.
    """
    with closing(db.connect(database)) as connection:
        # A day ahead is as far as it goes: what is later was decided under a clock that was wrong.
        for rule in outbox.digests_later_than(connection, now + _LATEST_DIGEST):
            if rule.digest:
                rules.set_next_digest(connection, rule.id, next_digest(now, rule.digest, rule.timezone))
        due = outbox.due_rules(connection, now, pause=BATCH_PAUSE)
        errors = [error for rule in due if (error := _put_together(connection, rule, now))]
        if due:
            raised = {_DAEMON: ExceptionGroup("alerts", errors)} if errors else {}
            unexpected.note(connection, unexpected.ALERT, raised, [_DAEMON], now)
        return outbox.due_messages(connection, now)


def _put_together(connection: sqlite3.Connection, rule: DueRule, now: datetime) -> Exception | None:
    """Make the message of one rule; what raised, in which case the other rules do not wait for it."""
    try:
        following = next_digest(now, rule.digest, rule.timezone) if rule.digest else None
        outbox.put_together(connection, rule.id, key=uuid.uuid4().hex, now=now, next_digest_at=following)
    except StorageError:
        raise
    except Exception as error:
        error.add_note(f"alert {rule.name}")
        return error
    return None


def read_message(
    database: Path, alert: AlertSettings, due: DueMessage, public_url: str = ""
) -> Message | None:
    """The message as it is sent, with links to our pages at *public_url*; None, and it is withdrawn, if all is gone.

    Raises:
        StorageError: the database refused.
    """
    with closing(db.connect(database)) as connection:
        contents = outbox.contents(connection, due.id)
        if contents == Contents():
            outbox.withdraw(connection, due.id)
            return None
    is_digest = alert.rule.digest is not None
    return message_of(due.key, due.rule, contents, due.created_at, is_digest=is_digest, public_url=public_url)


def record(database: Path, due: DueMessage, problem: str | None, now: datetime) -> bool:
    """Write down what became of a message; whether it was given up.

    Raises:
        StorageError: the database refused.
    """
    with closing(db.connect(database)) as connection:
        if problem is None:
            outbox.record_sent(connection, due.id, now)
            return False
        again_at = next_try(due.tries + 1, now)
        outbox.record_failure(connection, due.id, problem, again_at)
        return again_at is None
