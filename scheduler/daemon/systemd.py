"""What systemd is told: sd_notify(3), a datagram to the socket that NOTIFY_SOCKET names. I/O edge."""

import socket
from collections.abc import Mapping
from contextlib import suppress


def notify(state: str, environment: Mapping[str, str]) -> bool:
    """Tell the service manager, such as ``READY=1``; whether there is one that could be told."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    # "@" stands for the zero byte with which abstract addresses begin (unix(7)).
    place = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        # A manager that reads nothing must not hold up the daemon.
        sender.sendto(state.encode(), socket.MSG_DONTWAIT, place)
        return True
    return False


def watchdog_s(environment: Mapping[str, str], pid: int) -> float | None:
    """How often the process *pid* must tell ``WATCHDOG=1``, in seconds, half of what is asked; None: not at all."""
    if environment.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    asked = environment.get("WATCHDOG_USEC", "")
    return int(asked) / 2e6 if asked.isdecimal() and int(asked) > 0 else None
