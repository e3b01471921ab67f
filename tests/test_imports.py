"""The rooms import one way, pure files do no I/O, there is no cycle, and each file name occurs once."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = {
    "storage": {"storage"},
    "crawler": {"storage", "crawler"},
    "scheduler": {"storage", "crawler", "scheduler"},
}
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
# Modules that reach outside the process, or ask the clock. A pure file imports none of them.
IMPURE = {
    "asyncio", "multiprocessing", "os", "pathlib", "random", "requests", "scrapy", "secrets", "shutil", "socket",
    "sqlite3", "sqlite_utils", "subprocess", "tempfile", "threading", "time", "twisted", "apscheduler", "click",
}  # fmt: skip
# Errors carry the Path of the file that they are about, records the folder of a file: values, no access.
PATH_VALUES = {"storage.errors", "crawler.seeds", "scheduler.config_records", "scheduler.config_check"}
# Its triggers compute times from times; the scheduler beside them stays out.
CALCULATES = {"scheduler.cron": {"apscheduler"}}
# These must stay pure whatever else changes.
MUST_BE_PURE = {
    "storage.records", "storage.intents", "storage.errors", "storage.analyser", "storage.query_tree",
    "storage.query_parse", "storage.query_match", "storage.query_fts", "storage.query_lex", "storage.query_signs",
    "storage.query_days", "storage.query_document", "storage.query_near", "storage.query_terms", "storage.query_place",
    "storage.query_format", "storage.query_stems", "storage.query_caret", "crawler.topics.explain",
    "crawler.urls", "crawler.dates", "crawler.feeds", "crawler.sitemaps", "crawler.listings", "crawler.discovery",
    "crawler.stories.shingles", "crawler.stories.compare", "crawler.stories.swaps", "crawler.stories.judge",
    "crawler.stories.pairs", "crawler.stories.clusters", "crawler.extract", "crawler.copies", "crawler.decide",
    "crawler.gate", "crawler.caching", "crawler.failures",
    "crawler.topics.profile", "crawler.topics.match", "crawler.topics.aliases", "crawler.topics.held_out",
    "crawler.topics.outlook", "scheduler.topic_tally", "scheduler.feedback_files", "scheduler.cadence",
    "scheduler.cron",
    "scheduler.digests", "scheduler.masking", "scheduler.message_texts", "scheduler.tails", "scheduler.watchfulness",
    "storage.health_records", "storage.outbox_records", "storage.coverage_records", "scheduler.ledger",
    "storage.host_records", "crawler.host_pauses",
    "crawler.validators", "crawler.hubs", "scheduler.push_trust", "storage.subscription_records",
    "crawler.archives", "crawler.paging", "storage.backfill_records",
}  # fmt: skip
# One place imports each library that another could replace.
ONE_PLACE = {
    "apprise": {"scheduler.channels"},
    "apscheduler": {"scheduler.cron", "scheduler.daemon"},
    "feedparser": {"crawler.feeds"},
    "listparser": {"scheduler.source_lists"},
    "pebble": {"crawler.pool"},
    "py3langid": {"crawler.languages"},
    "sqlite_utils": {"storage.db", "storage.schema"},
    "Stemmer": {"storage.analyser"},
    "tldextract": {"crawler.urls"},
    "tomlkit": {"scheduler.config_edit"},
    "trafilatura": {"crawler.extract"},
    "warcio": {"scheduler.warc"},
    "wordfreq": {"crawler.topics.frequencies"},
}


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if is_module(name) else node.module for name in inner}
    return found


def is_module(name: str) -> bool:
    place = ROOT / name.replace(".", "/")
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def first_docstring_line(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return docstring.split("\n\n", 1)[0].replace("\n", " ")


PURE = [path for path in FILES if re.search(r"\bPure\.", first_docstring_line(path))]


@pytest.mark.parametrize("path", FILES, ids=module)
def test_imports_point_down(path):
    rooms = {name.split(".")[0] for name in imports(path)} & set(ROOMS)

    assert rooms <= ROOMS[path.relative_to(ROOT).parts[0]]


@pytest.mark.parametrize("path", PURE, ids=module)
def test_pure_files_do_no_input_or_output(path):
    allowed = {"pathlib"} if module(path) in PATH_VALUES else CALCULATES.get(module(path), set())

    assert {name.split(".")[0] for name in imports(path)} & IMPURE <= allowed


@pytest.mark.parametrize("path", PURE, ids=module)
def test_pure_files_import_only_pure_files_of_ours(path):
    pure = {module(one) for one in PURE}
    ours = {name for name in imports(path) if name.split(".")[0] in ROOMS and is_module(name)}

    assert ours <= pure | {"storage", "crawler", "crawler.topics", "scheduler"}


def test_the_files_that_decide_are_pure():
    assert {module(path) for path in PURE} >= MUST_BE_PURE


def test_no_cycles():
    graph = {module(path): {name for name in imports(path) if name.split(".")[0] in ROOMS} for path in FILES}
    done: set[str] = set()
    walked: list[str] = []

    def visit(name: str) -> None:
        assert name not in walked, " -> ".join([*walked, name])
        if name in done:
            return
        walked.append(name)
        for other in sorted(graph.get(name, ())):
            visit(other)
        done.add(walked.pop())

    for name in graph:
        visit(name)


def test_each_file_name_occurs_once():
    names = [path.name for path in FILES if path.name != "__init__.py" and "spiders" not in path.parts]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("library", ONE_PLACE)
def test_a_library_is_imported_in_one_place(library):
    places = {module(path) for path in FILES if library in {name.split(".")[0] for name in imports(path)}}

    assert places == ONE_PLACE[library]


@pytest.mark.parametrize("path", FILES, ids=module)
def test_files_are_short(path):
    if module(path) == "storage.schema":  # append-only: it grows with each table
        return
    assert len(path.read_text().splitlines()) <= 350
