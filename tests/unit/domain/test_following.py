"""What comes after a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

import pytest

from alerter.domain.decisions.following import next_notice_at
from alerter.domain.decisions.record import Action
from alerter.domain.planning.channel import Channel, Quiet
from alerter.domain.planning.deadline import Deadline, OnAck, Overdue, Severity, Status
from alerter.domain.planning.due import sole_due
from alerter.domain.planning.lead import parse_lead
from tests.messages import MADRID, TRUCE, deadline, instant

OPS = Channel(name="ops", type="console", zone=MADRID)
WEEK_BEFORE = instant("2025-11-03T05:01")
DAY_BEFORE = instant("2025-11-09T05:01")


def truce(**changes: object) -> Deadline:
    """The truce with two leads and two reminders after it."""
    overdue = Overdue(every=DAY_BEFORE - instant("2025-11-08T05:01"), times=2)
    return deadline(**{"leads": (parse_lead("7d"), parse_lead("1d")), "overdue": overdue, **changes})


def acted(action: str, until: datetime | None = None, due_key: str = TRUCE.key) -> Action:
    """Somebody did something about the truce on the day of the first notice."""
    return Action(
        ordinal=1, at=WEEK_BEFORE, deadline="tariff-truce", due_key=due_key, action=action, by="Ana", until=until
    )


@pytest.mark.parametrize(
    ("of", "actions", "expected"),
    [
        (truce(), (), DAY_BEFORE),
        (truce(on_ack=OnAck.STOP), (acted("ack"),), None),
        (truce(on_ack=OnAck.LEADS), (acted("ack"),), DAY_BEFORE),
        (truce(), (acted("close"),), None),
        (truce(), (acted("ack", due_key="another date"),), DAY_BEFORE),
        (truce(), (acted("snooze", instant("2025-11-09T20:00")),), instant("2025-11-09T20:00")),
        (truce(), (acted("snooze", instant("2025-11-04T20:00")),), DAY_BEFORE),
        (truce(status=Status.MET), (), None),
        (truce(channels=("desk",)), (), None),
    ],
    ids=[
        "planned",
        "acknowledged",
        "leads go on",
        "closed",
        "another date",
        "snoozed",
        "awake by then",
        "met",
        "not told",
    ],
)
def test_next_notice_is_what_people_have_left_of_the_plan(
    of: Deadline, actions: tuple[Action, ...], expected: datetime | None
) -> None:
    """The next of the plan on this channel, less what an answer has ended, after a snooze."""
    assert next_notice_at(of, OPS, actions, WEEK_BEFORE) == expected


def test_acknowledgement_that_leaves_the_leads_ends_the_nagging() -> None:
    """After the last lead nothing follows once somebody has acknowledged."""
    nagging = instant("2025-11-11T05:01")
    assert next_notice_at(truce(), OPS, (), DAY_BEFORE) == nagging
    assert next_notice_at(truce(on_ack=OnAck.LEADS), OPS, (acted("ack"),), DAY_BEFORE) is None


def test_next_notice_after_a_snooze_minds_quiet_hours() -> None:
    """A snooze that ends at night puts the lead off until the morning."""
    asleep = replace(OPS, quiet=Quiet(start=time(20), end=time(7)))
    snooze = acted("snooze", instant("2025-11-09T20:00"))
    of = truce(severity=Severity.NORMAL, due=datetime.fromisoformat("2025-11-10T12:00"))
    key = sole_due(of).key
    assert next_notice_at(of, asleep, (replace(snooze, due_key=key),), WEEK_BEFORE) == instant("2025-11-10T06:00")


def test_next_notice_of_a_series_is_about_a_date_that_is_left() -> None:
    """Who has answered for one date is not told that its next lead is to come: the next date's is."""
    weekly = truce(repeat="FREQ=WEEKLY", on_ack=OnAck.STOP, leads=(parse_lead("1d"),), overdue=None)
    assert next_notice_at(weekly, OPS, (acted("ack"),), WEEK_BEFORE) == instant("2025-11-16T05:01")
