"""What only a release needs: version, changelog, tag, source archive and wheel. `make release-check` runs it."""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from email.parser import BytesParser
from pathlib import Path

from crawler import clock
from tests.support.folders import ROOT

PACKAGES = ("storage", "crawler", "scheduler", "seedwatch")
MADE = ROOT / "build" / "release"

_HEADING = re.compile(
    r"^## \[(?P<version>[^\]]+)\](?: - (?P<day>\d{4}-\d\d-\d\d))?\n(?P<text>.*?)(?=^## |\Z)", re.M | re.S
)


def changelog_faults(text: str, version: str, today: date) -> Iterator[str]:
    """What keeps the changelog from being that of *version*."""
    headings = [match.groupdict() for match in _HEADING.finditer(text)]
    if not headings or headings[0]["version"] != "Unreleased":
        yield "the changelog does not begin with ## [Unreleased]"
        return
    if headings[0]["text"].strip():
        yield f"lines stand under ## [Unreleased]: they belong below ## [{version}] - {today}"
    newest = headings[1] if len(headings) > 1 else {"version": "none", "day": None}
    if newest["version"] != version:
        yield f"the newest release of the changelog is {newest['version']}, that of pyproject.toml is {version}"
    elif newest["day"] is None:
        yield f"the heading of {version} has no day"
    elif date.fromisoformat(newest["day"]) > today:
        yield f"the day of {version} is in the future: {newest['day']}"


def wheel_faults(inside: Iterable[str], tracked: Iterable[str]) -> Iterator[str]:
    """What the wheel lacks of the files of our packages that git knows, and what it has beside them."""
    inside = {name for name in inside if ".dist-info/" not in name}
    wanted = {name for name in tracked if name.split("/")[0] in PACKAGES}
    yield from (f"the wheel lacks {name}" for name in sorted(wanted - inside))
    yield from (f"the wheel has {name}, which git does not know" for name in sorted(inside - wanted))


def metadata_faults(metadata: bytes, project: dict[str, object], readme: str) -> Iterator[str]:
    """Where the wheel's metadata says something else than pyproject.toml."""
    stated = BytesParser().parsebytes(metadata)
    wanted = {
        "Name": project["name"],
        "Version": project["version"],
        "License-Expression": project["license"],
        "Requires-Python": project["requires-python"],
    }
    for key, value in wanted.items():
        if stated[key] != value:
            yield f"the wheel says {key}: {stated[key]}, pyproject.toml says {value}"
    described = stated.get_payload(decode=True)
    if not isinstance(described, bytes) or described.decode().strip() != readme.strip():
        yield "the long description of the wheel is not the README"


def lock_faults(lock: str, requirements: Iterable[str], name: str) -> Iterator[str]:
    """The requirements that the lock does not hold."""
    locked = {normal(line.split("==")[0]) for line in lock.splitlines() if "==" in line and line[0].isalnum()}
    for requirement in requirements:
        wanted = re.split(r"[\s<>=!~\[;]", requirement, maxsplit=1)[0]
        if normal(wanted) not in locked:
            yield f"{name} does not hold {wanted}: `make lock`"


def normal(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def checkout_faults(version: str) -> Iterator[str]:
    """Whether the working tree is clean, and the tag free."""
    if git("status", "--porcelain"):
        yield "the working tree is not clean"
    if git("tag", "--list", f"v{version}"):
        yield f"the tag v{version} is taken"


def build() -> tuple[Path, Path]:
    """The source archive and the wheel, made anew; the wheel is made of what the archive holds."""
    shutil.rmtree(MADE, ignore_errors=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--quiet", "--no-isolation", "--outdir", MADE, ROOT], check=True
    )
    (source,) = MADE.glob("*.tar.gz")
    (wheel,) = MADE.glob("*.whl")
    return source, wheel


def built_faults(source: Path, wheel: Path, project: dict[str, object]) -> Iterator[str]:
    """What is amiss with the two files."""
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        yield from metadata_faults(packed.read(metadata), project, (ROOT / "README.md").read_text("utf-8"))
    yield from wheel_faults(names, git("ls-files", *PACKAGES).splitlines())
    with tarfile.open(source) as packed_source:
        inside = {name.partition("/")[2] for name in packed_source.getnames()}
    for needed in ("LICENSE", "CHANGELOG.md", "README.md", "tests/conftest.py", "docs/design.md"):
        if needed not in inside:
            yield f"the source archive lacks {needed}"


def main() -> int:
    """Print what is amiss, or the sums of the files that may be released."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = pyproject["project"]
    version = project["version"]
    today = clock.now().date()
    source, wheel = build()
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    extras = project["optional-dependencies"]
    faults = [
        *checkout_faults(version),
        *changelog_faults(changelog, version, today),
        *lock_faults((ROOT / "requirements.lock").read_text(), project["dependencies"], "requirements.lock"),
        *lock_faults((ROOT / "requirements-dev.lock").read_text(), extras["dev"], "requirements-dev.lock"),
        *built_faults(source, wheel, project),
    ]
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    if not faults:
        for file in (source, wheel):
            sys.stdout.write(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(ROOT)}\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
