"""The plugin: what Datasette calls. It is silent about databases that are not ours."""

import os
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from datasette.plugins import pm
from datasette.utils import to_css_class
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader
from markupsafe import Markup
from pluggy import HookimplMarker

from storage.datasette import assets, hooks
from storage.datasette.databases import (
    counts_of_tables,
    holds_our_tables,
    is_alone,
    is_ours,
    may_view,
    our_databases,
    place_of,
    read_behind_log,
)
from storage.datasette.feeds import routes as feed_routes
from storage.datasette.headers import only_under, with_headers
from storage.datasette.launch import HOSTS_VARIABLE
from storage.datasette.navigation import Navigation, framed_database, navigation
from storage.datasette.pages.articles import article, changes, kept, revisions
from storage.datasette.pages.marks import snippet
from storage.datasette.pages.searches import saved, search
from storage.datasette.pages.sources import source, sources
from storage.datasette.pages.start import start
from storage.datasette.pages.stories import story
from storage.datasette.pages.topics import coverage, topic
from storage.datasette.search_box import fts_expression
from storage.datasette.tables import canned, schema_page
from storage.datasette.tables.catalogue import (
    TABLES,
    database_metadata,
    facets_of_tables,
    shown_columns,
    sorted_tables,
)
from storage.datasette.tables.cells import cell
from storage.db import StepBack
from storage.schema.migrations import columns_of_tables
from storage.search import index

# What Datasette asks metadata for, and ours never says.
_NEVER_OURS = frozenset(
    {"allow", "allow_sql", "plugins", "queries", "custom_units", "extra_css_urls", "extra_js_urls"}
)

hookimpl = HookimplMarker("datasette")
pm.add_hookspecs(hooks)

_FOLDER = Path(__file__).parent


@hookimpl
def get_metadata(datasette: Any, key: str | None, database: str | None) -> dict[str, Any]:
    """Titles, descriptions and habits of our tables; a title of the front page if nothing else is served.

    Only what *key* asks for: Datasette asks for permissions hundreds of times a page, and copies each answer.
    """
    if key in _NEVER_OURS:
        return {}
    ours = our_databases(datasette)
    if key == "tables":
        named = [one.name for one in ours if database in (None, one.name)]
        return {"databases": {name: {"tables": facets_of_tables()} for name in named}}
    metadata: dict[str, Any] = {
        "databases": {
            one.name: database_metadata(one.name, place_of(datasette, one), columns_of_tables())
            for one in ours
        }
    }
    if ours and is_alone(datasette):
        start = place_of(datasette, ours[0]).start()
        metadata |= {
            "title": "seedwatch",
            "description_html": Markup('<a href="{}">Start reading: what is new on your topics</a>').format(
                start
            ),
        }
    return metadata


@hookimpl
def startup(datasette: Any) -> None:
    """Lists of tables do not count what only the program needs, and what is read lets the log be begun anew."""
    for database in our_databases(datasette):
        database.execute_fn = partial(read_behind_log, database.execute_fn, StepBack(Path(database.path)))
        database.table_counts = partial(counts_of_tables, database)


@hookimpl
def canned_queries(datasette: Any, database: str) -> dict[str, Any]:
    """Our questions, for our databases."""
    return canned.canned_queries() if is_ours(datasette.databases[database]) else {}


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection) -> None:
    """The search box in the analyser's terms; last, so that it takes the place of Datasette's own function."""
    if not holds_our_tables(conn):
        return

    def escape_fts(typed: object) -> str:
        # Asked anew each time: an article in a new language may have come since the connection was opened.
        return fts_expression(str(typed or ""), index.languages(conn))

    def seedwatch_snippet(text: object, typed: object, language: str | None) -> str:
        return snippet(str(text or ""), str(typed or ""), language)

    conn.create_function("escape_fts", 1, escape_fts)
    conn.create_function("seedwatch_snippet", 3, seedwatch_snippet)


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Any) -> None:
    """Our templates, behind all others: a user's template of the same name goes first.

    Only the frame of pages and errors stands before Datasette's own.
    """
    frames = {}
    for database in our_databases(datasette):
        frames[f"database-{to_css_class(database.name)}.html"] = '{% extends "seedwatch_database.html" %}'
        for table in TABLES:
            name = f"{to_css_class(database.name)}-{to_css_class(table)}.html"
            frames[f"table-{name}"] = '{% extends "seedwatch_table_page.html" %}'
            frames[f"_table-table-{name}"] = '{% include "seedwatch_table.html" %}'
            frames[f"_table-row-{name}"] = '{% include "seedwatch_row.html" %}'
    ours = FileSystemLoader(_FOLDER / "templates")
    before = FileSystemLoader([datasette.template_dir] if datasette.template_dir else [])
    framing = DictLoader({name: ours.get_source(env, name)[0] for name in ("base.html", "error.html")})
    theirs = [env.loader] if env.loader else []
    env.loader = ChoiceLoader([before, framing, *theirs, ours, DictLoader(frames)])
    env.globals |= {
        "seedwatch_shown_columns": shown_columns,
        "seedwatch_sorted_tables": sorted_tables,
        "seedwatch_asset": partial(assets.address, datasette),
    } | _framing(datasette)


