"""What is to go out for one deadline now, given what the ledger knows of it.

The one place where "What goes out when" is decided: first seen, changed plan, catch-up, moves, closing,
acknowledging and snoozing. Pure: the engine brings the facts and the instant, and writes the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerter.domain.catchup import Choice, choose, only_latest, stream
from alerter.domain.deadline import CatchUp, Channel, Deadline, OnAck, Severity, Status
from alerter.domain.due import Due, next_due
from alerter.domain.due_keys import parse_key
from alerter.domain.notice import Held, Kind, Notice, Reason, State, notice_id
from alerter.domain.occasion import notices_of
from alerter.domain.plan import plan, plan_fingerprint, plan_rule, quiet_until
from alerter.domain.record import Action, Decision, Entry, Known, Record, Row, Skip

PLANNED_KINDS = frozenset({Kind.UPCOMING, Kind.DUE, Kind.OVERDUE, Kind.OPENS, Kind.RECHECK})
"""Kinds that follow from the plan; the others tell of something that happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything one decision looks at. `until` (exclusive) is up to where notices are handed over.

    `blocked` are ids that have a row already and may not be asked for again.
    """

    deadline: Deadline
    channels: Mapping[str, Channel]
    known: Known
    due: Due
    now: datetime
    until: datetime
    fingerprint: str
    blocked: frozenset[str] = frozenset()

    @property
    def record(self) -> Record:
        """The deadline's row as it is before the decision."""
        return self.known.record

    @property
    def hearers(self) -> tuple[str, ...]:
        """Every channel the plan may speak to, escalations included."""
        raised = (name for step in self.deadline.escalate for name in step.channels)
        return tuple(name for name in dict.fromkeys((*self.deadline.channels, *raised)) if name in self.channels)


def decide(
    deadline: Deadline,
    channels: Mapping[str, Channel],
    known: Known | None,
    *,
    now: datetime,
    until: datetime,
    blocked: frozenset[str] = frozenset(),
) -> Decision:
    """The hand-over of one deadline at `now`: its next record, the notices that go or are skipped.

    `known` is None when the deadline has never been seen.
    """
    first = known is None
    if known is None:
        known = Known(record=meet(deadline, channels, now))
    due = current_due(deadline, known.actions, now) or _due_of(known.record)
    at_hand = Situation(
        deadline=deadline,
        channels=channels,
        known=known,
        due=due,
        now=now,
        until=until,
        fingerprint=plan_fingerprint(deadline, channels),
        blocked=blocked,
    )
    if deadline.status is not Status.OPEN:
        return _close(at_hand)
    if first:
        return _begin(at_hand)
    if at_hand.record.removed_at is not None or at_hand.record.status is not Status.OPEN:
        at_hand = replace(at_hand, known=replace(known, record=_reopened(at_hand.record)))
    if _has_moved(at_hand):
        return _settle(at_hand)
    return _continue(at_hand)


def meet(deadline: Deadline, channels: Mapping[str, Channel], now: datetime) -> Record:
    """The record of a deadline seen for the first time."""
    due = next_due(deadline, now)
    return Record(
        deadline=deadline.id,
        title=deadline.title,
        status=deadline.status,
        due_key=due.key if due else "",
        due_at=due.at if due else now,
        first_seen_at=now,
        since=now,
        planned_until=now,
        fingerprint=plan_fingerprint(deadline, channels),
        rule=plan_rule(deadline) if deadline.repeat else "",
    )


def current_due(deadline: Deadline, actions: Iterable[Action], now: datetime) -> Due | None:
    """The due date a deadline stands at: its only one, or the next occurrence that nobody closed."""
    closed = {action.due_key for action in actions if action.action == "close"}
    due = next_due(deadline, now)
    while due is not None and deadline.repeat and due.key in closed:
        due = next_due(deadline, due.at + timedelta(microseconds=1))
    return due


def remove(known: Known, now: datetime) -> Decision:
    """The deadline is no longer in the configuration: it stops, and `ops` hears if anyone had been told."""
    record = known.record
    was_open = record.status is Status.OPEN and bool(known.told)
    told_ops = (f"{record.title} ({record.deadline}) is no longer in the configuration.",) if was_open else ()
    return Decision(
        record=replace(record, removed_at=now, pending_key=None, pending_at=None),
        skips=tuple(Skip(id=row.id, reason=Reason.REMOVED) for row in known.rows if row.is_open),
        told_ops=told_ops,
    )


def _reopened(record: Record) -> Record:
    return replace(record, removed_at=None, status=Status.OPEN, fingerprint="")


