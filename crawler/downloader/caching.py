"""How long an answer's headers ask us to wait, and say that it stays fresh. Pure."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from crawler import limits

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})")


def retry_after_s(header: str | None, now: datetime) -> int | None:
    """Whole seconds that a Retry-After header asks for, from 1 to `limits.RETRY_AFTER_S`.

    None where there is no header, and where it says nothing to wait for: unreadable, zero, or a date that is past.
    Both forms of RFC 9110 section 10.2.3 are read. `now` must be aware.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        # Beyond the cap the value does not matter, and int() refuses very long numbers.
        wait_s = float(text) if len(text) < 300 else math.inf
    else:
        wait_s = _seconds_until(text, now)
    if wait_s <= 0:
        return None
    return math.ceil(min(wait_s, limits.RETRY_AFTER_S))


def fresh_s(*, cache_control: str | None, expires: str | None, age: str | None, now: datetime) -> int | None:
    """Whole seconds for which an answer says that it stays fresh, at most `limits.RETRY_AFTER_S`; None if not said.

    Cache-Control's max-age less Age goes before Expires (RFC 9111 section 4.2.1). What must not be kept, or is stale
    already, says nothing.
    """
    directives = (cache_control or "").lower()
    if "no-store" in directives or "no-cache" in directives:
        return None
    if stated := _MAX_AGE.search(directives):
        left = int(stated[1]) - int(age if age and re.fullmatch(r"[0-9]{1,9}", age) else 0)
    else:
        left = math.floor(_seconds_until((expires or "").strip(), now))
    return min(left, limits.RETRY_AFTER_S) if left > 0 else None


def robots_kept_s(*, cache_control: str | None, expires: str | None, age: str | None, now: datetime) -> int:
    """Whole seconds for which a robots.txt with these headers is kept, at most `limits.ROBOTS_KEPT_S`, which is usual.

    What must not be kept, or is stale already, is kept for none (RFC 9309 section 2.4).
    """
    directives = (cache_control or "").lower()
    says = (
        "no-store" in directives
        or "no-cache" in directives
        or _MAX_AGE.search(directives)
        or (expires or "").strip()
    )
    if not says:
        return limits.ROBOTS_KEPT_S
    stays_s = fresh_s(cache_control=cache_control, expires=expires, age=age, now=now)
    return min(stays_s or 0, limits.ROBOTS_KEPT_S)


def _seconds_until(text: str, now: datetime) -> float:
    """Seconds from now to an HTTP date; 0 where it cannot be read."""
    if not text:
        return 0
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0
    # The asctime form carries no zone and means UTC.
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (at - now).total_seconds()