def _framing(datasette: Any) -> dict[str, Any]:
    """What the frame asks for."""

    def is_framed(database: object) -> bool:
        return framed_database(datasette, database) is not None

    async def ways(request: Any, database: object) -> Navigation:
        return await navigation(datasette, request, database)

    return {"seedwatch_is_framed": is_framed, "seedwatch_navigation": ways}


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Our pages."""
    pages_of_ours = [
        ("seedwatch", start.start),
        ("search", search.search),
        ("sources", sources.sources),
        ("changes", changes.changes),
        ("schema", schema_page.schema),
        (r"read/(?P<id>\d{1,18})", article.read),
        (r"revisions/(?P<id>\d{1,18})", revisions.revisions),
        (r"saved/(?P<name>[^/]+?)", saved.saved),
        (r"story/(?P<id>\d{1,18})", story.story),
        (r"source/(?P<name>[^/]+?)", source.source),
        (r"topic/(?P<name>[^/]+?)", topic.topic_page),
        (r"coverage/(?P<name>[^/]+?)", coverage.coverage),
    ]
    feeds = [
        ("search", feed_routes.search_feed),
        ("saved/(?P<name>[^/]+)", feed_routes.saved_feed),
        ("source/(?P<name>[^/]+)", feed_routes.source_feed),
        ("tag/(?P<name>[^/]+)", feed_routes.tag_feed),
        ("topic/(?P<name>[^/]+)", feed_routes.topic_feed),
    ]
    return [
        (r"^/-/(?P<name>seedwatch\.(css|js))$", assets.asset),
        (r"^/-/kept/(?P<id>\d{1,18})$", kept.kept),
        (r"^/-/cite/(?P<id>\d{1,18})\.(?P<form>bib|ris)$", article.cite),
        *((rf"^/-/{path}(\.atom|\.feed\.json)$", feed) for path, feed in feeds),
        # What each page shows, as data.
        *((rf"^/-/{path}(\.json)?$", page) for path, page in pages_of_ours),
    ]


@hookimpl
def render_cell(
    row: Any, value: object, column: str, table: str | None, database: str, datasette: Any
) -> Markup | None:
    """A cell for people; None where Datasette's own serves."""
    known = datasette.databases.get(database)
    if known is None or not is_ours(known):
        return None
    return cell(value, column, table, dict(row) if row is not None else {}, place_of(datasette, known))


@hookimpl
def menu_links(datasette: Any, actor: Any) -> Any:
    """Our pages in the menu of every page, for those who may see the database."""

    async def links() -> list[dict[str, str]]:
        entries = []
        for database in our_databases(datasette):
            if await may_view(datasette, actor, database, ()):
                place = place_of(datasette, database)
                behind = f" ({database.name})" if place.query else ""
                entries += [
                    {"href": place.start(), "label": f"What is new{behind}"},
                    {"href": place.table("articles"), "label": f"All articles{behind}"},
                    {"href": place.sources(), "label": f"Sources{behind}"},
                ]
        return entries

    return links


@hookimpl
def asgi_wrapper(datasette: Any) -> Any:
    """Security headers; where `seedwatch serve` began it, only for requests under the names that it allows."""
    hosts = os.environ.get(HOSTS_VARIABLE)

    def wrapped(app: Any) -> Any:
        inner = with_headers(app, datasette)
        return inner if hosts is None else only_under(hosts.split(","), inner)

    return wrapped
