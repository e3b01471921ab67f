"""Writes the sample that `seedwatch init` starts with: seedwatch.toml and an empty folder for seeds."""

from importlib import resources
from pathlib import Path

from scheduler.config.load import FILE_NAME
from storage.errors import ConfigError

SEED_FOLDER = Path("seeds", "dprk-russia")
# Keeps the folder in a repository; seeds are read without names that start with a dot.
KEEP_FILE = ".gitkeep"


def write_init(folder: Path) -> list[Path]:
    """The files that were made in *folder*, which is made if need be: seedwatch.toml first.

    Raises:
        ConfigError: there is a seedwatch.toml already, or the folder cannot be written; nothing is overwritten.
    """
    sample = resources.files("scheduler").joinpath("init", FILE_NAME).read_bytes()
    keep_file = folder / SEED_FOLDER / KEEP_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / FILE_NAME).open("xb") as file:
            file.write(sample)
        keep_file.parent.mkdir(parents=True, exist_ok=True)
        made = [] if keep_file.exists() else [keep_file]
        keep_file.touch()
    except FileExistsError as error:
        raise ConfigError(f"{error.filename} is there already; it is left as it is") from error
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror or error}", file=folder) from error
    return [folder / FILE_NAME, *made]
