"""Which of several candidates for one deadline go out, and why the others do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerter.domain.deadline import CatchUp
from alerter.domain.notice import Kind, Notice, Reason

MISSED_AFTER = timedelta(minutes=5)
"""Later than this at hand-over a notice counts as missed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of a candidate: it goes (for `reason`, None as planned) or is skipped for it."""

    notice: Notice
    goes: bool
    reason: Reason | None = None


def stream(kind: Kind | str) -> str:
    """Notices replace each other within a stream: a request to check the date stands beside the leads."""
    return "recheck" if kind == Kind.RECHECK else "lead"


def choose(candidates: Iterable[Notice], policy: CatchUp, now: datetime) -> list[Choice]:
    """Decide on one deadline's notices that have come due and still hold, by its `catch_up` policy."""
    groups: dict[tuple[str, str], list[Notice]] = defaultdict(list)
    for notice in candidates:
        groups[notice.channel, stream(notice.kind)].append(notice)
    return [choice for group in groups.values() for choice in _choose_in(group, policy, now)]


def _choose_in(group: list[Notice], policy: CatchUp, now: datetime) -> list[Choice]:
    going, choices = keep_tightest(group)
    fresh = [notice for notice in going if now - notice.at <= MISSED_AFTER]
    missed = [notice for notice in going if now - notice.at > MISSED_AFTER]
    choices += [Choice(notice, goes=True) for notice in fresh]
    if policy is CatchUp.ALL:
        return choices + [Choice(notice, goes=True, reason=Reason.CATCH_UP) for notice in missed]
    if policy is CatchUp.SKIP:
        return choices + [Choice(notice, goes=False, reason=Reason.MISSED) for notice in missed]
    return choices + only_latest(missed, Reason.CATCH_UP, is_replaced=bool(fresh))


def keep_tightest(group: list[Notice]) -> tuple[list[Notice], list[Choice]]:
    """Of those that go at one instant for one due date keep the tightest; the others are superseded."""
    best: dict[tuple[datetime, str | None], Notice] = {}
    for notice in sorted(group, key=tightness):
        best[notice.at, notice.due_key] = notice
    kept = set(map(id, best.values()))
    dropped = [Choice(n, goes=False, reason=Reason.SUPERSEDED) for n in group if id(n) not in kept]
    return sorted(best.values(), key=lambda notice: notice.at), dropped


def only_latest(notices: list[Notice], reason: Reason, *, is_replaced: bool = False) -> list[Choice]:
    """Let the tightest of them go for `reason`, unless something tighter goes anyway."""
    if not notices:
        return []
    *looser, last = sorted(notices, key=_latest_occurrence)
    head = Choice(last, goes=not is_replaced, reason=Reason.SUPERSEDED if is_replaced else reason)
    return [head, *(Choice(notice, goes=False, reason=Reason.SUPERSEDED) for notice in looser)]


def tightness(notice: Notice) -> tuple[datetime, bool, str]:
    """Sorts from loose to tight; between equals what goes to everybody beats an escalation."""
    return (notice.nominal_at, not notice.is_escalation, notice.lead or notice.ordinal)


def _latest_occurrence(notice: Notice) -> tuple[datetime, datetime, bool, str]:
    return (notice.due_at or notice.at, *tightness(notice))
