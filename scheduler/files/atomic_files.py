"""Files that are there whole or not at all. I/O edge."""

import gzip
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from storage.errors import ConfigError


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of *path* when the block ends well, and is gone when it does not.

    Raises:
        ConfigError: the folder is missing or cannot be written, or the disk is full.
    """
    if path.is_dir():
        raise ConfigError(f"{path}: this is a folder; name a file")
    if path.exists() and not path.is_file():
        with _opened(path) as file:  # a device or a pipe, such as /dev/null: nothing can take its place
            yield file
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        made.chmod(0o666 & ~_umask())  # mkstemp lets the owner alone read
        made.replace(path)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise ConfigError(f"{path}: {error.strerror}") from error
    finally:
        made.unlink(missing_ok=True)


@contextmanager
def text_output(path: Path | None) -> Iterator[TextIO]:
    """Where text goes: stdout, or the whole file *path*, packed if its name ends in .gz; line ends stay as written.

    Raises:
        ConfigError: as `whole_file`.
    """
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    with whole_file(path) as file:
        # Without a time, the same articles give the same bytes.
        packed = (
            gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") if path.suffix == ".gz" else None
        )
        text = io.TextIOWrapper(cast(BinaryIO, packed or file), encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()
        if packed is not None:
            packed.close()


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("wb") as file:
            yield file
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise ConfigError(f"{path}: {error.strerror}") from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
