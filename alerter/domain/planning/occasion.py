"""The plan of one due date, the whole of it: for what was passed over and what was taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerter.domain.dates.calendar import Shift
from alerter.domain.notices.notice import Notice
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.duedate import EARLIEST, Due
from alerter.domain.planning.plan import plan


def notices_of(deadline: Deadline, channels: Mapping[str, Channel], due: Due, until: datetime) -> list[Notice]:
    """All notices about this one due date with at < until, however long ago."""
    single = deadline
    if deadline.repeat is not None:
        single = replace(deadline, repeat=None, due=due.local, roll=Shift.NONE, opens=None)
    return [notice for notice in plan(single, channels, EARLIEST, until) if notice.due_key == due.key]
