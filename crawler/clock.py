"""The one place that asks the system for the time."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The time now, aware, UTC, without fractions of a second."""
    return datetime.now(UTC).replace(microsecond=0)


def monotonic_s() -> float:
    """Seconds of a clock that never steps; only differences have a meaning."""
    return time.monotonic()
