"""What is remembered of a host. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HostMemory:
    """What a host has asked for."""

    host: str  # the politeness key of crawler/urls.py: a registrable domain, or host:port
    paused_until: datetime | None = None  # not asked before; None: it never asked for a pause
    reason: str | None = None  # of the last pause, such as http_429; None as above
    pauses: int = 0  # in a row, without an answer between that could be used
    paused_at: datetime | None = None  # when it last asked for a pause; None as above
    spacing_s: float | None = None  # time between two requests, learned at paused_at; None: the usual
    crawl_delay_s: float | None = None  # what its robots.txt asks for; None: nothing
