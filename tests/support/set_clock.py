"""A wall clock that a test may set while a process runs: a small library that the process loads before all others."""

import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

# It adds the seconds that stand in the file to what the system says is the time of day, and to nothing else. What waits
# until a time of day, as locks between processes do, is told it by the kernel's clock: a worker whose lock was in use
# for a moment gave up at once where the clock was behind.
_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long long *ahead;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("TEST_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(0, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) ahead = page;
}

int clock_gettime(clockid_t which, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(which, at);
    if (!done && ahead && which == CLOCK_REALTIME) at->tv_sec += *ahead;
    return done;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    static int (*real)(struct timeval *, void *);
    if (!real) real = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
    int done = real(at, zone);
    if (!done && ahead) at->tv_sec += *ahead;
    return done;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
    static int (*real)(sem_t *, const struct timespec *);
    if (!real) real = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec at = *until;
    if (ahead) at.tv_sec -= *ahead;
    return real(semaphore, &at);
}
"""


@dataclass(frozen=True)
class SetClock:
    """The clock of the processes that are started with `environment`."""

    file: Path
    library: Path

    @classmethod
    def made_in(cls, folder: Path) -> "SetClock":
        """A clock that is right so far; the test is skipped where there is no C compiler."""
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            pytest.skip("there is no C compiler: a clock cannot be set for a process alone")
        source, library, file = folder / "clock.c", folder / "clock.so", folder / "clock.seconds"
        source.write_text(_SOURCE)
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        clock = cls(file, library)
        clock.set(0)
        return clock

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "TEST_CLOCK": str(self.file)}

    def set(self, ahead_s: int) -> None:
        """Set it to so many seconds before the time (negative: behind it), for all that run."""
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("q", ahead_s))
