"""A real Datasette on a file that is being written, found without being installed."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from datasette.plugins import pm

from storage.datasette import plugin
from storage.datasette.launch import SETTINGS, datasette_arguments
from storage.errors import ConfigError
from tests.support.datasette_data import LAST_LOOK, add_article, fill, insert, iso
from tests.support.datasette_serving import opened, served


def read(address: str) -> str:
    with urlopen(address, timeout=30) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def test_a_real_server_shows_what_is_written_meanwhile(tmp_path):
    path = fill(tmp_path / "live.db")
    writer = sqlite3.connect(path, isolation_level=None)
    assert writer.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    with served(path, tmp_path) as address:
        before = read(f"{address}/-/seedwatch")
        writer.execute("BEGIN IMMEDIATE")
        for number in range(20):
            article = add_article(
                writer, "Поезд прибыл в Пхеньян.", title=f"Late news {number}", language="ru"
            )
            insert(
                writer, "matches", topic_id=1, article_id=article, published_at=iso(LAST_LOOK), source_id=1, score=9.9,
                threshold=3.0, reason="seed", terms="Пхеньян", matched_at=iso(LAST_LOOK), explanation="{}",
            )  # fmt: skip
        # The writer holds its lock: a reader sees the state before, and does not wait.
        assert "Late news" not in read(f"{address}/-/seedwatch")
        assert read(f"{address}/live/articles.json?_size=1&_shape=array")
        writer.execute("COMMIT")

        assert "Late news" not in before
        assert "Late news 19" in read(f"{address}/-/seedwatch")
        assert "Late news 19" in read(f"{address}/live/articles?_search={quote('Поездом')}")
        assert '"allow_download": 0' in re.sub(r"false", "0", read(f"{address}/-/settings.json"))
        assert "sw-list" in read(f"{address}/live/articles")
    writer.close()


def test_the_plugin_is_registered_once(tmp_path):
    path = fill(tmp_path / "watch.db")
    with opened(path), opened(path):
        assert [one for one in pm.get_plugins() if one is plugin] == [plugin]
        assert len(pm.hook.menu_links.get_hookimpls()) == len(
            {implementation.plugin for implementation in pm.hook.menu_links.get_hookimpls()}
        )


def test_the_shim_finds_the_package_from_elsewhere(tmp_path):
    shim = Path(plugin.__file__).parent / "plugins" / "load_seedwatch.py"
    code = f"import runpy; found = runpy.run_path({str(shim)!r}); assert found['pm'].is_registered(found['plugin'])"

    subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, check=True, timeout=60)


def test_arguments_name_the_file_and_all_settings(tmp_path):
    path = fill(tmp_path / "watch.db")

    arguments = datasette_arguments(path, port=8123, host="0.0.0.0")

    assert arguments[:5] == [sys.executable, "-m", "datasette", "serve", str(path)]
    assert arguments[arguments.index("--port") + 1] == "8123"
    assert arguments[arguments.index("--host") + 1] == "0.0.0.0"
    for name, value in SETTINGS.items():
        assert arguments[arguments.index(name) + 1] == value


@pytest.mark.parametrize("name", ["a?b.db", "a#b.db", "a%20b.db", "missing.db"])
def test_files_that_datasette_cannot_open_are_refused(tmp_path, name):
    path = tmp_path / name
    if name != "missing.db":
        path.touch()

    with pytest.raises(ConfigError, match=re.escape(str(path))):
        datasette_arguments(path)
