"""Commands that read: search, topics, extract, status, serve."""

import re
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from storage import db
from tests.support.command_line import environment, run_here, started, wait_until
from tests.support.outlets import story
from tests.support.servers import answer, serving
from tests.support.shared import crawled_press


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return crawled_press(tmp_path_factory, "read")


def rows(folder: Path, sql: str, *values: object) -> list[sqlite3.Row]:
    with closing(db.connect(folder / "demo.db", readonly=True)) as connection:
        return connection.execute(sql, values).fetchall()


# Search


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("海峡", "哈尔马与奥斯特比商定海峡隧道条约时间表"),
        ("渡轮", "哈尔马与奥斯特比商定海峡隧道条约时间表"),
        ("паромщик", "Паромщики Хальмара и Остербю требуют гарантий на десять лет"),
        ("тоннель", "Слушания о тоннеле под проливом пройдут в Скарвике и Бреннесе в январе"),
        ("할마르", "할마르·오스터비 교통장관, 해협터널 조약 일정 합의"),
        ("title:tunnel lang:en", "Sixty fishing boats block Skarvik harbour over tunnel spoil"),
        ('"timetable for tunnel treaty"', "Transport ministers set timetable for tunnel treaty"),
        ("porpois* NEAR/9 report", "Study: tunnel would spare porpoises, but spoil heaps worry islanders"),
    ],
    ids=[
        "two-characters",
        "two-characters-inside",
        "cyrillic-form",
        "cyrillic-case",
        "hangul",
        "fields",
        "phrase",
        "near",
    ],
)
def test_search_finds(folder, query, expected):
    done = run_here("search", "--json", query, folder=folder)

    assert done.code == 0
    assert expected in [hit["title"] for hit in done.json]


def test_search_marks_what_it_found(folder):
    done = run_here("search", "渡轮", folder=folder)
    snippets = [hit["snippet"] for hit in run_here("search", "--json", "渡轮", folder=folder).json]

    # As each article writes it, whichever script was typed.
    for marked in ("«渡轮»", "«渡輪»"):
        assert marked in done.out
        assert any(marked in snippet for snippet in snippets)


def test_search_shows_the_newest_first(folder):
    dates = [hit["published_at"] for hit in run_here("search", "--json", "tunnel", folder=folder).json]
    by_arrival = run_here("search", "--json", "--by", "arrival", "tunnel", folder=folder).json

    assert dates == sorted(dates, reverse=True)
    assert len(dates) > 5
    assert [hit["id"] for hit in by_arrival] == sorted((hit["id"] for hit in by_arrival), reverse=True)


def test_search_without_a_hit_says_so_and_is_no_failure(folder):
    done = run_here("search", "xylophone", folder=folder)

    assert (done.code, done.out) == (0, "nothing found\n")
    assert "note: all words must occur; OR joins alternatives" in done.err
    assert run_here("search", "--json", "xylophone", folder=folder).json == []


def test_mistake_in_a_query_is_shown_with_a_caret(folder):
    done = run_here("search", "tunnel", "AND", "(", folder=folder)

    assert done.code == 2
    assert (
        done.err
        == "seedwatch: column 12: this parenthesis has nothing in it\n  tunnel AND (\n             ^\n"
    )


# Topics


def test_topics_list_counts_seeds_and_matches(folder):
    (topic,) = run_here("topics", "list", "--json", folder=folder).json

    assert (topic["name"], topic["seeds"]) == ("strait-link", 3)
    assert topic["matches"] == rows(folder, "SELECT count(*) FROM matches WHERE band = 'match'")[0][0]
    waiting = [one["article_id"] for one in run_here("topics", "review", "--json", folder=folder).json]
    copies = {row[0] for row in rows(folder, "SELECT article_id FROM copies WHERE relation <> 'follow_up'")}
    assert topic["review"] == len(waiting) > 0
    assert not copies & set(waiting), "a story waits once"
    assert "strait-link" in run_here("topics", "list", folder=folder).out


def test_topics_show_what_was_learned_and_what_would_help(folder):
    shown = run_here("topics", "show", "strait-link", "--json", folder=folder).json

    assert set(shown["languages"]) == {"en", "ko", "ru"}
    assert any("strait" in surface.lower() for surface, _ in shown["languages"]["en"]["terms"])
    assert any("no seed in zh" in line for line in shown["advice"])
    assert "learned from 1 seed" in run_here("topics", "show", "strait-link", folder=folder).out


