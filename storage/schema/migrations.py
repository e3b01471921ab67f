"""The schema: migrations, in their order; what has landed is never edited, only appended to.

To change the schema, add a migration at the end, under the name of what it brings (never a number: two that are
written at the same time must not clash):

    @_migration(
        "ALTER TABLE feeds ADD COLUMN moved_at TEXT  -- when its server named another address; NULL: never",
        "CREATE INDEX feeds_moved_at ON feeds(moved_at)",  # why
    )
    def moved_feeds(database: Database) -> None:
        \"\"\"Feeds know when they moved.\"\"\"

Its statements run first, then its body, which fills what SQL cannot; all of it in one transaction. A new column says
its unit and the meaning of NULL in a comment behind it, is nullable or has a default, and comes into docs/tables.md by
`python -m tests.support.table_docs`. Give the rows that are there their values in the same migration. Add its
fingerprint to `LANDED` in tests/storage/schema/test_migrations.py (the test says it).

Each statement stands alone: splitting a script at ";" breaks on one inside a comment, and `executescript` would commit
inside a migration. In the tables of 0.1.0 the columns that only the program needs come last, so that a table's page in
Datasette begins with what a person reads. Times are ISO 8601 in UTC ("2026-09-14T08:30:00+00:00").
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from math import expm1

from storage.schema import articles, early_files, service, sources, topics
from storage.schema.columns import ColumnMeaning, column_meanings
from storage.schema.tables_library import Database, Migrations

migrations = Migrations("seedwatch")
# The statements of each migration under its name, in order, with their comments: docs and Datasette tell them.
STATEMENTS: dict[str, tuple[str, ...]] = {}

# The comment behind an added column. SQLite would keep it in front of what it adds to the definition, and lose that.
_TRAILING_COMMENT = re.compile(r"\s*--[^\n]*\s*\Z")

_Step = Callable[[Database], None]


def execute(database: Database, statements: Iterable[str]) -> None:
    """Run *statements* as they are written here, with the comments behind added columns."""
    for statement in statements:
        database.execute(_TRAILING_COMMENT.sub("", statement))


@cache
def columns_of_tables() -> Mapping[str, Mapping[str, ColumnMeaning]]:
    """What each column of each table means after all migrations."""
    return column_meanings(chain.from_iterable(STATEMENTS.values()))


def _migration(*statements: str) -> Callable[[_Step], _Step]:
    """Register the decorated function as the next migration: *statements*, then its body."""

    def register(fill: _Step) -> _Step:
        STATEMENTS[fill.__name__] = statements

        @migrations(name=fill.__name__)
        def apply(database: Database) -> None:
            execute(database, statements)
            fill(database)

        return fill

    return register


# A table may refer to one that comes later: SQLite looks for it when a row is written.
@_migration(*sources.TABLES, *articles.TABLES, *topics.TABLES, *service.TABLES)
def first(database: Database) -> None:
    """The tables of seedwatch 0.1.0."""


@_migration()
def first_in_full(database: Database) -> None:
    """All tables of 0.1.0 in the files of the days before its release, too, when `first` made fewer."""
    early_files.complete(database.conn, STATEMENTS["first"])


@_migration(
    "CREATE INDEX articles_shown_at ON articles(coalesce(published_at, first_seen_at))",  # searches list by it
    "CREATE INDEX runs_running ON runs(id) WHERE state = 'running'",  # asked by each tick and claim
)
def lists_by_date(database: Database) -> None:
    """What is listed by date, and runs that go on, are found without reading all."""


@_migration(
    "ALTER TABLE topics ADD COLUMN asides TEXT NOT NULL DEFAULT 'review'"
    "  -- what becomes of a rule's hit in passing: review or match",
    "ALTER TABLE topics ADD COLUMN entities TEXT NOT NULL DEFAULT 'all'"
    "  -- of the aliases' entities a match by seeds must name: all, any or their number",
)
def asides_and_entities(database: Database) -> None:
    """Topics say what becomes of asides, and how many of their entities an article must name."""


@_migration(
    """
    CREATE TABLE article_addresses (
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that stands there, beside its own address
        url TEXT NOT NULL,  -- as it was found
        first_seen_at TEXT NOT NULL,  -- when the article was read there first
        feed_id INTEGER REFERENCES feeds(id),  -- that led there first; NULL: none, or unknown
        url_key TEXT NOT NULL UNIQUE  -- equality of addresses
    )
    """,
    "CREATE INDEX article_addresses_article_id ON article_addresses(article_id)",  # an article's page, and its looks
    "CREATE INDEX article_addresses_feed_id ON article_addresses(feed_id)",
)
def article_addresses(database: Database) -> None:
    """One article of one outlet may stand at several addresses."""


@_migration(
    "ALTER TABLE articles ADD COLUMN text_from TEXT"
    "  -- blocks, blocks+trafilatura, trafilatura, json-ld, state or feed; NULL: a file, or stored by 0.1.0",
    "ALTER TABLE articles ADD COLUMN extractor INTEGER"
    "  -- version of the extraction that made the text; NULL: a file, or stored by 0.1.0",
)
def makers_of_texts(database: Database) -> None:
    """Articles say what made their text."""


@_migration(
    "ALTER TABLE sources ADD COLUMN delay_s REAL  -- seconds between two requests to its hosts; NULL: as for all",
    "ALTER TABLE sources ADD COLUMN first_crawl_pages INTEGER  -- most pages on its first day; NULL: no bound",
    "ALTER TABLE sources ADD COLUMN text TEXT NOT NULL DEFAULT 'page'  -- where articles' texts are from: page or feed",
)
def gentle_sources(database: Database) -> None:
    """Sources that are asked slowly, begin slowly, or are known by their feeds alone."""


@_migration(
    "ALTER TABLE links ADD COLUMN listed_tries INTEGER NOT NULL DEFAULT 0"
    "  -- tries since it was given up, which are made only while its feed lists it",
    "ALTER TABLE links ADD COLUMN listed_at TEXT"
    "  -- when a feed listed it last, of what was given up; NULL: at first sight",
    "ALTER TABLE feeds ADD COLUMN idle_updates INTEGER NOT NULL DEFAULT 0"
    "  -- entries in a row that it called updated and that had not changed",
    "ALTER TABLE feeds ADD COLUMN update_read_at TEXT"
    "  -- when an entry was last read again because it was called updated; NULL: never",
    "CREATE INDEX links_listed ON links(next_try_at) WHERE listed_tries > 0 AND next_try_at IS NOT NULL",  # to do
)
def listed_again(database: Database) -> None:
    """What was given up is tried again while a feed lists it; what was given up lately among it."""
    database.execute(
        """
        UPDATE links
        SET listed_tries = 1, next_try_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', fetched_at, '+1 day')
        WHERE state IN ('not_article', 'blocked', 'failed', 'gone') AND next_try_at IS NULL AND feed_id IS NOT NULL
          AND article_id IS NULL AND fetched_at IS NOT NULL
          AND first_seen_at > (SELECT strftime('%Y-%m-%dT%H:%M:%S', max(first_seen_at), '-30 days') FROM links)
        """
    )


@_migration(
    "ALTER TABLE background_counts ADD COLUMN recent REAL NOT NULL DEFAULT 0"
    "  -- articles that came lately: each counts less the longer ago it came, by half after 83 days",
    "ALTER TABLE background_counts ADD COLUMN recent_at TEXT  -- when that was counted; NULL: never",
    "CREATE INDEX background_url_key ON background(url_key)",  # each article that is read asks whether it is held
)
def forgetting_background(database: Database) -> None:
    """The background forgets; what it holds stays, and its pace is what it was on average."""
    rows = list(
        database.query(
            """
            SELECT background_counts.language, seen, min(added_at) AS first, max(added_at) AS last
            FROM background_counts JOIN background ON background.language = background_counts.language
            GROUP BY background_counts.language
            """
        )
    )
    for row in rows:
        first, last = (datetime.fromisoformat(row[name]) for name in ("first", "last"))
        # As if all had come evenly, each counted less by e in 120 days.
        share = (last - first) / timedelta(days=120)
        recent = row["seen"] * (-expm1(-share) / share if share else 1.0)
        database.execute(
            "UPDATE background_counts SET recent = ?, recent_at = ? WHERE language = ?",
            [recent, row["last"], row["language"]],
        )


@_migration(
    "ALTER TABLE feedback ADD COLUMN given_by TEXT  -- the account that marked it; NULL: unknown",
    "ALTER TABLE feedback ADD COLUMN why TEXT  -- the note that was given with it; NULL: none",
)
def signed_feedback(database: Database) -> None:
    """Verdicts say whose they are, and why they were given."""


@_migration(
    "CREATE INDEX articles_by_language ON articles(language, origin, source_id)",  # the facets of one language
    "CREATE INDEX articles_by_origin ON articles(origin, language, source_id)",  # and of one origin
    "CREATE INDEX matches_by_topic ON matches(topic_id, source_id)",  # the facets of all matches
    "CREATE INDEX matches_by_band ON matches(band, published_at, topic_id, source_id)",  # those of one band, by date
    "CREATE INDEX links_by_state ON links(state, reason, source_id, first_seen_at)",  # what was missed, and why
    "DROP INDEX articles_language",  # begins an index above
    "DROP INDEX articles_origin",
)
def counted_lists(database: Database) -> None:
    """What tables' pages count is answered by an index alone: 1.4 s became .2 at 500,000 articles."""


