"""The documents say what the program is: commands, options, tables, words, links, examples."""

import ast
import importlib
import re
import shlex
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest

from crawler.downloader import failures
from crawler.pages.walls import _PHRASES as WALLS
from scheduler.config.load import load_config
from storage import db
from storage.query import parse_query
from storage.query.tree import FIELDS
from tests.support import command_docs, table_docs
from tests.support.folders import ROOT
from tests.test_imports import FLOORS

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
COMMANDS = command_docs.commands()
TABLES = table_docs.tables()
STATES = {"queued", "past", "fetched", "off_topic", "not_article", "blocked", "failed", "gone"}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_MACHINE = re.compile(r"(?<![\w.])/(?:work|tmp|root|Users|home/\w+)(?:/|\b)")


def page_id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def examples(language: str) -> list[object]:
    return [
        pytest.param(body, id=f"{page_id(page)} {number}")
        for page in PAGES
        for number, (kind, body) in enumerate(_FENCE.findall(page.read_text("utf-8")), 1)
        if kind == language
    ]


def console_lines() -> list[object]:
    lines = {
        line: page_id(page)
        for page in PAGES
        for kind, body in _FENCE.findall(page.read_text("utf-8"))
        for line in body.splitlines()
        if kind == "console" and line.startswith("$ seedwatch ")
    }
    return [pytest.param(line, id=f"{page}: {line[2:42]}") for line, page in lines.items()]


