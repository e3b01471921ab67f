"""What becomes of a link whose fetch gave no article. Pure."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler import limits
from storage.intents import LinkOutcome, QueuedLink

# Pages that stand before an article: folders of the path, and switches in the query.
_DOOR = re.compile(
    r"/(?:log-?in|sign-?in|consent|cookie-?wall|register|registration|sso|auth)(?:[/.?_-]|$)|[?&](?:login|consent)=",
    re.IGNORECASE,
)
_REFUSED = frozenset({"blocked", "robots"})
_GONE = frozenset({"http_404", "http_410"})
# We refrained for the host's sake, which says nothing of the page.
_NOT_ASKED = frozenset({"host_paused", "robots_unreachable"})


def link_failure(
    link: QueuedLink, reason: str, detail: str, *, permanent: bool, now: datetime, wait_s: int | None = None
) -> LinkOutcome:
    """The outcome of a fetch without a page: tried again after a pause, unless that is of no use or was in vain.

    The pause is at least *wait_s*, the server's wish. A page that was not even asked for is never given up.
    """
    if reason in _REFUSED:
        return LinkOutcome(link.id, "blocked", reason, now, detail)
    if reason in _GONE:
        return LinkOutcome(link.id, "gone", reason, now, detail)
    pauses = limits.LINK_RETRY_PAUSES_S
    if permanent or (link.attempts >= len(pauses) and reason not in _NOT_ASKED):
        return LinkOutcome(link.id, "failed", reason, now, detail)
    pause_s = max(pauses[min(link.attempts, len(pauses) - 1)], wait_s or 0)
    return LinkOutcome(link.id, "failed", reason, now, detail, next_try_at=now + timedelta(seconds=pause_s))


def redirect_reason(asked: str, came: str) -> str | None:
    """Why the page that a redirect led to cannot be the article that was asked for; None if it may be.

    A redirect to a site's front page is how many sites say "gone" ("front_page"); one to a login or consent page asks
    for something that a crawler cannot give ("login").
    """
    before, after = urlsplit(asked), urlsplit(came)
    if after.path in {"", "/"} and not after.query and before.path not in {"", "/"}:
        return "front_page"
    if _DOOR.search(came) and not _DOOR.search(asked):
        return "login"
    return None
