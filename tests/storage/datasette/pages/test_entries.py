"""What all lists of articles share: dates that could not be read, copies on their original's line."""

import sqlite3
from contextlib import closing

import pytest

from storage.datasette.pages.entries import entry_line, fold
from tests.support.datasette_data import add_article, fill, insert
from tests.support.datasette_serving import opened, rows, tree, words

UNREAD = "Juche 112 <b>8.22</b>"


def line(number: int, original: int | None = None):
    article = {
        "id": number, "title": "", "language": None, "published_at": None, "published_precision": None,
        "first_seen_at": "2026-09-14T09:00:00+00:00", "unread_date": None, "url": None, "state": "live", "revisions": 0,
        "source_id": 1, "source_name": "a", "source": "A", "carried": 0, "relation": "copy" if original else None,
        "original_id": original, "original": None,
    }  # fmt: skip
    return entry_line(article)


@pytest.mark.parametrize(
    ("listed", "kept"),
    [
        ([(1, None), (2, 1), (3, 1)], [1]),
        # However they are ordered; and a copy stays where its original is not listed.
        ([(3, 1), (1, None), (5, 4)], [1, 5]),
        ([(2, 1), (3, 1)], [2, 3]),
        ([], []),
    ],
)
def test_copies_stay_out_where_their_original_is_listed(listed, kept):
    lines, folded = fold([line(*one) for one in listed])

    assert [one.article_id for one in lines] == kept
    assert folded == len(listed) - len(kept)


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    path = fill(tmp_path_factory.mktemp("entries") / "watch.db")
    with closing(sqlite3.connect(path)) as writer:
        undated = {"published_at": None, "published_precision": None}
        article = add_article(
            writer, "A text about Moscow.", title="Without a date", unread_date=UNREAD, **undated
        )
        insert(
            writer, "matches", topic_id=1, article_id=article, published_at="2026-09-14T09:00:00+00:00", source_id=1,
            score=4, threshold=3, reason="seed", terms="", matched_at="2026-09-14T09:00:00+00:00", explanation="{}",
        )  # fmt: skip
        foreign = add_article(writer, "두 나라의 열차.", title="By its meaning", language="ko")
        insert(
            writer, "matches", topic_id=1, article_id=foreign, published_at="2026-09-14T09:00:00+00:00", source_id=1,
            score=0.71, threshold=0.55, reason="seed", band="review", terms="", matched_at="2026-09-14T09:00:00+00:00",
            explanation='{"measure": "meaning", "caution": "by meaning alone it is like the seeds"}',
        )  # fmt: skip
        insert(
            writer, "copies", article_id=article, original_id=36, relation="copy", similarity=1, first_by="seen",
        )  # fmt: skip
        writer.commit()
    with opened(path) as datasette:
        yield datasette


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/-/read/41", f"date unknown: “{UNREAD}” stands there and could not be read"),
        ("/-/topic/dprk-russia?copies=all", f"seen 2026-09-14 “{UNREAD}”"),
        ("/-/source/meridian", f"seen 2026-09-14 “{UNREAD}”"),
        ("/-/story/36", "seen 2026-09-14"),
        ("/watch/articles", f"“{UNREAD}”"),
    ],
)
def test_date_that_could_not_be_read_stands_where_a_date_would(watch, path, said):
    assert said in words(tree(watch, path))


@pytest.mark.parametrize("path", ["/-/topic/dprk-russia?band=review", "/-/read/42"])
def test_article_that_only_its_meaning_speaks_for_says_why_it_waits(watch, path):
    shown = words(tree(watch, path))

    assert "like the seeds in meaning" in shown
    assert "o review, since by meaning alone it is like the seeds" in shown


def test_search_leaves_copies_to_what_they_repeat_unless_they_are_asked_for(watch):
    query = "/-/search?q=Pyongyang+OR+Russian"
    folded, everything = (
        rows(watch, f"{query}{more}".replace("?", ".json?")) for more in ("", "&copies=all")
    )

    listed = [find["article_id"] for find in everything["finds"]]
    left_out = [find["article_id"] for find in everything["finds"] if find["original_id"] in listed]
    assert left_out
    assert [find["article_id"] for find in folded["finds"]] == [one for one in listed if one not in left_out]
    assert folded["folded"] == len(left_out)
    assert f"{len(left_out)} copies left out" in words(tree(watch, query))