def test_topics_test_shows_both_sides_of_the_threshold(folder):
    tried = run_here("topics", "test", "strait-link", "--days", "36500", "--json", folder=folder).json

    assert tried["looked_at"] == rows(folder, "SELECT count(*) FROM articles WHERE origin = 'crawl'")[0][0]
    assert tried["matches"] > 0
    assert {one["outcome"] for one in tried["just_above"]} == {"match"}
    assert {one["outcome"] for one in tried["just_below"]} <= {"none", "review"}
    assert all(one["score"] >= one["threshold"] for one in tried["just_above"])
    assert all(one["score"] < one["threshold"] for one in tried["just_below"])
    assert sum(source["matches"] for source in tried["sources"].values()) == tried["matches"]


def test_topics_test_tells_whether_a_file_would_match(folder, tmp_path):
    file = tmp_path / "story.txt"
    file.write_text(
        "Ministers sign treaty on strait tunnel\n\n"
        "Halmar and Osterby have signed the treaty on the strait link under the Kelder Strait. The tunnel will replace "
        "the ferries between the two governments' ports. Both prime ministers recalled earlier attempts to cross the "
        "strait, and the joint commission will publish the document. Ferry crews fear for their work.\n"
    )

    done = run_here("topics", "test", file, folder=folder)

    assert done.code == 0
    assert "  match: score" in done.out
    (tried,) = run_here("topics", "test", file, "--json", folder=folder).json
    assert tried["outcome"] == "match"
    assert tried["score"] > tried["threshold"]


def test_topics_explain_shows_score_words_and_marked_text(folder):
    article, score = rows(folder, "SELECT article_id, score FROM matches ORDER BY score DESC")[0]

    done = run_here("topics", "explain", article, folder=folder)
    (why,) = run_here("topics", "explain", article, "--json", folder=folder).json["matches"]

    assert done.code == 0
    assert f"score {score:.2f}" in done.out
    assert "«" in done.out
    assert (why["topic"], why["score"]) == ("strait-link", score)
    assert why["explanation"]["terms"]


def test_topics_explain_of_what_does_not_match_says_so(folder):
    (article,) = rows(
        folder,
        "SELECT id FROM articles WHERE id NOT IN (SELECT article_id FROM matches) AND origin = 'crawl' LIMIT 1",
    )[0]

    done = run_here("topics", "explain", article, folder=folder)

    (missed,) = run_here("topics", "explain", article, "--json", folder=folder).json["missed"]
    assert done.code == 0
    assert "strait-link: no match" in done.out
    assert missed["score"] is None or missed["score"] < missed["threshold"]


def test_topics_explain_of_a_seed_says_whose_it_is(folder):
    done = run_here("topics", "explain", 1, folder=folder)

    assert (done.code, done.out.splitlines()[-1]) == (0, "it is a seed of strait-link")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("explain", "999999"), "there is no article 999999"),
        (("show", "nosuch"), "there is no topic 'nosuch'; topics are: strait-link"),
        (("test", "nosuch"), "there is no topic and no file 'nosuch'; topics are: strait-link"),
    ],
)
def test_topics_name_what_is_missing(folder, arguments, message):
    done = run_here("topics", *arguments, folder=folder)

    assert done.code == 2
    assert done.err.startswith(f"seedwatch: {message}")


# Extract


def test_extract_shows_what_is_read_of_a_file(folder, tmp_path):
    page = tmp_path / "page.html"
    page.write_bytes(story("A page on the disk").partition(b"\r\n\r\n")[2])

    done = run_here("extract", page, folder=folder)

    assert done.code == 0
    assert "title: A page on the disk" in done.out
    assert "Fishermen who had waited outside asked for compensation." in done.out
    assert run_here("extract", page, "--json", folder=folder).json["title"] == "A page on the disk"


def test_extract_prints_names_and_dates_as_people_write_them(folder, tmp_path):
    head = (
        '<meta property="article:published_time" content="2026-05-04T12:30:00+09:00">'
        '<meta name="author" content="Kim Ha-na">'
    )
    page = tmp_path / "page.html"
    body = story("A page on the disk").partition(b"\r\n\r\n")[2]
    page.write_bytes(body.replace(b"<head>", b"<head>" + head.encode()))

    done = run_here("extract", page, folder=folder)

    assert "published: 2026-05-04 03:30 UTC (from meta: 2026-05-04T12:30:00+09:00)\n" in done.out
    assert "authors: Kim Ha-na\n" in done.out
    assert not set("{}[]") & set(done.out)


