"""Which of several candidates for one deadline go out, and why the others do not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerter.domain.notices.notice import Notice, Reason
from alerter.domain.planning.deadline import CatchUp
from alerter.domain.planning.tightest import stream, tightest, tightness

MISSED_AFTER = timedelta(minutes=5)
"""Later than this at hand-over a notice counts as missed."""

Place = tuple[str, str | None, str]
"""Where notices replace each other: a channel, a due date and a stream."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of a candidate: it goes (for `reason`, None as planned) or is skipped for it."""

    notice: Notice
    goes: bool
    reason: Reason | None = None


def choose(candidates: Iterable[Notice], policy: CatchUp, now: datetime) -> list[Choice]:
    """Decide on one deadline's notices that have come due and still hold, by its `catch_up` policy."""
    groups: dict[tuple[str, str], list[Notice]] = defaultdict(list)
    for notice in candidates:
        groups[notice.channel, stream(notice.kind)].append(notice)
    return [choice for group in groups.values() for choice in _choose_in(group, policy, now)]


def _choose_in(group: list[Notice], policy: CatchUp, now: datetime) -> list[Choice]:
    going, looser = tightest(group)
    choices = [Choice(notice, goes=False, reason=Reason.SUPERSEDED) for notice in looser]
    fresh = [notice for notice in going if now - notice.at <= MISSED_AFTER]
    missed = [notice for notice in going if now - notice.at > MISSED_AFTER]
    choices += [Choice(notice, goes=True) for notice in fresh]
    if policy is CatchUp.ALL:
        return choices + [Choice(notice, goes=True, reason=Reason.CATCH_UP) for notice in missed]
    if policy is CatchUp.SKIP:
        return choices + [Choice(notice, goes=False, reason=Reason.MISSED) for notice in missed]
    return choices + only_latest(missed, dict.fromkeys((notice.id for notice in missed), Reason.CATCH_UP))


def only_latest(notices: Iterable[Notice], reasons: Mapping[str, Reason]) -> list[Choice]:
    """Let the tightest of them go, for its reason by id; of a series one about its latest occurrence."""
    ordered = sorted(notices, key=_latest_occurrence)
    heads = [Choice(notice, goes=True, reason=reasons[notice.id]) for notice in ordered[-1:]]
    return heads + [Choice(notice, goes=False, reason=Reason.SUPERSEDED) for notice in ordered[:-1]]


def without_looser(choices: Iterable[Choice], policy: CatchUp) -> list[Choice]:
    """The same, but what goes late or out of turn gives way to a tighter one for its channel and due date.

    What is on time just goes; under `all` what was missed does too.
    """
    listed = list(choices)
    best: dict[Place, Choice] = {}
    for choice in sorted((one for one in listed if one.goes), key=lambda one: tightness(one.notice)):
        best[_place(choice.notice)] = choice
    return [
        choice
        if not choice.goes or choice is best[_place(choice.notice)] or _is_sent_beside(choice, policy)
        else Choice(choice.notice, goes=False, reason=Reason.SUPERSEDED)
        for choice in listed
    ]


def _is_sent_beside(choice: Choice, policy: CatchUp) -> bool:
    return choice.reason is None or (policy is CatchUp.ALL and choice.reason is Reason.CATCH_UP)


def _place(notice: Notice) -> Place:
    return notice.channel, notice.due_key, stream(notice.kind)


def _latest_occurrence(notice: Notice) -> tuple[Any, ...]:
    return (notice.due_at or notice.at, *tightness(notice))
