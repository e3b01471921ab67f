"""The commands for seeds and for adding topics."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import db
from tests.support.command_line import run_here
from tests.support.documents import LINES, TITLE, pdf, word
from tests.support.outlets import story
from tests.support.servers import serving

TEXT = (
    "The harbour of {place} was closed on Monday after a storm had torn two cranes from their rails. "
    "Nobody was hurt, said the port captain of {place}, but forty ships wait outside. "
    "Engineers will look at the {place} quay on Tuesday and decide when it can be opened again.\n"
)


def settings(folder: Path, topics: tuple[str, ...] = ("harbours",), more: str = "") -> Path:
    path = folder / "seedwatch.toml"
    (folder / "declared").mkdir()
    tables = "".join(f'[[topic]]\nname = "{name}"\nseeds = ["declared"]\n' for name in topics)
    path.write_text(f'database = "test.db"\n{more}\n{tables}')
    return path


def seeds(folder: Path) -> list[sqlite3.Row]:
    with closing(db.connect(folder / "test.db", readonly=True)) as connection:
        return connection.execute(
            """
            SELECT articles.id, articles.title, articles.published_at, topics.name AS topic FROM topic_seeds
            JOIN articles ON articles.id = topic_seeds.article_id JOIN topics ON topics.id = topic_seeds.topic_id
            ORDER BY articles.id
            """
        ).fetchall()


def write_kinds(folder: Path) -> None:
    (folder / "one.txt").write_text(f"Storm at Arnport\n\n{TEXT.format(place='Arnport')}")
    (folder / "two.md").write_text(f"# Storm at Belport\n\n{TEXT.format(place='Belport')}")
    (folder / "three.html").write_bytes(story("Storm at Corport").partition(b"\r\n\r\n")[2])
    four = {
        "title": "Storm at Dalport",
        "text": TEXT.format(place="Dalport"),
        "url": "http://dalport.example/storm",
    }
    (folder / "four.json").write_text(json.dumps(four))
    lines = [
        {"title": f"Storm at {place}", "text": TEXT.format(place=place)} for place in ("Elport", "Farport")
    ]
    (folder / "five.jsonl").write_text("\n".join(map(json.dumps, lines)))


@pytest.mark.parametrize(
    ("item", "titles"),
    [
        ("one.txt", ["Storm at Arnport"]),
        ("two.md", ["Storm at Belport"]),
        ("three.html", ["Storm at Corport"]),
        ("four.json", ["Storm at Dalport"]),
        ("five.jsonl", ["Storm at Elport", "Storm at Farport"]),
    ],
)
def test_file_is_imported_once(tmp_path, item, titles):
    settings(tmp_path)
    write_kinds(tmp_path)

    first = run_here("seeds", "import", item, "--json", folder=tmp_path)
    second = run_here("seeds", "import", item, "--json", folder=tmp_path)

    assert [(seed["title"], seed["new"]) for seed in first.json] == [(title, True) for title in titles]
    assert [(seed["title"], seed["new"]) for seed in second.json] == [(title, False) for title in titles]
    assert [(row["title"], row["topic"]) for row in seeds(tmp_path)] == [
        (title, "harbours") for title in titles
    ]


def test_folder_is_imported_whole_and_twice_changes_nothing(tmp_path):
    settings(tmp_path)
    folder = tmp_path / "articles"
    folder.mkdir()
    write_kinds(folder)
    (folder / ".hidden.txt").write_text("Hidden\n\nThis file is not read.")

    first = run_here("seeds", "import", "articles", folder=tmp_path)
    rows = [tuple(row) for row in seeds(tmp_path)]
    second = run_here("seeds", "import", "articles", folder=tmp_path)

    assert (first.code, second.code, len(rows)) == (0, 0, 6)
    assert [tuple(row) for row in seeds(tmp_path)] == rows
    assert {line.split()[0] for line in second.out.splitlines()} == {"known"}


def test_address_is_fetched_and_imported_once(tmp_path):
    with serving({"/storm": story("Storm at Garport")}) as server:
        settings(tmp_path, more=f'[crawl]\ndelay = 0.01\nallow_private = ["{server.place}"]')

        done = run_here("seeds", "import", server.url("/storm"), "--json", folder=tmp_path)

    assert [(seed["title"], seed["new"]) for seed in done.json] == [("Storm at Garport", True)]
    assert [row["title"] for row in seeds(tmp_path)] == ["Storm at Garport"]
    assert server.hits == ["/robots.txt", "/storm"]


def test_stored_article_becomes_a_seed_by_its_number(tmp_path):
    settings(tmp_path, topics=("harbours", "storms"))
    write_kinds(tmp_path)
    (seed,) = run_here("seeds", "import", "one.txt", "--topic", "harbours", "--json", folder=tmp_path).json

    done = run_here("seeds", "import", seed["id"], "--topic", "storms", folder=tmp_path)

    assert done.code == 0
    assert sorted((row["title"], row["topic"]) for row in seeds(tmp_path)) == [
        ("Storm at Arnport", "harbours"),
        ("Storm at Arnport", "storms"),
    ]
    (listed,) = run_here("seeds", "list", "--json", folder=tmp_path).json
    assert listed["title"] == "Storm at Arnport"
    assert "Storm at Arnport" in run_here("seeds", "list", folder=tmp_path).out


def test_seeds_without_a_topic_are_kept_and_said_to_serve_none(tmp_path):
    settings(tmp_path, topics=("harbours", "storms"))
    write_kinds(tmp_path)

    done = run_here("seeds", "import", "one.txt", folder=tmp_path)

    assert (done.code, seeds(tmp_path)) == (0, [])
    assert "they serve no topic yet" in done.err


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["nosuch.txt"], "nosuch.txt: there is no such file or folder"),
        (["picture.png"], "picture.png: is not read: seeds are .txt, .md"),
        (["broken.json"], "broken.json"),
        (["4711"], "there is no article 4711"),
        (["one.txt", "--topic", "nosuch"], "there is no topic 'nosuch'; known are: harbours"),
        (["three.txt"], "three.txt: has 3 words; a seed is a whole article"),
        (["nothing.txt"], "nothing.txt: the file is empty"),
        (["binary.txt"], "binary.txt"),
    ],
    ids=["missing", "kind", "broken", "number", "topic", "three words", "empty", "binary"],
)
def test_mistake_is_one_message_and_stores_nothing(tmp_path, items, message):
    settings(tmp_path)
    write_kinds(tmp_path)
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "three.txt").write_text("Storm\n\nat Arnport\n")
    (tmp_path / "nothing.txt").write_bytes(b" \n")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 20)

    done = run_here("seeds", "import", *items, folder=tmp_path)

    assert done.code == 2
    assert done.err.startswith("seedwatch: ")
    assert message in done.err
    with closing(db.connect(tmp_path / "test.db", readonly=True)) as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone()[0] == 0


def test_declared_seeds_are_taken_again_when_a_file_changes(tmp_path):
    settings(tmp_path)
    folder = tmp_path / "declared"
    (folder / "one.txt").write_text(f"Storm at Arnport\n\n{TEXT.format(place='Arnport')}")

    titles = []
    for place in ("", "Belport"):
        if place:
            (folder / "two.txt").write_text(f"Storm at {place}\n\n{TEXT.format(place=place)}")
        run_here("check", folder=tmp_path)
        titles.append([row["title"] for row in seeds(tmp_path)])
    (folder / "one.txt").unlink()
    run_here("check", folder=tmp_path)

    assert titles == [["Storm at Arnport"], ["Storm at Arnport", "Storm at Belport"]]
    assert [row["title"] for row in seeds(tmp_path)] == ["Storm at Belport"]


def test_files_that_are_no_seeds_are_named_and_the_others_taken(tmp_path):
    settings(tmp_path)
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "one.txt").write_text(f"Storm at Arnport\n\n{TEXT.format(place='Arnport')}")
    (folder / "scan.pdf").write_bytes(b"%PDF-1.7")
    (folder / "broken.json").write_text("{")
    (folder / "letter.rtf").write_text("{\\rtf1}")

    done = run_here("seeds", "import", "articles", folder=tmp_path)

    assert done.code == 1
    assert "Storm at Arnport  (en, " in done.out
    assert "scan.pdf: it cannot be read" in done.err
    assert "letter.rtf: is not read: seeds are .txt, .md" in done.err
    assert "broken.json" in done.err
    assert [row["title"] for row in seeds(tmp_path)] == ["Storm at Arnport"]


def test_pdf_and_word_documents_are_seeds(tmp_path):
    settings(tmp_path)
    (tmp_path / "one.pdf").write_bytes(pdf(TITLE, "12 November 2026", *LINES))
    (tmp_path / "two.docx").write_bytes(
        word("Osterby votes on the strait treaty", f"On Sunday {LINES[1]}", LINES[0])
    )

    done = run_here("seeds", "import", "one.pdf", "two.docx", folder=tmp_path)

    assert done.code == 0, done.err
    assert sorted(row["title"] for row in seeds(tmp_path)) == [TITLE, "Osterby votes on the strait treaty"]
    (dated,) = (row for row in seeds(tmp_path) if row["title"] == TITLE)
    assert dated["published_at"].startswith("2026-11-12")


def test_bad_file_in_a_declared_folder_is_said_and_stops_nothing(tmp_path):
    settings(tmp_path)
    folder = tmp_path / "declared"
    (folder / "one.txt").write_text(f"Storm at Arnport\n\n{TEXT.format(place='Arnport')}")
    (folder / "two.docx").write_bytes(b"PK\x03\x04")

    first = run_here("check", folder=tmp_path)
    again = run_here("check", "--json", folder=tmp_path).json
    crawled = run_here("crawl", folder=tmp_path)
    (folder / "two.docx").unlink()
    mended = run_here("check", folder=tmp_path)

    assert first.code == 0
    assert "seed of harbours: Storm at Arnport  (en, " in first.out
    for said in (first.err, "\n".join(again["warnings"]), crawled.err):
        assert "two.docx: it is no Word document" in said
    assert [seed["title"] for seed in again["seeds"]["harbours"]] == ["Storm at Arnport"]
    assert "two.docx" not in mended.err


def test_a_seed_of_a_few_words_is_taken_with_a_warning(tmp_path):
    settings(tmp_path)
    (tmp_path / "short.txt").write_text(
        "Storm\n\nThe harbour of Arnport was closed on Monday after a storm.\n"
    )

    done = run_here("seeds", "import", "short.txt", folder=tmp_path)

    assert done.code == 0
    assert f"warning: seed {seeds(tmp_path)[0]['id']} has " in done.err
    assert "teach" in done.err


def test_a_folder_without_seeds_is_refused_with_what_seeds_are(tmp_path):
    settings(tmp_path)

    done = run_here("seeds", "import", "declared", folder=tmp_path)

    assert done.code == 2
    assert "declared: there is no seed in it; seeds are .txt, .md" in done.err


def test_topic_is_added_to_the_file(tmp_path):
    file = settings(tmp_path, topics=())
    write_kinds(tmp_path)

    done = run_here("topics", "add", "storms", "--seeds", "one.txt", "--any", "storm*", folder=tmp_path)

    assert done.code == 0, done.err
    assert 'name = "storms"' in file.read_text()
    (topic,) = run_here("topics", "list", "--json", folder=tmp_path).json
    assert (topic["name"], topic["seeds"], topic["any"]) == ("storms", 1, "storm*")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["harbours"], "harbours"),
        (["storms", "--any", "storm AND"], "any"),
        (["storms", "--seeds", "nosuch"], "nosuch"),
    ],
    ids=["known", "query", "seeds"],
)
def test_topic_with_a_mistake_is_not_added(tmp_path, options, message):
    file = settings(tmp_path)
    before = file.read_text()

    done = run_here("topics", "add", *options, folder=tmp_path)

    assert done.code == 2
    assert message in done.err
    assert file.read_text() == before
