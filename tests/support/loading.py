"""The order in which the processes of one run load the tests' modules."""

import importlib
import os
import sys

import pytest

from tests.support.folders import ROOT


def load_own_share_first(config: pytest.Config) -> None:
    """Have each process of pytest-xdist load other modules first, before all of them are collected in one order.

    pytest writes a module's asserts anew once and keeps them in a file beside it. Processes that load the same module
    at the same time would each do that work: 8 s a process for all of them.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    if workers == 1 or sys.dont_write_bytecode:
        return
    for name in rotated(modules_of(config.args), int(worker), workers):
        try:
            importlib.import_module(name)
        except (Exception, pytest.skip.Exception):  # the collection says so
            sys.modules.pop(name, None)


def modules_of(arguments: list[str]) -> list[str]:
    """The names of the tests' modules in the files and folders of pytest's *arguments*, in order."""
    paths = [(ROOT / argument.partition("::")[0]).resolve() for argument in arguments]
    files = {file for path in paths for file in ([path] if path.is_file() else path.rglob("test_*.py"))}
    return [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in sorted(files)]


def rotated(names: list[str], worker: int, workers: int) -> list[str]:
    """*names* from the share of *worker*, counted from 0, to the end, and then those before it."""
    begin = len(names) * worker // workers
    return names[begin:] + names[:begin]
