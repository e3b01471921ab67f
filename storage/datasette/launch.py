"""The command line that serves a database with Datasette."""

import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from storage.errors import ConfigError

# Measured on 500,000 articles; see docs/reading.md#large-databases.
SETTINGS: dict[str, str] = {
    "sql_time_limit_ms": "5000",  # a cold first page of a common word takes 1.5 s; the default of 1 s fails it
    "suggest_facets": "off",  # tries every column of the table on each page
    "facet_time_limit_ms": "600",
    "default_page_size": "50",
    "cache_size_kb": "65536",
    "truncate_cells_html": "200",
    "allow_download": "off",  # a file that is being written is no backup
}
# Where the plugin finds the address that Datasette is bound to, and the names under which it may be asked.
HOSTS_VARIABLE = "SEEDWATCH_SERVE_HOSTS"
# Datasette puts the path unescaped into an address of the file.
_UNFIT = "?#%"


def datasette_arguments(
    database: Path, *, port: int = 8001, host: str = "127.0.0.1", plugins: Path | None = None
) -> list[str]:
    """The command that serves *database* read-only, as a list for `subprocess` or `os.execv`.

    The plugin is found through its entry point; the folder of plugins finds it where the package is not installed.
    *plugins* is another folder, which must load ours too.

    Raises:
        ConfigError: Datasette cannot open a file of that name, or there is none.
    """
    path = database.expanduser().absolute()
    if not path.is_file():
        raise ConfigError("there is no such database", file=path)
    if any(sign in str(path) for sign in _UNFIT):
        raise ConfigError("Datasette cannot open a path with one of ? # %; rename it", file=path)
    settings = [part for name, value in SETTINGS.items() for part in ("--setting", name, value)]
    folder = plugins or Path(__file__).parent / "plugins"
    return [
        *(sys.executable, "-m", "datasette", "serve", str(path)),
        *("--host", host, "--port", str(port), "--plugins-dir", str(folder)),
        *settings,
    ]


def datasette_environment(
    environment: Mapping[str, str], *, host: str = "127.0.0.1", named: Collection[str] = ()
) -> dict[str, str]:
    """The environment for that command: it is answered at *host* and under the *named* hosts, and no other."""
    return {**environment, HOSTS_VARIABLE: ",".join([host, *named])}
