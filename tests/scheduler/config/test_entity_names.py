"""Names of countries by CLDR, and their way into the settings."""

import tomllib
from pathlib import Path

import pytest

from scheduler.config.edit import add_aliases
from scheduler.config.entity_names import entity_names
from storage.errors import ConfigError
from storage.query import QueryDocument, match_query, parse_query
from tests.support.command_line import run_here

SETTINGS = """\
[crawl]
contact = "mailto:a@example.org"

[[topic]]
name = "first"
any = '''
x OR
y
'''

# a source
[[source]]
name = "herald"
home = "http://herald.example/"
language = "ru"

[[topic]]
name = "second"
any = "z"
[topic.aliases]
"Halmar" = ["할마르"]  # an invented one
# the end
"""


@pytest.mark.parametrize(
    "entity", ["North Korea", "north korea", "KP", "북한", "КНДР", "DPRK", "северокорейский"]
)
def test_a_country_is_known_by_each_of_its_names(entity: str) -> None:
    found = {one.language: one.names for one in entity_names(entity, ["ko", "ru", "zh", "ja"])}

    assert "북한" in (*found["ko"], entity)
    assert "北朝鮮" in found["ja"]
    assert {"朝鲜", "北韓"} <= set(found["zh"])
    assert {"КНДР", "северокорейский"} <= {*found["ru"], entity}


@pytest.mark.parametrize(
    ("entity", "language", "text"),
    [
        ("Russia", "ru", "Российские инженеры приехали."),
        ("Russia", "ru", "Он вернулся из России."),
        ("North Korea", "ru", "Северокорейская делегация прибыла."),
        ("China", "ru", "Торговля с Китаем растёт."),
        ("Russia", "uk", "Російські інженери приїхали."),
        ("Russia", "pl", "Rozmowy z Rosją trwają."),
        ("Russia", "ko", "러시아의 대표단이 도착했다."),
        ("Russia", "zh", "俄羅斯代表團抵達。"),
    ],
)
def test_the_names_find_what_the_language_writes(entity: str, language: str, text: str) -> None:
    (found,) = entity_names(entity, [language])

    assert any(
        match_query(parse_query(f'"{name}"'), QueryDocument.of("", text, language=language))
        for name in found.names
    )


def test_what_is_no_country_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="no country is called 'Rusia'; the nearest is 'Russia'"):
        entity_names("Rusia", ["ko"])


def test_a_language_without_data_has_no_names() -> None:
    (found,) = entity_names("Russia", ["xx"])

    assert found.names == ()


def aliases(file: Path) -> dict[str, dict[str, list[str]]]:
    return {one["name"]: one.get("aliases", {}) for one in tomllib.loads(file.read_text())["topic"]}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_names_are_written_behind_the_topic_and_all_else_stays(tmp_path: Path, line_end: str) -> None:
    file = tmp_path / "seedwatch.toml"
    file.write_bytes(SETTINGS.replace("\n", line_end).encode())

    add_aliases(file, "first", "Russia", ["Россия"])
    add_aliases(file, "first", "Russia", ["Россия", "러시아"])
    add_aliases(file, "second", "Russia", ["Россия"])
    config = add_aliases(file, "second", "Halmar", ["할마르", "Хальмар"])
    before = file.read_bytes()
    add_aliases(file, "second", "Halmar", ["할마르"])

    assert file.read_bytes() == before
    assert aliases(file) == {
        "first": {"Russia": ["Россия", "러시아"]},
        "second": {"Halmar": ["할마르", "Хальмар"], "Russia": ["Россия"]},
    }
    text = file.read_bytes().decode().replace("\r\n", "\n")
    assert (
        text.index("[topic.aliases]") < text.index("# a source\n[[source]]") < text.index('name = "second"')
    )
    assert text.endswith("# the end\n")
    assert [topic.name for topic in config.topics] == ["first", "second"]


def test_the_command_shows_names_and_writes_them_on_request(tmp_path: Path) -> None:
    (tmp_path / "seedwatch.toml").write_text(SETTINGS)

    shown = run_here("topics", "names", "North Korea", "--json", folder=tmp_path).json
    unclear = run_here("topics", "names", "North Korea", "--write", folder=tmp_path)
    wrong = run_here("topics", "names", "Russia", "--languages", "russian", folder=tmp_path)
    untouched = (tmp_path / "seedwatch.toml").read_text()
    written = run_here(
        "topics", "names", "Russia", "--languages", "ko,ru", "--topic", "first", "--write", folder=tmp_path
    )

    assert list(shown["names"]) == ["ru"]  # the sources' languages
    assert (unclear.code, "--topic" in unclear.err) == (2, True)
    assert (wrong.code, "ISO 639-1" in wrong.err) == (2, True)
    assert untouched == SETTINGS
    assert written.out.splitlines() == ["ko  러시아, 로씨야", "ru  Россия, российский, россиянин"]
    assert aliases(tmp_path / "seedwatch.toml")["first"]["Russia"][:2] == ["러시아", "로씨야"]
