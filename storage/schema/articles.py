"""The tables of what is kept: articles, texts, index, events, sightings, copies, revisions, looks, pages. Pure."""

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
        state TEXT NOT NULL DEFAULT 'live',  -- live, deleted, replaced (its address has another story) or unknown
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
        url_key TEXT UNIQUE,  -- import:... of an import without address; NULL: a seed that no crawl has met
        canonical_key TEXT,  -- equality of canonical_url; NULL: none, its own, or the front page
        text_hash TEXT NOT NULL  -- equality of texts, without headline, case and space
    )
    """,
    "CREATE INDEX articles_canonical_key ON articles(canonical_key) WHERE canonical_key IS NOT NULL",  # who names it
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
        event TEXT NOT NULL,  -- deleted, returned, moved, replaced, alternating or address_found
        detail TEXT  -- the evidence, JSON (of address_found: words); NULL: none
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
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- the copy, or the article that follows up
        original_id INTEGER NOT NULL REFERENCES articles(id),  -- the head of the story that it repeats or follows up
        relation TEXT NOT NULL,  -- copy, excerpt, extended or follow_up; only the first three tell the same story
        similarity REAL NOT NULL,  -- 0 to 1: share of the shorter text's words that the other has too
        first_by TEXT NOT NULL,  -- why the original counts as first: seed, canonical, published or seen
        lag_s INTEGER,  -- seconds from the original to the copy by publication; NULL: a date is unknown
        PRIMARY KEY (article_id, relation)
    )
    """,
    "CREATE INDEX copies_original_id ON copies(original_id)",
    # An article belongs to one story; beside that it may follow another up.
    "CREATE UNIQUE INDEX copies_member ON copies(article_id) WHERE relation <> 'follow_up'",
    # No reference to articles: each check would read the whole table when an article is deleted.
    """
    CREATE TABLE anchors (
        hash INTEGER NOT NULL,  -- of a run of words; one of the smallest of its text
        article_id INTEGER NOT NULL,  -- of the article whose text has it
        PRIMARY KEY (hash, article_id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE revisions (
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- whose text it was or is
        number INTEGER NOT NULL,  -- 1 is the first text
        seen_at TEXT NOT NULL,  -- when this text was read
        title TEXT NOT NULL,  -- the headline with this text
        kind TEXT,  -- minor (typos, figures, a few words), major, or re-extracted (no edit); NULL: the first text
        silent INTEGER,  -- 1: the page states no new date of change; 0: it states one; NULL: the first text
        text TEXT NOT NULL,  -- paragraphs, one a line, without the headline
        added TEXT NOT NULL DEFAULT '',  -- sentences that came with it, of each paragraph in one line
        removed TEXT NOT NULL DEFAULT '',  -- sentences that went with it, of each paragraph in one line
        words_added INTEGER NOT NULL DEFAULT 0,  -- that came, of headline and text
        words_removed INTEGER NOT NULL DEFAULT 0,  -- that went, of headline and text
        modified_at TEXT,  -- as the page stated it with this text, UTC; NULL: not stated
        language TEXT,  -- of this text, ISO 639-1; NULL: not recognised
        run_id INTEGER REFERENCES runs(id),  -- that read it; NULL: the first text, or no crawl
        analyser INTEGER,  -- version that its index entry was made with; NULL: the first text, not indexed
        text_hash TEXT NOT NULL,  -- equality of texts, as in articles
        UNIQUE (article_id, number)
    )
    """,
    "CREATE INDEX revisions_run_id ON revisions(run_id)",
    # Contentless as articles_fts, fed by storage/search/changes.py alone. Row 2n is what revision n added,
    # row 2n + 1 what it removed; title is the headline that came or went, empty if it stayed.
    """
    CREATE VIRTUAL TABLE revisions_fts USING fts5(
        title, text, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
    )
    """,
    """
    CREATE TABLE watches (
        article_id INTEGER PRIMARY KEY REFERENCES articles(id),  -- that is looked at again
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- of the article
        due_at TEXT,  -- when to look next; NULL: not decided yet, or ended
        ended TEXT,  -- why it is not looked at again: age, replaced or no_match; NULL: it is
        looked_at TEXT,  -- last look, failed ones included; NULL: none yet
        looks INTEGER NOT NULL DEFAULT 0,  -- how many there were, without skipped ones
        failures INTEGER NOT NULL DEFAULT 0,  -- looks in a row that said nothing of the article
        absences TEXT NOT NULL DEFAULT '[]',  -- JSON: looks in which it was gone, since it was last there
        etag TEXT,  -- validator for the next request; NULL: none
        last_modified TEXT,  -- as above
        body_hash TEXT,  -- of the page that was read last; NULL: none
        run_id INTEGER REFERENCES runs(id)  -- that looks now; NULL: none
    )
    """,
    "CREATE INDEX watches_due ON watches(due_at) WHERE due_at IS NOT NULL",  # what to look at
    "CREATE INDEX watches_undecided ON watches(article_id) WHERE due_at IS NULL AND ended IS NULL",
    "CREATE INDEX watches_source_id ON watches(source_id)",
    "CREATE INDEX watches_run_id ON watches(run_id)",
    """
    CREATE TABLE looks (
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that was looked at
        source_id INTEGER NOT NULL REFERENCES sources(id),  -- of the article
        run_id INTEGER NOT NULL REFERENCES runs(id),  -- that looked
        looked_at TEXT NOT NULL,  -- when the answer came, or was given up
        outcome TEXT NOT NULL,  -- unchanged, not_modified, revised, alternating, replaced, absent, deleted, wall ...
        status INTEGER,  -- HTTP status; NULL: no answer
        reason TEXT,  -- http_404, front_page, not_found, wall, timeout, budget ...; NULL: none is needed
        detail TEXT,  -- the reason in words; NULL: nothing to add
        next_due_at TEXT  -- what was decided; NULL: not again
    )
    """,
    "CREATE INDEX looks_article_id ON looks(article_id)",
    "CREATE INDEX looks_source_id ON looks(source_id, looked_at)",  # the budget of a day, and neighbours
    "CREATE INDEX looks_run_id ON looks(run_id)",
    """
    CREATE TABLE pages (
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that was read from it
        fetched_at TEXT NOT NULL,  -- when it came
        asked_url TEXT NOT NULL,  -- the address that was asked for
        url TEXT NOT NULL,  -- the address that answered, after redirects
        http_version TEXT NOT NULL,  -- HTTP/1.1, or what the server speaks
        status INTEGER NOT NULL,  -- HTTP status
        headers TEXT NOT NULL,  -- JSON list of [name, value], as received
        bytes INTEGER NOT NULL,  -- of the body as received, before its Content-Encoding was undone
        sha256 TEXT NOT NULL REFERENCES page_bodies(sha256),  -- of the same bytes, hex
        run_id INTEGER REFERENCES runs(id)  -- that fetched it; NULL: no crawl
    )
    """,
    "CREATE INDEX pages_article_id ON pages(article_id, id)",
    "CREATE INDEX pages_sha256 ON pages(sha256)",
    "CREATE INDEX pages_run_id ON pages(run_id)",
    """
    CREATE TABLE page_bodies (
        sha256 TEXT PRIMARY KEY,  -- of the bytes as received, hex
        body BLOB NOT NULL  -- zlib of these bytes
    )
    """,
    # Contentless: SQLite 3.40 keeps no second copy of the text, and storage/search/index.py alone feeds it.
    """
    CREATE VIRTUAL TABLE articles_fts USING fts5(
        title, text, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
    )
    """,
)
