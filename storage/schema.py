"""The schema: append-only migrations of commented SQL.

Each statement stands alone in a tuple: splitting a script at ";" breaks on one inside a comment, and `executescript`
would commit inside a migration. Columns that only the program needs come last, so that a table's page in Datasette
begins with what a person reads. Times are ISO 8601 in UTC ("2026-09-14T08:30:00+00:00").
"""

from sqlite_utils import Database, Migrations

migrations = Migrations("seedwatch")

_FIRST: tuple[str, ...] = (
    """
    CREATE TABLE sources (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,  -- as in seedwatch.toml
        title TEXT NOT NULL DEFAULT '',  -- for people; '' if the name serves
        home TEXT,  -- home page; NULL if never given
        country TEXT,  -- ISO 3166-1 alpha-2, lower case; NULL if unknown
        language TEXT,  -- ISO 639-1 of most articles; NULL if mixed or unknown
        timezone TEXT,  -- IANA zone for dates without one; NULL means UTC
        enabled INTEGER NOT NULL DEFAULT 1,  -- 0: in the settings but switched off, or taken out of them
        searched_at TEXT,  -- when its site was last searched for feeds; NULL: never
        link_pattern TEXT  -- regular expression of article addresses on section pages; NULL: found by shape
    )
    """,
    """
    CREATE TABLE feeds (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- whose it is
        url TEXT NOT NULL UNIQUE,  -- the address that is polled
        kind TEXT NOT NULL,  -- feed, sitemap, section or archive
        title TEXT NOT NULL DEFAULT '',  -- as the feed calls itself
        origin TEXT NOT NULL DEFAULT 'declared',  -- declared in the settings, or discovered on the site
        enabled INTEGER NOT NULL DEFAULT 1,  -- 0: no longer in the settings
        every_s INTEGER,  -- fixed interval from the settings, seconds; NULL: the cadence decides
        next_due_at TEXT,  -- when to poll next; NULL: at once
        last_polled_at TEXT,  -- NULL: never
        last_ok_at TEXT,  -- last poll that could be read, 304 included; NULL: never
        last_error TEXT,  -- why the last poll failed; NULL: it did not
        failures REAL NOT NULL DEFAULT 0,  -- failure level: 1 a hard failure, 0.5 a soft one; 0 after success
        rate_per_day REAL,  -- new entries a day, smoothed; NULL before the second poll
        etag TEXT,  -- validator for the next request; NULL if the server sends none
        last_modified TEXT,  -- as above
        body_hash TEXT,  -- of the last body that was parsed; NULL: none yet
        lease_token TEXT,  -- the run that polls it now; NULL: free
        lease_until TEXT  -- when the lease ends by itself; NULL: free
    )
    """,
    "CREATE INDEX feeds_source_id ON feeds(source_id)",
    "CREATE INDEX feeds_next_due_at ON feeds(next_due_at)",  # the tick asks for what is due
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        trigger TEXT NOT NULL,  -- schedule, manual, demo or scrapy
        state TEXT NOT NULL,  -- running, finished, failed or interrupted
        started_at TEXT NOT NULL,  -- when it was opened
        finished_at TEXT,  -- NULL: still running, or its process died
        feeds_polled INTEGER NOT NULL DEFAULT 0,  -- looks at feeds, failed ones included
        feeds_failed INTEGER NOT NULL DEFAULT 0,  -- of them, those that could not be read
        pages_fetched INTEGER NOT NULL DEFAULT 0,  -- links that it tried, whatever came of them
        articles_new INTEGER NOT NULL DEFAULT 0,  -- stored and no copy
        articles_copy INTEGER NOT NULL DEFAULT 0,  -- stored, the text of another article
        articles_revised INTEGER NOT NULL DEFAULT 0,  -- stored before, their text has changed
        off_topic INTEGER NOT NULL DEFAULT 0,  -- articles that met no topic and were not kept
        links_failed INTEGER NOT NULL DEFAULT 0,  -- links that failed or were gone
        error TEXT,  -- why it failed; NULL if it did not
        host TEXT NOT NULL DEFAULT '',  -- machine that ran it
        pid INTEGER,  -- process that ran it; NULL: unknown
        token TEXT NOT NULL UNIQUE  -- fences its leases
    )
    """,
    """
    CREATE TABLE polls (
        id INTEGER PRIMARY KEY,
        feed_id INTEGER NOT NULL REFERENCES feeds(id),  -- that was looked at
        run_id INTEGER NOT NULL REFERENCES runs(id),  -- that looked
        polled_at TEXT NOT NULL,  -- when the answer came, or was given up
        outcome TEXT NOT NULL,  -- ok, not_modified, same_body, or the reason of the failure
        status INTEGER,  -- HTTP status; NULL: no answer
        bytes INTEGER,  -- of the decompressed body; NULL: no answer
        entries INTEGER,  -- in the document; NULL if it was not read
        new_links INTEGER,  -- of them never seen before; NULL as above
        skipped INTEGER,  -- entries without a usable address; NULL as above
        detail TEXT,  -- what went wrong or looks odd; NULL: nothing
        retry_after_s INTEGER,  -- the server's wish, seconds; NULL: none
        ttl_s INTEGER,  -- the publisher's hint how long it stays fresh, seconds; NULL: none
        next_due_at TEXT,  -- what was decided; NULL: not yet
        decided_by TEXT  -- the rule that decided it; NULL: not yet
    )
    """,
    "CREATE INDEX polls_feed_id ON polls(feed_id, id)",  # a feed's history
    "CREATE INDEX polls_run_id ON polls(run_id)",  # a run's table
    "CREATE INDEX polls_undecided ON polls(feed_id) WHERE next_due_at IS NULL",  # the tick's work list
    """
    CREATE TABLE links (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- where it was found first
        feed_id INTEGER REFERENCES feeds(id),  -- where it was found first; NULL: given by hand
        url TEXT NOT NULL,  -- as it was found
        title TEXT NOT NULL DEFAULT '',  -- of the entry or anchor
        state TEXT NOT NULL,  -- queued, fetched, off_topic, not_article, blocked, failed or gone
        reason TEXT,  -- wall, login, challenge, no_text, robots, limit, http_404 ...; NULL if there is none
        detail TEXT,  -- the reason in words; NULL: nothing to add
        score REAL,  -- best topic score of its text; NULL if it was not scored
        first_seen_at TEXT NOT NULL,  -- when it was found first
        fetched_at TEXT,  -- last answer; NULL: none yet
        attempts INTEGER NOT NULL DEFAULT 0,  -- how often it was tried since it was queued
        next_try_at TEXT,  -- when a failed link is tried again; NULL: not again, or not failed
        article_id INTEGER REFERENCES articles(id),  -- what it became; NULL: nothing that is kept
        entry TEXT,  -- what the feed said, JSON: title, published, updated, summary; NULL: given by hand
        run_id INTEGER REFERENCES runs(id),  -- last run that touched it; NULL: none
        url_key TEXT NOT NULL UNIQUE  -- equality of addresses
    )
    """,
    "CREATE INDEX links_source_id ON links(source_id)",
    "CREATE INDEX links_feed_id ON links(feed_id)",
    "CREATE INDEX links_article_id ON links(article_id)",
    "CREATE INDEX links_run_id ON links(run_id)",  # a run's table
    "CREATE INDEX links_waiting ON links(state, next_try_at) WHERE state IN ('queued', 'failed')",  # to do
    """
    CREATE TABLE articles (
        id INTEGER PRIMARY KEY,
        title TEXT NOT NULL,  -- the headline
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- that published it
        published_at TEXT,  -- UTC; midnight for a day without a time; NULL: unknown
        published_precision TEXT,  -- second, minute, hour, day, month or year; NULL with published_at
        language TEXT,  -- ISO 639-1; NULL: not recognised
        section TEXT,  -- as the page names it; NULL: none
        authors TEXT,  -- separated by "; "; NULL: none stated
        words INTEGER NOT NULL,  -- of the text; characters of Chinese, Japanese and Korean count a half
        url TEXT,  -- NULL: a seed without an address
        origin TEXT NOT NULL,  -- crawl, seed or import
        state TEXT NOT NULL DEFAULT 'live',  -- live, deleted or unknown
        first_seen_at TEXT NOT NULL,  -- when it was stored
        fetched_at TEXT NOT NULL,  -- when the present text was read
        modified_at TEXT,  -- as the page states it, UTC; NULL: not stated
        image_url TEXT,  -- NULL: none
        revisions INTEGER NOT NULL DEFAULT 0,  -- how often its text has changed
        published_raw TEXT,  -- the date as it was written; NULL with published_at
        published_rule TEXT,  -- where the date stood: json-ld, meta, time, url, text, feed, seed ...; NULL as above
        published_offset INTEGER,  -- minutes east of UTC of the stated time; NULL: none stated
        published_zone TEXT,  -- zone that was assumed; NULL: the date had its own, or no time
        canonical_url TEXT,  -- what the page says of itself; NULL: nothing
        outlet_host TEXT,  -- host of the page, or named in a seed's footer; NULL: neither
        run_id INTEGER REFERENCES runs(id),  -- that stored it; NULL: imported
        url_key TEXT UNIQUE,  -- equality of addresses; NULL: a seed that no crawl has met
        text_hash TEXT NOT NULL  -- equality of texts, without headline, case and space
    )
    """,
    "CREATE INDEX articles_source_id ON articles(source_id, id)",
    "CREATE INDEX articles_text_hash ON articles(text_hash)",  # the same text elsewhere
    "CREATE INDEX articles_published_at ON articles(published_at)",
    "CREATE INDEX articles_language ON articles(language)",  # a facet
    "CREATE INDEX articles_origin ON articles(origin)",  # a facet, and the seeds
    "CREATE INDEX articles_run_id ON articles(run_id)",  # a run's table
    """
    CREATE TABLE article_texts (
        article_id INTEGER PRIMARY KEY REFERENCES articles(id),  -- whose text it is
        text TEXT NOT NULL,  -- paragraphs, one a line, without the headline
        analyser INTEGER NOT NULL  -- version that its index entry was made with
    )
    """,
    """
    CREATE TABLE article_events (
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that it happened to
        happened_at TEXT NOT NULL,  -- when it was noticed
        event TEXT NOT NULL,  -- deleted, returned, moved or address_found
        detail TEXT  -- the evidence; NULL: none
    )
    """,
    "CREATE INDEX article_events_article_id ON article_events(article_id)",
    """
    CREATE TABLE sightings (
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that was seen
        feed_id INTEGER NOT NULL REFERENCES feeds(id),  -- that it was seen in
        first_seen_at TEXT NOT NULL,  -- when it was there first
        last_seen_at TEXT NOT NULL,  -- when it was there last
        PRIMARY KEY (article_id, feed_id)
    )
    """,
    "CREATE INDEX sightings_feed_id ON sightings(feed_id)",
    """
    CREATE TABLE copies (
        article_id INTEGER PRIMARY KEY REFERENCES articles(id),  -- the copy
        original_id INTEGER NOT NULL REFERENCES articles(id),  -- the head of its group
        relation TEXT NOT NULL,  -- copy, excerpt, extended or follow_up
        similarity REAL NOT NULL,  -- 0 to 1
        first_by TEXT NOT NULL,  -- why the original counts as first: seed, published or seen
        lag_s INTEGER  -- seconds from the original to the copy by publication; NULL: a date is unknown
    )
    """,
    "CREATE INDEX copies_original_id ON copies(original_id)",
    """
    CREATE TABLE revisions (
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- whose text it was or is
        number INTEGER NOT NULL,  -- 1 is the first text
        seen_at TEXT NOT NULL,  -- when this text was read
        title TEXT NOT NULL,  -- the headline with this text
        text TEXT NOT NULL,  -- paragraphs, one a line, without the headline
        added TEXT NOT NULL DEFAULT '',  -- paragraphs that came with it, one a line
        removed TEXT NOT NULL DEFAULT '',  -- paragraphs that went with it, one a line
        text_hash TEXT NOT NULL,  -- equality of texts, as in articles
        UNIQUE (article_id, number)
    )
    """,
    """
    CREATE TABLE topics (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,  -- as in seedwatch.toml
        title TEXT NOT NULL DEFAULT '',  -- for people; '' if the name serves
        any_query TEXT NOT NULL DEFAULT '',  -- matches by itself; '' if none
        require_query TEXT NOT NULL DEFAULT '',  -- what a match by seeds must meet too; '' if none
        exclude_query TEXT NOT NULL DEFAULT '',  -- rules an article out; '' if none
        dial TEXT NOT NULL DEFAULT 'normal',  -- wide, normal or strict
        enabled INTEGER NOT NULL DEFAULT 1  -- 0: no longer in the settings
    )
    """,
    """
    CREATE TABLE topic_seeds (
        topic_id INTEGER NOT NULL REFERENCES topics(id),  -- that learns from it
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that is the seed
        added_at TEXT NOT NULL,  -- when it became one
        declared INTEGER NOT NULL,  -- 1: only a file that the settings name; 0: added by a command
        PRIMARY KEY (topic_id, article_id)
    )
    """,
    "CREATE INDEX topic_seeds_article_id ON topic_seeds(article_id)",
    """
    CREATE TABLE topic_models (
        id INTEGER PRIMARY KEY,  -- the version that a match names
        topic_id INTEGER NOT NULL REFERENCES topics(id),  -- that was learned
        language TEXT NOT NULL,  -- of the seeds it was learned from
        built_at TEXT NOT NULL,  -- when it was learned
        measure TEXT NOT NULL,  -- background or frequencies
        threshold REAL NOT NULL,  -- the score that a match needs
        background INTEGER NOT NULL,  -- articles that it was measured against
        seeds INTEGER NOT NULL,  -- articles that it was learned from
        terms TEXT NOT NULL,  -- JSON: the 30 weighted terms, heaviest first
        model TEXT NOT NULL,  -- JSON: all that scoring needs
        basis TEXT NOT NULL  -- hash of what it was built from; the same basis is not built again
    )
    """,
    "CREATE INDEX topic_models_topic_id ON topic_models(topic_id, language, id)",
    """
    CREATE TABLE matches (
        id INTEGER PRIMARY KEY,
        topic_id INTEGER NOT NULL REFERENCES topics(id),  -- that was met
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that met it
        published_at TEXT NOT NULL,  -- of the article; when it was first seen, if unknown
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- of the article
        score REAL NOT NULL,  -- 0 for a rule's hit alone
        threshold REAL NOT NULL,  -- that the score had to reach
        reason TEXT NOT NULL,  -- seed, rule or both
        terms TEXT NOT NULL,  -- the strongest terms, for people
        matched_at TEXT NOT NULL,  -- when it was judged first
        explanation TEXT NOT NULL,  -- JSON: measure, terms with contributions, sentences, spans
        model_id INTEGER REFERENCES topic_models(id),  -- NULL for a rule alone
        UNIQUE (topic_id, article_id)
    )
    """,
    "CREATE INDEX matches_topic_id ON matches(topic_id, published_at)",  # a topic's page
    "CREATE INDEX matches_article_id ON matches(article_id)",
    "CREATE INDEX matches_source_id ON matches(source_id)",
    "CREATE INDEX matches_model_id ON matches(model_id)",
    """
    CREATE TABLE feedback (
        topic_id INTEGER NOT NULL REFERENCES topics(id),  -- that was judged about
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that was judged
        verdict TEXT NOT NULL,  -- yes or no
        given_at TEXT NOT NULL,  -- when the analyst said so
        PRIMARY KEY (topic_id, article_id)
    )
    """,
    "CREATE INDEX feedback_article_id ON feedback(article_id)",
    """
    CREATE TABLE alerts (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,  -- match or health
        topic_id INTEGER REFERENCES topics(id),  -- NULL for health
        article_id INTEGER REFERENCES articles(id),  -- NULL for health
        created_at TEXT NOT NULL,  -- when there was something to tell
        sent_at TEXT,  -- NULL: waiting
        message TEXT NOT NULL  -- what is told
    )
    """,
    "CREATE INDEX alerts_waiting ON alerts(id) WHERE sent_at IS NULL",
    "CREATE INDEX alerts_topic_id ON alerts(topic_id)",
    "CREATE INDEX alerts_article_id ON alerts(article_id)",
    """
    CREATE TABLE coverage (
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- that was looked at
        day TEXT NOT NULL,  -- YYYY-MM-DD, UTC
        polls INTEGER NOT NULL DEFAULT 0,  -- looks at its feeds that could be read
        failed_polls INTEGER NOT NULL DEFAULT 0,  -- looks that could not
        seen INTEGER NOT NULL DEFAULT 0,  -- links first seen that day
        PRIMARY KEY (source_id, day)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE background (
        id INTEGER PRIMARY KEY,
        language TEXT NOT NULL,  -- ISO 639-1, of the article
        slot INTEGER NOT NULL,  -- place in the language's reservoir
        url_key TEXT NOT NULL,  -- of the article; its text hash where it has no address
        added_at TEXT NOT NULL,  -- when the article was read
        terms BLOB NOT NULL,  -- zlib of the terms, joined by spaces, the headline's as often as it weighs
        UNIQUE (language, slot)
    )
    """,
    """
    CREATE TABLE background_counts (
        language TEXT PRIMARY KEY,  -- ISO 639-1
        seen INTEGER NOT NULL  -- articles offered to the reservoir so far
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE off_topic_texts (
        link_id INTEGER PRIMARY KEY REFERENCES links(id),  -- whose text it is
        held_until TEXT NOT NULL,  -- when it is deleted
        article BLOB NOT NULL  -- zlib of the article as JSON
    )
    """,
    "CREATE INDEX off_topic_texts_held_until ON off_topic_texts(held_until)",
    """
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY,
        asked_at TEXT NOT NULL,  -- when it was handed over
        sources TEXT NOT NULL,  -- JSON list of names; [] means all
        only_due INTEGER NOT NULL,  -- 1: only feeds that are due
        run_id INTEGER REFERENCES runs(id),  -- NULL: not started yet
        error TEXT  -- why it was refused; NULL: it was not
    )
    """,
    "CREATE INDEX requests_run_id ON requests(run_id)",
    """
    CREATE TABLE meta (
        key TEXT PRIMARY KEY,  -- name of the fact
        value TEXT NOT NULL  -- JSON
    ) WITHOUT ROWID
    """,
    # Contentless: SQLite 3.40 keeps no second copy of the text, and storage/search.py alone feeds it.
    """
    CREATE VIRTUAL TABLE articles_fts USING fts5(
        title, text, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
    )
    """,
)


@migrations()
def first(database: Database) -> None:
    """The tables of seedwatch 0.1."""
    for statement in _FIRST:
        database.execute(statement)
