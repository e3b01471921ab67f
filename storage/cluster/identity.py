"""By which name a database is known to the PostgreSQL that it shares work through: rows there name rows here."""

import secrets
import sqlite3

from storage import meta
from storage.db import storage_errors, transaction

_NAME_BYTES = 8


@storage_errors
def own_name(connection: sqlite3.Connection) -> str:
    """The name of this database, made up when it is asked for first; a copy of its file has it, too."""
    with transaction(connection):
        name = meta.get(connection, meta.CLUSTER_NAME)
        if not name:
            name = secrets.token_hex(_NAME_BYTES)
            meta.put(connection, meta.CLUSTER_NAME, name)
    return name
