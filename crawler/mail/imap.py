"""A folder of a mailbox over IMAP: what came since the last look, read and never changed. I/O edge.

The folder is opened by EXAMINE and mails are fetched by BODY.PEEK, so that nothing is marked as seen. Whatever a server
sends, a look ends: each answer has a bound in bytes and the whole look one in time, after which the connection is cut
from outside. It speaks Python's own imaplib, which blocks: call it in a thread.
"""

import base64
import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import Any

from crawler import limits
from crawler.downloader.access import MailboxAccess
from crawler.mail.looks import FIRST_DAYS, MailboxLook, RawMail
from storage.errors import SeedwatchError

# One wait for the server; a whole look; what may be sent beside the mails that were asked for.
ANSWER_S = 30.0
LOOK_S = 240.0
_LOGOUT_S = 3.0
_OVERHEAD_BYTES = 4 * 2**20
# Mails that one look brings, and their bytes; the rest comes with the next.
MAILS, LOOK_BYTES = 500, 64 * 2**20
# Mails that are asked for together.
_TOGETHER, _TOGETHER_BYTES = 50, 8 * 2**20
_LARGEST_UID = 2**32 - 1
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,20})\b")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')


class MailboxError(SeedwatchError):
    """A folder that could not be read.

    Attributes:
        reason: ``login`` (user or password refused), ``no_folder``, ``tls``, ``dns``, ``refused``, ``timeout``,
            ``reset``, ``protocol`` or ``too_large``.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class MailboxReader:
    """One look at a folder; `abort` ends it from another thread."""

    def __init__(self, access: MailboxAccess, *, answer_s: float = ANSWER_S, look_s: float = LOOK_S) -> None:
        self._access, self._answer_s, self._look_s = access, answer_s, look_s
        self._client: _Client | None = None
        self._is_over = False

    def abort(self) -> None:
        """Cut the connection: whoever waits for the server hears of it at once."""
        self._is_over = True
        if self._client is not None:
            self._client.cut()

    def look(self, cursor: str | None, today: date) -> MailboxLook:
        """The mails since *cursor*, oldest first; those of the last days where it is None or no longer counts.

        Raises:
            MailboxError: nothing could be read.
        """
        timer = threading.Timer(self._look_s, self.abort)
        timer.daemon = True
        timer.start()
        try:
            with _told(self), self._opened() as client:
                return self._looked(client, cursor, today)
        finally:
            timer.cancel()

    @property
    def is_over(self) -> bool:
        """Whether it was cut."""
        return self._is_over

    @contextmanager
    def _opened(self) -> Iterator["_Client"]:
        self._client = client = _connected(self._access, self._answer_s)
        if self._is_over:
            client.cut()
        try:
            _sign_in(client, self._access)
            yield client
            with suppress(Exception):  # all that was wanted is there
                client.sock.settimeout(_LOGOUT_S)
                client.logout()
        finally:
            client.end()

    def _looked(self, client: "_Client", cursor: str | None, today: date) -> MailboxLook:
        validity = _examined(client, self._access.folder)
        known, _, last_text = (cursor or "").partition(":")
        last = int(last_text) if known == str(validity) and last_text.isdigit() else 0
        uids = _uids(client, last, today)
        if not last:
            uids = uids[-MAILS:]
        chosen = uids[:MAILS]
        sizes = _sizes(client, chosen)
        mails: list[RawMail] = []
        left_out: list[str] = []
        problem, taken = "", 0
        for group in _groups(chosen, sizes):
            try:
                fetched = _fetched(client, [uid for uid in group if sizes[uid] <= limits.PAGE_BYTES])
            except Exception as error:  # what came before is kept, and the next look goes on from there
                if not mails and not left_out:
                    raise
                problem = f"{_reason(error, self._is_over)}: {_said(error)}"
                break
            mails += fetched
            left_out += [
                f"mail {uid} has {sizes[uid]} bytes" for uid in group if sizes[uid] > limits.PAGE_BYTES
            ]
            last, taken = max(last, *group), taken + len(group)
        return MailboxLook(
            cursor=f"{validity}:{last}",
            mails=tuple(mails),
            left_out=tuple(left_out),
            waiting=len(uids) - taken,
            problem=problem,
            is_anew=bool(cursor) and known != str(validity),
        )


class _Client(imaplib.IMAP4):
    """imaplib's client whose answers have a bound, over a connection that is made already."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._left = connection, _OVERHEAD_BYTES
        super().__init__()

    def _create_socket(self, timeout: float | None = None) -> socket.socket:  # noqa: ARG002 - imaplib's
        """The connection, in the place of one that imaplib would make."""
        return self._connection

    def allow(self, size: int) -> None:
        """Let the answers to come have *size* bytes beside their overhead."""
        self._left = size + _OVERHEAD_BYTES

    def read(self, size: int) -> bytes:
        """As imaplib's; a literal larger than what was asked for ends the look."""
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        """As imaplib's, within the bound."""
        line = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise MailboxError("too_large", "the server sends more than it was asked for")

    def cut(self) -> None:
        """End the connection, whoever reads from it; for any thread."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """End the connection and let go of it; for the thread that reads."""
        self.cut()
        for thing in (self.file, self.sock):
            with suppress(OSError, ValueError):
                thing.close()

    def _imap(self, said: Any, reason: str) -> list[Any]:
        """What the server answers.

        Raises:
            MailboxError: it refuses, for *reason*.
        """
        status, data = said
        if status != "OK":
            raise MailboxError(reason, _text(data))
        return list(data)


def _connected(access: MailboxAccess, answer_s: float) -> _Client:
    """A client that has heard the server's greeting; encrypted as the settings ask for."""
    connection = socket.create_connection((access.host, access.port), answer_s)
    try:
        if access.encryption == "tls":
            connection = _context(access).wrap_socket(connection, server_hostname=access.host)
        client = _Client(connection)
    except BaseException:
        connection.close()
        raise
    try:
        _encrypt(client, access)
        client.sock.settimeout(answer_s)
    except BaseException:
        client.end()
        raise
    return client


