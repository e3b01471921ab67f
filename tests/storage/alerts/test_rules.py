"""What is told, and what is not: one message per story and rule, nothing that was known before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from storage.alerts import outbox
from storage.alerts import rules as alert_rules
from storage.articles import relations
from storage.health import conditions
from storage.records.health import Condition
from storage.records.stories import Copy
from storage.records.topics import Topic
from storage.sources import sources
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, RULE, TEXT, TOPIC, match, reading, stated

OTHER = "A museum in the hills showed steam engines to children who had never seen one, and some cried. " * 6
REVIEW = replace(match(score=1.8), band="review")
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def stocked(connection):
    sources.sync(connection, DECLARED)
    topics.sync(connection, [TOPIC, Topic("museum", any="museum")])
    return connection


def declare(connection, *rules):
    alert_rules.sync(connection, [(rule, None) for rule in rules])
    outbox.withdraw_gone(connection, NOW)


def store(connection, name, text=TEXT, **more):
    return store_reading(
        connection,
        reading(f"http://{name}.example/1", text=text, **{"title": f"Title {name}", **more}),
        keep_all=True,
    )[1]


def told(connection):
    """Rule, topic and article of each alert, in order."""
    return [
        tuple(row)
        for row in connection.execute(
            """
            SELECT alert_rules.name, topics.name, article_id FROM alerts
            JOIN alert_rules ON alert_rules.id = rule_id LEFT JOIN topics ON topics.id = topic_id
            ORDER BY alerts.id
            """
        )
    ]


def test_without_a_rule_nothing_is_written(stocked):
    store(stocked, "a")

    assert told(stocked) == []


def test_a_new_match_is_told_to_each_rule_that_wants_it(stocked):
    declare(
        stocked,
        RULE,
        replace(RULE, name="museum", topics=("museum",)),
        replace(RULE, name="strait", topics=("strait",)),
        replace(RULE, name="korean", languages=("ko",)),
        replace(RULE, name="english", languages=("ko", "en")),
        replace(RULE, name="health", kinds=("health",)),
    )

    one = store(stocked, "a")

    assert told(stocked) == [(rule, "strait", one) for rule in ("desk", "strait", "english")]


def test_copies_tell_nothing_whenever_they_come(stocked):
    declare(stocked, RULE)
    one = store(stocked, "a")

    store(stocked, "b")
    store(stocked, "c", published=stated(NOW - timedelta(hours=9)))  # becomes the head of the story

    assert stocked.execute("SELECT count(*) FROM copies").fetchone()[0] == 2
    assert told(stocked) == [("desk", "strait", one)]


def test_a_copy_that_is_the_first_to_match_is_told(stocked):
    declare(stocked, RULE)
    store(stocked, "a", matches=())

    two = store(stocked, "b")

    assert told(stocked) == [("desk", "strait", two)]


def test_a_follow_up_is_a_story_of_its_own(stocked):
    declare(stocked, RULE)
    one = store(stocked, "a")
    two = store(stocked, "b", text=OTHER, matches=())
    relations.relate(stocked, two, (Copy(two, one, "follow_up", 0.4, "seen", 9),))

    matching = reading("http://b.example/1", text=OTHER + "Now about the tunnel, too.", read_at=LATER)
    store_reading(stocked, matching)

    assert told(stocked) == [("desk", "strait", one), ("desk", "strait", two)]


@pytest.mark.parametrize("origin", ["seed", "import"])
def test_seeds_and_imports_tell_nothing_nor_do_their_copies(stocked, origin):
    declare(stocked, RULE)
    store(stocked, "a", origin=origin)

    store(stocked, "b")

    assert told(stocked) == []


def test_an_article_for_two_topics_is_told_for_both_and_a_copy_for_a_third_is_not(stocked):
    topics.sync(stocked, [TOPIC, Topic("museum", any="museum"), Topic("ferries", any="ferry")])
    declare(stocked, RULE)

    one = store(stocked, "a", matches=(match(), match("museum")))
    store(stocked, "b", matches=(match("ferries"),))

    assert told(stocked) == [("desk", "strait", one), ("desk", "museum", one)]


def test_review_is_told_only_to_who_asks_for_it(stocked):
    declare(stocked, RULE, replace(RULE, name="all", review=True))

    one = store(stocked, "a", matches=(REVIEW,))

    assert told(stocked) == [("all", "strait", one)]


def test_a_revision_that_makes_a_match_is_told_once(stocked):
    declare(stocked, RULE)
    one = store(stocked, "a", matches=(REVIEW,))

    for number, found in enumerate((match(), replace(match(), score=9.0)), 1):
        revised = reading(
            "http://a.example/1", text=f"{TEXT} Version {number}.", matches=(found,), read_at=LATER
        )
        store_reading(stocked, revised)

    assert told(stocked) == [("desk", "strait", one)]


def test_an_article_that_was_a_match_before_is_no_news(stocked):
    one = store(stocked, "a")
    declare(stocked, RULE)

    revised = reading("http://a.example/1", text=f"{TEXT} More.", matches=(match(score=5.0),), read_at=LATER)
    store_reading(stocked, revised)
    store(stocked, "b")

    assert one is not None
    assert told(stocked) == []


def test_what_was_published_long_ago_is_no_news_and_what_has_no_date_is(stocked):
    declare(stocked, RULE)

    store(stocked, "a", published=stated(NOW - timedelta(days=15)))
    undated = store(stocked, "b", text=OTHER, published=None)

    assert told(stocked) == [("desk", "strait", undated)]


def test_a_failure_takes_the_alert_with_the_article(stocked):
    declare(stocked, RULE)

    with pytest.raises(TypeError):
        store(stocked, "a", matches=(match(), match("no such topic")))

    assert told(stocked) == []


def test_conditions_are_told_to_rules_for_health_on_their_topics(stocked):
    declare(
        stocked,
        RULE,
        replace(RULE, name="matches", kinds=("match",)),
        replace(RULE, name="museum", kinds=("health",), topics=("museum",)),
    )
    source = Condition("silent", NOW, "nothing", source="courier")
    topic = Condition("burst", NOW, "much", topic="strait")

    conditions.update(stocked, began=[source, topic], goes_on=[], ended=[], now=NOW)
    conditions.update(stocked, began=[], goes_on=[source], ended=[topic], now=LATER)

    rows = stocked.execute(
        """
        SELECT alert_rules.name, conditions.kind, change FROM alerts
        JOIN alert_rules ON alert_rules.id = rule_id JOIN conditions ON conditions.id = condition_id
        ORDER BY alerts.id
        """
    )
    assert [tuple(row) for row in rows] == [
        ("desk", "silent", "began"),
        ("museum", "silent", "began"),
        ("desk", "burst", "began"),
        ("desk", "burst", "ended"),
    ]


def test_what_waits_under_a_rule_that_is_gone_is_withdrawn(stocked):
    declare(stocked, RULE)
    store(stocked, "a")

    declare(stocked)
    declare(stocked, RULE)

    assert [row["state"] for row in outbox.messages(stocked, ["withdrawn", "waiting"], 9)] == ["withdrawn"]
    assert outbox.due_rules(stocked, LATER) == []


def test_a_digest_keeps_its_hour_until_the_settings_change_it(stocked):
    digest = replace(RULE, digest="08:00")
    alert_rules.sync(stocked, [(digest, NOW)])

    alert_rules.sync(stocked, [(digest, LATER)])
    same = outbox.rule_states(stocked)[0].next_digest_at
    alert_rules.sync(stocked, [(replace(digest, timezone="Asia/Seoul"), LATER)])
    moved = outbox.rule_states(stocked)[0].next_digest_at

    assert (same, moved) == (NOW, LATER)