def _due_of(record: Record) -> Due:
    return Due(key=record.due_key, local=record.due_at, at=record.due_at)


# -- first seen ---------------------------------------------------------------------------------


def _begin(at_hand: Situation) -> Decision:
    passed = _passed(at_hand, at_hand.hearers)
    window = _window(at_hand, at_hand.now)
    entries = _hand_over(at_hand, window, passed=passed)
    record = _advanced(at_hand, channels=dict.fromkeys(at_hand.hearers, at_hand.now))
    return Decision(record=record, entries=entries)


def _passed(at_hand: Situation, hearers: Iterable[str]) -> list[Notice]:
    """What the plan had for these channels before now; nothing where the date itself is past."""
    if at_hand.due.at < at_hand.now:
        return []
    names = frozenset(hearers)
    return [
        notice
        for notice in notices_of(at_hand.deadline, at_hand.channels, at_hand.due, at_hand.now)
        if notice.channel in names and notice.kind is not Kind.RECHECK
    ]


# -- the usual case -----------------------------------------------------------------------------


def _continue(at_hand: Situation) -> Decision:
    record = at_hand.record
    joined = [name for name in at_hand.hearers if name not in record.channels]
    has_changed = record.fingerprint != at_hand.fingerprint
    has_come_back = record.pending_key is not None
    window = _window(at_hand, record.planned_until, without=frozenset(joined))
    window += [notice for notice in _window(at_hand, at_hand.now) if notice.channel in joined]
    taken_back = _returning(at_hand, is_asked_again=has_changed or has_come_back)
    snoozed = _snooze_ended(at_hand)
    replanned = _replanned(at_hand, frozenset(joined)) if has_changed else []
    told_of = _tell_actions(at_hand)
    entries = _hand_over(
        at_hand, window, passed=_passed(at_hand, joined), replanned=[*replanned, *taken_back], snoozed=snoozed
    )
    skips = (*_removed(at_hand, has_changed), *_superseded(at_hand, entries))
    record = _advanced(at_hand, channels={**record.channels, **dict.fromkeys(joined, at_hand.now)})
    return Decision(record=record, entries=entries + told_of, skips=skips)


def _window(at_hand: Situation, start: datetime, *, without: frozenset[str] = frozenset()) -> list[Notice]:
    record = at_hand.record
    return [
        notice
        for notice in plan(at_hand.deadline, at_hand.channels, start, at_hand.until)
        if notice.channel not in without and (notice.due_at is None or notice.due_at >= record.first_seen_at)
    ]


def _returning(at_hand: Situation, *, is_asked_again: bool) -> list[Notice]:
    """Notices taken back before they were told, where the plan asks for them again."""
    if not is_asked_again:
        return []
    return _planned_again(at_hand, [row for row in at_hand.known.rows if row.can_return])


def _snooze_ended(at_hand: Situation) -> list[Notice]:
    rows = [row for row in at_hand.known.rows if row.can_return and row.reason == Reason.SNOOZED]
    return _planned_again(at_hand, [row for row in rows if not _is_snoozed(at_hand, row.due_key)])


def _planned_again(at_hand: Situation, rows: list[Row]) -> list[Notice]:
    ids = {row.id for row in rows}
    return [notice for notice in _all_of(at_hand, rows) if notice.id in ids and notice.at < at_hand.until]


def _replanned(at_hand: Situation, joined: frozenset[str]) -> list[Notice]:
    """What a changed plan would have sent by now, after the last that each channel had."""
    record, latest = at_hand.record, at_hand.known.latest
    floors = {
        name: max(record.since, record.channels.get(name, record.since), latest.get(name, record.since))
        for name in at_hand.hearers
        if name not in joined
    }
    if not floors:
        return []
    return [
        notice
        for notice in plan(at_hand.deadline, at_hand.channels, min(floors.values()), record.planned_until)
        if notice.channel in floors
        and notice.nominal_at > floors[notice.channel]
        and (notice.due_at is None or notice.due_at >= record.first_seen_at)
    ]


def _removed(at_hand: Situation, has_changed: bool) -> tuple[Skip, ...]:
    """Open rows that a changed plan no longer asks for."""
    rows = [row for row in at_hand.known.rows if row.is_open and Kind(row.kind) in PLANNED_KINDS and _is_planned(row)]
    if not has_changed or not rows:
        return ()
    planned = {notice.id for notice in _all_of(at_hand, rows)}
    return tuple(Skip(id=row.id, reason=Reason.REMOVED) for row in rows if row.id not in planned)


