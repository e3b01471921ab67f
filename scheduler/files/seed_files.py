"""Seed files and folders, read from the disk. I/O edge."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from storage.errors import ConfigError, ParseError
from storage.records.articles import Article

SUFFIXES = (".txt", ".md", ".html", ".htm", ".json", ".jsonl")


def seed_paths(path: Path) -> list[Path]:
    """The seed files that *path* stands for: itself, or all below a folder, by name; hidden files are left out.

    Raises:
        ConfigError: there is no such file or folder, or the file's kind is not read.
    """
    if path.is_dir():
        return sorted(
            file
            for file in path.rglob("*")
            if file.is_file() and file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
        )
    if not path.exists():
        raise ConfigError(f"{path}: there is no such file or folder")
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"{path}: seeds are read from {', '.join(SUFFIXES)} files and from folders of them")
    return [path]


def read_seeds(path: Path, now: datetime) -> Iterator[tuple[Path, Article]]:
    """The seeds of a file or folder with the files they stand in.

    Raises:
        ConfigError: a file cannot be read; the text names it and says what is wrong.
    """
    from crawler.articles.seed_files import parse_seed  # loads what reads pages, which takes a second

    for file in seed_paths(path):
        try:
            for article in parse_seed(file.name, file.read_bytes(), now=now):
                yield file, article
        except (OSError, ParseError) as error:
            raise ConfigError(named_once(file, error)) from error


def named_once(file: Path, error: OSError | ParseError) -> str:
    """What is wrong with a file, behind its path; most errors name the file themselves."""
    said = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return f"{file}{said.removeprefix(file.name)}" if said.startswith(f"{file.name}:") else f"{file}: {said}"
