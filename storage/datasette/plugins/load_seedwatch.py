"""Finds the plugin where the package is not installed; for Datasette's --plugins-dir.

Datasette loads each file of this folder by its path, outside our package. The plugin itself is registered once,
whether its entry point or this file comes first.
"""

import sys
from pathlib import Path

from datasette.plugins import pm

try:
    from storage.datasette import plugin
except ModuleNotFoundError:
    sys.path.append(str(Path(__file__).resolve().parents[3]))
    from storage.datasette import plugin

if not pm.is_registered(plugin):
    pm.register(plugin, "seedwatch")
