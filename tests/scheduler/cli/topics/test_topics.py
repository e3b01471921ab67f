"""Topics on the command line: marked, reviewed, promoted, tried, applied to what is held."""

import csv
from pathlib import Path

import pytest

from crawler import clock
from crawler.articles.store import store_reading
from crawler.topics.prepare import prepare_matchers
from crawler.topics.terms import term_list
from crawler.urls import url_key
from storage import db
from storage.sources import links, runs, sources
from tests.support.command_line import run_here
from tests.support.samples import DECLARED, FEED, entry, reading
from tests.support.shared import once

ON, NEAR, OFF = (
    "tunnel strait ferry treaty",
    "tunnel museum gallery statue",
    "harvest wheat orchestra concert budget",
)
SEEDS = 2
SETTINGS = """
[[topic]]
name = "strait"
title = "The strait link"
seeds = ["seeds"]

[[source]]
name = "courier"
home = "http://courier.example/"
feeds = ["http://courier.example/rss"]
language = "en"
"""


def body(words: str, number: int) -> str:
    said = words.split()
    return ". ".join(
        f"The {said[(number + place) % len(said)]} report number{number} of {said[place % len(said)]} was read"
        for place in range(14)
    )


def address(number: int) -> str:
    return f"http://courier.example/{number}"


def store(connection, number: int, words: str, *, held: bool = False) -> None:
    """An article that no topic was asked about; with *held* only its text, as an off-topic one."""
    text, title = body(words, number), f"Report {number}"
    link = None
    if held:
        (link,), _ = links.discover(
            connection, FEED, {url_key(address(number)): entry(address(number))}, run_id=1, now=clock.now()
        )
    item = reading(
        address(number), text=text, title=title, matches=(), read_at=clock.now(), link=link,
        background=tuple(term_list(title, text, "en")),
    )  # fmt: skip
    store_reading(connection, item, keep_all=not held, hold_days=30)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> Path:
    """A folder with two seeds and 130 articles: 12 on the topic, 6 near it; two are held only."""
    return once(tmp_path_factory, "topics", make_pristine)


def make_pristine(folder: Path) -> Path:
    (folder / "seeds").mkdir()
    for number in range(SEEDS):
        (folder / "seeds" / f"{number}.txt").write_text(f"Tunnel {number}\n\n{body(ON, 900 + number)}\n")
    (folder / "seedwatch.toml").write_text(SETTINGS)
    connection = db.connect(folder / "seedwatch.db")
    sources.sync(connection, DECLARED)
    runs.begin(connection, trigger="manual", token="one", now=clock.now(), host="here", pid=1)
    for number in range(130):
        words = ON if number < 12 else NEAR if number < 18 else OFF
        store(connection, number, words, held=number in (0, 129))
    assert run_here("check", folder=folder).code == 0
    prepare_matchers(connection, clock.now())  # else each test would find out what all articles mean
    db.finish(connection)
    return folder


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    for name in ("seedwatch.db", "seedwatch.toml"):
        (tmp_path / name).write_bytes((pristine / name).read_bytes())
    (tmp_path / "seeds").symlink_to(pristine / "seeds")
    return tmp_path


def number_of(folder: Path, number: int) -> int:
    return query(folder, "SELECT id FROM articles WHERE url = ?", address(number))[0][0]


def query(folder: Path, sql: str, *values: object) -> list[tuple]:
    connection = db.connect(folder / "seedwatch.db")
    try:
        return [tuple(row) for row in connection.execute(sql, values)]
    finally:
        connection.close()


# Rematch and review


def test_rematch_finds_what_is_held_and_says_when_there_is_nothing_to_do(folder):
    (done,) = run_here("rematch", "--json", folder=folder).json
    again = run_here("rematch", folder=folder)

    assert (done["topic"], done["looked_at"], done["done"]) == ("strait", 130, True)
    assert done["added"] >= 5
    assert query(folder, "SELECT state FROM links WHERE url = ?", address(0)) == [("fetched",)]
    assert query(folder, "SELECT state FROM links WHERE url = ?", address(129)) == [("off_topic",)]
    assert (again.code, again.out) == (0, "")
    assert "strait has not changed since it was applied to all" in again.err


def test_review_lists_what_stands_near_below_the_threshold(folder):
    # So that some of what is on the topic is only near it.
    (folder / "seedwatch.toml").write_text(SETTINGS.replace('["seeds"]', '["seeds"]\ndial = "strict"'))
    run_here("rematch", folder=folder)
    (listed,) = run_here("topics", "list", "--json", folder=folder).json

    reviewed = run_here("topics", "review", "strait", "--json", folder=folder).json
    shown = run_here("topics", "review", "strait", "-n", "1", folder=folder)

    assert len(reviewed) == listed["review"] > 1
    assert all(one["score"] < one["threshold"] for one in reviewed)
    assert f"... and {len(reviewed) - 1} older ones" in shown.out
    assert "seedwatch topics mark" in shown.err


