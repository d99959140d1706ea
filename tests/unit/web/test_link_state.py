"""How long a signed link holds."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from alerter.domain.decisions.acting import Deeds
from alerter.domain.planning.deadline import Status
from alerter.web.signed.link_state import Standing, judge_link
from alerter.web.signed.links import Link
from tests.messages import TRUCE, deadline

SECOND = timedelta(seconds=1)
MONTH = timedelta(days=30)


@pytest.mark.parametrize(
    ("action", "past_due", "expected"),
    [
        ("ack", -MONTH, Standing.GOOD),
        ("ack", MONTH, Standing.GOOD),
        ("ack", MONTH + SECOND, Standing.EXPIRED),
        ("close", MONTH, Standing.GOOD),
        ("close", MONTH + SECOND, Standing.EXPIRED),
        ("snooze", -SECOND, Standing.GOOD),
        ("snooze", timedelta(), Standing.EXPIRED),
    ],
)
def test_a_link_holds_for_a_month_after_the_date_and_a_snooze_until_it(
    action: Deeds, past_due: timedelta, expected: Standing
) -> None:
    """To the second, whether or not anybody has acted before."""
    link = Link(action=action, deadline="tariff-truce", due_key=TRUCE.key, channel="ops")
    assert judge_link(link, deadline(), None, TRUCE.at + past_due).standing is expected


@pytest.mark.parametrize("action", get_args(Deeds))
@pytest.mark.parametrize("status", [one for one in Status if one is not Status.OPEN])
def test_a_link_of_what_the_configuration_has_closed_does_nothing(action: Deeds, status: Status) -> None:
    """Though nobody has closed it by a link."""
    link = Link(action=action, deadline="tariff-truce", due_key=TRUCE.key, channel="ops")
    assert judge_link(link, deadline(status=status), None, TRUCE.at - MONTH).standing is Standing.CLOSED
