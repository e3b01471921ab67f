"""A real PostgreSQL on a free port of 127.0.0.1, in a folder of its own; who wants one skips, aloud, where none is."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

# Where Debian, Red Hat and Homebrew put it.
_PLACES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")
_USERS = ("postgres", "nobody")
_PATIENCE_S = 60.0


class Postgres:
    """A server that can be stopped, and started again with what it holds."""

    def __init__(self, binaries: Path, folder: Path, user: str | None) -> None:
        self._binaries, self._user = binaries, user
        self.folder = folder
        self._data = folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "seedwatch", "-E", "UTF8", "--no-sync")

    @property
    def dsn(self) -> str:
        """Of its first database."""
        return f"postgresql://seedwatch@127.0.0.1:{self.port}/postgres"

    def database(self, name: str) -> str:
        """The DSN of a new, empty database; one of that name is dropped before."""
        self._run("psql", "-q", "-d", self.dsn, "-c", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._run("psql", "-q", "-d", self.dsn, "-c", f'CREATE DATABASE "{name}"')
        return self.dsn.removesuffix("postgres") + name

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Carry out a statement as the superuser."""
        self._run("psql", "-q", "-d", self.dsn.removesuffix("postgres") + database, "-c", statement)

    def secure(self, user: str, password: str) -> None:
        """Ask everybody for a password from now on, and let *user* have this one."""
        self.execute(f"ALTER ROLE {user} PASSWORD '{password}'")
        (self._data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        self.stop()
        self.start()

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it, with *environment* beside our own, and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self._run(
            "pg_ctl",
            "-D",
            self._data,
            "-l",
            self.folder / "log",
            "-w",
            "-o",
            options,
            "start",
            more=environment,
        )

    def stop(self, how: str = "fast") -> None:
        """Stop it; "immediate" is as by a crash."""
        self._run("pg_ctl", "-D", self._data, "-m", how, "-w", "stop")

    def cpu_s(self) -> float:
        """CPU that it took so far, with the processes that it started."""
        postmaster = (self._data / "postmaster.pid").read_text().split()[0]
        total = 0.0
        for process in Path("/proc").iterdir():
            try:
                fields = (process / "stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            if process.name == postmaster:
                total += sum(map(int, fields[11:15]))
            elif process.name.isdigit() and fields[1] == postmaster:
                total += sum(map(int, fields[11:13]))
        return total / os.sysconf("SC_CLK_TCK")

    def _run(self, name: str, *arguments: object, more: Mapping[str, str] | None = None) -> None:
        command = [str(self._binaries / name), *map(str, arguments)]
        if self._user is not None:
            command = ["runuser", "-u", self._user, "--", *command]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE_S, cwd="/", check=False,
            # The server keeps what it inherits; pipes would be open as long as it lives.
            stdin=subprocess.DEVNULL,
        ) if name != "pg_ctl" else subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=_PATIENCE_S, cwd="/", check=False, env={**os.environ, **(more or {})},
        )  # fmt: skip
        if done.returncode:
            log = self.folder / "log"
            said = log.read_text() if log.exists() else str(done.stderr)
            raise RuntimeError(f"{name} ended with code {done.returncode}: {said}")


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A running server; the test is skipped where there is none to be had."""
    for package in ("procrastinate", "psycopg", "msgspec"):
        pytest.importorskip(package, reason="needs seedwatch[cluster]")
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL is installed here (Debian: apt-get install postgresql)")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="seedwatch-postgres-"))
    if user is not None:
        shutil.chown(folder, user)
    try:
        server = Postgres(binaries, folder, user)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path | None:
    """The folder of the newest server that is installed; None: there is none."""
    on_path = shutil.which("postgres")
    found = [place for pattern in _PLACES for place in Path("/").glob(pattern)]
    found += [Path(on_path).resolve().parent] if on_path else []
    whole = [place for place in found if (place / "initdb").exists()]
    return max(whole, key=lambda place: [int(part) for part in place.parts if part.isdigit()], default=None)


def _user() -> str | None:
    """Whom the server runs as: it refuses root; None: ourselves."""
    if os.geteuid() != 0:
        return None
    for name in _USERS:
        if (
            shutil.which("runuser")
            and subprocess.run(["id", name], capture_output=True, check=False).returncode == 0
        ):
            return name
    pytest.skip("PostgreSQL does not run as root, and there is no other user here")