@_migration(
    """
    DELETE FROM copies
    WHERE relation = 'follow_up' AND (
        EXISTS (
            SELECT 1 FROM articles AS one, articles AS other
            WHERE one.id = copies.article_id AND other.id = copies.original_id
              AND (coalesce(one.published_at, one.first_seen_at), one.first_seen_at, one.id)
                <= (coalesce(other.published_at, other.first_seen_at), other.first_seen_at, other.id)
        )
        OR article_id IN (SELECT article_id FROM copies WHERE relation <> 'follow_up')
        OR original_id IN (SELECT article_id FROM copies WHERE relation <> 'follow_up')
    )
    """,
)
def follow_ups_back_in_time(database: Database) -> None:
    """What follows itself up, or what came later, is no follow-up."""


@_migration(
    """
    CREATE TABLE text_vectors (
        text_hash TEXT PRIMARY KEY,  -- of the text, as in articles
        language TEXT NOT NULL,  -- of the text
        encoder TEXT NOT NULL,  -- that made it, and its version
        made_at TEXT NOT NULL,  -- when it was made
        vector BLOB NOT NULL  -- what headline and lead mean: 512 16-bit floats, little-endian
    )
    """,
    "CREATE INDEX text_vectors_language ON text_vectors(language, encoder, made_at)",  # a language's newest
)
def meanings_of_texts(database: Database) -> None:
    """What texts mean is kept as vectors, where the extra `seedwatch[meaning]` is installed."""


