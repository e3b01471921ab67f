"""The daemon's doors: each is open at the port that the settings in force give it, or shut. I/O edge."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from scheduler.http_server import LOOPBACK, Answer, Room, no_room, serve
from storage.errors import SeedwatchError

# The settings are asked so often, and a port that another process has is tried again after so many of these.
ASK_S = 2.0
_PATIENCE = 15


@dataclass(frozen=True, slots=True)
class Door:
    """What is served.

    Attributes:
        name: as the log calls it.
        port: gives the port that the settings ask for; 0: shut.
        room: how large a body may be that is sent to it.
    """

    name: str
    port: Callable[[], int]
    answer: Answer
    room: Room = no_room


async def keep_open(door: Door, tell: Callable[[str], None], *, ask_s: float = ASK_S) -> None:
    """Serve *door* at its port, until cancelled; *tell* gets a line for people when it opens, shuts or cannot open."""
    said = ""
    while True:
        port = door.port()
        if not port:
            await asyncio.sleep(ask_s)
            continue
        serving = asyncio.create_task(serve(port, door.answer, room=door.room))
        await asyncio.sleep(0)  # the port is taken, or is not to be had, in the first step
        line = f"{door.name} at http://{LOOPBACK}:{port}"
        try:
            while door.port() == port and not serving.done():
                if said != line:
                    said = line
                    tell(line)
                await asyncio.wait([serving], timeout=ask_s)
            problem = await _shut(serving)
        finally:
            serving.cancel()
        if problem is not None:
            if problem != said:
                said = problem
                tell(f"{door.name}: {problem}")
            await asyncio.sleep(ask_s * _PATIENCE)
        else:
            said = ""


async def _shut(serving: "asyncio.Task[None]") -> str | None:
    """End a server; why it had ended by itself, None if it had not."""
    if not serving.done():
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        return None
    error = serving.exception()
    if error is None or isinstance(error, SeedwatchError):
        return str(error) if error else "it has ended"
    raise error
