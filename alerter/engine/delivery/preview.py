"""A look at a message before there is any occasion for it: of a lead, of another kind, or of a digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerter.domain.decisions.following import next_notice_at
from alerter.domain.decisions.moves import count_moves
from alerter.domain.decisions.overview import listed
from alerter.domain.messages.deeds import actions_offered
from alerter.domain.messages.message import Links, Message, Moved
from alerter.domain.notices.notice import Kind, Notice, notice_id
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import Due, next_due
from alerter.domain.planning.due_keys import parse_key
from alerter.domain.planning.duedate import reading
from alerter.domain.planning.lead import parse_lead
from alerter.domain.planning.plan import notices_of, plan
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.delivery.compose import bare_message, planned_message

FAR = timedelta(days=366 * 3)
KINDS = {
    "moved": Kind.MOVED,
    "closed": Kind.CLOSED,
    "overdue": Kind.OVERDUE,
    "opens": Kind.OPENS,
    "recheck": Kind.RECHECK,
}
"""What may stand in the place of a lead."""

_PLANNED = (Kind.OPENS, Kind.RECHECK)


def preview_message(
    watch_list: WatchList,
    name: str,
    now: datetime,
    *,
    lead: str | None = None,
    channel: str | None = None,
    base_url: str | None = None,
) -> Message:
    """The message of one lead of a deadline as of the instant it would go out, of a kind of `KINDS`, or of a digest.

    Without `lead` the next notice, without `channel` the first that would hear. With `base_url` it has links that lead
    nowhere. Raises ValueError with a sentence where there is no such message.
    """
    if name not in watch_list.deadlines:
        return _digest(watch_list, name, channel, now)
    deadline = watch_list.deadlines[name]
    due = next_due(deadline, now)
    if due is None:
        raise ValueError(f"{name} has no due date left")
    hearer = channel or next(iter(deadline.channels), "") or next(iter(watch_list.channels))
    heard = watch_list if hearer in deadline.channels else _with_hearer(watch_list, deadline, hearer)
    if lead in KINDS and KINDS[lead] not in _PLANNED:
        message = _of_kind(heard, deadline, KINDS[lead], due, now, channel=hearer)
    else:
        message = _of_plan(heard, name, lead, due, now, channel=hearer)
    at_hand = heard.deadlines[name]
    following = next_notice_at(at_hand, heard.channels[hearer], (), message.now)
    is_last = message.kind is Kind.CLOSED
    return replace(message, links=_links(base_url, name, message), next_at=None if is_last else following)


def _with_hearer(watch_list: WatchList, deadline: Deadline, channel: str) -> WatchList:
    """The watch list as if the channel heard of the deadline."""
    heard = replace(deadline, channels=(*deadline.channels, channel))
    return replace(watch_list, deadlines={**watch_list.deadlines, deadline.id: heard})


def _of_plan(watch_list: WatchList, name: str, lead: str | None, due: Due, now: datetime, *, channel: str) -> Message:
    deadline, until = watch_list.deadlines[name], max(due.at, now) + FAR
    planned = [notice for notice in notices_of(deadline, watch_list.channels, due, until) if notice.channel == channel]
    if lead in KINDS:
        beyond = plan(deadline, watch_list.channels, now, until)
        planned += [notice for notice in beyond if notice.channel == channel and notice.due_key]
    notice = _pick(planned, lead, channel, now)
    return planned_message(notice, watch_list, notice.at)


def _pick(planned: Sequence[Notice], lead: str | None, channel: str, now: datetime) -> Notice:
    if lead in KINDS:
        fitting = [notice for notice in planned if notice.kind is KINDS[lead]]
    else:
        text = parse_lead(lead).text if lead is not None else None
        fitting = [notice for notice in planned if text is None or notice.lead == text]
    if not fitting:
        known = ", ".join(dict.fromkeys(notice.lead for notice in planned if notice.lead)) or "none"
        wanted = f" with lead {lead}" if lead else ""
        raise ValueError(f"no notice{wanted} for channel {channel!r} (leads: {known}; or {', '.join(KINDS)})")
    return next((notice for notice in fitting if notice.at >= now), fitting[-1])


def _of_kind(
    watch_list: WatchList, deadline: Deadline, kind: Kind, due: Due, now: datetime, *, channel: str
) -> Message:
    message = bare_message(
        notice_id("preview", deadline.id, str(kind), channel),
        kind,
        watch_list.channels[channel],
        now,
        deadline=deadline,
        due=due,
        moves=count_moves(deadline, due.key),
    )
    if kind is Kind.MOVED:
        return replace(message, moved=_moved(deadline, due), moves=max(1, message.moves))
    if kind is Kind.CLOSED:
        return replace(message, closed_as="met")
    every = deadline.overdue.every if deadline.overdue else timedelta(days=1)
    return replace(message, now=due.at + every, planned_at=due.at + every)


def _moved(deadline: Deadline, due: Due) -> Moved:
    """From the last date in `history`; where there is none, as if it had been a week earlier."""
    if deadline.history:
        return Moved(before=parse_key(deadline.history[-1].key, deadline), after=due)
    return Moved(before=reading(deadline).due(due.local - timedelta(days=7)), after=due)


def _digest(watch_list: WatchList, name: str, channel: str | None, now: datetime) -> Message:
    digest = watch_list.digests[name]
    hearer = watch_list.channels[channel or digest.channels[0]]
    base = bare_message(notice_id("preview", name, hearer.name), Kind.DIGEST, hearer, now, title=name)
    dues = listed(watch_list.deadlines.values(), {}, match=digest.match, now=now, horizon=digest.horizon)
    items = [_item(base, deadline, due) for deadline, due in dues]
    return replace(base, items=tuple(items))


def _item(base: Message, deadline: Deadline, due: Due) -> Message:
    kind = Kind.OVERDUE if due.at < base.now else Kind.UPCOMING
    return replace(base, kind=kind, title="", deadline=deadline, due=due, moves=count_moves(deadline, due.key))


def _links(base_url: str | None, name: str, message: Message) -> Links:
    if base_url is None:
        return Links()
    acts = {action: f"{base_url}/a/preview.{action}" for action in actions_offered(message)}
    return Links(page=f"{base_url}/deadlines/{name}", **acts)
