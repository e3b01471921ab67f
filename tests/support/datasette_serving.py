"""Serving a database to the tests: in this process for most, as a child process where a real server is meant."""

import asyncio
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from datasette.app import Datasette
from jinja2 import FileSystemBytecodeCache
from lxml import html

from storage.datasette import launch
from storage.datasette.launch import SETTINGS, datasette_arguments
from tests.support.folders import ROOT

OUR_PAGES = (
    "/-/seedwatch",
    "/-/search?q=Moscow",
    "/-/sources",
    "/-/source/meridian",
    "/-/changes",
    "/-/schema",
    "/-/read/40",
    "/-/revisions/40",
    "/-/story/36",
    "/-/topic/dprk-russia",
    "/-/coverage/dprk-russia?with=rare-earths",
    "/-/saved/Ties%20%2F%20%D0%A1%D0%B2%D1%8F%D0%B7%D0%B8",
)
PLUGINS = Path(launch.__file__).parent / "plugins"


@cache
def _compiled_templates() -> FileSystemBytecodeCache:
    """Templates as they were compiled by a test before: compiling them is half of what a new Datasette takes."""
    folder = ROOT / "build" / "cache" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@contextmanager
def opened(*files: Path, **options: Any) -> Iterator[Datasette]:
    """Datasette with our plugin and settings, in this process."""
    options.setdefault(
        "settings", {name: int(value) if value.isdigit() else 0 for name, value in SETTINGS.items()}
    )
    datasette = Datasette([str(file) for file in files], plugins_dir=str(PLUGINS), **options)
    datasette.jinja_env.bytecode_cache = _compiled_templates()
    try:
        yield datasette
    finally:
        for database in datasette.databases.values():
            database.close()
        datasette.executor.shutdown()


def get(datasette: Datasette, path: str, **options: Any) -> Any:
    return asyncio.run(datasette.client.get(path, **options))


def page(datasette: Datasette, path: str) -> str:
    """The HTML at *path*, which must be well."""
    response = get(datasette, path)
    assert response.status_code == 200, (path, response.text[:2000])
    return str(response.text)


def tree(datasette: Datasette, path: str) -> Any:
    """The parsed page at *path*."""
    return html.fromstring(page(datasette, path))


def words(element: Any) -> str:
    """The text of *element*, spaces evened."""
    return " ".join(element.text_content().split())


def rows(datasette: Datasette, path: str) -> Any:
    """The JSON at *path*."""
    answer = get(datasette, path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@contextmanager
def served(database: Path, folder: Path, plugins: Path | None = None) -> Iterator[str]:
    """The address of a real Datasette that the launch arguments started in *folder*."""
    with subprocess.Popen(
        datasette_arguments(database, port=0, plugins=plugins),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            yield _address(server)
        finally:
            server.terminate()


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stderr is not None
    for line in server.stderr:
        found = re.search(r"running on (http://127\.0\.0\.1:\d+)", line)
        if found:
            address = found[1]
            break
    else:
        raise AssertionError("Datasette did not start")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with urlopen(f"{address}/-/versions.json", timeout=20) as answer:
            if answer.status == 200:
                return address
    raise AssertionError("Datasette does not answer")
