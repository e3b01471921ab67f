"""A folder of notes: one a story, brought up to date where it lies, and left where its marks are gone."""

from datetime import timedelta

import pytest

from crawler.articles.store import store_reading
from scheduler.files.note_folder import NotesWritten, write_notes
from storage import db
from storage.articles import exports
from storage.articles.choices import Choice
from storage.errors import ConfigError
from storage.sources import sources
from storage.topics import topics
from tests.support.samples import DECLARED, NOW, TEXT, TOPIC, reading, stated


@pytest.fixture
def connection(tmp_path):
    opened = db.connect(tmp_path / "test.db")
    sources.sync(opened, DECLARED)
    topics.sync(opened, [TOPIC])
    store_reading(opened, reading("http://courier.example/1"))
    store_reading(
        opened, reading("http://o2.example/1", source="o2", published=stated(NOW + timedelta(hours=2)))
    )
    store_reading(
        opened, reading("http://courier.example/3", title="Another", text="Quite another story. " * 60)
    )
    yield opened
    opened.close()


def write(connection, folder, **more) -> NotesWritten:
    articles = exports.export_articles(connection, Choice(), with_text=False)
    return write_notes(connection, articles, folder, with_text=True, **more)


def test_a_story_has_one_note_and_a_second_export_writes_nothing(connection, tmp_path):
    folder = tmp_path / "vault" / "press"
    shown = []

    first = write(connection, folder, show=lambda done, whole: shown.append((done, whole)))

    assert first == NotesWritten(2, 0, 0, ())
    assert shown == [(1, 2), (2, 2)]
    assert sorted(path.name for path in folder.iterdir()) == [
        "2026-09-14 Another (3).md",
        "2026-09-14 Ministers meet (1).md",
    ]
    text = (folder / "2026-09-14 Ministers meet (1).md").read_text()
    assert "told_by: 2" in text
    assert TEXT.strip() in text
    assert write(connection, folder) == NotesWritten(0, 0, 2, ())


def test_note_is_brought_up_to_date_wherever_it_was_moved(connection, tmp_path):
    folder = tmp_path / "vault"
    write(connection, folder)
    (folder / "read").mkdir()
    moved = (folder / "2026-09-14 Ministers meet (1).md").rename(folder / "read" / "My name (1).md")
    (folder / ".trash").mkdir()
    (folder / "2026-09-14 Another (3).md").rename(folder / ".trash" / "2026-09-14 Another (3).md")
    connection.execute("UPDATE articles SET title = 'Ministers part' WHERE id = 1")

    assert write(connection, folder) == NotesWritten(1, 1, 0, ())

    assert "# Ministers part" in moved.read_text()
    assert (folder / "2026-09-14 Another (3).md").exists()
    assert not list(folder.glob("*(1).md"))


def test_what_is_no_note_of_ours_is_left_and_named(connection, tmp_path):
    (tmp_path / "vault").mkdir()
    for name, body in (("Mine (1).md", b"my own"), ("Odd (3).md", b"\xff\xfe")):
        (tmp_path / "vault" / name).write_bytes(body)

    written = write(connection, tmp_path / "vault")

    assert (written.added, sorted(path.name for path in written.left)) == (0, ["Mine (1).md", "Odd (3).md"])
    assert (tmp_path / "vault" / "Mine (1).md").read_bytes() == b"my own"


def test_story_that_is_removed_meanwhile_has_no_note(connection, tmp_path):
    articles = list(exports.export_articles(connection, Choice(), with_text=False))
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("DELETE FROM articles WHERE id = 3")

    written = write_notes(connection, articles, tmp_path / "vault", with_text=False)

    assert written == NotesWritten(1, 0, 0, ())


def test_folder_that_cannot_be_made_is_named(connection, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="file"):
        write(connection, tmp_path / "file" / "vault")
