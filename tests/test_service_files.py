"""The files under contrib/ name commands, paths and options that exist."""

import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.support.command_docs import commands
from tests.support.folders import ROOT

CONTRIB = ROOT / "contrib"
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
    text = (CONTRIB / "compose.cluster.yaml").read_text("utf-8")
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]

    assert set(re.findall(r'command: \["run", "--role", "(\w+)"\]', text)) == {
        "scheduler",
        "writer",
        "worker",
    }
    assert "replicas: 2" in text
    assert '"127.0.0.1:8001:8001"' in text
    assert set(re.findall(r'"((?:procrastinate|psycopg|msgspec)[^"]*)"', text)) == set(extra["cluster"])
