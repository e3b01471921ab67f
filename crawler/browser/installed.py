"""Whether this machine has what shows pages in a browser. I/O edge."""

import shutil
from importlib.util import find_spec

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")


def program() -> str | None:
    """The path of the system's Chromium; None if there is none."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def missing() -> str:
    """What is not there, and how to get it; "" if all is."""
    if find_spec("playwright") is None:
        return "the extra is not installed: pip install 'seedwatch[browser]'"
    if program() is None:
        return "there is no Chromium on this machine (Debian: apt-get install chromium)"
    return ""