def test_review_of_nothing_says_so(folder):
    assert "nothing to review" in run_here("topics", "review", "strait", folder=folder).out


# Mark


def test_what_is_marked_decides_and_is_learned_from(folder):
    run_here("rematch", folder=folder)
    yes, no = number_of(folder, 40), number_of(folder, 3)

    first = run_here("topics", "mark", yes, "yes", folder=folder)
    second = run_here("topics", "mark", no, "no", "--json", folder=folder).json

    assert (first.code, first.out) == (0, f"yes  {yes}  Report 40\n")
    assert "en: 1 marked yes, 0 no; too few to estimate what is gained: it takes 4 of each" in first.err
    assert (second["articles"], second["learned"]) == ([no], True)
    run_here("rematch", folder=folder)
    matching = {row[0] for row in query(folder, "SELECT article_id FROM matches WHERE band = 'match'")}
    assert yes in matching
    assert no not in matching
    (lesson,) = second["lessons"]
    assert (lesson["relevant"], lesson["irrelevant"], lesson["estimate"]) == (1, 1, None)


def test_marks_that_make_it_worse_are_kept_and_not_learned(folder):
    near = [number_of(folder, number) for number in range(12, 18)]
    on = [number_of(folder, number) for number in range(1, 7)]
    taught = run_here("topics", "mark", *near, "yes", "--json", folder=folder).json
    assert taught["learned"]

    # The opposite of what the seeds say, and of what was learned.
    done = run_here("topics", "mark", *on, "no", "--json", folder=folder).json
    forced = run_here("topics", "mark", on[0], "no", "--force", "--json", folder=folder).json

    (lesson,) = done["lessons"]
    worse = lesson["estimate"]["after"] < lesson["estimate"]["before"]
    assert done["learned"] is not worse
    assert query(folder, "SELECT count(*) FROM feedback") == [(12,)]
    assert query(folder, "SELECT count(*) FROM feedback WHERE learned = 1") == [(12,)]
    assert forced["learned"]


def test_an_off_topic_article_is_marked_by_its_address(folder):
    done = run_here("topics", "mark", address(129), "no", folder=folder)

    assert "(stored now, from a held text)" in done.out
    assert query(folder, "SELECT state FROM links WHERE url = ?", address(129)) == [("fetched",)]
    assert number_of(folder, 129)


def test_a_seed_is_not_marked_no(folder):
    done = run_here("topics", "mark", 1, "no", folder=folder)
    seed = query(folder, "SELECT article_id FROM topic_seeds")[0][0]
    done = run_here("topics", "mark", seed, "no", folder=folder)

    assert done.code == 2
    assert "is a seed of strait: `seedwatch topics demote" in done.err


# Promote


def test_a_promoted_article_is_a_seed_until_it_is_demoted(folder):
    one = number_of(folder, 5)

    promoted = run_here("topics", "promote", one, folder=folder)
    again = run_here("topics", "promote", one, folder=folder)
    shown = run_here("topics", "show", "strait", folder=folder).out
    demoted = run_here("topics", "demote", one, folder=folder)

    assert promoted.out == f"seed  {one}  Report 5\n"
    assert "en: 2 -> 3 seeds; a match needs " in promoted.err
    assert again.out == f"seed already  {one}  Report 5\n"
    assert f"{one}  Report 5  (by command)" in shown
    assert "en: 3 -> 2 seeds" in demoted.err
    assert query(folder, "SELECT verdict FROM feedback") == [("yes",)]


@pytest.mark.parametrize("names", ["file", "none"])
def test_what_no_command_made_a_seed_is_not_demoted(folder, names):
    seed = query(folder, "SELECT article_id FROM topic_seeds")[0][0]
    asked = seed if names == "file" else number_of(folder, 5)

    done = run_here("topics", "demote", asked, folder=folder)

    assert done.code == 2
    assert ("because a file says so" if names == "file" else "is no seed of strait") in done.err
    assert len(query(folder, "SELECT * FROM topic_seeds")) == SEEDS


# Feedback as CSV


