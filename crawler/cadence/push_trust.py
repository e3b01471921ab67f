"""How far pushes take the place of polls. Pure.

A hub is believed by what it has shown. With the first push that brings something new the feed itself is asked again
after an hour, and after twice as long each time that it shows nothing that had not been pushed, up to half a day; a
look that finds something new ends that at once, and the next push begins anew. What the feed can hold still bounds
the pause: a hub that falls silent costs delay, and no entry. FreshRSS does not ask for 24 hours after a push
(p/api/pshb.php).
"""

from dataclasses import replace

from storage.records.polls import PollFacts
from storage.records.subscriptions import PushTrust

FIRST_S = 3_600
LONGEST_S = 12 * 3_600
_MOST_PROOF = 5  # 16 hours: beyond the longest


def trust_after(facts: PollFacts) -> PushTrust | None:
    """The trust in the feed's hub after its last poll or push; None: there is no subscription."""
    trust = facts.trust
    if trust is None:
        return None
    if facts.is_push:
        return replace(trust, proof=max(trust.proof, 1)) if trust.news else trust
    if not facts.is_ok:
        return trust
    if facts.new_links:
        return replace(trust, proof=0, news=0)
    proof = min(trust.proof + 1, _MOST_PROOF) if trust.proof and trust.news else trust.proof
    return replace(trust, proof=proof, news=0)


def longest_pause_s(trust: PushTrust | None, facts: PollFacts) -> float:
    """How long the feed need not be asked, in seconds; 0: as if there was no hub.

    At half of what is left of the lease it is asked, and with that the lease renewed.
    """
    if trust is None or not trust.proof or trust.lease_until is None:
        return 0.0
    left_s = (trust.lease_until - facts.polled_at).total_seconds()
    return max(min(FIRST_S * 2.0 ** (trust.proof - 1), LONGEST_S, left_s / 2), 0.0)
