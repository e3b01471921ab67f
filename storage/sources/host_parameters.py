"""Parameters of addresses that may name a page, and whether they do at a host: by texts that were read there."""

import sqlite3
from datetime import datetime

from storage.db import storage_errors, to_iso


@storage_errors
def names_page(connection: sqlite3.Connection, host: str, parameter: str) -> bool | None:
    """Whether two addresses of *host* that differ in *parameter* alone are two pages; None: it is not known."""
    row = connection.execute(
        "SELECT names_page FROM host_parameters WHERE host = ? AND parameter = ?", [host, parameter]
    ).fetchone()
    return bool(row["names_page"]) if row else None


@storage_errors
def learn(
    connection: sqlite3.Connection, host: str, parameter: str, *, names_page: bool, url: str, now: datetime
) -> None:
    """Keep what the texts of two such addresses said, of which *url* is the one that was read last.

    Two that were two pages once outweigh all that are one.
    """
    connection.execute(
        """
        INSERT INTO host_parameters (host, parameter, names_page, learnt_at, url) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (host, parameter) DO UPDATE
        SET names_page = excluded.names_page, learnt_at = excluded.learnt_at, url = excluded.url
        WHERE excluded.names_page > host_parameters.names_page
        """,
        [host, parameter, int(names_page), to_iso(now), url],
    )
