"""The tables of what is watched: outlets, addresses that are polled, runs, polls, discovered links. Pure."""

TABLES: tuple[str, ...] = (
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
        keep_watching_days INTEGER,  -- how long its articles are looked at again; NULL: 90 days
        every_s INTEGER,  -- fixed time between two polls of a feed, seconds; NULL: the cadence decides
        cron TEXT,  -- crontab expression by which its feeds are polled, in its time zone; NULL: the cadence decides
        search_error TEXT,  -- why the last search of its site found nothing to poll; NULL: it did, or there was none
        searched_at TEXT,  -- when its site last answered a search for feeds; NULL: never
        search_failures INTEGER NOT NULL DEFAULT 0,  -- searches in a row that found nothing to poll
        next_search_at TEXT,  -- from when on its site is searched again if it has no feed; NULL: at once
        search_run_id INTEGER REFERENCES runs(id),  -- the run that searched last; NULL: none
        link_pattern TEXT  -- regular expression of article addresses on section pages; NULL: found by shape
    )
    """,
    "CREATE INDEX sources_search_run_id ON sources(search_run_id)",  # a run's table
    """
    CREATE TABLE feeds (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- whose it is
        url TEXT NOT NULL UNIQUE,  -- the address that is polled
        kind TEXT NOT NULL,  -- feed, sitemap or section
        title TEXT NOT NULL DEFAULT '',  -- as the feed calls itself
        origin TEXT NOT NULL DEFAULT 'declared',  -- declared (in the settings), discovered or replaced (by a successor)
        enabled INTEGER NOT NULL DEFAULT 1,  -- 0: no longer in the settings
        next_due_at TEXT,  -- when to poll next; NULL: at once
        last_polled_at TEXT,  -- NULL: never
        last_ok_at TEXT,  -- last poll that could be read, 304 included; NULL: never
        last_error TEXT,  -- why the last poll failed; NULL: it did not
        failures REAL NOT NULL DEFAULT 0,  -- failure level: 1 a hard failure, 0.5 a soft one; 0 after success
        rate_per_day REAL,  -- new entries a day that are expected; NULL before the second poll
        last_new_at TEXT,  -- when something new was found last; NULL: never
        etag TEXT,  -- validator for the next request; NULL if the server sends none
        last_modified TEXT,  -- as above
        read_at TEXT,  -- when its body last came; NULL: never
        unmodified INTEGER NOT NULL DEFAULT 0,  -- answers in a row since then that nothing had changed
        unmodified_at TEXT,  -- the last of these; NULL: none
        plain_until TEXT,  -- until when it is asked without validators, since such an answer was wrong; NULL: with them
        retired_at TEXT,  -- when its server had said twice that it is gone for good; NULL: it has not
        body_hash TEXT,  -- of the last body that was parsed; NULL: none yet
        entries INTEGER,  -- in the last document that was read; NULL: none yet
        roots_per_day REAL,  -- square roots of the hourly rates over a day, for the budget; NULL: not learned yet
        rhythm BLOB,  -- entries and hours watched by hour of the week, half-precision; NULL: not learned yet
        lease_token TEXT,  -- the run that polls it now; NULL: free
        lease_until TEXT  -- when the lease ends by itself; NULL: free
    )
    """,
    "CREATE INDEX feeds_source_id ON feeds(source_id, enabled)",  # which sources have none that is polled
    "CREATE INDEX feeds_next_due_at ON feeds(next_due_at)",  # the tick asks for what is due
    # What a run holds.
    "CREATE INDEX feeds_lease_token ON feeds(lease_token) WHERE lease_token IS NOT NULL",
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        trigger TEXT NOT NULL,  -- schedule, manual, backfill, demo or scrapy
        state TEXT NOT NULL,  -- running, finished, failed or interrupted
        started_at TEXT NOT NULL,  -- when it was opened
        finished_at TEXT,  -- NULL: still running, or its process died
        feeds_polled INTEGER NOT NULL DEFAULT 0,  -- looks at feeds, failed ones included, and failed searches for feeds
        feeds_failed INTEGER NOT NULL DEFAULT 0,  -- of them, those that could not be read
        pages_fetched INTEGER NOT NULL DEFAULT 0,  -- links that it tried, whatever came of them
        articles_new INTEGER NOT NULL DEFAULT 0,  -- stored and no copy
        articles_copy INTEGER NOT NULL DEFAULT 0,  -- stored, the text of another article
        articles_revised INTEGER NOT NULL DEFAULT 0,  -- stored before, their text has changed
        looks INTEGER NOT NULL DEFAULT 0,  -- articles that were looked at again
        articles_deleted INTEGER NOT NULL DEFAULT 0,  -- of them, those that count as deleted from now on
        off_topic INTEGER NOT NULL DEFAULT 0,  -- articles that met no topic and were not kept
        links_failed INTEGER NOT NULL DEFAULT 0,  -- links that failed or were gone
        links_waiting INTEGER NOT NULL DEFAULT 0,  -- pages of all sources that waited for the next at its end
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
        decided_by TEXT,  -- the rule that decided it; NULL: not yet
        pushed INTEGER NOT NULL DEFAULT 0  -- 1: a hub sent the document, the feed itself was not asked
    )
    """,
    "CREATE INDEX polls_feed_id ON polls(feed_id, id)",  # a feed's history
    "CREATE INDEX polls_run_id ON polls(run_id)",  # a run's table
    "CREATE INDEX polls_undecided ON polls(feed_id) WHERE next_due_at IS NULL",  # the tick's work list
    """
    CREATE TABLE subscriptions (
        feed_id INTEGER PRIMARY KEY REFERENCES feeds(id),  -- that names a hub
        hub TEXT NOT NULL,  -- address of the hub
        topic TEXT NOT NULL,  -- address under which the hub knows the feed
        state TEXT NOT NULL,  -- offered, asked, active, denied or ended (the feed names no hub any more)
        token TEXT UNIQUE,  -- end of the callback, which nobody can guess; NULL: never asked for
        callback TEXT,  -- address that the hub calls; NULL as above
        secret TEXT,  -- that pushes are signed with; NULL as above
        asked_at TEXT,  -- last request to the hub; NULL: none
        next_ask_at TEXT,  -- no request before; NULL: none is pending
        failures INTEGER NOT NULL DEFAULT 0,  -- requests in a row that the hub has not verified
        verified_at TEXT,  -- when the hub verified last; NULL: never
        lease_until TEXT,  -- until when it pushes; NULL: it does not
        pushed_at TEXT,  -- last push that was read; NULL: none
        pushes INTEGER NOT NULL DEFAULT 0,  -- that were read
        refused INTEGER NOT NULL DEFAULT 0,  -- deliveries that were not signed with the secret
        news INTEGER NOT NULL DEFAULT 0,  -- new entries that were pushed since the feed itself was asked
        proof INTEGER NOT NULL DEFAULT 0,  -- 0: polled as without a hub; n: n - 1 polls in a row found nothing unpushed
        error TEXT  -- what the hub said when it refused; NULL: nothing
    )
    """,
    """
    CREATE TABLE successors (
        id INTEGER PRIMARY KEY,
        feed_id INTEGER NOT NULL UNIQUE REFERENCES feeds(id),  -- that has died
        searched_at TEXT NOT NULL,  -- when its site was searched last
        next_search_at TEXT NOT NULL,  -- from when on it is searched again, if the feed is dead still
        searches INTEGER NOT NULL DEFAULT 0,  -- in vain, in a row
        error TEXT,  -- why the last search found nothing; NULL: it did
        url TEXT,  -- what the site offers in its place; NULL: nothing was found yet
        kind TEXT,  -- feed, sitemap or section; NULL as above
        title TEXT,  -- as it calls itself; NULL as above
        entries INTEGER,  -- that it has; NULL as above
        newest_at TEXT  -- the newest date that it states; NULL: it states none, or as above
    )
    """,
    """
    CREATE TABLE pushes (
        id INTEGER PRIMARY KEY,
        feed_id INTEGER NOT NULL REFERENCES feeds(id),  -- that it is of
        received_at TEXT NOT NULL,  -- when it was received
        content_type TEXT NOT NULL,  -- as the hub calls it
        body BLOB  -- what it sent; NULL: only that there is news, the feed is asked
    )
    """,
    "CREATE INDEX pushes_feed_id ON pushes(feed_id)",  # what a poll reads
    """
    CREATE TABLE links (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- where it was found first
        feed_id INTEGER REFERENCES feeds(id),  -- where it was found first; NULL: given by hand
        url TEXT NOT NULL,  -- as it was found
        title TEXT NOT NULL DEFAULT '',  -- of the entry or anchor
        state TEXT NOT NULL,  -- queued, past, fetched, off_topic, not_article, blocked, failed or gone
        reason TEXT,  -- wall, login, challenge, no_text, robots, limit, http_404 ...; NULL if there is none
        detail TEXT,  -- the reason in words; NULL: nothing to add
        score REAL,  -- best topic score of its text; NULL if it was not scored
        first_seen_at TEXT NOT NULL,  -- when it was found first
        fetched_at TEXT,  -- last answer; NULL: none yet
        attempts INTEGER NOT NULL DEFAULT 0,  -- how often it was tried since it was queued
        next_try_at TEXT,  -- when one that failed, or whose crawl crashed, is tried again; NULL: never, or now
        article_id INTEGER REFERENCES articles(id),  -- what it became; NULL: nothing that is kept
        entry TEXT,  -- what the feed said, JSON: title, published, updated, summary; NULL: given by hand
        run_id INTEGER REFERENCES runs(id),  -- last run that touched it; NULL: none
        archive_page_id INTEGER REFERENCES archive_pages(id),  -- where a backfill found it; NULL: a feed has it, too
        stated_at TEXT,  -- its date, as far as a backfill knows it; NULL: unknown, or found by a feed
        url_key TEXT NOT NULL UNIQUE  -- equality of addresses
    )
    """,
    "CREATE INDEX links_source_id ON links(source_id)",
    "CREATE INDEX links_feed_id ON links(feed_id)",
    "CREATE INDEX links_article_id ON links(article_id)",
    "CREATE INDEX links_run_id ON links(run_id)",  # a run's table
    """
    CREATE TABLE link_feeds (
        link_id INTEGER NOT NULL REFERENCES links(id),  -- that waits to be read
        feed_id INTEGER NOT NULL REFERENCES feeds(id),  -- another feed than the first that has it
        first_seen_at TEXT NOT NULL,  -- when it was found there
        PRIMARY KEY (link_id, feed_id)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX link_feeds_feed_id ON link_feeds(feed_id)",
    "CREATE INDEX links_waiting ON links(state, next_try_at) WHERE state IN ('queued', 'failed')",  # to do
    "CREATE INDEX links_past ON links(source_id, stated_at) WHERE state = 'past'",  # a backfill's work list
    "CREATE INDEX links_archive_page_id ON links(archive_page_id)",
    """
    CREATE TABLE backfills (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL UNIQUE REFERENCES sources(id),  -- whose past is read
        since TEXT NOT NULL,  -- day (UTC): nothing older is asked for
        state TEXT NOT NULL,  -- running, finished or stopped
        begun_at TEXT NOT NULL,  -- when a person asked for it last
        ended_at TEXT,  -- when all was read, or it was stopped; NULL: it goes on
        next_at TEXT  -- nothing is asked for before; NULL: at once
    )
    """,
    """
    CREATE TABLE archive_pages (
        id INTEGER PRIMARY KEY,
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- whose past it lists
        url TEXT NOT NULL,  -- as it was named
        kind TEXT NOT NULL,  -- robots, sitemap, feed or section
        state TEXT NOT NULL,  -- waiting, read, failed or skipped (too old, or not there where none had named it)
        newest TEXT,  -- no page that it lists is younger than this day; NULL: unknown
        waits INTEGER NOT NULL DEFAULT 0,  -- 1: asked for once the dates of what its parent lists are known
        parent_id INTEGER REFERENCES archive_pages(id),  -- the list that names it; NULL: the search began with it
        read_at TEXT,  -- last answer; NULL: none yet
        entries INTEGER,  -- that it has; NULL: not read
        new_links INTEGER,  -- of them never seen before; NULL as above
        fingerprint TEXT,  -- equal for lists of the same pages; NULL: it has none
        detail TEXT,  -- what was left out, or went wrong; NULL: nothing
        attempts INTEGER NOT NULL DEFAULT 0,  -- in vain
        next_try_at TEXT,  -- not asked before; NULL: at once
        run_id INTEGER REFERENCES runs(id),  -- last run that asked for it; NULL: none
        url_key TEXT NOT NULL,  -- equality of addresses
        UNIQUE (source_id, url_key)
    )
    """,
    "CREATE INDEX archive_pages_waiting ON archive_pages(source_id, newest) WHERE state = 'waiting'",
    "CREATE INDEX archive_pages_parent_id ON archive_pages(parent_id)",
    "CREATE INDEX archive_pages_run_id ON archive_pages(run_id)",
)
