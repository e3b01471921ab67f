"""The child process that sends one message: one JSON document in, one out. I/O edge.

`python -m scheduler.alerts.channel_process`. Apprise takes a second to load, speaks to whatever its address names, and
blocks; in a process of its own it can be ended in time, and what it loads goes with it. The address comes on stdin:
arguments can be seen by other users.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from typing import Any

from crawler.run.lifetime import end_with_parent
from scheduler.alerts.webhook import WebhookError, post
from scheduler.config.masking import WEBHOOKS, scrub


class _Said(logging.Handler):
    """Keeps what Apprise has to say."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Logging's name for it."""
        self.lines.append(record.getMessage())


def main() -> int:
    """Send what stdin says; always 0, what came of it stands on stdout."""
    end_with_parent(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    # What libraries print is not the answer.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    task = json.load(sys.stdin)
    problem = deliver(task)
    with answer:
        json.dump({"problem": None if problem is None else scrub(problem, task["url"])}, answer)
    return 0


def deliver(task: Mapping[str, Any]) -> str | None:
    """Why a message could not be sent, as it was said, secrets and all; None: it was taken.

    An http(s) address that Apprise knows as one of a service is Apprise's; others get our own document.
    """
    url = task["url"]
    scheme = url.split("://", 1)[0].lower()
    if scheme.startswith("json+") and scheme in WEBHOOKS:
        return _post(f"{WEBHOOKS[scheme]}://{url.split('://', 1)[1]}", task)
    import apprise

    said = _Said()
    logging.getLogger("apprise").addHandler(said)
    channels = apprise.Apprise()
    if not channels.add(url):
        if scheme in WEBHOOKS:
            return _post(url, task)
        return "; ".join(said.lines) or "Apprise does not know such an address"
    if channels.notify(
        body=task["text"],
        title=task["title"],
        notify_type=apprise.NotifyType.WARNING if task["is_warning"] else apprise.NotifyType.INFO,
        body_format=apprise.NotifyFormat.TEXT,
    ):
        return None
    return "; ".join(said.lines) or "the channel did not take it"


def _post(url: str, task: Mapping[str, Any]) -> str | None:
    try:
        post(url, task["document"], task["key"], tuple(task["allow_private"]))
    except WebhookError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main())