def test_feedback_goes_out_and_comes_back(folder):
    one, two = number_of(folder, 5), number_of(folder, 50)
    run_here("topics", "mark", one, "yes", folder=folder)
    run_here("topics", "mark", two, "no", folder=folder)
    run_here("topics", "feedback", "export", "said.csv", folder=folder)
    before = query(folder, "SELECT * FROM feedback")
    connection = db.connect(folder / "seedwatch.db")
    connection.execute("DELETE FROM feedback")
    connection.close()

    done = run_here("topics", "feedback", "import", "said.csv", folder=folder)

    rows = list(csv.DictReader((folder / "said.csv").read_text().splitlines()))
    assert [(row["article"], row["url"], row["verdict"]) for row in rows] == [
        (str(one), address(5), "yes"), (str(two), address(50), "no"),
    ]  # fmt: skip
    assert done.code == 0
    assert query(folder, "SELECT * FROM feedback") == before


def test_each_line_that_cannot_be_used_is_named_and_the_others_are_taken(folder):
    one = number_of(folder, 5)
    (folder / "said.csv").write_text(
        "article,url,topic,verdict,title\n"
        f"{one},,strait,yes,Report 5\n"
        f"{one},,strait,yes,Another title\n"
        "99999,,strait,yes,\n"
        f",{address(5)},nosuch,no,\n"
        f"{one},,strait,perhaps,\n"
    )

    done = run_here("topics", "feedback", "import", "said.csv", folder=folder)

    assert done.code == 1
    assert "1 verdicts taken" in done.out
    named = [line.split(": ")[0] for line in done.err.splitlines() if line.startswith("said.csv:")]
    assert named == ["said.csv:3", "said.csv:4", "said.csv:5", "said.csv:6"]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe", "is not UTF-8"), (b"a,b\n1,2\n", "topic is missing"), (b"", "topic is missing")],
    ids=["encoding", "columns", "empty"],
)
def test_a_file_that_is_none_is_refused(folder, content, message):
    (folder / "said.csv").write_bytes(content)

    done = run_here("topics", "feedback", "import", "said.csv", folder=folder)

    assert (done.code, message in done.err) == (2, True)


# Show, test, explain


def test_show_says_what_is_in_force_what_to_expect_and_what_would_help(folder):
    shown = run_here("topics", "show", "strait", "--json", folder=folder).json
    language = shown["languages"]["en"]

    assert (language["measure"], language["background"], language["next_step"]) == ("background", 130, 300)
    assert set(language["matches_a_day"]) == {"wide", "normal", "strict"}
    advice = "\n".join(shown["advice"])
    for part in ("three beat one by far", "130 articles were read", "seedwatch rematch strait"):
        assert part in advice
    text = run_here("topics", "show", "strait", folder=folder).out
    assert "measure: 130 articles that were read" in text
    assert "from 300 articles on, 170 more" in text


def test_a_topic_is_tried_before_it_is_in_the_settings(folder):
    (folder / "new").mkdir()
    (folder / "new" / "seed.txt").write_text(f"Wheat\n\n{body(OFF, 950)}\n")
    (folder / "try.toml").write_text(
        '[[topic]]\nname = "fields"\nseeds = ["new"]\nexclude = "number50"\n\n[[topic]]\n'
        'name = "ships"\nany = "ferry"\n'
    )
    before = [
        query(folder, f"SELECT * FROM {table}") for table in ("topics", "topic_models", "articles", "links")
    ]

    fields, ships = run_here("topics", "test", "try.toml", "--json", folder=folder).json
    printed = run_here("topics", "test", "try.toml", folder=folder)

    assert (fields["topic"], fields["looked_at"], ships["topic"]) == ("fields", 130, "ships")
    assert ships["matches"] == len(ships["by_rule"]) + 7 == 12
    assert ships["just_above"] == ships["just_below"] == []
    assert fields["background"] == [
        {"language": "en", "size": 130, "seen": 130, "above": fields["background"][0]["above"]}
    ]
    assert "found by a rule or by names, whatever the score" in printed.out
    assert [
        query(folder, f"SELECT * FROM {table}") for table in ("topics", "topic_models", "articles", "links")
    ] == before


def test_explain_says_what_was_missing_what_was_marked_and_what_was_before(folder):
    run_here("rematch", folder=folder)
    one = number_of(folder, 3)
    run_here("topics", "mark", one, "no", folder=folder)

    done = run_here("topics", "explain", one, folder=folder)
    off = run_here("topics", "explain", number_of(folder, 50), folder=folder)

    assert done.code == off.code == 0
    assert "strait: marked no on" in done.out
    assert "before: strait, band match, by seed" in done.out
    assert "are missing" in off.out
    assert "  it lacks: " in off.out


