"""Sending one message through one channel: its address is looked up, a child process does the rest. I/O edge."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import crawler
from scheduler.alerts.messages import Message
from scheduler.config.checks import check_channel
from scheduler.config.records import AlertSettings
from storage.errors import ConfigError

# Apprise loads for 2 s on a slow machine, and a mail server may think for half a minute about its greeting.
MOST_S = 60.0
_FILE_BYTES = 10_000
AT_ONCE = 3
"""So many children send at the same time: each has Apprise in it, 60 MB."""


def channel_url(alert: AlertSettings, environment: Mapping[str, str]) -> str:
    """The address of the channel of *alert*, which may be a secret.

    Raises:
        ConfigError: there is none where it should stand; the text does not quote what stands there.
    """
    if alert.url_env:
        place, text = f"the variable {alert.url_env}", environment.get(alert.url_env, "")
    elif alert.url_file:
        place, text = str(alert.url_file), _first_line(alert.url_file)
    else:
        return alert.url or ""
    try:
        return check_channel(text.strip())
    except ConfigError as error:
        problem = "does not hold the address of a channel" if text.strip() else "is not set or empty"
        raise ConfigError(f"{place} {problem}") from error


async def send(
    url: str, message: Message, *, allow_private: tuple[str, ...], most_s: float = MOST_S
) -> str | None:
    """Why *message* could not be sent to *url*, without secrets; None: the channel took it.

    A child that takes longer than *most_s*, in seconds, is ended: whether the message came is then not known.
    """
    task = {
        **{name: value for name, value in asdict(message).items() if name != "rule"},
        "url": url,
        "allow_private": allow_private,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "scheduler.alerts.channel_process",
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": _path()},
        # Ctrl-C reaches the parent alone.
        start_new_session=True,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(json.dumps(task).encode()), most_s)
    except TimeoutError:
        return f"the channel did not answer within {most_s:g} s"
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return _problem(said, process.returncode)


def _problem(said: bytes, code: int | None) -> str | None:
    try:
        answer: dict[str, Any] = json.loads(said)
    except ValueError:
        return f"the process that sends ended with code {code}"
    problem: str | None = answer["problem"]
    return problem


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_FILE_BYTES).decode("utf-8-sig", "replace").strip().split("\n", 1)[0]
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _path() -> str:
    """Where the child finds the three packages, wherever it starts."""
    root = str(Path(crawler.__file__).parent.parent)
    return os.pathsep.join(
        path for path in (root, *os.environ.get("PYTHONPATH", "").split(os.pathsep)) if path
    )