@_migration(
    """
    CREATE TABLE link_spellings (
        id INTEGER PRIMARY KEY,
        link_id INTEGER NOT NULL REFERENCES links(id),  -- that has given no article
        feed_id INTEGER REFERENCES feeds(id),  -- that spells it so; NULL: no feed lists it
        url TEXT NOT NULL,  -- the address as that feed has it
        entry TEXT NOT NULL,  -- what that feed said, JSON: title, published, updated, summary
        is_own INTEGER NOT NULL,  -- 1: the feed is of the outlet whose page it is
        is_tried INTEGER NOT NULL DEFAULT 0,  -- 1: it was tried, in vain, while others have yet to be
        UNIQUE (link_id, url)
    )
    """,
    "CREATE INDEX link_spellings_feed_id ON link_spellings(feed_id)",
)
def link_spellings(database: Database) -> None:
    """A link that failed is tried as other feeds spell it."""


@_migration(
    "ALTER TABLE articles ADD COLUMN unread_date TEXT"
    "  -- what page or feed state as its date, if it cannot be read; NULL: it can, or none is stated",
)
def unread_dates(database: Database) -> None:
    """A date that cannot be read is kept as it was written."""


@_migration(
    "ALTER TABLE sources ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'"
    "  -- JSON: names of the groups that it belongs to, as folders of an OPML file name them",
)
def tagged_sources(database: Database) -> None:
    """Sources belong to groups; those that are there get theirs with the next reading of the settings."""


