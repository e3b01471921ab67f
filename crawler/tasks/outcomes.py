"""What becomes of a link or a search that did not go as hoped. Pure."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from crawler.cadence.next_search import next_search
from crawler.cadence.next_try import NOT_ASKED, next_listed_try, next_try
from crawler.downloader.failures import is_of_address, is_permanent
from crawler.pages.challenges import challenge_on
from crawler.text.storable import storable_line
from crawler.urls import politeness_key
from storage.records.articles import Page
from storage.records.sources import FailedSearch, LinkOutcome, QueuedLink

# Pages that stand before an article: folders of the path, and switches in the query.
_DOOR = re.compile(
    r"/(?:log-?in|sign-?in|consent|cookie-?wall|register|registration|sso|auth)(?=[/.?_-]|$)|[?&](?:login|consent)=",
    re.IGNORECASE,
)
_REFUSED = frozenset({"blocked", "robots", "bad_address"})
# Failures by which a check of the browser may be told to a program.
_MAY_BE_CHECKS = frozenset({"http_401", "http_403", "http_405", "http_418", "http_429", "http_5xx"})
_GONE = frozenset({"http_404", "http_410"})
# The process that read it died.
LOST = "crashed"
_DETAIL_CHARACTERS = 200


def link_failure(
    link: QueuedLink, reason: str, detail: str, *, permanent: bool, now: datetime, wait_s: int | None = None
) -> LinkOutcome:
    """The outcome of a fetch without a page: tried again after a pause, unless that is of no use or was in vain.

    The pause is at least *wait_s*, the server's wish. A page that was not even asked for is never given up; what is,
    is tried again as long as its feed lists it.
    """
    state = "blocked" if reason in _REFUSED else "gone" if reason in _GONE else "failed"
    again = (
        None if permanent or state != "failed" else next_try(link.attempts, reason, now=now, wait_s=wait_s)
    )
    if again is not None and not link.listed_tries:
        return LinkOutcome(
            link.id,
            state,
            reason,
            now,
            detail,
            next_try_at=again,
            is_of_address=is_of_address(reason),
            was_asked=reason not in NOT_ASKED,
        )
    return _given_up(link, state, reason, detail, now, wait_s)


def unread(link: QueuedLink, reason: str, detail: str, now: datetime) -> LinkOutcome:
    """The outcome of a page that was had and could not be read.

    One whose process died is tried again soon, like a fetch that failed: the process may have been ended from outside,
    for memory that others took. What is still lost after all those tries is what ends it, and is given up.
    """
    if reason != LOST:
        return not_article(link, reason, detail, now)
    lost = link_failure(link, reason, detail, permanent=False, now=now)
    return not_article(link, reason, detail, now) if lost.is_given_up or lost.next_try_at is None else lost


def not_article(link: QueuedLink, reason: str, detail: str, now: datetime) -> LinkOutcome:
    """The outcome of a page that is no article: it may become one as long as its feed lists it."""
    return _given_up(link, "not_article", reason, detail, now)


def _given_up(
    link: QueuedLink, state: str, reason: str, detail: str, now: datetime, wait_s: int | None = None
) -> LinkOutcome:
    # What a backfill found is listed by no feed.
    listed = link.feed_id is not None
    again = next_listed_try(link.listed_tries, reason, now=now, wait_s=wait_s) if listed else None
    return LinkOutcome(
        link.id,
        state,
        reason,
        now,
        detail,
        next_try_at=again,
        is_given_up=again is not None,
        is_of_address=True,
    )


def refusal(reason: str, page: Page) -> tuple[str, str]:
    """*reason*, for which the answer *page* is a failure, with its detail: a check of the browser goes before it."""
    service = challenge_on(page) if reason in _MAY_BE_CHECKS else None
    return ("challenge", f"{service}, {reason}") if service else (reason, "")


def redirect_reason(asked: str, came: str) -> str | None:
    """Why the page that a redirect led to cannot be the article that was asked for; None if it may be.

    A redirect to a site's front page is how many sites say "gone" ("front_page"); one to a login or consent page asks
    for something that a crawler cannot give ("login").
    """
    before, after = urlsplit(asked), urlsplit(came)
    if after.path in {"", "/"} and not after.query and before.path not in {"", "/"}:
        return "front_page"
    return "login" if any(_is_surprise(asked, came, door) for door in _DOOR.finditer(came)) else None


def _is_surprise(asked: str, came: str, door: re.Match[str]) -> bool:
    """Whether a *door* in the address that *came*, a login or consent page, is not what was *asked* for.

    A section may be called so: what stands behind the same words at the same place of a domain was asked for.
    """
    if politeness_key(asked) != politeness_key(came):
        return True
    if door[0][0] != "/":  # a switch
        return door[0][1:].lower() not in asked.lower()
    before, after = _behind_host(asked), _behind_host(came)
    place = door.end() - (len(came) - len(after))
    if place <= 0:  # in the host's name
        return urlsplit(asked).hostname != urlsplit(came).hostname
    return not re.match(rf"{re.escape(after[:place])}(?:[/.?_-]|$)", before, re.IGNORECASE)


def _behind_host(url: str) -> str:
    """Path, query and fragment, as they are written."""
    place = re.match(r"[^/]*//[^/?#]*", url)
    return url[place.end() :] if place else url


def failed_search(
    source: str,
    reason: str,
    detail: str,
    *,
    failures: int,
    now: datetime,
    was_answered: bool = False,
    wait_s: int | None = None,
) -> FailedSearch:
    """A search for feeds that gave none, with the time of the next one: later with each of the *failures* before.

    The pause is at least *wait_s*, the server's wish.
    """
    is_settled = reason == "no_feed" or is_permanent(reason)
    next_search_at = next_search(failures, now, is_settled=is_settled, wait_s=wait_s)
    return FailedSearch(source, now, reason, detail, next_search_at, was_answered)


def error_detail(error: Exception) -> str:
    """An error that nobody expected, as one line of at most 200 characters that begins with its class."""
    return storable_line(f"{type(error).__name__}: {error}")[:_DETAIL_CHARACTERS]
