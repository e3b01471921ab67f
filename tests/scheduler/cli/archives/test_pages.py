"""`import` of pages: a WARC file of one's own, and a news archive on a local server."""

from contextlib import closing
from pathlib import Path

import pytest

from storage import db
from tests.support.archives import entry
from tests.support.command_line import Done, run_here
from tests.support.outlets import write_settings
from tests.support.servers import Answer, answer, serving
from tests.support.warc_files import paths, record, warc

LIST = "/crawl-data/CC-NEWS/2026/09/warc.paths.gz"
FIRST = "crawl-data/CC-NEWS/2026/09/CC-NEWS-20260914021500-00001.warc.gz"
SECOND = "crawl-data/CC-NEWS/2026/09/CC-NEWS-20260914190000-00002.warc.gz"
TOPIC = '[[topic]]\nname = "harbour"\nany = "council"'


def page(number: int, title: str = "") -> bytes:
    """A page with an article that no other number has."""
    told = entry(number)
    head = f"<title>{title or told['title']}</title></head><body><article><h1>{title or told['title']}</h1>"
    paragraphs = "".join(f"<p>{sentence}.</p>" for sentence in str(told["text"]).split(". "))
    return f'<!doctype html><html lang="en"><head>{head}{paragraphs}</article></body></html>'.encode()


def records(*hosts: str, first: int = 0) -> list[bytes]:
    return [record(f"https://{host}/news/{number}", page(number)) for number, host in enumerate(hosts, first)]


def settings(folder: Path, *allowed: str) -> None:
    sources = [{"name": "courier", "home": "https://www.courier.example/", "timezone": "Europe/Helsinki"}]
    write_settings(folder, sources, allowed, more=TOPIC)


def rows(folder: Path) -> set[tuple[str, str, str]]:
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        found = connection.execute(
            "SELECT articles.url, sources.name, origin FROM articles JOIN sources ON sources.id = source_id"
        )
        return {tuple(row) for row in found}


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> tuple[Path, list[Done]]:
    folder = tmp_path_factory.mktemp("own")
    settings(folder)
    broken = bytearray(record("https://courier.example/broken", page(90) * 9))
    broken[100:160] = b"\xff" * 60
    data = warc(
        [
            *records("courier.example", "m.courier.example", "elsewhere.example"),
            record("https://courier.example/list", b"<html><body><a href='/a'>a</a></body></html>"),
            bytes(broken),
            record(
                "https://courier.example/sport",
                page(91, "Chess in the park").replace(b"council", b"club").replace(b"Council", b"Club"),
            ),
            *records("courier.example", first=7),
        ]
    )
    (folder / "crawl.warc.gz").write_bytes(data)
    (folder / "cut.warc.gz").write_bytes(data[:-200])
    return folder, [
        run_here("import", "crawl.warc.gz", "--json", folder=folder),
        run_here("import", "crawl.warc.gz", "--json", folder=folder),
        run_here("import", "cut.warc.gz", folder=folder),
    ]


def test_pages_of_the_watched_hosts_become_articles_of_their_sources(own):
    folder, (first, *_) = own

    assert rows(folder) == {
        ("https://courier.example/news/0", "courier", "import"),
        ("https://m.courier.example/news/1", "courier", "import"),
        ("https://courier.example/news/7", "courier", "import"),
    }
    assert (first.json["new"], first.json["matches"], first.json["off_topic"]) == (3, {"harbour": 3}, 1)
    assert first.json["no_article"].keys() <= {"no_text", "list_page", "needs_browser"}
    assert first.json["damaged"] == {"corrupt": 1}
    assert first.code == 1  # a record was lost


def test_a_file_that_was_read_to_its_end_is_not_read_again(own):
    assert (own[1][1].json["known"], own[1][1].json["articles"], own[1][1].code) == (1, 0, 0)


def test_a_file_that_is_cut_is_told(own):
    done = own[1][2]

    assert done.code == 1
    assert "cut.warc.gz: it ends in the middle of a record" in done.err
    assert "known" in done.out


@pytest.fixture(scope="module")
def news(tmp_path_factory) -> tuple[Path, list[Done], list[str], list[str]]:
    """A day of two files, of which the server refuses the second at first."""
    folder = tmp_path_factory.mktemp("news")
    whole = answer(warc(records("elsewhere.example", "courier.example")))
    second = answer(warc(records("courier.example", first=5)))
    routes: dict[str, Answer] = {
        LIST: answer(paths([SECOND, FIRST])),
        f"/{FIRST}": whole,
        f"/{SECOND}": lambda hit: answer(b"slow down", 503) if hit == 1 else second,
    }
    with serving(routes) as server:
        settings(folder, server.place)
        asked = ("import", "--cc-news", "2026-09-14", "--at", server.url("/"), "--json")
        done = [run_here(*asked, folder=folder), run_here(*asked, folder=folder)]
        done.append(run_here(*asked, "--host", "elsewhere.example", "--keep", "all", folder=folder))
        return folder, done, server.hits, server.heads


def test_a_server_that_refuses_is_left_alone_and_the_next_call_goes_on(news):
    _, (first, second, _), hits, heads = news

    assert (first.code, first.json["read"], first.json["new"]) == (1, 1, 1)
    assert "HTTP 503" in first.json["failed"][0]
    assert "left alone" in first.json["failed"][1]
    assert (second.code, second.json["read"], second.json["known"], second.json["new"]) == (0, 1, 1, 1)
    assert hits[:5] == [LIST, f"/{FIRST}", f"/{SECOND}", LIST, f"/{SECOND}"]
    assert "mailto:desk@example.org" in heads[1]


def test_other_hosts_are_another_import(news):
    folder, (*_, third), _, _ = news

    assert third.json["new"] + third.json["copies"] == 1
    assert ("https://elsewhere.example/news/0", "elsewhere.example", "import") in rows(folder)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give either a FILE or --cc-news"),
        (("a.jsonl", "--cc-news", "2026-09"), "give either a FILE or --cc-news"),
        (("--cc-news", "September"), "neither a day nor a month"),
        (("--cc-news", "2026-09", "--at", "here"), "'here' is no address"),
        (("none.warc.gz",), "none.warc.gz"),
        (("a.jsonl", "--host", "kcna.kp"), "are of archives of pages"),
        (("a.warc.gz", "--source", "x"), "are of lines of articles"),
        (("a.warc.gz", "--host", "https://kcna.kp/"), "is no host; write it as kcna.kp"),
        (("a.warc.gz", "--host", "kcna.kp", "--all-hosts"), "exclude each other"),
    ],
)
def test_what_is_wrong_is_said(own, arguments, said):
    done = run_here("import", *arguments, folder=own[0])

    assert (done.code, said in done.err) == (2, True), done


def test_without_a_home_there_is_nothing_to_look_for(tmp_path):
    write_settings(tmp_path, [], [])
    (tmp_path / "a.warc.gz").write_bytes(b"")
    done = run_here("import", "a.warc.gz", folder=tmp_path)

    assert done.code == 2
    assert "name hosts by --host" in done.err