@_migration(
    """
    CREATE TABLE site_memories (
        host TEXT NOT NULL PRIMARY KEY,  -- as in the address
        pages INTEGER NOT NULL,  -- that were learnt from; older ones count less
        furniture INTEGER NOT NULL,  -- lines that stand on so many of its pages that they are no article's
        learnt_at TEXT NOT NULL,  -- when a page last taught something
        memory TEXT NOT NULL  -- JSON: fingerprints of lines, and names, each with the number of pages that had it
    )
    """,
    "CREATE INDEX site_memories_learnt_at ON site_memories(learnt_at)",  # those not read for longest are forgotten
)
def site_memories(database: Database) -> None:
    """What the pages of a host have in common is learnt."""


@_migration(
    """
    CREATE TABLE reader_marks (
        reader TEXT NOT NULL,  -- who signed in
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that is marked
        read_at TEXT,  -- when the reader read it; NULL: not yet
        starred_at TEXT,  -- when the reader starred it; NULL: not
        note TEXT,  -- what the reader wrote about it; NULL: nothing
        noted_at TEXT,  -- when; NULL with note
        PRIMARY KEY (reader, article_id)
    )
    """,
    "CREATE INDEX reader_marks_article_id ON reader_marks(article_id)",  # an article's notes
    """
    CREATE TABLE article_tags (
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that has it
        tag TEXT NOT NULL,  -- a word or two, as a reader wrote it
        given_by TEXT NOT NULL,  -- the reader who gave it first
        given_at TEXT NOT NULL,  -- when
        PRIMARY KEY (article_id, tag)
    )
    """,
    "CREATE INDEX article_tags_tag ON article_tags(tag)",  # the articles of a tag
)
def readers_marks(database: Database) -> None:
    """Readers who sign in mark articles as read, star them, note and tag them."""


@_migration(
    "ALTER TABLE sources ADD COLUMN former_name TEXT  -- what it was called before `sources rename`; NULL: it was not",
)
def former_names(database: Database) -> None:
    """A source keeps its history under another name, also what a crawl brings that still knows the former one."""


@_migration(
    """
    CREATE TABLE reader_visits (
        reader TEXT PRIMARY KEY,  -- who signed in
        since_match INTEGER,  -- newest row of matches at the end of the visit before; NULL: there was none
        since_look TEXT,  -- when the program had looked at the press last by then, '' never; NULL as above
        seen_match INTEGER NOT NULL,  -- newest row of matches when the reader looked last
        seen_look TEXT NOT NULL,  -- when the program had looked at the press last by then; '' never
        visited_at TEXT NOT NULL  -- when the reader looked last
    ) WITHOUT ROWID
    """,
)
def readers_visits(database: Database) -> None:
    """The start page tells readers who sign in what came since their last visit."""


@_migration(
    """
    CREATE TABLE saved_searches (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,  -- for people, one line
        query TEXT NOT NULL,  -- as it was typed
        saved_by TEXT,  -- the account that saved it; NULL: a command
        saved_at TEXT NOT NULL,  -- when
        saved_behind INTEGER NOT NULL  -- the newest article at that time, by its row; 0: there was none
    )
    """,
    """
    CREATE TABLE search_looks (
        search_id INTEGER NOT NULL REFERENCES saved_searches(id),  -- that was looked at
        reader TEXT NOT NULL,  -- who signed in; empty: by the command line
        seen_until INTEGER NOT NULL,  -- the newest article that was there, by its row; what comes later is new
        looked_at TEXT NOT NULL,  -- when that was
        PRIMARY KEY (search_id, reader)
    )
    """,
)
def saved_searches(database: Database) -> None:
    """Searches have names, and say what is new since a reader last looked."""


