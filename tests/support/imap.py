"""A small IMAP server on 127.0.0.1: one folder of mails, and the faults that a test gives it."""

import base64
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

USER, PASSWORD = "analyst@desk.example", "swordfish 41"

# What a fault does with a connection in place of the answer to a command; True: that was all.
Fault = Callable[["Talk", str], bool]


@dataclass
class ImapServer:
    """A running server.

    Attributes:
        mails: by UID.
        sizes: what it says a mail has, where that is not its size.
        commands: what it was asked, passwords left out.
        fault: asked first, with each command.
    """

    mails: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    folder: str = "Newsletters"
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    sizes: dict[int, int] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    fault: Fault | None = None
    port: int = 0
    scheme: str = "imap"

    def url(self, folder: str = "", user: str = USER) -> str:
        """The address of a folder, as the settings have it."""
        return f"{self.scheme}://{user.replace('@', '%40')}@127.0.0.1:{self.port}/{folder or self.folder}"


class Talk(socketserver.StreamRequestHandler):
    """One connection."""

    state: ImapServer
    tls: ssl.SSLContext | None = None

    def setup(self) -> None:
        if self.tls is not None:
            self.request = self.tls.wrap_socket(self.request, server_side=True)
        self.request.settimeout(20)
        super().setup()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.request.close()

    def handle(self) -> None:
        with suppress(OSError, ValueError):
            if self.state.fault is not None and self.state.fault(self, "GREETING"):
                return
            self.say(f"* OK [CAPABILITY {self.state.capabilities}] ready")
            while line := self.rfile.readline():
                tag, _, command = line.decode("utf-8", "replace").strip().partition(" ")
                if not self.answer(tag, command):
                    return

    def say(self, *lines: str | bytes) -> None:
        """Send lines."""
        for line in lines:
            self.wfile.write(line.encode() if isinstance(line, str) else line)
            self.wfile.write(b"\r\n")

    def answer(self, tag: str, command: str) -> bool:
        """Answer a command; whether there may be another."""
        word = command.split(" ")[0].upper()
        word = " ".join(command.split(" ")[:2]).upper() if word == "UID" else word
        self.state.commands.append(word if word in ("LOGIN", "AUTHENTICATE") else command)
        if self.state.fault is not None and self.state.fault(self, command):
            return False
        known = {
            "CAPABILITY": self._capability,
            "LOGIN": self._login,
            "AUTHENTICATE": self._authenticate,
            "EXAMINE": self._examine,
            "UID SEARCH": self._search,
            "UID FETCH": self._fetch,
            "LOGOUT": lambda _: self.say("* BYE gone") or "OK done",
        }
        self.say(f"{tag} {known[word](command) if word in known else 'BAD what?'}")
        return word != "LOGOUT"

    def _capability(self, _: str) -> str:
        self.say(f"* CAPABILITY {self.state.capabilities}")
        return "OK done"

    def _login(self, command: str) -> str:
        return "OK in" if command == f'LOGIN {USER} "{PASSWORD}"' else f"NO not you: {command}"

    def _authenticate(self, _: str) -> str:
        self.say("+ ")
        said = base64.b64decode(self.rfile.readline()).decode().split("\0")
        return "OK in" if said[1:] == [USER, PASSWORD] else f"NO [AUTHENTICATIONFAILED] not {said[2]}"

    def _examine(self, command: str) -> str:
        if command != f'EXAMINE "{self.state.folder}"':
            return "NO there is no such folder"
        self.say(
            f"* {len(self.state.mails)} EXISTS",
            f"* OK [UIDVALIDITY {self.state.validity}] valid",
            f"* OK [UIDNEXT {max(self.state.mails, default=0) + 1}] next",
        )
        return "OK [READ-ONLY] open"

    def _search(self, command: str) -> str:
        uids = sorted(self.state.mails)
        if found := re.search(r"UID (\d+):\*$", command):
            # As RFC 3501 has it: * is the last mail, and a range has no order.
            first = int(found[1])
            uids = [uid for uid in uids if uid >= first] or uids[-1:]
        self.say("* SEARCH " + " ".join(map(str, uids)))
        return "OK found"

    def _fetch(self, command: str) -> str:
        uids = [int(uid) for uid in command.split(" ")[2].split(",") if int(uid) in self.state.mails]
        for uid in uids:
            body = self.state.mails[uid]
            if "RFC822.SIZE" in command:
                size = self.state.sizes.get(uid, len(body))
                self.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {size})")
                continue
            head = f'* {uid} FETCH (UID {uid} INTERNALDATE " 2-Nov-2026 08:00:00 +0000" BODY[]<0> {{{len(body)}}}'
            self.say(head)
            self.wfile.write(body)
            self.say(")")
        return "OK fetched"


@contextmanager
def serving_mail(
    mails: dict[int, bytes] | None = None, *, tls: ssl.SSLContext | None = None, **more: object
) -> Iterator[ImapServer]:
    """A server with *mails*, encrypted if it is given a context."""
    state = ImapServer(mails or {}, scheme="imaps" if tls else "imap", **more)  # type: ignore[arg-type]
    handler = type("_Talk", (Talk,), {"state": state, "tls": tls})

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that goes away, or does not believe our certificate, is none."""

    with Server(("127.0.0.1", 0), handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def end(talk: Talk) -> bool:
    """Close the connection without a word."""
    with suppress(OSError):
        talk.request.shutdown(socket.SHUT_RDWR)
    return True
