"""What the first message of a thread says of the deadline, as the ledger knows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from alerter.domain.decisions.record import Known
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import Kind
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Status
from alerter.engine.delivery.compose import head_message
from tests.contract.ledger.making import make_action, make_record
from tests.messages import MADRID, TIKTOK, instant, tiktok

NOW = instant("2025-09-10T12:00")
DESK = Channel(name="desk", type="slack", zone=MADRID)
EARLIER = "2025-08-16"


def head(deadline: Deadline, key: str = TIKTOK.key, *, actions: tuple[Any, ...] = (), **record: Any) -> Message:
    """The head for readers in Madrid, a week before; `record` is what the ledger knows besides."""
    values = {"deadline": "tiktok", "due_key": TIKTOK.key, "due_at": TIKTOK.at, "since": instant("2025-09-01T00:00")}
    known = Known(record=make_record(**{**values, **record}), actions=actions)
    return head_message(deadline, key, known, channel=DESK, now=NOW, thread="ts")


def did(action: str, key: str = TIKTOK.key, **changes: Any) -> Any:
    """Something that Ann did a minute ago."""
    return make_action(action, **{"deadline": "tiktok", "due_key": key, "at": NOW - timedelta(minutes=1), **changes})


@pytest.mark.parametrize(
    ("record", "actions", "expected"),
    [
        ({}, (), (Kind.UPCOMING, None)),
        ({"due_key": "2025-09-09"}, (), (Kind.OVERDUE, None)),
        ({"status": Status.VOID}, (), (Kind.CLOSED, "void")),
        ({}, (did("close", status=Status.MET),), (Kind.CLOSED, "met")),
    ],
    ids=["open", "past", "void by another", "closed"],
)
def test_it_stands_as_the_ledger_says(record: Any, actions: Any, expected: Any) -> None:
    """Open, past or closed, by the configuration, by what it is derived from, or by a person."""
    message = head(tiktok(), actions=actions, **record)
    assert (message.kind, message.closed_as) == expected


def test_it_is_about_the_present_date() -> None:
    """What was acted on before the date moved is no more; how it moved is said."""
    acted = did("ack", EARLIER, at=instant("2025-08-10T00:00"))
    message = head(tiktok(), EARLIER, actions=(acted,), earlier_keys=(EARLIER,), move_count=1)
    assert (message.due, message.actions, message.moves) == (TIKTOK, (), 1)
    assert message.moved is not None
    assert (message.moved.before.local, message.moved.after) == (date(2025, 8, 16), TIKTOK)


def test_of_a_series_it_is_about_the_date_that_something_became_of() -> None:
    """The next one may have begun since; it says nothing of how another date moved."""
    series = replace(tiktok(), repeat="FREQ=MONTHLY")
    message = head(series, EARLIER, actions=(did("ack", EARLIER),), earlier_keys=("2025-07-16",))
    assert message.due is not None
    assert (message.due.key, message.moved) == (EARLIER, None)
    assert [action.by for action in message.actions] == ["Ann"]
