"""A process with all that it has started: how much memory that takes, and its end. I/O edge; Linux."""

import ctypes
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_SET_CHILD_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)


def family(first: int) -> dict[int, str]:
    """The processes that descend from *first*, and itself, with what tells each from a later one of its number."""
    parents: dict[int, tuple[int, str]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (known := _status(folder)) is not None:
            parents[int(folder.name)] = known
    found: dict[int, str] = {}
    waiting = [first]
    while waiting:
        number = waiting.pop()
        if number in parents and number not in found:
            found[number] = parents[number][1]
            waiting += [child for child, (parent, _) in parents.items() if parent == number]
    return found


def memory_mb(numbers: Mapping[int, str]) -> int:
    """What these processes take together, in MB; what they share counts once."""
    total_kb = 0
    for number in numbers:
        with suppress(OSError, ValueError, IndexError):
            lines = (_PROC / str(number) / "smaps_rollup").read_text().splitlines()
            total_kb += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total_kb // 1024


def alive(numbers: Mapping[int, str]) -> list[int]:
    """Those of the processes that live still, and are the same."""
    now = {number: _status(_PROC / str(number)) for number in numbers}
    return [number for number, known in now.items() if known is not None and known[1] == numbers[number]]


def kill(numbers: Mapping[int, str]) -> None:
    """Have the kernel end these processes, as far as they are the same still."""
    for number in alive(numbers):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(number, signal.SIGKILL)


def adopt_orphans() -> None:
    """Have processes whose parent has died become this one's, so that `reap` can let go of them; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1)


def exists(number: int) -> bool:
    """Whether there is a process of this number, if only one that nobody has let go of."""
    return (_PROC / str(number)).exists()


def reap(numbers: Iterable[int]) -> None:
    """Let go of those of the processes that have died and are ours: where nobody else does they would pile up."""
    for number in numbers:
        with suppress(ChildProcessError):
            os.waitpid(number, os.WNOHANG)


def _status(folder: Path) -> tuple[int, str] | None:
    """Parent and time of start of a process; None for one that is over."""
    try:
        # The name in brackets may hold anything.
        fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (int(fields[1]), fields[19])
