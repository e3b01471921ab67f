"""The parts of a cluster as processes: scheduler, worker, writer, or all three on one machine. I/O edge."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec

from crawler.run.lifetime import end_with_parent
from scheduler.cluster.dsn import VARIABLE, dsn_of, worker_dsn
from scheduler.config.load import Config
from storage.errors import ConfigError

CONTACT = "SEEDWATCH_CONTACT"
_PARTS = ("scheduler", "writer", "worker")
# A part that has died is begun anew after this.
_RESTART_S = 5.0
# One that refuses sooner has been given something wrong; one that refuses later, has met a full disk, say.
_SETTLED_S = 10.0
_LOOK_S = 0.2
# Parts that are asked to stop finish what is in hand; then the kernel ends them.
STOP_S = 40.0


def run_role(
    role: str,
    settings: Callable[[], Config],
    environment: Mapping[str, str],
    *,
    tell: Callable[[str], None],
    tick_s: float | None = None,
    jobs: int | None = None,
    silent_s: float | None = None,
) -> None:
    """Be this part of a cluster until stopped; *settings* are read by parts that need them.

    Raises:
        ConfigError: the extra is not installed, or no cluster is set.
        ClusterError: its PostgreSQL is another version's.
        StorageError: the database refused.
    """
    check_extra()
    # What they say of a PostgreSQL that is away is said by us, once.
    for name in ("psycopg", "psycopg.pool", "procrastinate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if role == "all":
        dsn_of(settings().cluster, environment)
        _run_all(tell, tick_s, jobs, silent_s)
    elif role == "worker":
        _run_worker(settings, environment, tell, jobs, silent_s)
    elif role == "writer":
        _run_writer(settings(), environment, tell)
    else:
        _run_scheduler(settings(), environment, tell, tick_s, silent_s)


def check_extra() -> None:
    """Raises ConfigError if what a cluster needs is not installed."""
    missing = [name for name in ("procrastinate", "psycopg", "msgspec") if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"a cluster needs more packages ({', '.join(missing)}): pip install 'seedwatch[cluster]'"
        )


def _run_scheduler(
    config: Config,
    environment: Mapping[str, str],
    tell: Callable[[str], None],
    tick_s: float | None,
    silent_s: float | None,
) -> None:
    from scheduler.cluster.daemon import ClusterDaemon
    from scheduler.cluster.dispatch import SILENT_S
    from scheduler.daemon.daemon import TICK_S

    dsn = dsn_of(config.cluster, environment)
    daemon = ClusterDaemon(
        config,
        environment,
        dsn=dsn,
        version=version("seedwatch"),
        tell=tell,
        tick_s=tick_s or TICK_S,
        silent_s=silent_s or SILENT_S,
    )
    asyncio.run(daemon.run())


def _run_writer(config: Config, environment: Mapping[str, str], tell: Callable[[str], None]) -> None:
    from scheduler.cluster.writer import ClusterWriter

    dsn = dsn_of(config.cluster, environment)
    ClusterWriter(config.database, dsn, version=version("seedwatch"), tell=tell).run()


def _run_worker(
    settings: Callable[[], Config],
    environment: Mapping[str, str],
    tell: Callable[[str], None],
    jobs: int | None,
    silent_s: float | None,
) -> None:
    from scheduler.cluster.dispatch import SILENT_S
    from scheduler.cluster.worker import JOBS_AT_ONCE, work

    if environment.get(VARIABLE):
        dsn, contact = worker_dsn(environment), environment.get(CONTACT, "")
    else:
        try:
            config = settings()
        except ConfigError as error:
            raise ConfigError(
                f"a worker needs the variable {VARIABLE}, or settings with [cluster]: {error}"
            ) from error
        dsn, contact = dsn_of(config.cluster, environment), environment.get(CONTACT, "")
    work(
        dsn,
        version=version("seedwatch"),
        contact=contact,
        at_once=jobs or JOBS_AT_ONCE,
        sign_s=(silent_s or SILENT_S) / 6,
        tell=tell,
    )


def _run_all(
    tell: Callable[[str], None], tick_s: float | None, jobs: int | None, silent_s: float | None
) -> None:
    """All parts as processes of their own; one that dies is begun anew, so that the others never wait for long."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    silence = _option("--silence", silent_s)
    more = {
        "scheduler": [*_option("--tick", tick_s), *silence],
        "worker": [*_option("--jobs", jobs), *silence],
        "writer": [],
    }
    running = {part: _start(part, more[part]) for part in _PARTS}
    began_s = time.monotonic()
    refused = False
    try:
        while not stopped.wait(_LOOK_S):
            for part, process in running.items():
                if process.poll() is None:
                    continue
                refused = process.returncode == 2 and time.monotonic() - began_s < _SETTLED_S
                if refused:  # its settings, or the database: beginning anew is of no use
                    stopped.set()
                    break
                tell(f"the {part} has ended with code {process.returncode}; another one begins")
                if not stopped.wait(_RESTART_S):
                    running[part] = _start(part, more[part])
    finally:
        _stop(running.values())
    if refused:
        sys.exit(2)


def _option(name: str, value: object) -> list[str]:
    return [] if value is None else [name, str(value)]


def _start(part: str, more: Sequence[str]) -> "subprocess.Popen[bytes]":
    """The same command line with this part as its role."""
    before = sys.argv[1 : sys.argv.index("run")]
    flags = [flag for flag in ("--quiet", "--log-json") if flag in sys.argv]
    command = [
        sys.executable,
        "-P",
        "-m",
        "scheduler.cli.main",
        *before,
        "run",
        *flags,
        "--role",
        part,
        *more,
    ]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env=dict(os.environ),
        preexec_fn=end_with_parent,  # orphans would hold the locks that the next ones need
    )


def _stop(processes: "Iterable[subprocess.Popen[bytes]]") -> None:
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
