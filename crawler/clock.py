"""The one place that asks the system for the time."""

import os
import time
from datetime import UTC, datetime, timedelta

# Days by which the clock is put forward, for this process and its children: what takes months can be tried in minutes.
AHEAD = "SEEDWATCH_DAYS_AHEAD"


def now() -> datetime:
    """The time now, aware, UTC, without fractions of a second."""
    present = datetime.now(UTC).replace(microsecond=0)
    ahead = os.environ.get(AHEAD)
    return present + timedelta(days=float(ahead)) if ahead else present


def monotonic_s() -> float:
    """Seconds of a clock that never steps; only differences have a meaning."""
    return time.monotonic()