def anchors(page: Path) -> set[str]:
    """The places of a page that a link may name, as GitHub makes them of its headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def words_in_code(page: str) -> set[str]:
    spans = re.findall(r"`([^`\n]+)`", _FENCE.sub("", (DOCS / page).read_text("utf-8")))
    return {word for span in spans for word in span.split()}


def calls(name: str) -> Iterator[ast.Call]:
    """Every call of the class *name* in the crawler; not those about seed files, which reach no table."""
    for file in sorted((ROOT / "crawler").rglob("*.py")):
        if file.name == "seeds.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield node


def constant(call: ast.Call, place: int) -> set[str]:
    """The argument at *place*, if it is written out."""
    value = call.args[place] if len(call.args) > place else None
    return {value.value} if isinstance(value, ast.Constant) and isinstance(value.value, str) else set()


def strings_of(file: str, functions: set[str]) -> set[str]:
    """The words that *functions* of a source file have as string constants."""
    return {
        node.value
        for function in ast.walk(ast.parse((ROOT / file).read_text("utf-8")))
        if isinstance(function, ast.FunctionDef) and function.name in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier()
    }


# Commands


def test_each_command_has_its_place_in_the_page_of_commands():
    page = command_docs.PAGE.read_text("utf-8")

    assert sorted(command_docs.documented(page)) == sorted(COMMANDS)
    assert [name for name in COMMANDS if f"\n### {name}\n" not in page] == []


def test_help_in_the_page_of_commands_is_that_of_the_program():
    page = command_docs.PAGE.read_text("utf-8")

    assert page == command_docs.with_help(page), "write it anew with `make docs`"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_command_has_help_and_an_example(name):
    section = command_docs.PAGE.read_text("utf-8").split(f"\n### {name}\n")[1].split("\n#")[0]

    assert COMMANDS[name].help
    assert f"\n$ seedwatch {name}" in section


@pytest.mark.parametrize("line", console_lines())
def test_command_in_an_example_is_one_that_is_there(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line, comments=True)[2:]
    for word in words:
        if Path(word).suffix in (".txt", ".html", ".opml", ".csv", ".toml"):
            Path(word).touch()
    name = next((name for count in (3, 2, 1) if (name := " ".join(words[:count])) in COMMANDS), None)
    assert name is not None, f"there is no such command: {line}"

    # Reads the arguments as the program does, and runs nothing.
    read = COMMANDS[name].make_context(
        name, words[len(name.split()) :], parent=command_docs.context(name).parent
    )

    assert isinstance(read, click.Context)


# Tables


def test_each_table_has_its_place_in_the_page_of_tables():
    page = table_docs.PAGE.read_text("utf-8")

    assert sorted(table_docs.documented(page)) == sorted(TABLES)
    assert [name for name in TABLES if f"\n### {name}\n" not in page] == []


def test_columns_in_the_page_of_tables_are_those_of_the_schema():
    page = table_docs.PAGE.read_text("utf-8")

    assert page == table_docs.with_tables(page), "write it anew with `python -m tests.support.table_docs`"


@pytest.mark.parametrize("table", list(TABLES))
def test_each_column_has_a_meaning(table):
    assert [column.name for column in TABLES[table] if not column.meaning] == []


@pytest.mark.parametrize("statement", examples("sql"))
def test_statement_in_a_document_can_be_run(statement, tmp_path):
    connection = db.connect(tmp_path / "new.db")

    try:
        assert connection.execute(statement).fetchall() == []
    finally:
        connection.close()


# Words that the program writes into the tables


def test_each_state_of_a_link_is_documented():
    used = {word for call in calls("LinkOutcome") for word in constant(call, 1)}

    assert used <= STATES
    assert words_in_code("sources.md") >= STATES


def test_each_reason_is_documented():
    used = {
        word for name in ("ParseError", "Rejection") for call in calls(name) for word in constant(call, 0)
    }
    used |= {
        word for name in ("BlockedError", "FetchError") for call in calls(name) for word in constant(call, 1)
    }
    used |= {word for call in calls("LinkOutcome") for word in constant(call, 2)}
    used |= {reason for reason, _ in failures._REASONS} | set(failures._PERMANENT) | set(WALLS)
    known = {word.strip(",") for word in words_in_code("sources.md")}

    assert used - known == set()


def test_each_rule_of_the_cadence_is_documented():
    rules = strings_of("crawler/cadence/next_poll.py", {"next_poll", "_pause", "_usual_rule"})

    assert {"rate", "failure"} <= rules
    assert rules <= words_in_code("sources.md")


def test_each_field_of_a_query_is_documented():
    text = (DOCS / "topics.md").read_text("utf-8")

    assert [field for field in FIELDS if f"{field}:" not in text] == []


def test_queries_in_the_table_of_rules_can_be_read():
    rows = re.findall(r"^\| (`.*?`) \|", (DOCS / "topics.md").read_text("utf-8"), re.MULTILINE)
    queries = [query for row in rows for query in re.findall(r"`([^`]+)`", row)]

    assert len(queries) > 10
    assert [parse_query(query).text for query in queries] == queries


# Examples


@pytest.mark.parametrize("text", examples("toml"))
def test_settings_in_a_document_are_in_order(text, tmp_path):
    for topic in tomllib.loads(text).get("topic", []):
        for seed in topic.get("seeds", []):
            (tmp_path / seed).mkdir(parents=True)
    file = tmp_path / "seedwatch.toml"
    file.write_text(text, "utf-8")

    config = load_config(file, {})

    assert config.topics or config.sources or config.websub.public_url or config.cluster.is_set


# The design, the words, the site


def test_the_drawing_of_the_floors_is_that_of_the_imports():
    drawing = (DOCS / "design.md").read_text("utf-8").split("```text\n")[1].split("```")[0]
    drawn: dict[str, tuple[str, ...]] = {}
    floor = ""
    for line in drawing.splitlines():
        name = line.split()[0].rstrip("/")
        if line.startswith(" "):
            drawn[floor] += (name,)
        else:
            floor, drawn[name] = name, ()

    assert list(drawn) == list(FLOORS)
    assert drawn == FLOORS


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_each_file_that_a_document_names_is_there(page):
    named = re.findall(r"`([\w.]+/[\w./]*\.py)`", _FENCE.sub("", page.read_text("utf-8")))
    ours = {name for name in named if (ROOT / name.split("/")[0]).is_dir()}

    assert sorted(name for name in ours if not (ROOT / name).exists()) == []


def test_tables_of_the_glossary_are_there():
    named = re.findall(r"Table `(\w+)`", (DOCS / "glossary.md").read_text("utf-8"))

    assert len(named) > 20
    assert set(named) <= set(TABLES)


def test_words_of_the_glossary_stand_in_order_and_once():
    text = (DOCS / "glossary.md").read_text("utf-8")
    words = [word.lower() for word in re.findall(r"^\| ([\w ,]+?) \| ", text, re.MULTILINE)][1:]

    assert words == sorted(set(words))


def test_every_page_is_on_the_site():
    site = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"]
    listed = {
        target
        for part in site
        for entries in part.values()
        for target in (
            [entries] if isinstance(entries, str) else [one for each in entries for one in each.values()]
        )
    }

    assert listed == {page_id(page) for page in PAGES}


# The documents themselves


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_each_link_leads_somewhere(page):
    text = _CODE.sub("", page.read_text("utf-8"))
    lost = []
    for target in _LINK.findall(text):
        path, _, place = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (place and place not in anchors(found)):
            lost.append(target)

    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_no_document_names_a_place_of_one_machine(page):
    assert _MACHINE.findall(page.read_text("utf-8")) == []


def test_each_page_can_be_reached_from_the_readme():
    text = (ROOT / "README.md").read_text("utf-8")

    assert [page.name for page in PAGES if page.name != "README.md" and f"{page.name})" not in text] == []


@pytest.mark.parametrize("image", sorted((DOCS / "images").iterdir()), ids=lambda image: image.name)
def test_image_is_shown_in_a_document_and_small(image):
    assert any(f"images/{image.name})" in page.read_text("utf-8") for page in PAGES)
    assert image.stat().st_size < 150_000


def test_changelog_has_the_sections_of_keep_a_changelog():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    releases = re.findall(r"^## \[(.+?)\](?: - \d{4}-\d\d-\d\d)?$", text, re.MULTILINE)
    sections = re.findall(r"^### (.+)$", text, re.MULTILINE)

    assert releases[0] == "Unreleased"
    assert len(releases) == len(re.findall(r"^## ", text, re.MULTILINE))
    assert set(sections) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Not yet"}


@pytest.mark.parametrize(
    "rule",
    ["make test", "make check", "storage <- crawler <- scheduler", "One change", "CHANGELOG.md", "No mocks"],
)
def test_contributing_names_the_rule(rule):
    assert rule in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_licence_is_that_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0" in (ROOT / "LICENSE").read_text("utf-8")


STATION = re.compile(r"^\| `(\w+)` in `((\w+)/(?:(\w+)/)?\w+\.py)` \| [^|]+ \|$", re.MULTILINE)


def test_the_walk_of_one_entry_goes_forward_through_what_there_is():
    stations = STATION.findall((ROOT / "docs" / "design.md").read_text())
    defined = {
        (path, name): any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
            for node in ast.walk(ast.parse((ROOT / path).read_text()))
        )
        for name, path, _, _ in stations
    }
    # What is read is carried out by the floor below, and told by the floor above.
    floors = ("crawler", "storage", "scheduler")
    places = [(floors.index(floor), FLOORS[floor].index(folder or ".")) for _, _, floor, folder in stations]

    assert 10 <= len(stations) <= 15
    assert [place for place, is_there in defined.items() if not is_there] == []
    assert places == sorted(places)


PAUSE = re.compile(r"^\| [^|]+ \| `(\w+)\.([A-Z_]+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
CADENCE = sorted(path.stem for path in (ROOT / "crawler" / "cadence").glob("[a-z]*.py"))
LENGTHS = (("day", 86_400), ("h", 3_600), ("min", 60))


def lengths(name: str, value: object) -> tuple[float, ...] | None:
    """The seconds of a pause, or of several; None for a constant that is none."""
    if isinstance(value, timedelta):
        return (value.total_seconds(),)
    if isinstance(value, tuple) and value and all(isinstance(part, timedelta) for part in value):
        return tuple(part.total_seconds() for part in value)
    return (value,) if name.endswith("_S") and isinstance(value, int | float) else None


def length_text(seconds: float) -> str:
    unit, size = next((unit, size) for unit, size in LENGTHS if seconds % size == 0)
    number = round(seconds / size)
    return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}"


def test_the_table_of_pauses_is_that_of_the_code():
    declared = {
        f"{module}.{name}": ", ".join(map(length_text, seconds))
        for module in CADENCE
        for name, value in vars(importlib.import_module(f"crawler.cadence.{module}")).items()
        if name.isupper() and not name.startswith("_") and (seconds := lengths(name, value)) is not None
    }
    # What a file takes over from another is listed there alone.
    own = {
        name: length
        for name, length in declared.items()
        if re.search(rf"^(?:[A-Z_]+, )*{name.split('.')[1]}\b[^=\n]*=", cadence_source(name), re.MULTILINE)
    }
    written = {
        f"{module}.{name}": length
        for module, name, length in PAUSE.findall((DOCS / "cadence.md").read_text())
    }

    assert written == own


def cadence_source(name: str) -> str:
    return (ROOT / "crawler" / "cadence" / f"{name.split('.')[0]}.py").read_text()
