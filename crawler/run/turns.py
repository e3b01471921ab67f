"""Whose task is next in the pool: no source's pages, however slow, keep the others waiting. Pure.

The source whose tasks have taken least time so far is next, as in start-time fair queueing (Goyal, Vin, Cheng: 1996):
one that comes late begins at the least that anybody waiting has taken, not at nothing.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field

# A source with a task that took longer has one place at a time.
_SLOW_S = 2.0
# So many tasks in a row that ran out of time end a source's pages for this crawl.
_MOST_OVERRUNS = 3


@dataclass(slots=True)
class _Account:
    """What one source has had."""

    used_s: float = 0.0
    in_hand: int = 0
    is_slow: bool = True  # until one of its tasks was quick
    overruns: int = 0  # in a row
    waiting: deque[object] = field(default_factory=deque)


class Turns:
    """The tickets of the tasks that wait, by source, and what the sources have used of the pool."""

    def __init__(self, processes: int) -> None:
        """For *processes* that work; a task more for each is let in, so that none waits for the event loop."""
        self._processes = processes
        self._in_hand = 0
        self._accounts: defaultdict[str, _Account] = defaultdict(_Account)

    def enter(self, source: str, ticket: object) -> None:
        """Have *ticket* wait for its turn; "" is nobody's."""
        account = self._accounts[source]
        if not account.waiting and not account.in_hand:
            busy = [other.used_s for other in self._accounts.values() if other.waiting or other.in_hand]
            account.used_s = max(account.used_s, min(busy, default=0.0))
        account.waiting.append(ticket)

    def withdraw(self, source: str, ticket: object) -> bool:
        """Take back a ticket that waits; whether it did."""
        waiting = self._accounts[source].waiting
        if ticket not in waiting:
            return False
        waiting.remove(ticket)
        return True

    def admit(self) -> object | None:
        """The ticket whose turn it is, which has a place from now on; None: nobody's."""
        ready = [
            account
            for account in self._accounts.values()
            if account.waiting and not (account.is_slow and account.in_hand)
        ]
        if not ready:
            return None
        account = min(ready, key=lambda account: (account.used_s, account.in_hand))
        # What may be slow has a process to itself; nobody overtakes it until there is one.
        if self._in_hand >= (self._processes if account.is_slow else 2 * self._processes):
            return None
        account.in_hand += 1
        self._in_hand += 1
        return account.waiting.popleft()

    def leave(self, source: str, seconds: float, *, overran: bool = False) -> None:
        """Note that a task of *source* is over after *seconds*; *overran*: its time was."""
        account = self._accounts[source]
        account.in_hand -= 1
        self._in_hand -= 1
        account.used_s += seconds
        account.is_slow = overran or seconds > _SLOW_S
        account.overruns = account.overruns + 1 if overran else 0

    def forgive(self, source: str) -> None:
        """Read pages of *source* again, for another crawl."""
        self._accounts[source].overruns = 0

    def is_spent(self, source: str) -> bool:
        """Whether the pages of *source* ran out of time so often that none is read any more."""
        return self._accounts[source].overruns >= _MOST_OVERRUNS
