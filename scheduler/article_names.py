"""The article that a person or an agent names, by its number or its address."""

from sqlite3 import Connection

from crawler.urls import url_key
from storage.articles import articles
from storage.errors import ConfigError


def find_article(connection: Connection, given: str) -> int:
    """The article with this number or address.

    Raises:
        ConfigError: there is none.
    """
    if given.isdecimal() and len(given) < 19:
        row = articles.article(connection, int(given))
        number = int(row["id"]) if row else None
    elif given.startswith(("http://", "https://")):
        number = articles.find(connection, url_key(given))
    else:
        raise ConfigError(
            f"{given!r} is no article: give its number or its address (http://... or https://...)"
        )
    if number is None:
        raise ConfigError(f"there is no article {given}; `seedwatch search` shows the numbers")
    return number
