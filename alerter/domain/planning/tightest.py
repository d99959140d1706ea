"""Of what one deadline has to say to one channel at one instant, only the tightest is said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerter.domain.notices.notice import Kind, Notice
from alerter.domain.planning.lead import parse_lead


def stream(kind: Kind | str) -> str:
    """Notices replace each other within a stream: a request to check the date stands beside the leads."""
    return "recheck" if kind == Kind.RECHECK else "lead"


def tightest(notices: Iterable[Notice]) -> tuple[list[Notice], list[Notice]]:
    """Split the notices of one deadline into those that go and those superseded, each in the order given.

    Superseded is what has a tighter one for the same channel and stream at the same `at`, also about another
    occurrence of a series.
    """
    listed = list(notices)
    best: dict[tuple[str, str, datetime], Notice] = {}
    for notice in sorted(listed, key=tightness):
        best[notice.channel, stream(notice.kind), notice.at] = notice
    kept = {id(notice) for notice in best.values()}
    return [one for one in listed if id(one) in kept], [one for one in listed if id(one) not in kept]


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
