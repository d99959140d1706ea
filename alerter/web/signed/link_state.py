"""Whether a signed link still holds, and if not, why: what its page says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerter.domain.decisions.acting import occurrence_of
from alerter.domain.decisions.record import Action, Known
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.due import Due, next_due
from alerter.domain.planning.due_keys import parse_key
from alerter.web.signed.links import Link, is_expired


class Standing(StrEnum):
    """What became of what the link is for."""

    GOOD = "good"
    DONE = "done"
    GONE = "gone"
    MOVED = "moved"
    CLOSED = "closed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """How the link stands. `due` is the date it is about, `now_due` the one the deadline has now.

    `action` is the one that did it already, or that closed the deadline.
    """

    standing: Standing
    due: Due | None = None
    now_due: Due | None = None
    action: Action | None = None

    @property
    def status(self) -> int:
        """The HTTP status of its page."""
        return 200 if self.standing in (Standing.GOOD, Standing.DONE) else 410


def judge_link(link: Link, deadline: Deadline | None, known: Known | None, now: datetime) -> LinkState:
    """How the link stands; `known` is what the ledger knows of the deadline, with only actions that still count."""
    if deadline is None:
        return LinkState(standing=Standing.GONE)
    due = occurrence_of(deadline, known, link.due_key, now)
    if due is None:
        return LinkState(standing=Standing.MOVED, due=_named(link, deadline), now_due=next_due(deadline, now))
    done = {action.action: action for action in known.actions if action.due_key == due.key} if known else {}
    if link.action in ("ack", "close") and link.action in done and (link.action == "close" or "close" not in done):
        return LinkState(standing=Standing.DONE, due=due, action=done[link.action])
    if deadline.status is not Status.OPEN or "close" in done:
        return LinkState(standing=Standing.CLOSED, due=due, action=done.get("close"))
    is_too_late = is_expired(due.at, now) or (link.action == "snooze" and due.at <= now)
    return LinkState(standing=Standing.EXPIRED if is_too_late else Standing.GOOD, due=due)


def _named(link: Link, deadline: Deadline) -> Due | None:
    try:
        return parse_key(link.due_key, deadline)
    except ValueError:
        return None
