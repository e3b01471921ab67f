"""What one look at a mailbox gives. Pure."""

from dataclasses import dataclass

FIRST_DAYS = 30
"""Of a folder that was never looked at, or is numbered anew, the mails of so many days are read."""


@dataclass(frozen=True, slots=True)
class RawMail:
    """A mail as the server has it."""

    uid: int
    body: bytes
    arrived: str = ""  # when the server got it, as IMAP writes it; "" if it does not say


@dataclass(frozen=True, slots=True)
class MailboxLook:
    """What one look at a folder gave."""

    cursor: str  # where the next look goes on: UIDVALIDITY and the last UID that is done with
    mails: tuple[RawMail, ...] = ()
    left_out: tuple[str, ...] = ()  # mails that are too large, each in words
    waiting: int = 0  # that the next look brings
    problem: str = ""  # what ended the look before its end, after some mails; "" if nothing did
    is_anew: bool = False  # the folder is numbered anew, so that its last mails came once more