def test_promotions_that_make_it_worse_are_marks_and_no_seeds(folder):
    run_here("topics", "mark", *(number_of(folder, number) for number in range(1, 7)), "yes", folder=folder)
    run_here("topics", "mark", *(number_of(folder, number) for number in range(40, 46)), "no", folder=folder)
    about_fields = [number_of(folder, number) for number in range(60, 90)]

    refused = run_here("topics", "promote", *about_fields, folder=folder)
    seeds = query(folder, "SELECT count(*) FROM topic_seeds")
    marked = query(folder, "SELECT count(*) FROM feedback WHERE verdict = 'yes'")
    good = run_here("topics", "promote", number_of(folder, 1), "--json", folder=folder).json
    forced = run_here("topics", "promote", *about_fields, "--force", "--json", folder=folder).json

    assert refused.code == 0
    assert "en: average precision on held-out marked articles 1.00 now, 0." in refused.err
    assert "marked yes, but no seeds of strait" in refused.err
    assert (seeds, marked) == ([(SEEDS,)], [(36,)])
    assert (good["promoted"], forced["promoted"]) == (True, True)


def test_a_no_decides_until_it_is_taken_back(folder):
    run_here("rematch", folder=folder)
    about = number_of(folder, 5)
    run_here("topics", "mark", about, "no", "--why", "an old event", folder=folder)
    run_here("rematch", folder=folder)

    refused = run_here("topics", "explain", about, folder=folder).out
    (listed,) = run_here("topics", "marks", "strait", "--json", folder=folder).json
    table = run_here("topics", "marks", "strait", folder=folder).out
    undone = run_here("topics", "mark", about, "undo", folder=folder)
    again = run_here("topics", "mark", about, "undo", "--json", folder=folder).json
    run_here("rematch", folder=folder)

    assert "it was marked no, which decides whatever its score" in refused
    assert "it would match now" not in refused
    assert (listed["article_id"], listed["verdict"], listed["why"]) == (about, "no", "an old event")
    assert "an old event" in table
    assert f"undone  {about}  it was marked no" in undone.out
    assert "seedwatch rematch strait" in undone.err
    assert again["undone"] == {str(about): None}
    assert query(folder, "SELECT band FROM matches WHERE article_id = ?", about) == [("match",)]
    assert run_here("topics", "marks", "strait", folder=folder).out.startswith("nothing was marked")


def test_a_yes_that_is_taken_back_leaves_no_match_of_its_own(folder):
    off = number_of(folder, 60)
    run_here("topics", "mark", off, "yes", folder=folder)
    marked = query(folder, "SELECT reason FROM matches WHERE article_id = ?", off)

    run_here("topics", "mark", off, "undo", folder=folder)

    assert marked == [("marked",)]
    assert query(folder, "SELECT * FROM matches WHERE article_id = ?", off) == []
    assert query(folder, "SELECT why FROM past_matches WHERE article_id = ?", off) == [("unmarked",)]


def test_what_was_promoted_is_listed_and_cannot_be_unmarked_while_it_is_a_seed(folder):
    about = number_of(folder, 5)
    run_here("topics", "promote", about, "--why", "says it all", folder=folder)

    (listed,) = run_here("topics", "marks", "strait", "--json", folder=folder).json
    refused = run_here("topics", "mark", about, "undo", folder=folder)

    assert (listed["is_seed"], listed["why"]) == (True, "says it all")
    assert (refused.code, "topics demote" in refused.err) == (2, True)


def test_without_topics_each_command_says_what_to_do(tmp_path):
    (tmp_path / "seedwatch.toml").write_text('database = "seedwatch.db"\n')

    for arguments in (("topics", "list"), ("rematch",)):
        assert "topics add NAME --seeds FOLDER" in run_here(*arguments, folder=tmp_path).out
    for command in (("topics", "test", "x"), ("topics", "show", "x"), ("topics", "mark", "1", "yes")):
        done = run_here(*command, folder=tmp_path)
        assert (done.code, "topics add NAME --seeds FOLDER" in done.err) == (2, True)


def test_names_of_entities_are_added_with_a_topic(folder):
    done = run_here(
        "topics",
        "add",
        "pair",
        "--alias",
        "North Korea=DPRK,북한",
        "--alias",
        "Russia=Россия, 로씨야",
        folder=folder,
    )

    assert done.code == 0, done.err
    pair = run_here("topics", "list", "--json", folder=folder).json[1]
    assert pair["aliases"] == {"North Korea": ["DPRK", "북한"], "Russia": ["Россия", "로씨야"]}
    assert "alias: Russia = Россия, 로씨야" in run_here("topics", "show", "pair", folder=folder).out


@pytest.mark.parametrize("alias", ["Russia", "=Россия", "Russia=", 'Russia="'])
def test_an_alias_with_a_mistake_is_refused(folder, alias):
    before = (folder / "seedwatch.toml").read_text()

    done = run_here("topics", "add", "pair", "--alias", alias, folder=folder)

    assert done.code == 2
    assert (folder / "seedwatch.toml").read_text() == before
