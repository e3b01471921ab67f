"""What a process of a cluster is called. I/O edge."""

import os
import secrets
import socket


def process_name() -> str:
    """Host and process number, and something that no other process has.

    In a container that starts anew a process has the host and the number of the one before: by those alone it would be
    taken for that one, and the jobs that died with it for jobs in hand.
    """
    return f"{socket.gethostname()}:{os.getpid()}-{secrets.token_hex(3)}"
