"""Where readers without a name left off: two cookies say it, and the browser's clock ends a visit. Pure."""

from collections.abc import Mapping
from hashlib import sha256

from storage.datasette.pages.wording import read_time
from storage.records.visits import ReaderVisit, VisitMark

# A visit ends when no page was opened for so long; what is new is kept for a year between two.
VISIT_S = 30 * 60
KEPT_S = 400 * 86_400


def cookie_names(path: str) -> tuple[str, str]:
    """The cookies of the file at *path*: since when all is new in this visit, and what was seen last.

    Cookies do not tell ports apart, and two files may be served beside each other.
    """
    stamp = sha256(path.encode()).hexdigest()[:8]
    return f"seedwatch_since_{stamp}", f"seedwatch_seen_{stamp}"


def visit_of(cookies: Mapping[str, str], path: str, newest: VisitMark, *, all_seen: bool) -> ReaderVisit:
    """What is new to the reader whose browser sends *cookies*; with *all_seen* nothing."""
    since, seen = (read_mark(cookies.get(name)) for name in cookie_names(path))
    left_off = newest if all_seen else since or seen
    # A file that was made anew begins to count again.
    return ReaderVisit(left_off if left_off and left_off.match_id <= newest.match_id else None)


def kept_cookies(path: str, visit: ReaderVisit, newest: VisitMark) -> tuple[tuple[str, str, int], ...]:
    """The cookies to set: name, value, seconds."""
    since, seen = cookie_names(path)
    return (since, write_mark(visit.since or newest), VISIT_S), (seen, write_mark(newest), KEPT_S)


def write_mark(mark: VisitMark) -> str:
    """*mark* as the value of a cookie."""
    return f"{mark.match_id}~{mark.looked_at}"


def read_mark(text: str | None) -> VisitMark | None:
    """The mark of a cookie's value; None for none, or what is no mark."""
    number, sign, at = (text or "").partition("~")
    if not sign or not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return VisitMark(int(number), at) if not at or read_time(at) else None
