"""The steps of contrib/compose.cluster.yaml by processes of this machine, where there is no Docker. Prints a table.

    sudo python -m benchmarks.compose_steps

Each service is started from the file: its command as written, its environment alone, its volume as the folder that it
stands in, its limits of memory, rights and disk, its grace when it is stopped; in namespaces of its own (processes,
mounts, host's name), so that process numbers are as small as in a container, and the same again after a restart. Not
tried are the building of the image, and the network: all talk on 127.0.0.1. The demo press is what they crawl. Steps:
`init`, all up in the file's order, a crawl; each service stopped and started in turn, then killed and started, with a
crawl after each. Needs root (namespaces), Linux and PostgreSQL. Exits with 1 if a step fails.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import scheduler.demo
from scheduler.demo.press import Press
from tests.support.cluster import Cluster, make_cluster
from tests.support.compose import composition
from tests.support.folders import ROOT
from tests.support.postgres import Postgres, postgres

FILE = ROOT / "contrib" / "compose.cluster.yaml"
PASSWORD = "a-long-one-of-letters-and-digits-1"
FEEDS = 10
_USER = "65534"
# Process 1 of a container with `init: true`: hands signals on, and ends with what it started. Root, the volume and /tmp
# are as the file says; the code is read-only as in the image.
_INIT = """
set -e
hostname "$NAME"
mount --make-rprivate /
mount -t tmpfs none /opt && mkdir /opt/seedwatch /opt/python
mount --bind "$ROOT" /opt/seedwatch && mount --bind "$PREFIX" /opt/python
mount -t tmpfs -o mode=755 none /root && mkdir -p "$PREFIX" && mount --bind /opt/python "$PREFIX"
mount -t tmpfs none /srv && mkdir /srv/data && mount --bind "$DATA" /srv/data
[ -z "$READ_ONLY" ] || mount -o remount,ro,bind /opt/seedwatch
[ -z "$READ_ONLY" ] || mount -o remount,ro,bind /
mount -t tmpfs none /tmp && chmod 1777 /tmp
cd /srv/data
trap 'kill -TERM $child' TERM
setpriv --reuid $USER_ID --regid $USER_ID --clear-groups $RIGHTS env -i "$@" &
child=$!
wait $child || code=$?
kill -0 $child 2>/dev/null && { code=0; wait $child || code=$?; }
exit ${code:-0}
"""


@dataclass
class Service:
    """A service of the file, as a process."""

    name: str
    definition: Mapping[str, Any]
    data: Path
    network: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, as its container would be."""
        self.process = self._start(self.definition["command"])

    def run(self, *command: str) -> int:
        """As `docker compose run --rm`; the exit code."""
        return self._start(command).wait(120)

    def stop(self) -> int:
        """As `docker compose stop`; the exit code, 137 if its grace was not enough."""
        assert self.process is not None
        self._signal(signal.SIGTERM)
        try:
            return self.process.wait(_seconds(self.definition.get("stop_grace_period", "10s")))
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """As a container ends whose memory is over: all of it at once."""
        assert self.process is not None
        self._signal(signal.SIGKILL)
        self.process.wait()
        return 137

    def _signal(self, number: signal.Signals) -> None:
        """To process 1 of its namespace: with it all others there go."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), number)

    def _start(self, command: Any) -> "subprocess.Popen[bytes]":
        environment = {
            "PATH": os.environ["PATH"], "HOME": "/srv/data", "PYTHONUNBUFFERED": "1", "PYTHONPATH": "/opt/seedwatch",
            **self.network, **self.definition.get("environment", {}),
        }  # fmt: skip
        rights = ["--no-new-privs"] if self.definition.get("security_opt") else []
        rights += ["--bounding-set=-all"] if self.definition.get("cap_drop") else []
        limit = self.definition.get("mem_limit")
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [
                    "unshare", "--pid", "--fork", "--mount", "--uts", "--mount-proc", "--kill-child",
                    "bash", "-c", _INIT, "init", *(f"{name}={value}" for name, value in environment.items()),
                    "/opt/seedwatch/.venv/bin/python", "-P", "-m", "scheduler.cli.main", *command,
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={
                    "PATH": os.environ["PATH"], "NAME": self.definition.get("hostname", f"container-{self.log.stem}"),
                    "ROOT": str(ROOT), "PREFIX": sys.base_prefix, "DATA": str(self.data),
                    "USER_ID": _USER, "RIGHTS": " ".join(rights),
                    "READ_ONLY": "yes" if self.definition.get("read_only") else "",
                },
            )  # fmt: skip
        if limit is not None:
            _limit_memory(process.pid, self.log.stem, limit)
        return process


def _limit_memory(pid: int, name: str, limit: str) -> None:
    """Keep a process and what it will start to so much memory, where there is a way (cgroup version 1)."""
    group = _memory_group(name)
    try:
        group.mkdir(exist_ok=True)
        (group / "memory.limit_in_bytes").write_text(limit)
        (group / "cgroup.procs").write_text(str(pid))
    except OSError as error:
        print(f"  (memory is not limited: {error})")


def _memory_group(name: str) -> Path:
    return Path("/sys/fs/cgroup/memory") / f"seedwatch-{name}"


def _seconds(text: str) -> float:
    return float(text.removesuffix("s"))


@dataclass
class Composition:
    """All services, and the cluster that they are."""

    cluster: Cluster
    services: dict[str, Service] = field(default_factory=dict)
    failures: int = 0

    def say(self, step: str, found: str, *, is_good: bool) -> None:
        """A row of the table."""
        self.failures += not is_good
        print(f"| {step} | {found}{'' if is_good else ' **wrong**'} |", flush=True)

    def crawl(self, step: str) -> None:
        """All feeds and pages once more: is each polled, and each article there once?"""
        articles = "SELECT url_key, text_hash FROM articles ORDER BY url_key"
        before, polls = self.cluster.rows(articles), self.cluster.begin_again()
        self.cluster.wait_until(lambda: self.cluster.is_done(polls + FEEDS), f"the crawl after {step}")
        after = self.cluster.rows(articles)
        made = self.cluster.count("SELECT count(*) FROM polls") - polls
        open_s = self.cluster.count(
            "SELECT max(unixepoch(finished_at) - unixepoch(started_at)) FROM runs WHERE finished_at IS NOT NULL"
        )
        same = "the same articles" if after == before else f"{len(before)} articles became {len(after)}"
        self.say(
            step,
            f"{made} polls of {FEEDS} feeds, {same}; the longest run {open_s} s",
            is_good=after == before,
        )


def main() -> int:
    """1 if a step fails."""
    if os.geteuid() != 0:
        raise SystemExit("namespaces need root")
    with postgres() as server, Press(slow_s=0.1) as press, tempfile.TemporaryDirectory() as folder:
        network = {"PGHOSTADDR": "127.0.0.1", "PGPORT": str(server.port), "NO_PROXY": "127.0.0.1"}
        _ask_for_password(server)
        composed = _composed(Path(folder), network)
        try:
            return _steps(composed, press)
        except AssertionError as error:
            print(error)
            print(
                *(f"--- {log.stem}\n{log.read_text()[-3_000:]}" for log in Path(folder).glob("*.log")),
                sep="\n",
            )
            return 1
        finally:
            for service in composed.services.values():
                if service.process is not None and service.process.poll() is None:
                    service.kill()
                with suppress(OSError):  # there was no limit, or something of it still ends
                    _memory_group(service.log.stem).rmdir()


def _ask_for_password(server: Postgres) -> None:
    """What the image of PostgreSQL makes: the user, its database, and a password that is asked for."""
    server.database("seedwatch")
    server.secure("seedwatch", PASSWORD)


def _composed(folder: Path, network: Mapping[str, str]) -> Composition:
    file = composition(FILE, {"SEEDWATCH_PASSWORD": PASSWORD})
    folder.chmod(0o755)
    composed = Composition(Cluster(folder / "data", ""))
    for name, definition in file["services"].items():
        if name == "postgres":
            continue
        for number in range(definition.get("deploy", {}).get("replicas", 1)):
            own = f"{name}-{number + 1}"
            data = folder / ("data" if definition.get("volumes") else own)
            data.mkdir(exist_ok=True)
            os.chown(data, int(_USER), int(_USER))
            composed.services[own] = Service(name, definition, data, network, folder / f"{own}.log")
    return composed


def _fill_volume(cluster: Cluster, press: Press) -> None:
    """Settings and seeds in the volume, as a person puts them there."""
    make_cluster(cluster.folder, "", press)
    seeds = Path(scheduler.demo.__file__).parent / "seeds"
    shutil.copytree(seeds, cluster.folder / "seeds", dirs_exist_ok=True)
    settings = cluster.folder / "seedwatch.toml"
    settings.write_text(settings.read_text("utf-8").replace(str(seeds), "seeds"), "utf-8")


def _steps(composed: Composition, press: Press) -> int:
    cluster, services = composed.cluster, composed.services
    print("| step | seen |\n|---|---|")
    code = services["scheduler-1"].run("init", ".")
    composed.say("`run --rm scheduler init .`", f"exit code {code}", is_good=code == 0)
    _fill_volume(cluster, press)
    for service in services.values():
        service.start()
    cluster.wait_until(lambda: cluster.is_done(FEEDS), "the first crawl")
    running = [
        name for name, service in services.items() if service.process and service.process.poll() is None
    ]
    composed.say(
        "`up`", f"{cluster.count('SELECT count(*) FROM articles')} articles; running: {', '.join(running)}",
        is_good=len(running) >= len(services) - 1,
    )  # fmt: skip
    for how in ("stop", "kill"):
        for name, service in services.items():
            if service.process is None or service.process.poll() is not None:
                service.start()  # as `restart: unless-stopped` does
                threading.Event().wait(2.0)
            polls = cluster.begin_again()
            cluster.wait_until(
                lambda polls=polls: cluster.count("SELECT count(*) FROM polls") > polls, "some polls"
            )
            ended = service.stop() if how == "stop" else service.kill()
            service.start()
            cluster.wait_until(
                lambda polls=polls: cluster.is_done(polls + FEEDS), f"the crawl around {how} of {name}"
            )
            if how == "stop":
                composed.say(f"stop of {name}", f"exit code {ended}", is_good=ended in (0, 143))
            composed.crawl(f"a crawl after {how} and start of {name}")
    with urllib.request.urlopen("http://127.0.0.1:8001/-/seedwatch", timeout=30) as answer:
        composed.say("the page of Datasette", f"status {answer.status}", is_good=answer.status == 200)
    states = cluster.rows("SELECT state, count(*) FROM runs GROUP BY state")
    composed.say("runs by state", str(states), is_good=all(state == "finished" for state, _ in states))
    return int(composed.failures > 0)


if __name__ == "__main__":
    sys.exit(main())
