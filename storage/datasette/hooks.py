"""What other plugins may answer for our pages, as hooks of Datasette's plugin manager."""

from typing import Any

from pluggy import HookspecMarker

hookspec = HookspecMarker("datasette")


@hookspec(firstresult=True)
def seedwatch_visit(datasette: Any, request: Any, database: Any, newest: Any, all_seen: bool) -> Any:
    """A function to be awaited for the `ReaderVisit` of a reader who looks at the start page; None: nobody known.

    *newest* is the `VisitMark` of now; with *all_seen* nothing before it is new any more. The first answer counts.
    """


@hookspec(firstresult=True)
def seedwatch_reader(datasette: Any, request: Any) -> str | None:
    """The name of the reader who signed in, if what they look at can be written down; None: nobody known."""


@hookspec(firstresult=True)
def seedwatch_search_look(datasette: Any, database: Any, reader: str, search_id: int, seen_until: int) -> Any:
    """A function to be awaited that writes down how far *reader*, of the hook above, has seen a saved search."""
