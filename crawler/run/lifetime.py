"""Processes that end with the one that started them, and within their memory. I/O edge."""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)

# Gets a third of the time that a process of the usual priority gets.
_NICENESS = 5


def end_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process as soon as its parent dies, even if it hangs; Linux only, else nothing.

    *parent* is the process number that the parent is known to have: if that one has died before, this one ends now.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        sys.exit(1)


def work_behind_others() -> None:
    """Have this process yield to what somebody waits for: pages that are read, a crawl; Unix only, else nothing."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)


def limit_memory(megabytes: int) -> None:
    """Let this process, and those that it starts, reserve no more than so much each; 0 lifts the limit.

    What goes beyond is a MemoryError. It is address space (RLIMIT_AS), which is more than what is resident.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = megabytes * 2**20 if megabytes else hard
    with suppress(ValueError, OSError):  # the system has set a lower one
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def bound_memory(megabytes: int) -> None:
    """As `limit_memory`, where no lower limit holds already."""
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY or soft > megabytes * 2**20:
        limit_memory(megabytes)


def memory_mb() -> tuple[int, int]:
    """The resident memory of this process and the address space that it reserves, in MB.

    Where the system does not tell, the peak of the first, and 0.
    """
    try:
        reserved, resident = Path("/proc/self/statm").read_text().split()[:2]
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, 0
    page = resource.getpagesize()
    return int(resident) * page // 2**20, int(reserved) * page // 2**20
