"""Seed files and folders, read from the disk. I/O edge."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.articles.document_text import is_document
from scheduler.files.documents import read_document
from scheduler.wording import counted
from storage.analyser import count_words
from storage.errors import ConfigError, ParseError
from storage.records.articles import Article

SUFFIXES = (".txt", ".md", ".html", ".htm", ".json", ".jsonl", ".pdf", ".docx")
# Headline and text; what is shorter says nothing of a subject, and its language is a guess.
LEAST_WORDS = 8


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A file that was read for seeds."""

    path: Path
    articles: tuple[Article, ...]  # in its order; () if it is refused
    mistake: str  # why it is refused, beginning with its path; "" if it is not


def seed_paths(path: Path) -> list[Path]:
    """The files that *path* stands for: itself, or all below a folder, by name; hidden files are left out.

    Raises:
        ConfigError: there is no such file or folder.
    """
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    if not path.exists():
        raise ConfigError(f"{path}: there is no such file or folder")
    return [path]


def read_seeds(path: Path, now: datetime) -> Iterator[SeedFile]:
    """Each seed file of a file or folder, those that are refused too: of another kind, unreadable, or too short.

    Raises:
        ConfigError: there is no such file or folder.
    """
    for file in seed_paths(path):
        try:
            articles = _read(file, now)
        except ConfigError as error:
            yield SeedFile(file, (), str(error))
        except (OSError, ParseError) as error:
            yield SeedFile(file, (), named_once(file, error))
        else:
            yield SeedFile(file, articles, "")


def _read(file: Path, now: datetime) -> tuple[Article, ...]:
    if file.suffix.lower() not in SUFFIXES:
        raise ConfigError(
            f"{file}: is not read: seeds are {', '.join(SUFFIXES)} files; save its text as one of these"
        )
    articles = parse_file(file, now)
    short = min(articles, key=_length)
    if _length(short) < LEAST_WORDS:
        raise ConfigError(f"{file}: has {counted(_length(short), 'word')}; a seed is a whole article")
    return articles


def parse_file(file: Path, now: datetime) -> tuple[Article, ...]:
    """The articles of a file, at least one.

    Raises:
        OSError: it cannot be read.
        ParseError: as `parse_seed` and `read_document` do.
    """
    from crawler.articles.seed_files import (  # load what reads pages, which takes a second
        parse_document,
        parse_seed,
    )

    if is_document(file.name):
        return tuple(parse_document(file.name, read_document(file.name, file.read_bytes()), now=now))
    return tuple(parse_seed(file.name, file.read_bytes(), now=now))


def _length(article: Article) -> int:
    return count_words(article.title) + article.words


def named_once(file: Path, error: OSError | ParseError) -> str:
    """What is wrong with a file, behind its path; most errors name the file themselves."""
    said = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return f"{file}{said.removeprefix(file.name)}" if said.startswith(f"{file.name}:") else f"{file}: {said}"
