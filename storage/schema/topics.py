"""The tables of what is followed: topics, what they learned, matches, feedback, background. Pure."""

TABLES: tuple[str, ...] = (
    """
    CREATE TABLE topics (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,  -- as in seedwatch.toml
        title TEXT NOT NULL DEFAULT '',  -- for people; '' if the name serves
        any_query TEXT NOT NULL DEFAULT '',  -- matches by itself; '' if none
        require_query TEXT NOT NULL DEFAULT '',  -- what a match by seeds must meet too; '' if none
        exclude_query TEXT NOT NULL DEFAULT '',  -- rules an article out; '' if none
        dial TEXT NOT NULL DEFAULT 'normal',  -- wide, normal or strict
        aliases TEXT NOT NULL DEFAULT '{}',  -- JSON: entity -> its names in any language
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
        terms TEXT NOT NULL,  -- JSON: the at most 30 weighted terms that BM25 uses, heaviest first
        model TEXT NOT NULL,  -- JSON: all that scoring needs; {} in a version that was replaced
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
        score REAL NOT NULL,  -- see docs/topics.md; above 0 to 1 for a rule's hit alone
        threshold REAL NOT NULL,  -- that the score had to reach
        reason TEXT NOT NULL,  -- seed, rule, both, alias, or marked: the analyst said so
        band TEXT NOT NULL DEFAULT 'match',  -- match, or review: near below the threshold
        place TEXT,  -- where a rule's hit stands: headline, lead or body; NULL for a match by seeds alone
        density REAL,  -- a rule's places for each 100 words of the text; NULL as above
        terms TEXT NOT NULL,  -- the strongest terms, for people
        matched_at TEXT NOT NULL,  -- when it was judged first
        judged_at TEXT,  -- when the present score was made; NULL: at matched_at
        explanation TEXT NOT NULL,  -- JSON: measure, terms with contributions, sentences, paragraph, spans
        model_id INTEGER REFERENCES topic_models(id),  -- NULL for a rule alone
        UNIQUE (topic_id, article_id)
    )
    """,
    "CREATE INDEX matches_topic_id ON matches(topic_id, band, published_at)",  # a topic's page, and its review band
    "CREATE INDEX matches_article_id ON matches(article_id)",
    "CREATE INDEX matches_source_id ON matches(source_id)",
    "CREATE INDEX matches_model_id ON matches(model_id)",
    """
    CREATE TABLE past_matches (
        id INTEGER PRIMARY KEY,
        topic_id INTEGER NOT NULL REFERENCES topics(id),  -- that was met
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that met it
        score REAL NOT NULL,  -- as in matches, as are the columns that follow
        threshold REAL NOT NULL,  -- that the score had to reach
        reason TEXT NOT NULL,  -- seed, rule, both, alias or marked
        band TEXT NOT NULL,  -- match or review
        model_id INTEGER REFERENCES topic_models(id),  -- NULL for a rule alone
        terms TEXT NOT NULL,  -- the strongest terms, for people
        matched_at TEXT NOT NULL,  -- when it was judged so
        ended_at TEXT NOT NULL,  -- when it was judged otherwise
        why TEXT NOT NULL  -- rejudged, ended (by a rematch), marked, unmarked (by the analyst), revised (by the outlet)
    )
    """,
    "CREATE INDEX past_matches_topic_id ON past_matches(topic_id, id)",
    "CREATE INDEX past_matches_article_id ON past_matches(article_id)",
    "CREATE INDEX past_matches_model_id ON past_matches(model_id)",
    """
    CREATE TABLE rematches (
        topic_id INTEGER PRIMARY KEY REFERENCES topics(id),  -- that is applied to all that is held
        basis TEXT NOT NULL,  -- hash of what the topic was: rules, names, dial, models, verdicts
        started_at TEXT NOT NULL,  -- when this one began
        finished_at TEXT,  -- NULL: under way, or broken off
        articles_until INTEGER NOT NULL,  -- articles up to this row are done
        links_until INTEGER NOT NULL,  -- held texts of links up to this row are done
        looked INTEGER NOT NULL,  -- articles and held texts that were looked at
        added INTEGER NOT NULL,  -- matches that were none before
        changed INTEGER NOT NULL,  -- matches with another score, reason or band
        ended INTEGER NOT NULL  -- matches that are none any more
    )
    """,
    """
    CREATE TABLE feedback (
        topic_id INTEGER NOT NULL REFERENCES topics(id),  -- that was judged about
        article_id INTEGER NOT NULL REFERENCES articles(id),  -- that was judged
        verdict TEXT NOT NULL,  -- yes or no
        given_at TEXT NOT NULL,  -- when the analyst said so
        learned INTEGER NOT NULL DEFAULT 1,  -- 0: kept, but the topic does not learn from it, since it would get worse
        PRIMARY KEY (topic_id, article_id)
    )
    """,
    "CREATE INDEX feedback_article_id ON feedback(article_id)",
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
)