def _is_planned(row: Row) -> bool:
    return row.reason not in (Reason.FALLBACK, Reason.ACKNOWLEDGED, Reason.SNOOZED)


def _all_of(at_hand: Situation, rows: list[Row]) -> list[Notice]:
    """All notices of the occurrences that these rows belong to, however far ahead."""
    horizon = at_hand.until + timedelta(days=366)
    found: list[Notice] = []
    for row in {row.due_key: row for row in rows}.values():
        due = at_hand.due if row.due_key == at_hand.due.key else _occurrence(at_hand, row)
        if due is not None:
            found += notices_of(at_hand.deadline, at_hand.channels, due, horizon)
    return found


def _occurrence(at_hand: Situation, row: Row) -> Due | None:
    if row.due_at is None:
        return None
    due = next_due(at_hand.deadline, row.due_at)
    return due if due is not None and due.key == row.due_key else None


def _hand_over(
    at_hand: Situation,
    window: list[Notice],
    *,
    passed: list[Notice] | None = None,
    replanned: list[Notice] | None = None,
    snoozed: list[Notice] | None = None,
) -> tuple[Entry, ...]:
    """Sort all candidates into what goes and what is skipped; one message per channel and stream at once."""
    ended: list[Entry] = []
    choices = choose(_still_holding(at_hand, window, ended), at_hand.deadline.catch_up, at_hand.now)
    going = {(choice.notice.channel, stream(choice.notice.kind)) for choice in choices if choice.goes}
    seen = {choice.notice.id for choice in choices}
    for notices, reason in (
        (passed, Reason.FIRST_SEEN),
        (snoozed, Reason.SNOOZED),
        (replanned, Reason.REPLANNED),
    ):
        for key, group in _grouped(_still_holding(at_hand, notices or [], ended), seen).items():
            picked = only_latest(group, reason, is_replaced=key in going)
            going |= {key for choice in picked if choice.goes}
            seen |= {choice.notice.id for choice in picked}
            choices += picked
    return tuple(ended) + tuple(_entry(at_hand, choice) for choice in choices)


def _grouped(notices: list[Notice], seen: set[str]) -> dict[tuple[str, str], list[Notice]]:
    groups: dict[tuple[str, str], dict[str, Notice]] = {}
    for notice in notices:
        if notice.id not in seen:
            groups.setdefault((notice.channel, stream(notice.kind)), {})[notice.id] = notice
    return {key: list(group.values()) for key, group in groups.items()}


def _still_holding(at_hand: Situation, notices: list[Notice], skipped: list[Entry]) -> list[Notice]:
    """Those that nobody has ended; the others are added to `skipped` with the reason."""
    holding = []
    for notice in notices:
        if notice.id in at_hand.blocked:
            continue
        reason = _ended_by(at_hand, notice)
        if reason is None:
            holding.append(notice)
        else:
            skipped.append(_entry(at_hand, Choice(notice, goes=False, reason=reason)))
    return holding


def _ended_by(at_hand: Situation, notice: Notice) -> Reason | None:
    actions = [action for action in at_hand.known.actions if action.due_key == notice.due_key]
    if any(action.action == "close" for action in actions):
        return Reason.CLOSED
    if any(action.action == "ack" for action in actions) and ack_ends(at_hand.deadline, notice):
        return Reason.ACKNOWLEDGED
    return Reason.SNOOZED if _is_snoozed(at_hand, notice.due_key) else None


def ack_ends(deadline: Deadline, notice: Notice) -> bool:
    """Whether an acknowledgement of its due date ends this notice."""
    is_nagging = notice.kind is Kind.OVERDUE and notice.lead is None
    return deadline.on_ack is OnAck.STOP or notice.is_escalation or is_nagging


def _is_snoozed(at_hand: Situation, due_key: str | None) -> bool:
    until = snoozed_until(at_hand.known.actions, due_key)
    return until is not None and until > at_hand.now


def snoozed_until(actions: Iterable[Action], due_key: str | None) -> datetime | None:
    """Until when the last snooze of this due date holds; None where there was none."""
    snoozes = [action for action in actions if action.action == "snooze" and action.due_key == due_key]
    return max(snoozes, key=lambda action: action.ordinal).until if snoozes else None


