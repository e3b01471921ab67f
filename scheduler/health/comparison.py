"""What a source lists itself, held against what is known here: the share read, and why the rest was not. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

from storage.records.comparisons import KnownPage, ListComparison, MissedPage, SourceListing

# Misses that are kept by name, the newest; all count.
NAMED_MISSES = 500
_WAITING = ("queued", "past")


def compare_listing(
    listing: SourceListing,
    known: Mapping[str, KnownPage],
    *,
    against: str,
    since: date,
    until: date,
    now: datetime,
) -> ListComparison:
    """How much of what *listing* has from *since* to *until* (included) is held.

    Only pages with a day of publication count: a sitemap that states last changes alone says of an old article that was
    touched the same as of a new one.
    """
    days = [(page, page.day) for page in listing.pages if page.day is not None and since <= page.day <= until]
    undated = [page for page in listing.pages if page.day is None]
    outcomes = [(page, day, why_missed(known.get(page.url_key))) for page, day in days]
    misses = [
        MissedPage(page.url, day, why, _reason(known.get(page.url_key)))
        for page, day, why in sorted(outcomes, key=lambda outcome: (outcome[1], outcome[0].url), reverse=True)
        if why is not None
    ]
    reasons = Counter(miss.why for miss in misses)
    kept = sum(1 for page, _, why in outcomes if why is None and _is_held(known[page.url_key]))
    return ListComparison(
        source=listing.source,
        against=against,
        since=since,
        until=until,
        compared_at=now,
        kept=kept,
        off_topic=len(outcomes) - len(misses) - kept,
        reasons=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        misses=tuple(misses[:NAMED_MISSES]),
        undated=len(undated),
        undated_known=sum(1 for page in undated if page.url_key in known),
        lists=listing.lists,
        failed=listing.failed,
        left=listing.left,
    )


def why_missed(page: KnownPage | None) -> str | None:
    """Why a page that its source lists was not read; None if it was, whether it is held or about no topic."""
    if page is None:
        return "never_listed"
    if _is_held(page) or page.state == "off_topic":
        return None
    if page.state in _WAITING:
        return "waiting"
    if page.reason == "time_limit":
        return "out_of_time"
    if page.state == "blocked" and page.reason == "robots":
        return "robots"
    # A page that was an article once and is none of ours any more: `prune` has taken it.
    return "removed" if page.state in (None, "fetched") else page.state


def _is_held(page: KnownPage) -> bool:
    return page.article_id is not None


def _reason(page: KnownPage | None) -> str:
    return (page.reason or "") if page else ""
