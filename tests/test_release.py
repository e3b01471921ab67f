"""What keeps a release back is told: changelog, wheel, metadata, locks."""

from datetime import date

import pytest

from tests.support.release_check import changelog_faults, lock_faults, metadata_faults, wheel_faults

TODAY = date(2026, 12, 1)
HEAD = "# Changes\n\n## [Unreleased]\n\n"
PROJECT: dict[str, object] = {
    "name": "seedwatch",
    "version": "0.2.0",
    "license": "Apache-2.0",
    "requires-python": ">=3.11",
}
METADATA = (
    "Metadata-Version: 2.4\nName: seedwatch\nVersion: {version}\nLicense-Expression: Apache-2.0\n"
    "Requires-Python: >=3.11\n\n# seedwatch\n\nWatches the press: пресса.\n"
)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEAD + "## [0.2.0] - 2026-12-01\n\n- A change\n", None),
        (HEAD + "### Added\n\n- More\n\n## [0.2.0] - 2026-12-01\n", "lines stand under"),
        (HEAD + "## [0.1.0] - 2026-09-01\n", "is 0.1.0, that of pyproject.toml is 0.2.0"),
        (HEAD, "is none"),
        (HEAD + "## [0.2.0]\n", "no day"),
        (HEAD + "## [0.2.0] - 2026-12-02\n", "in the future"),
        ("## [0.2.0] - 2026-12-01\n", "does not begin with"),
    ],
    ids=["in order", "unreleased lines", "older", "none", "no day", "future", "no unreleased"],
)
def test_changelog_is_that_of_the_version(text, fault):
    faults = list(changelog_faults(text, "0.2.0", TODAY))

    assert [fault in found for found in faults] == ([] if fault is None else [True])


def test_wheel_has_what_git_knows_of_our_packages_and_no_more():
    tracked = ["crawler/urls.py", "storage/py.typed", "tests/conftest.py", "README.md"]
    inside = ["crawler/urls.py", "tests/conftest.py", "seedwatch-0.2.0.dist-info/METADATA"]

    assert list(wheel_faults(inside, tracked)) == [
        "the wheel lacks storage/py.typed",
        "the wheel has tests/conftest.py, which git does not know",
    ]


def test_metadata_is_that_of_the_project():
    readme = "# seedwatch\n\nWatches the press: пресса.\n"

    assert list(metadata_faults(METADATA.format(version="0.2.0").encode(), PROJECT, readme)) == []
    assert list(metadata_faults(METADATA.format(version="0.1.0").encode(), PROJECT, "# other\n")) == [
        "the wheel says Version: 0.1.0, pyproject.toml says 0.2.0",
        "the long description of the wheel is not the README",
    ]


def test_lock_holds_what_is_required_under_any_spelling():
    lock = "py3langid==0.3.0 \\\n    --hash=sha256:aa\nSQLite_utils==4.0 ; python_version > '3'\n"

    faults = lock_faults(lock, ["py3langid>=0.3", "sqlite-utils>=4,<5", "lxml[html]>=5"], "requirements.lock")

    assert list(faults) == ["requirements.lock does not hold lxml: `make lock`"]