def _superseded(at_hand: Situation, entries: tuple[Entry, ...]) -> tuple[Skip, ...]:
    """Open rows that a tighter notice, going now, replaces."""
    if at_hand.deadline.catch_up is CatchUp.ALL:
        return ()
    going: dict[tuple[str, str | None, str], datetime] = {}
    for entry in entries:
        if entry.state is State.QUEUED:
            key = (entry.notice.channel, entry.notice.due_key, stream(entry.notice.kind))
            going[key] = max(entry.notice.nominal_at, going.get(key, entry.notice.nominal_at))
    return tuple(
        Skip(id=row.id, reason=Reason.SUPERSEDED)
        for row in at_hand.known.rows
        if row.is_open
        and Kind(row.kind) in PLANNED_KINDS
        and _is_planned(row)
        and row.nominal_at < going.get((row.channel, row.due_key, stream(row.kind)), row.nominal_at)
    )


# -- moved --------------------------------------------------------------------------------------


def _has_moved(at_hand: Situation) -> bool:
    """Whether the date differs from the one last settled on; a series only by a changed rule."""
    record = at_hand.record
    if at_hand.due.key == record.due_key or not record.due_key:
        return False
    if not at_hand.deadline.repeat:
        return True
    has_new_rule = plan_rule(at_hand.deadline) != record.rule
    is_old_ahead = record.due_at >= at_hand.now
    return has_new_rule and is_old_ahead


def _settle(at_hand: Situation) -> Decision:
    """Wait until the new date has stood for `settle`; meanwhile nothing of the deadline goes out."""
    record = at_hand.record
    settles_at = record.pending_at
    if record.pending_key != at_hand.due.key or settles_at is None:
        settles_at = at_hand.now + at_hand.deadline.settle_for
    if at_hand.now >= settles_at:
        return _move(at_hand)
    waiting = replace(record, pending_key=at_hand.due.key, pending_at=settles_at, title=at_hand.deadline.title)
    return Decision(record=waiting, skips=_take_back(at_hand))


def _take_back(at_hand: Situation) -> tuple[Skip, ...]:
    return tuple(
        Skip(id=row.id, reason=Reason.MOVED)
        for row in at_hand.known.rows
        if row.is_open and row.due_key != at_hand.due.key
    )


def _move(at_hand: Situation) -> Decision:
    record = at_hand.record
    count = record.move_count + 1
    told = [name for name in sorted(at_hand.known.told) if name in at_hand.channels]
    others = [name for name in at_hand.hearers if name not in told]
    notes = tuple(_moved_entry(at_hand, name, count) for name in told)
    covered = [
        _entry(at_hand, Choice(notice, goes=False, reason=Reason.SUPERSEDED))
        for notice in _passed(at_hand, told)
        if notice.id not in at_hand.blocked
    ]
    entries = _hand_over(at_hand, _window(at_hand, at_hand.now), passed=_passed(at_hand, others))
    moved = replace(
        _advanced(at_hand, channels=dict.fromkeys(at_hand.hearers, at_hand.now)),
        since=at_hand.now,
        earlier_keys=(*record.earlier_keys, record.due_key),
        move_count=count,
    )
    return Decision(record=moved, entries=(*notes, *covered, *entries), skips=_take_back(at_hand))


def _moved_entry(at_hand: Situation, channel: str, count: int) -> Entry:
    """The notice of the move; where the channel has not had the last one yet, this one tells both."""
    undelivered = [
        row.moved_from
        for row in at_hand.known.rows
        if row.channel == channel and row.kind == Kind.MOVED and (row.is_open or row.reason == Reason.MOVED)
    ]
    entry = _event(at_hand, Kind.MOVED, channel, str(count))
    return replace(entry, moved_from=next((key for key in undelivered if key), at_hand.record.due_key))


# -- closed and other actions -------------------------------------------------------------------


def _close(at_hand: Situation) -> Decision:
    """The configuration says it is over: every channel told hears it once."""
    record, status = at_hand.record, at_hand.deadline.status
    after = replace(_advanced(at_hand, channels=record.channels), status=status)
    if record.status is not Status.OPEN:
        return Decision(record=after)
    entries = tuple(
        replace(_event(at_hand, Kind.CLOSED, name, "0"), status=status.value)
        for name in sorted(at_hand.known.told)
        if name in at_hand.channels
    )
    skips = tuple(Skip(id=row.id, reason=Reason.CLOSED) for row in at_hand.known.rows if row.is_open)
    return Decision(record=after, entries=entries, skips=skips)


def _tell_actions(at_hand: Situation) -> tuple[Entry, ...]:
    """A line on each new action to the channels told, except where the person acted from."""
    fresh = [action for action in at_hand.known.actions if action.ordinal > at_hand.record.action_ordinal]
    return tuple(
        _action_entry(at_hand, action, name)
        for action in fresh
        for name in sorted(at_hand.known.told)
        if name in at_hand.channels and (action.action == "close" or name != action.channel)
    )


