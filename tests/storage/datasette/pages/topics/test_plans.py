"""What a topic's page counts of years is answered by one index, without a row of another table for each match."""

import pytest

from storage import db
from storage.datasette.pages.topics import hearing, topic, topic_list
from storage.datasette.pages.topics.topic_list import TopicFilter

COUNTED = {
    "days": topic._BY_DAY,
    "outlets by day": topic._BY_GROUP.format(column="source_id"),
    "languages by day": topic._BY_GROUP.format(column="language"),
    "languages": hearing._FOUND,
    "review": topic._TO_REVIEW,
    "all": topic_list._query(1, TopicFilter(copies="all"), "", 50)[0],
    "a language": topic_list._query(1, TopicFilter(language="ko", copies="all"), "", 50)[0],
    "from a day": topic_list._query(1, TopicFilter(since="2026-01-01", copies="all"), "", 50)[0],
}


@pytest.mark.parametrize("statement", COUNTED.values(), ids=COUNTED)
def test_one_index_answers(connection, statement):
    db.analyse(connection)

    plan = [
        row["detail"]
        for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", dict.fromkeys(NAMES, "1"))
    ]

    assert [line for line in plan if "COVERING INDEX matches_of_topic" in line]
    assert not [line for line in plan if "articles" in line or "ORDER BY" in line]


NAMES = ("topic", "first", "behind", "band", "language", "since", "limit")
