"""Finds both plugins for Datasette's --plugins-dir: the pages, and judging where one reads.

Datasette loads each file of this folder by its path, outside our package. Each plugin is registered once.
"""

import sys
from pathlib import Path

from datasette.plugins import pm

try:
    from scheduler.judging import plugin as judging
    from storage.datasette import plugin as pages
except ModuleNotFoundError:
    sys.path.append(str(Path(__file__).resolve().parents[3]))
    from scheduler.judging import plugin as judging
    from storage.datasette import plugin as pages

for plugin, name in ((pages, "seedwatch"), (judging, "seedwatch-judging")):
    if not pm.is_registered(plugin):
        pm.register(plugin, name)