def test_extract_explains_each_field_and_each_block(folder, tmp_path):
    page = tmp_path / "page.html"
    page.write_bytes(story("A page on the disk").partition(b"\r\n\r\n")[2])

    told = run_here("extract", page, "--explain", folder=folder)
    data = run_here("extract", page, "--explain", "--json", folder=folder).json

    assert told.code == 0
    assert "headline: A page on the disk\n    h1 " in told.out
    assert "published: " in told.out
    assert re.search(r"^text: from blocks.*; \d+ of \d+ blocks kept", told.out, re.MULTILINE)
    assert re.search(r"^  \+ [01]\.\d\d  The A page on the disk third committee", told.out, re.MULTILINE)
    assert set(data) == {
        "outcome", "headlines", "authors", "dates", "text", "text_from", "further", "blocks",
    }  # fmt: skip
    assert any(block["is_kept"] for block in data["blocks"])


def test_extract_explains_why_a_page_is_no_article(folder, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<html><body><p>Short.</p></body></html>")

    told = run_here("extract", page, "--explain", folder=folder)

    assert re.match(r"no article: no_text \([01] words\)\n", told.out)
    assert re.search(r"^  [+-] 0\.\d\d  Short\.", told.out, re.MULTILINE)


def test_extract_refuses_a_zone_that_is_none(folder, tmp_path):
    done = run_here("extract", tmp_path / "page.html", "--timezone", "Atlantis", folder=folder)

    assert done.code == 2
    assert "--timezone 'Atlantis' is not allowed" in done.err


def test_extract_of_a_page_without_an_article_says_why(folder, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<html><body><p>Short.</p></body></html>")

    done = run_here("extract", page, folder=folder)

    assert done.code == 2
    assert done.err.startswith(f"seedwatch: {page}: no article: no_text")


def test_extract_of_a_missing_file_is_one_message(folder):
    done = run_here("extract", "nosuch.html", folder=folder)

    assert (done.code, done.err) == (2, "seedwatch: nosuch.html: No such file or directory\n")


def test_extract_fetches_an_address_under_the_crawls_rules(tmp_path):
    with serving({"/one": story("A page on the web"), "/robots.txt": answer(b"", 404)}) as server:
        (tmp_path / "seedwatch.toml").write_text(f'[crawl]\nallow_private = ["{server.place}"]\n')
        done = run_here("extract", server.url("/one"), "--json", folder=tmp_path)
    with serving({"/one": story("A page inside")}) as canary:
        refused = run_here("extract", canary.url("/one"), folder=tmp_path)

    assert (done.code, done.json["title"]) == (0, "A page on the web")
    assert (refused.code, canary.hits) == (2, [])
    assert "no article: blocked" in refused.err


# Status


def test_status_is_read_by_programs_and_people(folder):
    done = run_here("status", folder=folder)
    facts = run_here("status", "--json", folder=folder).json

    assert done.code == 0
    assert "daemon: not running" in done.out
    assert {source["source"] for source in facts["sources"]} >= {"meridian", "chaobao"}
    assert facts["daemon"] is None
    assert facts["runs"][0]["state"] == "finished"


# Serve


def test_serve_opens_datasette_on_the_next_free_port(folder):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with started("serve", "--port", port, folder=folder):
            output = folder / "output.txt"
            wait_until(lambda: "http://" in output.read_text(), what="the address")
            address = output.read_text().partition("http://")[2].partition(" ")[0]
            body = wait_until(lambda: _get(f"http://{address}"), what="Datasette")
            rebound = urllib.request.Request(f"http://{address}", headers={"Host": "evil.example"})
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(rebound, timeout=10)

    assert f"port {port} is busy" in output.read_text()
    place, _, path = address.partition("/")
    assert port < int(place.partition(":")[2]) <= port + 99
    assert path == "-/seedwatch"
    assert "<h1>What is new</h1>" in body


def _get(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            assert response.status == 200
            return str(response.read().decode())
    except OSError:
        return ""


def test_serve_without_a_database_says_so(tmp_path):
    (tmp_path / "seedwatch.toml").write_text("")

    done = run_here("serve", folder=tmp_path)

    assert done.code == 2
    assert "there is no database yet" in done.err


def test_output_into_a_closed_pipe_is_no_error(folder):
    line = f"{sys.executable} -m scheduler.cli.main search -n 1000 the | head -n 1"

    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