def _encrypt(client: _Client, access: MailboxAccess) -> None:
    """Encrypt a connection that began plain, if the settings ask for it.

    Raises:
        MailboxError: the server does not offer it, and it must be had.
    """
    is_offered = "STARTTLS" in client.capabilities
    if access.encryption == "starttls" and not is_offered:
        raise MailboxError("tls", "the server offers no encryption; plain_imap = true does without")
    if access.encryption in ("starttls", "optional") and is_offered:
        client.starttls(_context(access))


def _context(access: MailboxAccess) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not access.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _sign_in(client: _Client, access: MailboxAccess) -> None:
    user, password = access.user, access.password
    said = f"\0{user}\0{password}".encode()
    answer: Any
    try:
        if "AUTH=PLAIN" in client.capabilities:
            answer = client.authenticate("PLAIN", lambda _: said)
        elif "LOGINDISABLED" in client.capabilities:
            raise MailboxError("login", "the server takes no password over this connection")
        else:
            setattr(client, "_encoding", "utf-8")  # noqa: B010 - imaplib's own is ASCII, in which no password need be
            answer = client.login(user, password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise MailboxError(
            "login", f"the server refuses user or password: {_without(str(error), access)}"
        ) from None
    client._imap(answer, "login")


def _without(text: str, access: MailboxAccess) -> str:
    for secret in (access.password, access.user):
        text = text.replace(secret, "***") if secret else text
    return text


def _examined(client: _Client, folder: str) -> int:
    """The folder's UIDVALIDITY, once it is open for reading alone."""
    quoted = imap_folder(folder).replace("\\", "\\\\").replace('"', '\\"')
    client._imap(client.select(f'"{quoted}"', readonly=True), "no_folder")
    said: list[Any] = client.untagged_responses.get("UIDVALIDITY", [])
    number = bytes(said[-1] or b"") if said else b""
    if not number.isdigit() or not 0 < int(number) <= _LARGEST_UID:
        raise MailboxError("protocol", "the server gives the folder no UIDVALIDITY")
    return int(number)


def _uids(client: _Client, last: int, today: date) -> list[int]:
    """The UIDs behind *last*, of the last days where it is 0, each once, in order; what is no UID is passed over."""
    since = today - timedelta(days=FIRST_DAYS)
    day = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"
    asked = f"UID {last + 1}:*" if last else f"SINCE {day}"
    client.allow(0)
    data = client._imap(client.uid("SEARCH", asked), "protocol")
    found = {
        int(word)
        for line in data
        if line
        for word in bytes(line).split()
        if word.isdigit() and len(word) < 11
    }
    return sorted(uid for uid in found if last < uid <= _LARGEST_UID)


def _sizes(client: _Client, uids: Sequence[int]) -> dict[int, int]:
    """The bytes of each mail, as the server says; those of which it does not are gone, and are none."""
    sizes = {}
    for start in range(0, len(uids), _TOGETHER):
        some = uids[start : start + _TOGETHER]
        client.allow(0)
        for line in client._imap(client.uid("FETCH", _set(some), "(RFC822.SIZE)"), "protocol"):
            head = bytes(line[0] if isinstance(line, tuple) else line or b"")
            if (uid := _UID.search(head)) and (size := _SIZE.search(head)):
                sizes[int(uid[1])] = int(size[1])
    return {uid: sizes.get(uid, 0) for uid in uids}


def _groups(uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
    """*uids* in parts that are asked for together, as many as one look may bring."""
    group: list[int] = []
    size = total = 0
    for uid in uids:
        own = sizes[uid] if sizes[uid] <= limits.PAGE_BYTES else 0
        total += own
        if total > LOOK_BYTES:
            break
        if group and (len(group) == _TOGETHER or size + own > _TOGETHER_BYTES):
            yield group
            group, size = [], 0
        group.append(uid)
        size += own
    if group:
        yield group


def _fetched(client: _Client, uids: Sequence[int]) -> list[RawMail]:
    """The mails *uids*, in order, as far as they are there still; of each no more than a page may weigh."""
    if not uids:
        return []
    client.allow(len(uids) * limits.PAGE_BYTES if len(uids) == 1 else 2 * _TOGETHER_BYTES + limits.PAGE_BYTES)
    parts = f"(UID INTERNALDATE BODY.PEEK[]<0.{limits.PAGE_BYTES}>)"
    found: dict[int, RawMail] = {}
    for line in client._imap(client.uid("FETCH", _set(uids), parts), "protocol"):
        if not isinstance(line, tuple) or len(line) < 2:
            continue
        uid, arrived = _UID.search(line[0]), _ARRIVED.search(line[0])
        if uid and int(uid[1]) in uids:
            at = arrived[1].decode("ascii", "replace").strip() if arrived else ""
            found.setdefault(int(uid[1]), RawMail(int(uid[1]), bytes(line[1]), at))
    return [found[uid] for uid in uids if uid in found]


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


@contextmanager
def _told(reader: MailboxReader) -> Iterator[None]:
    """Tells what goes wrong in the words of this file.

    Raises:
        MailboxError: for all that a network, a server or imaplib does.
    """
    try:
        yield
    except MailboxError:
        if reader.is_over:
            raise MailboxError("timeout", "the look took too long") from None
        raise
    except Exception as error:
        raise MailboxError(_reason(error, reader.is_over), _said(error)) from error


def _reason(error: Exception, was_cut: bool) -> str:
    if isinstance(error, MailboxError):
        return error.reason
    if was_cut or isinstance(error, TimeoutError):
        return "timeout"
    kinds: tuple[tuple[str, tuple[type[Exception], ...]], ...] = (
        ("tls", (ssl.SSLError,)),
        ("dns", (socket.gaierror, UnicodeError)),
        ("refused", (ConnectionRefusedError,)),
        ("reset", (ConnectionError, imaplib.IMAP4.abort)),
        ("protocol", (imaplib.IMAP4.error, ValueError, IndexError, KeyError, TypeError, AttributeError)),
        ("refused", (OSError,)),
    )
    return next((reason for reason, known in kinds if isinstance(error, known)), "protocol")


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _text(data: Sequence[Any]) -> str:
    said = b" ".join(part for part in data if isinstance(part, bytes))
    return " ".join(said.decode("utf-8", "replace").split())[:200] or "it refuses"


def imap_folder(name: str) -> str:
    """A folder's *name* as IMAP writes it: letters beyond ASCII in its own form of UTF-7 (RFC 3501, 5.1.3)."""
    return re.sub(r"&|[^\x20-\x7e]+", lambda some: "&-" if some[0] == "&" else _utf7(some[0]), name)


def _utf7(text: str) -> str:
    coded = base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
    return f"&{coded}-"
