"""A folder of notes, a note a story, that an export brings up to date. I/O edge."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from scheduler.files.atomic_files import whole_file
from scheduler.files.obsidian_notes import NotedStory, note_name, story_note, story_of_note
from storage.articles import exports, stories
from storage.articles.exports import ExportedArticle, ExportedMatch
from storage.errors import ConfigError

_SLICE = 200


@dataclass(frozen=True, slots=True)
class NotesWritten:
    """What became of the notes of an export."""

    added: int
    changed: int
    unchanged: int
    left: tuple[Path, ...]  # those that have lost their marks, or are no text: they are left as they are


def write_notes(
    connection: Connection,
    articles: Iterable[ExportedArticle],
    folder: Path,
    *,
    with_text: bool,
    pages: str = "",
    show: Callable[[int, int], None] = lambda _done, _all: None,
) -> NotesWritten:
    """Write the note of each story that one of *articles* tells into *folder*, which is made if it is missing.

    A note is known by the number in its name, wherever below *folder* it was moved. *show* is told how many of how many
    are done.

    Raises:
        ConfigError: the folder cannot be written.
        StorageError: the database refused.
    """
    paths = _held_notes(folder)
    heads = list(dict.fromkeys(map(_head_of, articles)))
    for start in range(0, len(heads), _SLICE):
        for head in exports.export_slice(connection, heads[start : start + _SLICE], with_text=False):
            paths.setdefault(head.id, folder / note_name(head))
    names = {head: path.name for head, path in paths.items()}
    done = {"added": 0, "changed": 0, "unchanged": 0}
    left: list[Path] = []
    for number, head_id in enumerate(heads, start=1):
        if noted := _noted(connection, head_id):
            became = _write(paths[head_id], noted, names, with_text=with_text, pages=pages)
            if became:
                done[became] += 1
            else:
                left.append(paths[head_id])
        show(number, len(heads))
    return NotesWritten(done["added"], done["changed"], done["unchanged"], tuple(left))


def _head_of(article: ExportedArticle) -> int:
    return next((one.original_id for one in article.relations if one.relation != "follow_up"), article.id)


def _held_notes(folder: Path) -> dict[int, Path]:
    """The notes that are there, by story; what lies in hidden folders, such as Obsidian's own, is none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = sorted(folder.rglob("*.md"))
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}") from error
    held: dict[int, Path] = {}
    for path in found:
        story = story_of_note(path.name)
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if story is not None and not is_hidden:
            held.setdefault(story, path)
    return held


def _noted(connection: Connection, head_id: int) -> NotedStory | None:
    """What the note of a story tells; None if it was removed meanwhile."""
    heads = exports.export_slice(connection, [head_id])
    story = stories.story(connection, head_id)
    if not heads or story is None:
        return None
    tellers = [teller.telling.article_id for teller in story.tellers]
    told = exports.export_slice(connection, tellers[:_SLICE], with_text=False)
    return NotedStory(story, heads[0], _best_matches([*heads, *told]))


def _best_matches(articles: Sequence[ExportedArticle]) -> tuple[ExportedMatch, ...]:
    """Each topic that one of *articles* matches, by the first of them that does."""
    best: dict[str, ExportedMatch] = {}
    for article in articles:
        for match in article.matches:
            if match.band == "match":
                best.setdefault(match.topic, match)
    return tuple(best.values())


def _write(
    path: Path, noted: NotedStory, names: dict[int, str], *, with_text: bool, pages: str
) -> str | None:
    """Whether the note was "added", "changed" or "unchanged"; None if it is left as it is."""
    held = None
    if path.exists():
        try:
            held = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
    note = story_note(noted, names, with_text=with_text, pages=pages, held=held)
    if note is None or note == held:
        return None if note is None else "unchanged"
    with whole_file(path) as file:
        file.write(note.encode("utf-8"))
    return "added" if held is None else "changed"
