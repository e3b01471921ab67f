"""The tables of the service itself: alerts, coverage, requests, facts. Pure."""

TABLES: tuple[str, ...] = (
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