@_migration(
    """
    CREATE TABLE robots_files (
        place TEXT NOT NULL PRIMARY KEY,  -- scheme, host and port, as an address begins
        fetched_at TEXT NOT NULL,  -- when it was asked for
        keep_until TEXT NOT NULL,  -- asked for anew from then on: a day later, or sooner if the server said so
        status INTEGER NOT NULL,  -- HTTP status of the answer; one that says that there is none allows everything
        body BLOB NOT NULL  -- what was read of it
    )
    """,
    "CREATE INDEX robots_files_keep_until ON robots_files(keep_until)",  # those that go
)
def robots_files(database: Database) -> None:
    """robots.txt is kept from run to run."""


@_migration(
    "CREATE INDEX articles_replaced ON articles(url) WHERE state = 'replaced'",  # stories that an address had before
)
def replaced_stories(database: Database) -> None:
    """What an address had before is found when yet another story stands there."""


@_migration(
    """
    CREATE TABLE host_parameters (
        host TEXT NOT NULL,  -- as in the address
        parameter TEXT NOT NULL,  -- its name, one that mostly says whence a reader comes; "#id" of a fragment
        names_page INTEGER NOT NULL,  -- 1: two addresses that differ in it alone had different texts; 0: the same
        learnt_at TEXT NOT NULL,  -- when that was seen
        url TEXT NOT NULL,  -- of the two the address that was read last
        PRIMARY KEY (host, parameter)
    )
    """,
)
def host_parameters(database: Database) -> None:
    """Whether a doubtful parameter names the page is learnt for each host."""


@_migration(
    """
    CREATE TABLE cluster_jobs (
        key TEXT NOT NULL PRIMARY KEY,  -- of a job whose records have come from a worker on another machine
        applied INTEGER NOT NULL,  -- its records up to this number are stored
        left_out TEXT NOT NULL DEFAULT '[]',  -- JSON: numbers among them that could not be read or stored
        at TEXT NOT NULL  -- when the last of them was
    )
    """,
    "CREATE INDEX cluster_jobs_at ON cluster_jobs(at)",  # those long over are forgotten
)
def cluster_jobs(database: Database) -> None:
    """What workers on other machines send is stored once, however often it comes."""


@_migration(
    """
    CREATE TABLE poll_days (
        feed_id INTEGER NOT NULL REFERENCES feeds(id),  -- that was looked at
        day TEXT NOT NULL,  -- YYYY-MM-DD, UTC
        polls INTEGER NOT NULL,  -- that are not kept one by one any more, failed ones included
        failed INTEGER NOT NULL,  -- of them, those that could not be read
        unmodified INTEGER NOT NULL,  -- of them, those that found the document as it was
        new_links INTEGER NOT NULL,  -- never seen before
        bytes INTEGER NOT NULL,  -- of the bodies that came
        first_at TEXT NOT NULL,  -- when the first of them was
        last_at TEXT NOT NULL,  -- when the last of them was
        PRIMARY KEY (feed_id, day)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE look_days (
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- whose articles were looked at again
        day TEXT NOT NULL,  -- YYYY-MM-DD, UTC
        unchanged INTEGER NOT NULL,  -- second looks that found the article as it was, not kept one by one any more
        failed INTEGER NOT NULL,  -- as above, those that said nothing of the article
        skipped INTEGER NOT NULL,  -- as above, those that the day's budget left out
        PRIMARY KEY (source_id, day)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE run_days (
        day TEXT PRIMARY KEY,  -- YYYY-MM-DD, UTC, on which they began
        runs INTEGER NOT NULL,  -- that are not kept one by one any more
        failed INTEGER NOT NULL,  -- of them, those that failed or were interrupted
        seconds INTEGER NOT NULL,  -- that those that ended took together
        feeds_polled INTEGER NOT NULL,  -- as in runs
        feeds_failed INTEGER NOT NULL,  -- as in runs
        pages_fetched INTEGER NOT NULL,  -- as in runs
        off_topic INTEGER NOT NULL,  -- as in runs
        links_failed INTEGER NOT NULL  -- as in runs
    ) WITHOUT ROWID
    """,
)
def history_by_day(database: Database) -> None:
    """Old polls, second looks and runs are folded into days."""


