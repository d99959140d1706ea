"""Of what one deadline has to say to one channel at one instant, only the tightest is said.

What is said again and again of a passed date is no lead: it stands beside what is said of the next.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, timedelta

from alerter.domain.notices.notice import Kind, Notice, is_repeat
from alerter.domain.planning.lead import parse_lead


def stream(kind: Kind | str) -> str:
    """Notices replace each other within a stream: a request to check the date stands beside the leads."""
    return "recheck" if kind == Kind.RECHECK else "lead"


def tightest(notices: Iterable[Notice]) -> tuple[list[Notice], list[Notice]]:
    """Split the notices of one deadline into those that go and those superseded, each in the order given.

    Superseded is what has a tighter one for the same channel and stream at the same `at`, also where that is about
    another occurrence of a series. An overdue repeat takes the place of other repeats, and of its own due date's leads;
    an opening, which says what no lead does, takes no place of theirs.
    """
    listed = list(notices)
    of_each_date = _best(listed, lambda one: (_place(one), one.due_key))
    going = _best(of_each_date, lambda one: (_place(one), _is_repeat(one)))
    kept = {id(notice) for notice in going}
    return [one for one in listed if id(one) in kept], [one for one in listed if id(one) not in kept]


def _best(notices: Iterable[Notice], where: Callable[[Notice], Hashable]) -> Iterable[Notice]:
    """The tightest in each place, but a repeat before any lead."""
    ordered = sorted(notices, key=lambda one: (_is_repeat(one), *tightness(one)))
    return {where(notice): notice for notice in ordered}.values()


def _place(notice: Notice) -> tuple[str, str, datetime]:
    return notice.channel, notice.kind if notice.kind is Kind.OPENS else stream(notice.kind), notice.at


def _is_repeat(notice: Notice) -> bool:
    return is_repeat(notice.kind, notice.lead)


def tightness(notice: Notice) -> tuple[datetime, timedelta, bool, float, bool, int, str]:
    """Sorts from loose to tight: by the instant, then by how near it is to the due date it is about.

    Between equals the due notice wins, then the lead that is nearer as written (`day_shift` brings several to one
    day), and what goes to everybody beats an escalation.
    """
    distance = notice.nominal_at - (notice.due_at or notice.nominal_at)
    written = parse_lead(notice.lead).distance if notice.lead else None
    return (
        notice.nominal_at,
        -abs(distance),
        notice.kind is Kind.DUE,
        distance.total_seconds() if written is None else written,
        not notice.is_escalation,
        len(notice.ordinal),
        notice.lead or notice.ordinal,
    )