def _action_entry(at_hand: Situation, action: Action, channel: str) -> Entry:
    if action.action == "close":
        kind, reason = Kind.CLOSED, None
    else:
        kind = Kind.OVERDUE if at_hand.due.at <= at_hand.now else Kind.UPCOMING
        reason = Reason.ACKNOWLEDGED if action.action == "ack" else Reason.SNOOZED
    acted_on = at_hand.due if action.due_key == at_hand.due.key else parse_key(action.due_key, at_hand.deadline)
    entry = _event(at_hand, kind, channel, f"action {action.ordinal}", due=acted_on)
    status = action.status.value if action.status else None
    return replace(entry, reason=reason, action=action.ordinal, status=status)


# -- entries ------------------------------------------------------------------------------------


def _advanced(at_hand: Situation, *, channels: Mapping[str, datetime]) -> Record:
    """The record after this hand-over: cursor, fingerprint and present due date."""
    deadline, record = at_hand.deadline, at_hand.record
    return replace(
        record,
        title=deadline.title,
        due_key=at_hand.due.key,
        due_at=at_hand.due.at,
        planned_until=max(at_hand.until, at_hand.now),
        fingerprint=at_hand.fingerprint,
        rule=plan_rule(deadline) if deadline.repeat else "",
        channels=channels,
        pending_key=None,
        pending_at=None,
        removed_at=None,
        action_ordinal=max([record.action_ordinal, *(action.ordinal for action in at_hand.known.actions)]),
    )


def _entry(at_hand: Situation, choice: Choice) -> Entry:
    notice, channel = choice.notice, at_hand.channels[choice.notice.channel]
    send_at = notice.at
    if choice.goes and notice.at < at_hand.now:
        send_at = hold(at_hand.deadline, channel, at_hand.now, notice.due_at)
        snoozed = snoozed_until(at_hand.known.actions, notice.due_key)
        if snoozed is not None and notice.at < snoozed <= at_hand.now:
            notice = replace(notice, at=snoozed, held=Held(since=notice.at, reason="snoozed"))
        elif send_at > at_hand.now:
            notice = replace(notice, held=Held(since=at_hand.now, reason="quiet"))
    return Entry(
        notice=notice,
        state=State.QUEUED if choice.goes else State.SKIPPED,
        reason=choice.reason,
        send_at=send_at,
        give_up_at=max(notice.due_at or notice.at, notice.at, at_hand.now) + channel.give_up_after,
        severity=at_hand.deadline.severity.value,
        title=at_hand.deadline.title,
        replaces=at_hand.deadline.catch_up is not CatchUp.ALL and notice.kind is not Kind.RECHECK,
        fallback_at=_fallback_at(at_hand, channel, max(send_at, notice.at)),
    )


def _fallback_at(at_hand: Situation, channel: Channel, send_at: datetime) -> datetime | None:
    """From when on the fallback is told too; never where it hears of this deadline anyway."""
    if channel.fallback is None or channel.fallback in at_hand.hearers:
        return None
    return send_at + channel.fallback_after


def _event(at_hand: Situation, kind: Kind, channel: str, ordinal: str, *, due: Due | None = None) -> Entry:
    """A notice of something that happened just now."""
    deadline, due = at_hand.deadline, due or at_hand.due
    goes_at = hold(deadline, at_hand.channels[channel], at_hand.now, due.at)
    notice = Notice(
        id=notice_id(deadline.id, due.key, kind, ordinal, channel),
        deadline=deadline.id,
        due_key=due.key,
        due_at=due.at,
        kind=kind,
        channel=channel,
        at=goes_at,
        nominal_at=at_hand.now,
        ordinal=ordinal,
        held=Held(since=at_hand.now, reason="quiet") if goes_at > at_hand.now else None,
    )
    return replace(_entry(at_hand, Choice(notice, goes=True)), replaces=False)


def hold(deadline: Deadline, channel: Channel, at: datetime, due_at: datetime | None) -> datetime:
    """When a message that wants to go at `at` may, by the quiet hours of its channel."""
    if deadline.severity is Severity.CRITICAL:
        return at
    until = quiet_until(channel, at)
    is_too_late = due_at is not None and at < due_at <= until
    return at if is_too_late else until


def wake_at(known: Known, now: datetime) -> datetime | None:
    """When the record itself asks for another look: a date has settled, or a snooze has ended."""
    snoozed = snoozed_until(known.actions, known.record.due_key)
    instants = [known.record.pending_at, snoozed if snoozed and snoozed > now else None]
    return min((instant for instant in instants if instant is not None), default=None)