@_migration(
    "ALTER TABLE matches ADD COLUMN language TEXT  -- of the article; NULL: not recognised",
    "UPDATE matches SET language = (SELECT language FROM articles WHERE articles.id = matches.article_id)",
    # What a topic's page counts and filters: by day, outlet and language, in the order of its list.
    """
    CREATE INDEX matches_of_topic
    ON matches(topic_id, band, published_at, id, source_id, language, article_id, reason)
    """,
    "DROP INDEX matches_topic_id",  # begins the index above
    "CREATE INDEX matches_band ON matches(band)",  # the newest of one band: by date they would all be sorted
)
def languages_of_matches(database: Database) -> None:
    """What a topic's page counts of years is answered by one index."""


@_migration(
    """
    CREATE TABLE comparisons (
        source_id INTEGER PRIMARY KEY REFERENCES sources(id),  -- that was asked what it lists itself
        against TEXT NOT NULL,  -- sitemap or archive: its lists
        since TEXT NOT NULL,  -- first day of publication that was compared, UTC
        until TEXT NOT NULL,  -- last day, included
        compared_at TEXT NOT NULL,  -- when
        kept INTEGER NOT NULL,  -- pages listed for these days that are held as articles
        off_topic INTEGER NOT NULL,  -- as above, read and about no topic
        reasons TEXT NOT NULL,  -- JSON: pages that were neither, by why, the most first
        misses TEXT NOT NULL,  -- JSON: the newest of them, each with address, day, why and detail
        undated INTEGER NOT NULL,  -- pages listed without a day of publication, so for no days
        undated_known INTEGER NOT NULL,  -- of them, how many are known here
        lists INTEGER NOT NULL,  -- that were read
        failed TEXT NOT NULL,  -- JSON: lists that could not be read, address and reason
        lists_left INTEGER NOT NULL  -- lists that were named and not asked for: there were too many
    )
    """,
)
def comparisons(database: Database) -> None:
    """How much of what a source lists itself is held is shown with the source."""


@_migration(
    "ALTER TABLE alert_messages ADD COLUMN told_revision INTEGER  -- newest row of revisions as it was put together; "
    "NULL: by an earlier version",
    "ALTER TABLE alert_messages ADD COLUMN told_event INTEGER  -- newest row of article_events as it was put together; "
    "NULL: by an earlier version",
)
def digests_by_rows(database: Database) -> None:
    """A daily message tells what was stored since the last, also what was seen before it."""


@_migration("UPDATE articles SET canonical_key = NULL WHERE canonical_key = url_key")
def no_article_names_itself(database: Database) -> None:
    """An article that was given the address which it had named as the original was taken for one that others name."""


@_migration(
    """
    CREATE TABLE recent_anchors (
        level INTEGER NOT NULL,  -- in which it waits; 0: the newest
        hash INTEGER NOT NULL,  -- as in anchors, where it goes when its range of hashes is moved on
        article_id INTEGER NOT NULL,  -- as in anchors
        PRIMARY KEY (level, hash, article_id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE anchor_levels (
        level INTEGER PRIMARY KEY,  -- of recent_anchors
        anchors INTEGER NOT NULL,  -- that it holds
        moved_to INTEGER NOT NULL  -- the last hash that was moved on; what follows is moved next; -1: from the first on
    )
    """,
    "INSERT INTO anchor_levels (level, anchors, moved_to) VALUES (0, 0, -1), (1, 0, -1), (2, 0, -1)",
)
def anchors_in_levels(database: Database) -> None:
    """New anchors are gathered, and written where they belong by many; those that are there stay where they are."""
