"""From a claimed row, or from a planned notice alone, to a message: joins facts with the watch list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerter.domain.decisions.derived import as_all_stand, with_sources
from alerter.domain.decisions.following import next_notice_at
from alerter.domain.decisions.moves import count_moves
from alerter.domain.decisions.overview import listed
from alerter.domain.decisions.record import Action, Entry, Known, Record
from alerter.domain.decisions.standing import is_snoozed
from alerter.domain.messages.deeds import taken
from alerter.domain.messages.message import Message, Moved
from alerter.domain.notices.notice import Kind, Notice, Reason
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.due_keys import parse_key
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.language import marked, speak
from alerter.engine.ops.problem_notes import read_note, text_words, title_words
from alerter.ledger.ledger import Claim

NOT_LATE = frozenset({Reason.FIRST_SEEN, Reason.REPLANNED, Reason.SNOOZED})
"""Reasons for which a notice goes when it can: its planned instant says nothing about us."""


def late_by(claim: Claim, now: datetime) -> int:
    """Whole seconds between the planned instant and now; 0 for what was never late."""
    if claim.entry.reason in NOT_LATE:
        return 0
    return max(0, int((now - claim.entry.notice.at).total_seconds()))


def bare_message(name: str, kind: Kind, channel: Channel, now: datetime, **facts: Any) -> Message:
    """A message with this id that speaks of no deadline; `facts` are further fields."""
    own = {"channel": channel.name, "now": now, "planned_at": now, "zone": channel.zone, "language": channel.language}
    return Message(id=name, kind=kind, **{**own, **facts})


def planned_message(notice: Notice, watch_list: WatchList, now: datetime, **facts: Any) -> Message:
    """The message of a notice of which no record is known; `facts` are further fields. It must have a due key."""
    deadline = watch_list.deadlines[notice.deadline or ""]
    key = notice.due_key or ""
    return bare_message(
        notice.id,
        notice.kind,
        watch_list.channels[notice.channel],
        now,
        planned_at=notice.at,
        lead=notice.lead,
        deadline=deadline,
        due=parse_key(key, deadline),
        moves=count_moves(deadline, key),
        **facts,
    )


def compose(claims: Sequence[Claim], watch_list: WatchList, known: Mapping[str, Known], now: datetime) -> Message:
    """The message of one claim, or of the bundle that several make up."""
    parts = [_compose_one(claim, watch_list, known, now) for claim in claims]
    if len(parts) == 1 and claims[0].entry.bundle is None:
        return parts[0]
    first = claims[0]
    return replace(
        _bare(first, watch_list.channels[first.entry.notice.channel], now),
        id=first.entry.bundle or first.id,
        kind=Kind.BUNDLE,
        items=tuple(parts),
        late_by=max(part.late_by for part in parts),
        is_repeat_possible=any(claim.attempted_ambiguously for claim in claims),
    )


def compose_barely(claims: Sequence[Claim], watch_list: WatchList, now: datetime) -> Message:
    """What can be said where the facts fit no message: which deadlines it was to be about."""
    first = claims[0]
    names = dict.fromkeys(claim.entry.notice.deadline or "" for claim in claims)
    known = {name: watch_list.deadlines[name].title for name in names if name in watch_list.deadlines}
    channel = watch_list.channels[first.entry.notice.channel]
    words = marked(
        "barely", "This was to remind of it, but the details could not be made out. Look at the deadline itself."
    )
    return replace(
        _bare(first, channel, now),
        id=first.entry.bundle or first.id,
        title=", ".join(known.get(name, name) for name in names),
        text=speak(channel.language).say(*words),
    )


def _bare(claim: Claim, channel: Channel, now: datetime, **more: Any) -> Message:
    entry = claim.entry
    return bare_message(
        claim.id,
        entry.notice.kind,
        channel,
        now,
        planned_at=entry.notice.at,
        lead=entry.notice.lead,
        late_by=late_by(claim, now),
        attempt=claim.attempt,
        reason=entry.reason.value if entry.reason else None,
        is_repeat_possible=claim.attempted_ambiguously,
        **_own_words(entry, channel),
        thread=claim.thread,
        accepted=claim.accepted,
        refused=claim.refused,
        **more,
    )


def _own_words(entry: Entry, channel: Channel) -> dict[str, str]:
    """Title and text of what speaks of no deadline; of problems in the language of the channel that tells them now."""
    note = read_note(entry.text) if entry.text and entry.notice.kind is Kind.PROBLEM else None
    if note is None:
        return {"title": entry.title, "text": entry.text or ""}
    speech = speak(channel.language)
    return {"title": title_words(note, speech), "text": text_words(note, speech)}


def _compose_one(claim: Claim, watch_list: WatchList, known: Mapping[str, Known], now: datetime) -> Message:
    notice = claim.entry.notice
    channel = watch_list.channels[notice.channel]
    if notice.kind is Kind.DIGEST:
        return _bare(claim, channel, now, items=digest_items(claim, watch_list, known, now))
    deadline = watch_list.deadlines.get(notice.deadline or "")
    facts = known.get(notice.deadline or "")
    if deadline is None or facts is None or notice.due_key is None:
        return _bare(claim, channel, now)
    return _bare(
        claim,
        channel,
        now,
        deadline=deadline,
        due=parse_key(notice.due_key, deadline),
        moves=count_moves(deadline, notice.due_key, facts.record),
        moved=_moved(deadline, claim.entry.moved_from, notice.due_key),
        closed_as=_status_told(claim.entry, facts.record),
        next_at=next_notice_at(deadline, channel, facts.actions, now),
        actions=tuple(taken(action) for action in facts.actions if _is_told(action, claim)),
    )


def head_message(
    deadline: Deadline, due_key: str, facts: Known, *, channel: Channel, now: datetime, **more: Any
) -> Message:
    """How the deadline stands, for the first message of a thread; of a series this date. `more` are further fields."""
    record = facts.record
    due_key = due_key if deadline.repeat else record.due_key
    due = parse_key(due_key, deadline)
    actions = [action for action in facts.actions if action.due_key == due_key]
    as_it_is = deadline if record.status is Status.OPEN else replace(deadline, status=record.status)
    closed_as = _closed_as(as_it_is, actions)
    kind = Kind.OVERDUE if due.at <= now else Kind.UPCOMING
    return bare_message(
        f"head of {deadline.id}",
        kind if closed_as is None else Kind.CLOSED,
        channel,
        now,
        deadline=as_it_is,
        due=due,
        moves=count_moves(deadline, due_key, record),
        moved=_last_move(deadline, record),
        closed_as=closed_as,
        next_at=next_notice_at(as_it_is, channel, facts.actions, now),
        actions=tuple(map(taken, actions)),
        **more,
    )


def _status_told(entry: Entry, record: Record) -> str | None:
    """What it was closed as: by a person as they said, by the configuration as that says now."""
    is_by_person = entry.action is not None or record.status is Status.OPEN
    return entry.status if is_by_person or entry.status is None else record.status.value


def _closed_as(deadline: Deadline, actions: Sequence[Action]) -> str | None:
    said = [action.status for action in actions if action.action == "close" and action.status]
    status = said[-1] if said else deadline.status
    return None if status is Status.OPEN else status.value


def _last_move(deadline: Deadline, record: Record) -> Moved | None:
    """How the date came to be what it is; a series has come to other dates since."""
    has_moved = record.earlier_keys and not deadline.repeat
    return _moved(deadline, record.earlier_keys[-1], record.due_key) if has_moved else None


def _is_told(action: Action, claim: Claim) -> bool:
    """Whether the message says so: all that was done by now, in the line on an action what was done by then."""
    told = claim.entry.action
    return action.due_key == claim.entry.notice.due_key and (told is None or action.ordinal <= told)


def _moved(deadline: Deadline, before_key: str | None, key: str) -> Moved | None:
    if before_key is None:
        return None
    return Moved(before=parse_key(before_key, deadline), after=parse_key(key, deadline))


def digest_items(claim: Claim, watch_list: WatchList, known: Mapping[str, Known], now: datetime) -> tuple[Message, ...]:
    """What a digest lists, soonest first; `known` holds the facts of every deadline it may list."""
    digest = watch_list.digests.get(claim.entry.notice.ordinal)
    if digest is None:
        return ()
    base = _bare(claim, watch_list.channels[claim.entry.notice.channel], now)
    actions = {name: facts.actions for name, facts in known.items()}
    dues = listed(
        as_all_stand(watch_list, watch_list.deadlines, known).deadlines.values(),
        actions,
        match=digest.match,
        now=now,
        horizon=digest.horizon,
        first_seen={name: facts.record.first_seen_at for name, facts in known.items()},
    )
    return tuple(
        replace(
            base,
            kind=Kind.OVERDUE if due.at < now else Kind.UPCOMING,
            late_by=0,
            deadline=deadline,
            due=due,
            moves=count_moves(deadline, None, known[deadline.id].record if deadline.id in known else None),
            actions=tuple(map(taken, _holding(actions.get(deadline.id, ()), due.key, now))),
        )
        for deadline, due in dues
    )


def _holding(actions: Iterable[Action], due_key: str, now: datetime) -> list[Action]:
    """What keeps this date quiet: the acknowledgement, or else a snooze that is not over."""
    about = [action for action in actions if action.due_key == due_key]
    acks = [action for action in about if action.action == "ack"]
    snoozes = [action for action in about if action.action == "snooze"] if is_snoozed(about, due_key, now) else []
    return (acks or snoozes)[-1:]


def facts_needed(claims: Sequence[Claim], watch_list: WatchList) -> list[str]:
    """The deadlines whose facts `compose` wants for these claims."""
    names = {claim.entry.notice.deadline for claim in claims if claim.entry.notice.deadline}
    for claim in claims:
        digest = watch_list.digests.get(claim.entry.notice.ordinal) if claim.entry.notice.kind is Kind.DIGEST else None
        if digest is not None:
            wanted = watch_list.deadlines.values()
            listable = [one.id for one in wanted if digest.match.covers(one.tags, one.severity)]
            names |= set(with_sources(listable, watch_list.deadlines))
    return sorted(names)
