"""The files under contrib/ name commands, paths and options that exist."""

import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scheduler.cluster.dsn import VARIABLE
from scheduler.cluster.roles import CONTACT, STOP_S
from tests.support.command_docs import commands, parsed
from tests.support.compose import composition, variables_of
from tests.support.folders import ROOT

CONTRIB = ROOT / "contrib"
COMPOSED = CONTRIB / "compose.cluster.yaml"
CLUSTER = composition(COMPOSED, {"SEEDWATCH_PASSWORD": "of-the-desk-1"})
UNITS = sorted(CONTRIB.glob("*.service"))


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text("utf-8"))
    return parser


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_of_ours(path):
    command = unit(path)["Service"]["ExecStart"].split()

    assert command[0].endswith("/.venv/bin/seedwatch")
    assert command[1] in commands()


def test_the_daemons_unit_waits_for_its_word_and_watches_it_with_patience():
    service = unit(CONTRIB / "seedwatch.service")["Service"]

    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) >= 60  # docs/operation.md says why
    assert int(service["TimeoutStopSec"]) > 10


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_takes_the_unit(path):
    done = subprocess.run(
        ["systemd-analyze", "verify", path], capture_output=True, text=True, timeout=60, check=False
    )

    said = [line for line in done.stderr.splitlines() if path.name in line]
    assert all("is not executable: No such file" in line for line in said), done.stderr


def test_what_the_image_is_made_of_is_there():
    text = (CONTRIB / "Dockerfile").read_text("utf-8")
    copied = [
        part
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for part in line.split()[:-1]
    ]

    assert set(copied) >= {
        "requirements.lock",
        "pyproject.toml",
        "storage",
        "crawler",
        "scheduler",
        "seedwatch",
    }
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert "--require-hashes" in text
    assert set(re.findall(r'CMD \["(?:seedwatch", ")?(\w+)"', text)) <= set(commands())


def test_the_composition_runs_commands_of_ours():
    text = (CONTRIB / "compose.yaml").read_text("utf-8")

    assert {found[0] for found in re.findall(r'command: \["(\w+)"(.*)\]', text)} == {"run", "serve"}
    assert (CONTRIB / re.search(r"dockerfile: (\S+)", text)[1]).resolve() != ROOT
    assert '"127.0.0.1:8001:8001"' in text


def test_the_composition_of_a_cluster_has_all_its_parts():
    services = CLUSTER["services"]
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    built = "".join(one.get("build", {}).get("dockerfile_inline", "") for one in services.values())

    assert {
        tuple(services[name]["command"]) for name in ("scheduler", "writer", "worker")
    } == {("run", "--role", "scheduler"), ("run", "--role", "writer"), ("run", "--role", "worker")}  # fmt: skip
    assert services["worker"]["deploy"]["replicas"] == 2
    assert set(re.findall(r'"((?:procrastinate|psycopg|msgspec)[^"]*)"', built)) == set(extra["cluster"])


@pytest.mark.parametrize("name", ["scheduler", "writer", "worker", "reading"])
def test_a_service_of_the_cluster_is_a_command_line_and_variables_of_ours(name):
    service = CLUSTER["services"][name]
    command, *options = service["command"]

    parsed(command, options)  # it raises what users would read
    assert set(service["environment"]) <= {VARIABLE, CONTACT}
    assert (service["read_only"], service["cap_drop"], service["restart"]) == (
        True,
        ["ALL"],
        "unless-stopped",
    )
    assert service["volumes"] == ["data:/data"] if name != "worker" else "volumes" not in service
    assert service["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert service["image"] in {one["image"] for one in CLUSTER["services"].values() if "build" in one}
    if name == "worker":
        assert int(service["stop_grace_period"].removesuffix("s")) >= STOP_S


def test_the_services_of_the_cluster_find_its_postgres():
    services = CLUSTER["services"]
    server = services["postgres"]
    dsn = urlsplit(services["worker"]["environment"][VARIABLE])

    assert dsn.hostname in services
    assert (dsn.username, dsn.path[1:], dsn.password) == tuple(
        server["environment"][f"POSTGRES_{name}"] for name in ("USER", "DB", "PASSWORD")
    )
    assert "pg_isready --host" in server["healthcheck"]["test"][1]
    assert {one.split(":")[0] for service in services.values() for one in service.get("volumes", [])} == set(
        CLUSTER["volumes"]
    )
    assert [one for service in services.values() for one in service.get("ports", [])] == [
        "127.0.0.1:5432:5432", "127.0.0.1:8001:8001",
    ]  # fmt: skip


def test_workers_elsewhere_are_told_where_the_postgres_is():
    dsn = "postgresql://seedwatch:x@db.example.org/seedwatch"
    there = composition(
        COMPOSED, {"SEEDWATCH_PASSWORD": "x", "SEEDWATCH_DSN": dsn, CONTACT: "mailto:a@example.org"}
    )

    assert there["services"]["worker"]["environment"] == {VARIABLE: dsn, CONTACT: "mailto:a@example.org"}
    assert "build" in there["services"]["worker"]
    with pytest.raises(ValueError, match=r"put it into contrib/\.env"):
        composition(COMPOSED, {})


def test_what_the_composition_says_to_do_can_be_done():
    said = [line for line in COMPOSED.read_text("utf-8").splitlines() if line.startswith("#")]
    (initial,) = (
        line.split(" scheduler ", 1)[1].split("#")[0].split() for line in said if " run --rm " in line
    )

    parsed(initial[0], initial[1:])
    assert variables_of(COMPOSED) - {CONTACT} <= set(re.findall(r"SEEDWATCH_\w+", "".join(said)))
    started = {line.split()[-1] for line in said if "--no-deps" in line}
    assert started <= set(CLUSTER["services"])
