"""What a look at a kept article says of it. Pure."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from crawler.cadence.next_look import (
    CONFIRM_UNSAID_AFTER,
    LONGEST_PAUSE,
    confirmed_after,
    look_after_failure,
    look_to_confirm,
    next_look,
)
from crawler.downloader.failures import is_permanent
from storage.records.decisions import Reading
from storage.records.looks import Absence, Answer, Event, Look, Neighbour, Watch

_SAID = frozenset({"http_404", "http_410", "front_page", "not_found"})
_ABSENCES_KEPT = 10

# A text that lost more than this share and is otherwise the old one may be a teaser before a pay wall.
TEASER_SHARE = 0.7
TEASER_COVERAGE = 0.9
_WALL_SIGNS = re.compile(
    r"isAccessibleForFree\W{1,8}false|(?:class|id)\s*=\s*[\"'][^\"'<>]{0,100}paywall", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look showed, before it is judged.

    Attributes:
        kind: article, not_modified, same_body, absent, wall, unreadable or failed.
        reading: of an article; None otherwise.
        has_wall_signs: whether the page of an article has signs of a pay wall.
        answer: what came; None: nothing, or it does not matter.
    """

    kind: str
    at: datetime
    url: str
    status: int | None = None
    reason: str | None = None
    detail: str = ""
    wait_s: int | None = None
    reading: Reading | None = None
    has_wall_signs: bool = False
    answer: Answer | None = None


def judge_presence(watch: Watch, outcome: str, sight: Sight, moved_to: tuple[str, str] | None = None) -> Look:
    """The article is there: *outcome* says whether its text changed; *moved_to* is the address that it has now."""
    is_back = (
        watch.state == "deleted" and sight.reading is None
    )  # what was read has been judged where it was stored
    back = (returned(watch.url, sight.at, is_changed=False),) if is_back else ()
    moved = (_event("moved", at=sight.at, before=watch.url, now=moved_to[0]),) if moved_to else ()
    due_at = None if outcome == "replaced" else next_look(watch, sight.at)
    return Look(
        watch,
        sight.at,
        outcome,
        due_at,
        ended=None if due_at else "age",
        status=sight.status,
        detail=sight.detail,
        state="live" if is_back else None,
        events=(*back, *moved),
        answer=sight.answer if sight.reading is None else None,
        moved_to=moved_to,
    )


def judge_absence(watch: Watch, absence: Absence, neighbour: Neighbour | None) -> Look:
    """The article is not where it was: deleted, if an earlier look and a living neighbour say the same."""
    now = absence.at
    # Later ones are of a clock that was wrong.
    before = tuple(earlier for earlier in watch.absences if earlier.at <= now)
    absences = (*before, absence)
    first_at, is_said = absences[0].at, all(each.reason in _SAID for each in absences)
    is_confirmed = now >= confirmed_after(first_at, is_said=is_said) and neighbour is not None
    is_deletion = is_confirmed and watch.state != "deleted"
    is_settled = is_confirmed or watch.state == "deleted"
    due_at = next_look(watch, now) if is_settled else look_to_confirm(watch, first_at, now, is_said=is_said)
    return Look(
        watch,
        now,
        "deleted" if is_deletion else "absent",
        due_at,
        ended=None if due_at else "age",
        status=absence.status,
        reason=absence.reason,
        detail=absence.detail,
        absences=_kept(absences),
        state="deleted" if is_deletion else None,
        events=(_deleted(absences, neighbour),) if is_deletion and neighbour else (),
    )


def judge_nothing(watch: Watch, sight: Sight) -> Look:
    """The look says nothing of the article: a wall, a page that cannot be read, no answer. Doubts stay as they were."""
    failures = watch.failures + 1 if sight.kind == "failed" else 0
    is_for_good = is_permanent(sight.reason or "")
    due_at = look_after_failure(watch, failures, sight.at, is_permanent=is_for_good, wait_s=sight.wait_s)
    return Look(
        watch,
        sight.at,
        sight.kind,
        due_at,
        ended=None if due_at else "age",
        status=sight.status,
        reason=sight.reason,
        detail=sight.detail,
        failures=failures,
        absences=watch.absences,
    )


def judge_skip(watch: Watch, now: datetime) -> Look:
    """The budget did not suffice: the look is left out, and the next one decided as if it had been made."""
    due_at = next_look(watch, now)
    return Look(
        watch,
        now,
        "skipped",
        due_at,
        ended=None if due_at else "age",
        reason="budget",
        failures=watch.failures,
        absences=watch.absences,
    )


def judge_pruned(watch: Watch, now: datetime) -> Look:
    """The article is not held any more: there is nothing that a look could say something of."""
    return Look(watch, now, "pruned", None, ended="pruned")


def without_end(look: Look) -> Look:
    """The look without the end of the watch: by a clock that is doubted none is over, and a later look decides."""
    return (
        look if look.ended is None else replace(look, ended=None, next_due_at=look.looked_at + LONGEST_PAUSE)
    )


def without_removal(look: Look) -> Look:
    """The look without a proof that the article is gone: it is told, but neither dates a removal nor confirms one.

    It is for moments of which nobody knows when they were; a later look decides.
    """
    if look.outcome not in ("absent", "deleted"):
        return look
    again = look.looked_at + CONFIRM_UNSAID_AFTER
    return replace(
        look,
        outcome="absent",
        absences=look.watch.absences,
        state=None,
        events=(),
        next_due_at=min(look.next_due_at or again, again),
    )


def returned(url: str, at: datetime, *, is_changed: bool) -> Event:
    """The event of an article that counted as deleted and is there again."""
    return _event("returned", at=at, url=url, text="changed" if is_changed else "the same")


def living_neighbour(watch: Watch, neighbours: Iterable[Neighbour]) -> Neighbour | None:
    """The first of *neighbours* on the host of the watched article; None if there is none."""
    host = urlsplit(watch.url).hostname
    return next((neighbour for neighbour in neighbours if urlsplit(neighbour.url).hostname == host), None)


def has_wall_signs(markup: str) -> bool:
    """Whether a page's code says that its text is not free to read."""
    return _WALL_SIGNS.search(markup) is not None


def _kept(absences: tuple[Absence, ...]) -> tuple[Absence, ...]:
    """The first, which dates the removal, and the last ones."""
    return absences if len(absences) <= _ABSENCES_KEPT else (absences[0], *absences[1 - _ABSENCES_KEPT :])


def _deleted(absences: tuple[Absence, ...], neighbour: Neighbour) -> Event:
    looks = [
        {
            "at": absence.at.isoformat(),
            "reason": absence.reason,
            "status": absence.status,
            "url": absence.url,
            "detail": absence.detail,
        }
        for absence in (absences[0], absences[-1])
    ]
    living = {"url": neighbour.url, "at": neighbour.at.isoformat()}
    return Event("deleted", json.dumps({"looks": looks, "neighbour": living}, ensure_ascii=False))


def _event(name: str, *, at: datetime, **facts: object) -> Event:
    return Event(name, json.dumps({"at": at.isoformat(), **facts}, ensure_ascii=False))
