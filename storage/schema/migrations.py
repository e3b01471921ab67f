"""The schema: append-only migrations of commented SQL.

Each statement stands alone in a tuple: splitting a script at ";" breaks on one inside a comment, and `executescript`
would commit inside a migration. Columns that only the program needs come last, so that a table's page in Datasette
begins with what a person reads. Times are ISO 8601 in UTC ("2026-09-14T08:30:00+00:00").
"""

from sqlite_utils import Database, Migrations

from storage.schema import articles, service, sources, topics

migrations = Migrations("seedwatch")

# A table may refer to one that comes later: SQLite looks for it when a row is written.
_FIRST = (*sources.TABLES, *articles.TABLES, *topics.TABLES, *service.TABLES)


@migrations()
def first(database: Database) -> None:
    """The tables of seedwatch 0.1."""
    for statement in _FIRST:
        database.execute(statement)
