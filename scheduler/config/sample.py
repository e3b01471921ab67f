"""Writes the sample that `seedwatch init` starts with: seedwatch.toml and an empty folder for seeds."""

import json
from importlib import resources
from pathlib import Path

from scheduler.config.load import FILE_NAME
from scheduler.config.settings import TABLES, Setting, settings_of
from storage.errors import ConfigError

SEED_FOLDER = Path("seeds", "dprk-russia")
# Keeps the folder in a repository; seeds are read without names that start with a dot.
KEEP_FILE = ".gitkeep"


# The table whose settings are written out, and the one of them that a user must fill in. The others stand behind a #,
# so that a default which a later version betters is bettered for those who left it alone.
_TABLE = "[crawl]"
_TO_FILL_IN = "contact"


def sample_text() -> str:
    """The text of the sample, with every setting of its table: meaning, default, and what is allowed."""
    text = resources.files("scheduler").joinpath("init", FILE_NAME).read_text("utf-8")
    before, head, after = text.partition(f"\n{_TABLE}\n")
    return before + head + "\n".join(map(_described, settings_of(TABLES[_TABLE]))) + after


def _described(setting: Setting) -> str:
    sign = "" if setting.name == _TO_FILL_IN else "# "
    allowed = f"{'a list, each ' * setting.many}{setting.kind.allowed}"
    return f"# {setting.meaning}\n{sign}{setting.name} = {json.dumps(setting.default)}  # {allowed}\n"


def write_init(folder: Path) -> list[Path]:
    """The files that were made in *folder*, which is made if need be: seedwatch.toml first.

    Raises:
        ConfigError: there is a seedwatch.toml already, or the folder cannot be written; nothing is overwritten.
    """
    keep_file = folder / SEED_FOLDER / KEEP_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / FILE_NAME).open("xb") as file:
            file.write(sample_text().encode())
        keep_file.parent.mkdir(parents=True, exist_ok=True)
        made = [] if keep_file.exists() else [keep_file]
        keep_file.touch()
    except FileExistsError as error:
        raise ConfigError(f"{error.filename} is there already; it is left as it is") from error
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror or error}", file=folder) from error
    return [folder / FILE_NAME, *made]
