"""The tables of what is kept: articles, texts, their index, events, sightings, copies, revisions. Pure."""

TABLES: tuple[str, ...] = (
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
    # Contentless: SQLite 3.40 keeps no second copy of the text, and storage/search.py alone feeds it.
    """
    CREATE VIRTUAL TABLE articles_fts USING fts5(
        title, text, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
    )
    """,
)
