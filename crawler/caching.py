"""How long an answer's headers ask us to wait. Pure."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from crawler import limits


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


def _seconds_until(text: str, now: datetime) -> float:
    """Seconds from now to an HTTP date; 0 where it cannot be read."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0
    # The asctime form carries no zone and means UTC.
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (at - now).total_seconds()
