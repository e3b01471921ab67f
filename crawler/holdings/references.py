"""What a person calls an article: its number, its address, or a link whose text is held. I/O edge."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from crawler.holdings.rematch import admit
from crawler.urls import url_key
from storage.articles import articles
from storage.articles import held as holdings
from storage.articles.held import HeldArticle
from storage.errors import ConfigError

LINK = "link:"


@dataclass(frozen=True, slots=True)
class Referred:
    """An article that is stored, or an off-topic text that can become one."""

    article_id: int | None
    title: str
    held: HeldArticle | None = None


def refer(connection: sqlite3.Connection, reference: str) -> Referred:
    """The article of a number, of an address, or of `link:NUMBER`; nothing is changed.

    Raises:
        ConfigError: nothing of it is stored or held; the text says what can be done.
    """
    if reference.isascii() and reference.isdigit():
        return _stored(connection, _number(reference), reference)
    if reference.startswith(("http://", "https://")):
        key = url_key(reference)
        article_id = articles.find(connection, key)
        if article_id is not None:
            return _stored(connection, article_id, reference)
        return _held(holdings.held_text(connection, url_key=key), reference)
    number = reference.removeprefix(LINK)
    if reference.startswith(LINK) and number.isascii() and number.isdigit():
        return _held(holdings.held_text(connection, link_id=_number(number)), reference)
    raise ConfigError(
        f"{reference!r} names no article: give its number, its address, or {LINK}NUMBER for a link whose text is held"
    )


def stored_id(connection: sqlite3.Connection, referred: Referred, now: datetime) -> int:
    """The row of an article; an off-topic text becomes one."""
    if referred.article_id is not None:
        return referred.article_id
    assert referred.held is not None
    return admit(connection, referred.held, (), now, why="marked")


def _number(digits: str) -> int:
    """A row number; one that SQLite does not know is that of no row."""
    return int(digits) if len(digits) < 19 else 0


def _stored(connection: sqlite3.Connection, article_id: int, reference: str) -> Referred:
    row = articles.article(connection, article_id)
    if row is None:
        raise ConfigError(f"there is no article {reference}; `seedwatch search` shows the numbers")
    return Referred(article_id, row["title"])


def _held(held: HeldArticle | None, reference: str) -> Referred:
    if held is None:
        raise ConfigError(
            f"{reference} is neither stored nor held; `seedwatch seeds import` fetches an address and makes it a seed"
        )
    return Referred(None, held.article.title, held)
