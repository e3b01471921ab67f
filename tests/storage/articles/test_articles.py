"""Articles in the database: what is stored together stands together, and the index follows the texts."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from storage.alerts import rules
from storage.analyser import index_text
from storage.articles import articles, held
from storage.db import transaction
from storage.errors import StorageError
from storage.query import parse_query
from storage.records.decisions import Verdict
from storage.search.index import search, unindex
from storage.search.reindex import rebuild
from storage.sources import links, sources
from storage.topics import topics
from tests.support.samples import DECLARED, FEED, NOW, RULE, TEXT, TOPIC, entry, match, reading, stated

OTHER = "A museum in the hills showed steam engines to children who had never seen one, and some cried. " * 6


@pytest.fixture
def stocked(connection):
    """A database with one source, its feed and one topic."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    rules.sync(connection, [(RULE, None)])
    return connection


def store(connection, item, **settings):
    return store_reading(connection, item, **settings)


def count(connection, table):
    return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def index_rows(connection):
    """Every term of the index with its places, which a fresh index of the same texts must share."""
    connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'articles_fts', 'instance')")
    rows = connection.execute(
        'SELECT term, doc, col, "offset" FROM temp.terms ORDER BY 1, 2, 3, 4'
    ).fetchall()
    connection.execute("DROP TABLE temp.terms")
    return [tuple(row) for row in rows]


def test_a_new_article_is_stored_with_text_index_match_and_message(stocked):
    verdict, id = store(stocked, reading())

    row = articles.article(stocked, id)
    assert verdict is Verdict.NEW
    assert (row["title"], row["text"], row["published_precision"]) == ("Ministers meet", TEXT, "minute")
    assert [hit.id for hit in search(stocked, parse_query("harbour"))] == [id]
    assert (count(stocked, "matches"), count(stocked, "alerts"), count(stocked, "background")) == (1, 1, 1)


def test_an_off_topic_article_leaves_a_score_and_a_held_text_but_no_row(stocked):
    (link,), _ = links.discover(stocked, FEED, {reading().url_key: entry()}, run_id=None, now=NOW)

    store(stocked, reading(matches=(), score=0.4, link=link), hold_days=30)

    row = stocked.execute("SELECT state, score FROM links").fetchone()
    assert (row["state"], row["score"]) == ("off_topic", 0.4)
    assert (count(stocked, "articles"), count(stocked, "off_topic_texts"), count(stocked, "background")) == (
        0,
        1,
        1,
    )


def test_held_texts_go_when_their_time_is_over(stocked):
    (link,), _ = links.discover(stocked, FEED, {reading().url_key: entry()}, run_id=None, now=NOW)
    store(stocked, reading(matches=(), link=link), hold_days=1)

    assert held.drop_expired_texts(stocked, NOW + timedelta(hours=23)) == 0
    assert held.drop_expired_texts(stocked, NOW + timedelta(hours=25)) == 1


def test_reading_the_same_twice_changes_nothing(stocked):
    store(stocked, reading())

    verdict, _ = store(stocked, reading(read_at=NOW + timedelta(days=1)))

    assert verdict is Verdict.UNCHANGED
    assert (count(stocked, "articles"), count(stocked, "revisions"), count(stocked, "matches")) == (1, 0, 1)


def test_an_edit_keeps_both_texts_and_moves_the_index(stocked):
    _, id = store(stocked, reading())

    verdict, same = store(stocked, reading(text=OTHER, read_at=NOW + timedelta(days=1)))

    assert (verdict, same) == (Verdict.REVISED, id)
    texts = [row["text"] for row in stocked.execute("SELECT text FROM revisions ORDER BY number")]
    assert texts == [TEXT, OTHER]
    assert search(stocked, parse_query("harbour")) == []
    assert [hit.id for hit in search(stocked, parse_query("museum"))] == [id]


def test_what_made_a_text_stands_with_it_and_changes_with_the_text(stocked):
    def made_by(text, maker, extractor):
        item = reading(text=text)
        return replace(item, article=replace(item.article, text_from=maker, extractor=extractor))

    _, id = store(stocked, made_by(TEXT, "blocks", 2))
    first = articles.article(stocked, id)
    store(stocked, made_by(TEXT.replace("harbour", "airport"), "json-ld", 3))
    second = articles.article(stocked, id)

    assert (first["text_from"], first["extractor"]) == ("blocks", 2)
    assert (second["text_from"], second["extractor"]) == ("json-ld", 3)


def test_an_edit_leaves_the_first_publication_date(stocked):
    _, id = store(stocked, reading())

    store(stocked, reading(text=OTHER, published=stated(NOW + timedelta(days=3))))

    assert articles.article(stocked, id)["published_at"] == NOW.isoformat()


def test_copies_get_one_head_whatever_comes_first(stocked):
    early = reading("http://a.example/1", published=stated(NOW - timedelta(hours=3)))
    late = reading("http://b.example/1", published=stated(NOW))
    middle = reading("http://c.example/1", published=stated(NOW - timedelta(hours=1)))
    for item in (late, middle, early):
        store(stocked, item)

    rows = stocked.execute(
        """
        SELECT copying.url AS copy, original.url AS original, lag_s FROM copies
        JOIN articles AS copying ON copying.id = copies.article_id
        JOIN articles AS original ON original.id = copies.original_id
        ORDER BY lag_s
        """
    ).fetchall()

    assert [tuple(row) for row in rows] == [
        ("http://c.example/1", "http://a.example/1", 7_200),
        ("http://b.example/1", "http://a.example/1", 10_800),
    ]


