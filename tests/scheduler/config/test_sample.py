"""The sample that `seedwatch init` writes."""

# ruff: noqa: E501 - a message stands on one line, as the user sees it

import tomllib
from pathlib import Path

import pytest

from scheduler.config.load import load_config
from scheduler.config.sample import write_init
from scheduler.config.settings import CrawlConfig, settings_of
from storage.errors import ConfigError
from storage.query import QueryDocument, match_query, parse_query

NOT_CONTACTED = "None of these addresses was contacted when this file was written"


def test_init_writes_a_file_and_an_empty_folder_for_seeds(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "watch"

    written = write_init(folder)

    assert written == [folder / "seedwatch.toml", folder / "seeds" / "dprk-russia" / ".gitkeep"]
    assert all(path.is_file() for path in written)


def test_what_init_writes_loads_with_warnings_for_what_the_user_must_fill_in(tmp_path: Path) -> None:
    (file, _) = write_init(tmp_path)

    config = load_config(file)

    (topic,) = config.topics
    assert (topic.name, topic.seeds) == ("dprk-russia", (str(tmp_path / "seeds" / "dprk-russia"),))
    assert [warning.split(": ")[1] for warning in config.warnings] == ["topic[1].seeds[1]", "crawl.contact"]


def test_sample_names_25_to_50_outlets_each_with_home_title_and_zone(tmp_path: Path) -> None:
    (file, _) = write_init(tmp_path)

    sources = [declared.source for declared in load_config(file).sources]

    assert 25 <= len(sources) <= 50
    assert all(source.home and source.title and source.timezone for source in sources)
    assert {source.country for source in sources} >= {"kp", "ru", "kr", "cn", "jp", "us"}
    assert {source.language for source in sources} >= {"ko", "ru", "en"}
    assert NOT_CONTACTED in file.read_text()


def test_sample_has_every_setting_of_crawls_with_its_default(tmp_path: Path) -> None:
    (file, _) = write_init(tmp_path)
    section = file.read_text().split("\n[crawl]\n")[1].split("\n\n\n")[0]
    written = tomllib.loads(
        "\n".join(line.removeprefix("# ") for line in section.split("\n") if " = " in line)
    )

    assert written == {
        setting.name: list(setting.default) if setting.many else setting.default
        for setting in settings_of(CrawlConfig)
    }
    assert tomllib.loads(file.read_text())["crawl"] == {"contact": ""}


@pytest.mark.parametrize(
    ("text", "language", "about"),
    [
        pytest.param("A delegation of the DPRK left for Russia by air.", "en", True, id="English"),
        pytest.param("В Пхеньяне прошли переговоры с делегацией России.", "ru", True, id="Russian"),
        pytest.param("Посол рассказал о торговле с Северной Кореей во Владивостоке, в России.", "ru", True, id="Russian, cases"),
        pytest.param("북한과 러시아가 협력을 강화하기로 했다.", "ko", True, id="Korean of the South"),
        pytest.param("평양에서 로씨야대표단을 환영하는 모임이 있었다.", "ko", True, id="Korean of the North"),
        pytest.param("북러 정상회담이 열렸다.", "ko", True, id="both in one Korean word"),
        pytest.param("朝鲜代表团访问俄罗斯。", "zh", True, id="Chinese, short characters"),
        pytest.param("北韓與俄羅斯簽署協議。", "zh", True, id="Chinese, long characters"),
        pytest.param("北朝鮮とロシアが会談した。", "ja", True, id="Japanese"),
        pytest.param("A fair of light industry was opened in Pyongyang.", "en", False, id="the North alone"),
        pytest.param("Президент России принял посла Франции.", "ru", False, id="Russia alone"),
        pytest.param("한국과 러시아의 교역이 줄었다.", "ko", False, id="the South and Russia"),
    ],
)  # fmt: skip
def test_query_of_the_sample_finds_the_subject_in_each_spelling(
    text: str, language: str, about: bool, tmp_path: Path
) -> None:
    (file, _) = write_init(tmp_path)
    query = parse_query(load_config(file).topics[0].any)

    assert (match_query(query, QueryDocument.of("", text, language=language)) is not None) is about


def test_query_of_the_sample_has_no_warning(tmp_path: Path) -> None:
    (file, _) = write_init(tmp_path)

    assert parse_query(load_config(file).topics[0].any).warnings == ()


def test_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "seedwatch.toml").write_text("# mine")

    with pytest.raises(ConfigError, match=r"/seedwatch\.toml is there already; it is left as it is$"):
        write_init(tmp_path)

    assert (tmp_path / "seedwatch.toml").read_text() == "# mine"
    assert not (tmp_path / "seeds").exists()


def test_seeds_that_are_there_stay(tmp_path: Path) -> None:
    folder = tmp_path / "seeds" / "dprk-russia"
    folder.mkdir(parents=True)
    (folder / ".gitkeep").touch()
    (folder / "one.txt").write_text("seed")

    assert write_init(tmp_path) == [tmp_path / "seedwatch.toml"]
    assert (folder / "one.txt").read_text() == "seed"


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="is there already"):
        write_init(tmp_path / "file")
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        write_init(tmp_path / "file" / "inner")
