"""The plan of one due date, the whole of it: for what was passed over and what was taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerter.domain.calendar import Shift
from alerter.domain.channel import Channel
from alerter.domain.deadline import Deadline
from alerter.domain.duedate import EARLIEST, Due
from alerter.domain.notice import Notice
from alerter.domain.plan import plan


def notices_of(deadline: Deadline, channels: Mapping[str, Channel], due: Due, until: datetime) -> list[Notice]:
    """All notices about this one due date with at < until, however long ago."""
    single = deadline
    if deadline.repeat is not None:
        single = replace(deadline, repeat=None, due=due.local, roll=Shift.NONE, opens=None)
    return [notice for notice in plan(single, channels, EARLIEST, until) if notice.due_key == due.key]
