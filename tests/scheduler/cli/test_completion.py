"""What the tab key gives."""

import shutil
import subprocess
import sys

import pytest

from scheduler.cli.setup import PROGRAM, VARIABLE
from tests.support.command_line import environment, run_here


def completions(folder, *words: str) -> list[str]:
    """What bash is offered for the last of *words*."""
    line = " ".join([PROGRAM, *words])
    asked = {VARIABLE: "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    code = f"import sys; sys.argv[0] = '{PROGRAM}'; from scheduler.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(asked), cwd=folder, check=True, capture_output=True, text=True
    )  # fmt: skip
    return [offered.partition(",")[2] for offered in done.stdout.split()]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["st"], ["status", "story"]),
        (["topics", "pro"], ["promote"]),
        (["status", "--cov"], ["--coverage"]),
        (["--conf"], ["--config"]),
        (["completion", "f"], ["fish"]),
        (["nothing-of-that-name"], []),
    ],
)
def test_commands_options_and_values_are_completed(tmp_path, words, offered):
    assert completions(tmp_path, *words) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_is_one_that_the_shell_reads(tmp_path, shell):
    done = run_here("completion", shell, folder=tmp_path)

    assert done.code == 0
    assert f"{VARIABLE}={shell}_complete" in done.out
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=done.out, text=True, check=True)


def test_other_shell_is_refused_by_name(tmp_path):
    done = run_here("completion", "csh", folder=tmp_path)

    assert done.code == 2
    assert "'bash', 'zsh', 'fish'" in done.err
