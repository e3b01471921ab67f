"""What other plugins may answer for our pages, as hooks of Datasette's plugin manager."""

from typing import Any

from pluggy import HookspecMarker

hookspec = HookspecMarker("datasette")


@hookspec(firstresult=True)
def seedwatch_visit(datasette: Any, request: Any, database: Any, newest: Any, all_seen: bool) -> Any:
    """A function to be awaited for the `ReaderVisit` of a reader who looks at the start page; None: nobody known.

    *newest* is the `VisitMark` of now; with *all_seen* nothing before it is new any more. The first answer counts.
    """
