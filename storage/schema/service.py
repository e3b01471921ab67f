"""The tables of the service itself: alerts, coverage, requests, facts. Pure."""

TABLES: tuple[str, ...] = (
    """
    CREATE TABLE alert_rules (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,  -- as in seedwatch.toml
        enabled INTEGER NOT NULL DEFAULT 1,  -- 0: taken out of the settings
        kinds TEXT NOT NULL,  -- JSON list: match, health
        topics TEXT NOT NULL,  -- JSON list of names; [] means all
        languages TEXT NOT NULL,  -- JSON list of ISO 639-1 codes; [] means all
        review INTEGER NOT NULL,  -- 1: articles in band review are told, too
        channel TEXT NOT NULL,  -- where it goes, with secrets masked
        digest TEXT,  -- local time HH:MM of the daily message; NULL: at once
        timezone TEXT NOT NULL,  -- IANA zone of that time
        next_digest_at TEXT  -- when the next daily message is due; NULL: at once
    )
    """,
    """
    CREATE TABLE alert_messages (
        id INTEGER PRIMARY KEY,
        rule_id INTEGER NOT NULL REFERENCES alert_rules(id),  -- that asked for it
        state TEXT NOT NULL,  -- waiting, sent, failed (given up) or withdrawn (its rule or its articles are gone)
        created_at TEXT NOT NULL,  -- when its alerts were put together
        tries INTEGER NOT NULL DEFAULT 0,  -- how often it was sent in vain
        next_try_at TEXT,  -- when it is sent next; NULL: not any more
        sent_at TEXT,  -- when the channel took it; NULL: it has not
        error TEXT,  -- why the last try failed, with secrets masked; NULL: it did not
        key TEXT NOT NULL UNIQUE  -- by which the receiver knows it again: the same at each try
    )
    """,
    "CREATE INDEX alert_messages_rule_id ON alert_messages(rule_id, id)",
    "CREATE INDEX alert_messages_state ON alert_messages(state, next_try_at)",  # the work list
    """
    CREATE TABLE alerts (
        id INTEGER PRIMARY KEY,
        rule_id INTEGER NOT NULL REFERENCES alert_rules(id),  -- that asked for it
        kind TEXT NOT NULL,  -- match or health
        topic_id INTEGER REFERENCES topics(id),  -- NULL for health
        article_id INTEGER REFERENCES articles(id),  -- NULL for health
        condition_id INTEGER REFERENCES conditions(id),  -- NULL for a match
        change TEXT,  -- began or ended, of the condition; NULL for a match
        created_at TEXT NOT NULL,  -- when there was something to tell
        message_id INTEGER REFERENCES alert_messages(id)  -- that tells it; NULL: it waits for one
    )
    """,
    "CREATE INDEX alerts_waiting ON alerts(rule_id) WHERE message_id IS NULL",
    "CREATE INDEX alerts_rule_id ON alerts(rule_id)",
    "CREATE INDEX alerts_topic_id ON alerts(topic_id)",
    "CREATE INDEX alerts_article_id ON alerts(article_id, rule_id)",
    "CREATE INDEX alerts_condition_id ON alerts(condition_id)",
    "CREATE INDEX alerts_message_id ON alerts(message_id)",
    """
    CREATE TABLE conditions (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,  -- silent, burst, layout, walls, failing or gap
        source_id INTEGER REFERENCES sources(id),  -- that it is about; NULL: a topic, or the daemon
        topic_id INTEGER REFERENCES topics(id),  -- that it is about; NULL: a source, or the daemon
        since TEXT NOT NULL,  -- when it began, as far as is known
        noticed_at TEXT NOT NULL,  -- when it was noticed
        until TEXT,  -- when it was seen to be over; NULL: it lasts
        detail TEXT NOT NULL  -- the figures, in words
    )
    """,
    "CREATE INDEX conditions_source_id ON conditions(source_id)",
    "CREATE INDEX conditions_topic_id ON conditions(topic_id)",
    "CREATE INDEX conditions_open ON conditions(kind) WHERE until IS NULL",  # what lasts
    """
    CREATE TABLE coverage (
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- that was looked at
        day TEXT NOT NULL,  -- YYYY-MM-DD, UTC
        polls INTEGER NOT NULL DEFAULT 0,  -- looks at its feeds that could be read
        failed_polls INTEGER NOT NULL DEFAULT 0,  -- looks that could not
        seen INTEGER NOT NULL DEFAULT 0,  -- links first seen that day
        expected REAL,  -- entries that the rhythm of its feeds led to expect; NULL: not worked out
        lost REAL,  -- entries that may have fallen out of a feed between two looks, by its rate; NULL: as above
        blind_s INTEGER,  -- seconds that no look covers, of the feed with most; NULL: as above
        PRIMARY KEY (source_id, day)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE gaps (
        id INTEGER PRIMARY KEY,
        began_at TEXT NOT NULL,  -- the daemon's last sign of life before, one a minute
        ended_at TEXT NOT NULL,  -- when it watched again
        reason TEXT NOT NULL,  -- off (the daemon did not run) or asleep (it did, and it or the machine stood still)
        feeds INTEGER NOT NULL  -- how many had come due meanwhile
    )
    """,
    "CREATE INDEX gaps_ended_at ON gaps(ended_at)",  # the gaps of a time
    """
    CREATE TABLE hosts (
        host TEXT PRIMARY KEY,  -- registrable domain, or host:port; with a dot at its end: one host name alone
        paused_until TEXT,  -- not asked before; NULL: it never asked for a pause
        reason TEXT,  -- of the last pause: http_429, http_503, http_403 ...; NULL as above
        pauses INTEGER NOT NULL DEFAULT 0,  -- in a row, without an answer between that could be used
        paused_at TEXT,  -- when it last asked for a pause; NULL: never
        spacing_s REAL,  -- seconds between two requests, learned at paused_at, fading by half in a day; NULL: the usual
        crawl_delay_s REAL  -- Crawl-delay of its robots.txt, seconds; NULL: none
    ) WITHOUT ROWID
    """,
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
)
