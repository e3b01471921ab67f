"""The addresses of our pages, for templates and cells. Pure."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class DatabasePages:
    """The addresses of our pages for one database; with the setting base_url, and ?db= if it is not the first."""

    urls: Any  # datasette.urls
    database: str
    query: str  # "?db=name", or "" for the first database of ours

    def start(self) -> str:
        """What is new."""
        return self._page("seedwatch")

    def sources(self, **parameters: object) -> str:
        """How the sources fare; *parameters* are state, q and page."""
        return self._asked("sources", parameters)

    def source(self, name: str, **parameters: object) -> str:
        """The page of a source; *parameters* are those of its list of articles."""
        return self._asked(f"source/{_part(name)}", parameters)

    def source_feed(self, name: str, suffix: str = ".atom") -> str:
        """The feed of a source."""
        return self._page(f"source/{_part(name)}{suffix}")

    def changes(self, **parameters: object) -> str:
        """What outlets edited and removed; *parameters* are q, source, what, edits and events."""
        return self._asked("changes", parameters)

    def search(self, **parameters: object) -> str:
        """The search page; *parameters* are q and before."""
        return self._asked("search", parameters)

    def read(self, article_id: int) -> str:
        """The page of an article."""
        return self._page(f"read/{article_id}")

    def revisions(self, article_id: int) -> str:
        """What was changed in an article; ?from= and ?to= may follow."""
        return self._page(f"revisions/{article_id}")

    def story(self, article_id: int) -> str:
        """The story that an article tells."""
        return self._page(f"story/{article_id}")

    def kept(self, page_id: int) -> str:
        """A kept page, by its row."""
        return self._page(f"kept/{page_id}")

    def cite(self, article_id: int, form: str) -> str:
        """The citation of an article as a file, *form* bib or ris."""
        return self._page(f"cite/{article_id}.{form}")

    def topic(self, name: str, **parameters: object) -> str:
        """The page of a topic; *parameters* are those of its filters and its chart."""
        return self._asked(f"topic/{_part(name)}", parameters)

    def coverage(self, name: str, **parameters: object) -> str:
        """Who covers a topic; *parameters* are days and with, another topic's name."""
        return self._asked(f"coverage/{_part(name)}", parameters)

    def atom(self, name: str) -> str:
        """The feed of a topic."""
        return self._page(f"topic/{_part(name)}.atom")

    def json_feed(self, name: str) -> str:
        """The feed of a topic as JSON Feed."""
        return self._page(f"topic/{_part(name)}.feed.json")

    def search_feed(self, suffix: str = ".atom", **parameters: object) -> str:
        """The feed of a search; *parameters* are q and order."""
        return self._asked(f"search{suffix}", parameters)

    def saved(self, name: str, **parameters: object) -> str:
        """The page of a saved search; *parameters* are order and after."""
        return self._asked(f"saved/{_part(name)}", parameters)

    def saved_feed(self, name: str, suffix: str = ".atom") -> str:
        """The feed of a saved search."""
        return self._page(f"saved/{_part(name)}{suffix}")

    def schema(self) -> str:
        """What the tables and their columns mean."""
        return self._page("schema")

    def tables(self) -> str:
        """Datasette's page of the database: its tables and questions."""
        return str(self.urls.database(self.database))

    def table(self, table: str, **filters: object) -> str:
        """A table's page, filtered; a double underscore in a filter's name is Datasette's (published_at__gte)."""
        return f"{self.urls.table(self.database, table)}{'?' + urlencode(filters) if filters else ''}"

    def row(self, table: str, key: object) -> str:
        """Datasette's page of one row."""
        return f"{self.urls.table(self.database, table)}/{quote(str(key), safe='')}"

    def canned(self, name: str, **parameters: object) -> str:
        """A canned query, with its parameters."""
        return f"{self.urls.query(self.database, name)}{'?' + urlencode(parameters) if parameters else ''}"

    def _asked(self, path: str, parameters: dict[str, object]) -> str:
        page = self._page(path)
        return f"{page}{'&' if self.query else '?'}{urlencode(parameters)}" if parameters else page

    def _page(self, path: str) -> str:
        return f"{self.urls.path(f'/-/{path}')}{self.query}"


def _part(name: str) -> str:
    """*name* as one part of a path; with its dots where it ends as what else is asked for behind a name."""
    quoted = quote(name, safe="")
    return quoted.replace(".", "%2E") if name.endswith((".atom", ".json")) else quoted
