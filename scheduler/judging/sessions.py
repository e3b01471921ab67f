"""Who is signed in, and how often one may try: kept in memory, so that a restart signs everybody out. Pure."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

# A month of daily use without signing in again; a week without use ends it.
LONGEST = timedelta(days=30)
IDLE = timedelta(days=7)
# Sessions of one reader, the oldest give way: nobody has more browsers.
MOST_EACH = 20
# Tries in vain, of one name and of all, in so long.
TRIES_EACH, TRIES_ALL, WINDOW = 5, 60, timedelta(minutes=5)


@dataclass(slots=True)
class Session:
    """A browser that is signed in."""

    reader: str
    stamp: str  # the hash of the reader's secret: another one ends the session
    form_token: str  # what each form must bring along
    began_at: datetime
    used_at: datetime


@dataclass(slots=True)
class Sessions:
    """Sessions by the digest of their id, so that what leaks of memory signs nobody in."""

    held: dict[str, Session] = field(default_factory=dict)

    def begin(self, session_id: str, form_token: str, reader: str, stamp: str, now: datetime) -> None:
        """Sign *reader* in under a new *session_id*, which nobody else has seen."""
        own = sorted((session.used_at, key) for key, session in self.held.items() if session.reader == reader)
        for _, key in own[: max(len(own) - MOST_EACH + 1, 0)]:
            del self.held[key]
        self.held[_digest(session_id)] = Session(reader, stamp, form_token, now, now)

    def find(self, session_id: str, now: datetime) -> Session | None:
        """The session of that id, if it has not run out."""
        session = self.held.get(_digest(session_id))
        if session is None:
            return None
        if now - session.began_at > LONGEST or now - session.used_at > IDLE:
            self.end(session_id)
            return None
        session.used_at = now
        return session

    def end(self, session_id: str) -> None:
        """Sign that browser out."""
        self.held.pop(_digest(session_id), None)


@dataclass(slots=True)
class Tries:
    """Tries to sign in that were in vain."""

    by_name: dict[str, deque[datetime]] = field(default_factory=dict)
    of_all: deque[datetime] = field(default_factory=deque)

    def may_try(self, name: str, now: datetime) -> bool:
        """Whether another try is looked at."""
        _forget(self.of_all, now)
        for known in [key for key, tries in self.by_name.items() if not _forget(tries, now)]:
            del self.by_name[known]
        return len(self.of_all) < TRIES_ALL and len(self.by_name.get(name, ())) < TRIES_EACH

    def count(self, name: str, now: datetime) -> None:
        """Count a try in vain."""
        self.of_all.append(now)
        self.by_name.setdefault(name, deque()).append(now)


def is_token(session: Session, form_token: str) -> bool:
    """Whether a form brings along what only a page of this session can know."""
    return compare_digest(session.form_token.encode(), form_token.encode("utf-8", "surrogatepass"))


def _forget(tries: deque[datetime], now: datetime) -> int:
    """Drop what is older than the window; how many are left."""
    while tries and now - tries[0] > WINDOW:
        tries.popleft()
    return len(tries)


def _digest(session_id: str) -> str:
    return sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()
