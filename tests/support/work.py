"""How much there is to do, for tests that count it."""

from datetime import datetime
from sqlite3 import Connection

from crawler.cadence.due_rules import DUE_RULES
from storage.articles import watches
from storage.health import workload
from storage.sources import backfills, site_searches, successors


def count_due(connection: Connection, now: datetime) -> int:
    """Feeds, sites to be searched, pages, second looks and backfills that are due."""
    sites = len(site_searches.due(connection, now)) + len(successors.due(connection, now, DUE_RULES))
    looks = watches.due_count(connection, now, patience=DUE_RULES.look_patience)
    feeds, pages = workload.due_feeds(connection, now, DUE_RULES), workload.due_pages(connection, now)
    return feeds + sites + pages + looks + len(backfills.due(connection, now))
