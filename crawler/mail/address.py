"""The address of a mailbox's folder, as the settings write it and as it is kept. Pure."""

import re
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import ip_address
from urllib.parse import quote, unquote, urlsplit

PORTS = {"imaps": 993, "imap": 143}
"""The schemes, with the port of each where an address names none."""

_LONGEST = 1_000
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """A folder of somebody's mailbox.

    Attributes:
        scheme: "imaps": encrypted from the first byte; "imap": plain at first.
        user: who signs in.
        host: name or numeric address.
        folder: as its owner calls it, such as "Newsletters" or "News/Korea".
    """

    scheme: str
    user: str
    host: str
    port: int
    folder: str

    @property
    def kept(self) -> str:
        """The address by which it is polled and shown: without the user, in whose place an unspeaking sign stands."""
        sign = blake2b(self.user.encode(), digest_size=4).hexdigest()
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}/{quote(self.folder, safe='/')}#{sign}"

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine, so that nobody can listen on the way."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def is_mailbox(url: str) -> bool:
    """Whether *url* is the address of a mailbox."""
    return url.partition("://")[0].lower() in PORTS


def mailbox_address(text: str) -> MailboxAddress:
    """The parts of ``imaps://user@host/folder``; of a user's own @ as %40, or as it is. Without a folder: INBOX.

    Raises:
        ValueError: what is wrong with it, in words; "" where it is of quite another form.
    """
    scheme, _, rest = text.partition("://")
    scheme = scheme.lower()
    if scheme not in PORTS or len(text) > _LONGEST or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError("")
    place, _, path = rest.partition("/")
    user, at, host = place.rpartition("@")
    if not at or not user:
        raise ValueError("the user is missing, as in imaps://you%40example.org@imap.example.org/Newsletters")
    if ":" in user:
        raise ValueError(
            "a password does not belong there: give it by imap_password_env or imap_password_file"
        )
    parts = urlsplit(f"//{host}")  # raises ValueError for a port out of range
    name, port = (parts.hostname or "").lower(), parts.port
    if not (_HOST.fullmatch(name) or _is_numeric(name)) or port == 0:
        raise ValueError("")
    folder = unquote(path, errors="replace").strip("/")
    if not folder.isprintable():
        raise ValueError("the folder's name has signs that cannot be written")
    return MailboxAddress(scheme, unquote(user), name, port or PORTS[scheme], folder or "INBOX")


def _is_numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