def test_a_crawled_page_with_a_seeds_text_is_its_copy_and_gives_it_the_address(stocked):
    _, seed = store(stocked, reading(None, origin="seed", matches=()))

    verdict, page = store(stocked, reading("http://a.example/1", title="Another headline"))

    assert verdict is Verdict.COPY
    assert articles.article(stocked, seed)["url"] == "http://a.example/1"
    assert tuple(stocked.execute("SELECT article_id, original_id FROM copies").fetchone()) == (page, seed)
    assert stocked.execute("SELECT event FROM article_events").fetchone()[0] == "address_found"


def test_a_seed_imported_after_its_page_takes_its_address(stocked):
    _, page = store(stocked, reading("http://a.example/1"))

    _, seed = store(stocked, reading(None, origin="seed", matches=()))

    assert articles.article(stocked, seed)["url"] == "http://a.example/1"
    assert tuple(stocked.execute("SELECT article_id, original_id FROM copies").fetchone()) == (page, seed)


def test_a_seed_twice_is_one_row(stocked):
    _, first = store(stocked, reading(None, origin="seed", matches=()))
    verdict, second = store(stocked, reading(None, origin="seed", matches=()))

    assert (verdict, first) == (Verdict.UNCHANGED, second)


def test_copies_are_not_told_again(stocked):
    store(stocked, reading("http://a.example/1"))
    store(stocked, reading("http://b.example/1"))

    assert (count(stocked, "matches"), count(stocked, "alerts")) == (2, 1)


def test_a_failure_inside_leaves_nothing_behind(stocked):
    broken = reading(matches=(match(), match(topic="no such topic")))

    with pytest.raises(TypeError):
        store(stocked, broken)

    assert [count(stocked, table) for table in ("articles", "article_texts", "matches", "alerts")] == [
        0,
        0,
        0,
        0,
    ]
    assert index_rows(stocked) == []


def test_the_index_equals_a_fresh_one_after_hundreds_of_revisions(stocked):
    chance = random.Random(7)
    words = [
        "ferry",
        "Россией",
        "朝俄关系",
        "북러",
        "strait",
        "naïve",
        "e\u0301tat",
        "14",
        "don't",
        "tunnels",
    ]
    for number in range(300):
        text = " ".join(chance.choices(words, k=80))
        store(
            stocked,
            reading(
                f"http://a.example/{chance.randrange(40)}", text=text, title=f"{words[number % 10]} {number}"
            ),
        )

    grown = index_rows(stocked)
    rebuild(stocked)

    assert grown == index_rows(stocked)
    stocked.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 0)")


@pytest.mark.parametrize("language", ["zh", "ja", "en"])
def test_what_an_earlier_analyser_put_in_is_taken_out_as_it_was(stocked, language):
    text = "朝鮮代表團訪問俄羅斯。 Talks on the tunnel. " * 9
    _, id = store(stocked, reading(text=text, language=language))
    unindex(stocked, id)
    stocked.execute("UPDATE article_texts SET analyser = 1")
    stocked.execute(
        "INSERT INTO articles_fts (rowid, title, text) VALUES (?, ?, ?)",
        [id, *(index_text(part, language, 1) for part in ("Ministers meet", text))],
    )

    unindex(stocked, id)

    assert index_rows(stocked) == []


def test_an_index_of_a_later_analyser_is_not_touched(stocked):
    _, id = store(stocked, reading())
    stocked.execute("UPDATE article_texts SET analyser = analyser + 1")

    with pytest.raises(StorageError, match="reindex"):
        unindex(stocked, id)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Переговоры с Россией о тоннеле. " * 9, "Россия"),
        ("分析朝俄关系的新阶段。" * 9, "朝俄"),
        ("북러 정상회담이 열렸다. " * 9, "북러"),
        ("The DPRK-Russia talks went on. " * 9, '"DPRK-Russia"'),
    ],
    ids=["inflected", "two Han characters", "two syllables", "hyphen"],
)
def test_search_finds_in_each_script(stocked, text, query):
    _, id = store(stocked, reading(text=text, language=None))

    (hit,) = search(stocked, parse_query(query))

    assert hit.id == id
    assert hit.spans
    assert all(hit.text[span.start : span.end] for span in hit.spans)


def test_search_gives_the_newest_first_and_stops_at_the_limit(stocked):
    ids = [store(stocked, reading(f"http://a.example/{n}", text=TEXT + str(n)))[1] for n in range(5)]

    assert [hit.id for hit in search(stocked, parse_query("tunnel"), limit=3)] == ids[:1:-1]


def test_a_field_that_the_index_does_not_know_is_checked(stocked):
    store(stocked, reading())

    assert search(stocked, parse_query("tunnel lang:ko")) == []
    assert len(search(stocked, parse_query("tunnel AND lang:en"))) == 1
    assert len(search(stocked, parse_query("lang:en"))) == 1


def test_the_index_holds_the_analysers_terms(stocked):
    store(stocked, reading())

    assert {row[0] for row in index_rows(stocked)} == set(index_text(f"Ministers meet {TEXT}", "en").split())


def test_storing_an_article_leaves_the_index_in_memory_until_the_commit(connection):
    """A statement that SQLite can undo by itself has the index written out; one for each article cost a third more."""
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC])
    segments = "SELECT count(*) FROM articles_fts_data"
    with transaction(connection):
        for number in range(5):
            text = f"A text with word{number}. " * 20
            store_reading(connection, reading(f"http://paper.example/{number}", text=text))
        (before,) = connection.execute(segments).fetchone()
    (after,) = connection.execute(segments).fetchone()

    assert after == before + 1
