"""Who is told in place of a channel that does not work: never one that has the same to tell, or will have."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from alerter.domain.decisions.record import ACTION_LINE
from alerter.domain.notices.notice import PLANNED_KINDS, Notice, notice_id
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline


def asks_fallback_at(channel: Channel, hearers: Collection[str], since: datetime) -> datetime | None:
    """From when on the fallback of the channel is told too; never where it is one of the hearers of the same."""
    if channel.fallback is None or channel.fallback in hearers:
        return None
    return since + channel.fallback_after


def fallback_of(channels: Mapping[str, Channel], name: str, barred: Collection[str]) -> Channel | None:
    """The fallback of the channel of that name, where there is one and it is none of these."""
    channel = channels.get(name)
    if channel is None or channel.fallback is None or channel.fallback in barred:
        return None
    return channels.get(channel.fallback)


def stand_in(original: Notice, name: str) -> Notice:
    """The same for the fallback: a notice of its own, named by the original's id and that channel."""
    return replace(original, id=notice_id(original.id, name), channel=name)


def hearers_by_plan(deadline: Deadline, notice: Notice, *, is_acknowledged: bool) -> frozenset[str]:
    """Whom the plan has told the same as this notice of the deadline tells; escalations, until somebody acknowledged.

    Of what happened the plan tells nobody.
    """
    if tells_of_event(notice):
        return frozenset()
    if notice.lead is None:
        return frozenset(deadline.channels)
    told = set(deadline.channels) if any(lead.text == notice.lead for lead in deadline.leads) else set()
    if not is_acknowledged:
        told.update(name for step in deadline.escalate if step.lead.text == notice.lead for name in step.channels)
    return frozenset(told)


def tells_of_event(notice: Notice) -> bool:
    """Whether it tells of something that happened, a person's action or a move, and not of what was planned."""
    return notice.kind not in PLANNED_KINDS or notice.ordinal.startswith(ACTION_LINE)
