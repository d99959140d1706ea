"""The states of a notice, and every way from one to another.

queued     waits for its first attempt, or for its next after one that was cut short
sending    is in somebody's hands under a lease
retrying   an attempt failed or its end is unknown; waits for the next
delivered  the other side said so; nothing ever leaves this state
skipped    is not to be sent, and `reason` says why
dead       was given up or refused for good, and a person may bring it back

queued -> sending      dispatch claims it
queued -> skipped      a hand-over takes it back, or a person's action ends it
retrying -> sending    dispatch claims it
retrying -> skipped    as from queued; or a claim finds a tighter notice handed over (superseded)
sending -> delivered   dispatch records the other side's yes
sending -> retrying    dispatch records a no for now; or the lease ran out, and nobody knows
sending -> dead        dispatch records a no for good
sending -> queued      nothing was sent at the first attempt: dispatch was cut short, or quiet hours hold it
skipped -> queued      a hand-over wants it again that had been taken back before it was told
skipped -> skipped     as before, but it is not to go for another reason
dead -> queued         `alerter retry`, or the channel's address changed
retrying -> delivered  as to skipped, where some of its recipients have it
any -> delivered       a yes that comes after the lease was lost is a yes all the same
"""

from __future__ import annotations

from collections.abc import Mapping

from alerter.domain.notices.notice import State

EDGES: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENDING, State.SKIPPED, State.DELIVERED}),
    State.RETRYING: frozenset({State.SENDING, State.SKIPPED, State.DELIVERED}),
    State.SENDING: frozenset({State.DELIVERED, State.RETRYING, State.DEAD, State.QUEUED}),
    State.SKIPPED: frozenset({State.QUEUED, State.SKIPPED, State.DELIVERED}),
    State.DEAD: frozenset({State.QUEUED, State.DELIVERED}),
    State.DELIVERED: frozenset(),
}
OPEN = (State.QUEUED, State.RETRYING)
FINISHED = (State.DELIVERED, State.SKIPPED, State.DEAD)


def can_move(before: State, after: State) -> bool:
    """Whether a notice may go from one state to the other."""
    return after in EDGES[before]
