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


def put_right(ahead_s: float) -> None:
    """Have this process and its children go by a clock of which the system's is *ahead_s* seconds ahead.

    For workers of a cluster: what they note is compared with what the scheduler's machine notes.
    """
    days = float(os.environ.get(AHEAD) or 0.0)
    os.environ[AHEAD] = repr(days - ahead_s / timedelta(days=1).total_seconds())


def system_now() -> datetime:
    """The system's own time, whatever is put forward: for libraries that ask the system themselves."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Seconds of a clock that never steps; only differences have a meaning."""
    return time.monotonic()


def elapsed_s() -> float:
    """As `monotonic_s`, of a clock that goes on while the machine sleeps, where the system has one (Linux)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
