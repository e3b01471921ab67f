"""What is known of a story in words: the evidence of an event, how much later an article came. Pure."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

_TOLD = frozenset({"at", "reason", "detail", "url", "status"})
_HAPPENINGS = {"deleted": "removed", "returned": "put back", "replaced": "replaced by another story"}
# What a look found in place of the article; any other reason as it is called.
_REASONS = {
    "http_404": "HTTP 404, not found",
    "http_410": "HTTP 410, gone for good",
    "not_found": "a page that says it was not found",
    "other_story": "another story in its place",
}
# How a fact is told; any other by its name.
_LABELS = {
    "looks": "looked",
    "neighbour": "another page of the site was there",
    "url": "found at",
    "text": "its text",
}


def happening_words(event: str) -> str:
    """What became of an article, for people: of an event in `article_events`, or a state in `articles`."""
    return _HAPPENINGS.get(event, event.replace("_", " "))


def evidence_lines(detail: str | None) -> Iterator[str]:
    """What `article_events.detail` says, a look or a fact a line; text that is no JSON as it is."""
    evidence = read_evidence(detail)
    if not isinstance(evidence, dict):
        yield from () if evidence is None else (str(evidence),)
        return
    for name, value in evidence.items():
        label = _LABELS.get(name, name.replace("_", " "))
        if isinstance(value, list):
            yield from (f"{label}: {_flat(item)}" for item in value)
        elif value not in (None, "") and name != "at":  # the event has the time
            yield f"{label}: {_flat(value)}"


def read_evidence(detail: str | None) -> object:
    """The evidence as it was written down: what its JSON says, or words; None if there is none."""
    if detail is None or not detail.startswith(("{", "[")):
        return detail
    try:
        return json.loads(detail)
    except ValueError:
        return detail


def time_span(seconds: float) -> str:
    """A span of time in its two largest units: "45 s", "36 min", "1 h 30 min", "3 d 4 h"."""
    rest = round(abs(seconds))
    if rest < 60:
        return f"{rest} s"
    parts: list[tuple[int, str]] = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count)


def lag_words(lag_s: float, precisions: Iterable[object]) -> str:
    """How much later or earlier an article is than another: "36 min later", "2 days earlier", "the same day".

    No finer than the coarser of both dates: of a day without a time, an hour would be invented.
    """
    span = abs(lag_s)
    later = "later" if lag_s > 0 else "earlier"
    known = {str(precision) for precision in precisions}
    for precision, size_s in (("year", 366 * 86_400), ("month", 31 * 86_400), ("day", 86_400)):
        if precision in known:
            count = round(span / size_s)
            return f"{count} {precision}{'s' * (count > 1)} {later}" if count else f"the same {precision}"
    return f"{time_span(span)} {later}" if span else "at the same time"


def _flat(value: object) -> str:
    """A look, or another page: when, what came of it, where; anything else as it is."""
    if not isinstance(value, dict):
        return str(value)
    when = _time(str(value["at"])) if "at" in value else ""
    reason = str(value.get("reason") or "")
    said = [
        _REASONS.get(reason, reason.replace("_", " ")),
        *(str(value.get(name) or "") for name in ("detail", "url")),
    ]
    others = [
        f"{name} {part}" for name, part in value.items() if name not in _TOLD and part not in (None, "")
    ]
    return ", ".join(part for part in (when, *said, *others) if part)


def _time(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
    except ValueError:
        return text
