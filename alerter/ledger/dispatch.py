"""Dispatch: taking notices under a lease, keeping it, and letting go of it.

A claim is one transaction before sending; what became of the attempt is another after it, see `recording`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    SmallInteger,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy import Row as SqlRow

from alerter.domain.decisions.entries import hold as quiet_holds
from alerter.domain.decisions.record import Entry, Row
from alerter.domain.notices.notice import LEAD_KINDS, QUIET, Kind, Reason, State
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Severity
from alerter.ledger import sql, tables
from alerter.ledger.handover import ROW_COLUMNS
from alerter.ledger.rows import entry_of, row_of
from alerter.ledger.skipping import as_skipped
from alerter.ledger.states import OPEN
from alerter.ledger.values import Claim, Claimed

HELD_AT_ONCE = 5_000
"""What quiet hours hold in one statement, of a channel."""

N = tables.notice.c
RANK = type_coerce(N.severity, SmallInteger)

SOON = timedelta(minutes=1)
"""Notices are claimed a moment before their time."""

AFTERWARDS = ("recipients", "subject", "text", "delivered_at", "late_by", "next_at")
CLAIMED: tuple[Column[Any], ...] = tuple(column for column in N if column.name not in AFTERWARDS)

SINGLES = (
    select(N.id.label("unit"), N.next_at, RANK.label("rank"), literal(value=False).label("is_bundle"))
    .where(N.channel == bindparam("name"), N.next_at <= bindparam("until"), N.bundle.is_(None))
    .order_by(N.next_at, N.severity.desc(), N.id)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True)
)

OF_ONE_KIND = SINGLES.where(N.kind == bindparam("only"))

last_of = func.max(N.next_at).label("next_at")
BUNDLES = (  # due with the last of their rows, so that nothing in them is early
    select(N.bundle.label("unit"), last_of, func.max(RANK).label("rank"), literal(value=True).label("is_bundle"))
    .where(N.channel == bindparam("name"), N.next_at.is_not(None), N.bundle.is_not(None))
    .group_by(N.bundle)
    .having(last_of <= bindparam("until"))
    .order_by(last_of)
    .limit(bindparam("room"))
)

MEMBERS = (
    select(N.id, N.bundle)
    .where(sql.among(N.bundle), N.next_at.is_not(None))
    .order_by(N.planned_at, N.id)
    .with_for_update(skip_locked=True)
)
UNFINISHED = (
    select(N.bundle, func.count().label("total"))
    .where(sql.among(N.bundle), N.state.in_((*OPEN, State.SENDING)))
    .group_by(N.bundle)
)

TIGHTER = tables.notice.alias("tighter")
T = TIGHTER.c
IS_IN_TIME = T.planned_at <= bindparam("soon")  # else it was told early, by a clock that was ahead
IS_HANDED_OVER = or_(and_(T.state.in_((State.SENDING, State.DELIVERED)), IS_IN_TIME), T.next_at <= bindparam("now"))
SUPERSEDING = (
    update(tables.notice)
    .where(sql.among(N.id), N.state == State.RETRYING, N.replaces)
    .where(N.kind.in_(LEAD_KINDS), N.action.is_(None))
    .where(
        exists()
        .where(T.deadline == N.deadline, T.due_key == N.due_key, T.channel == N.channel)
        .where(T.replaces, T.nominal_at > N.nominal_at, T.kind.in_(LEAD_KINDS), T.action.is_(None), IS_HANDED_OVER)
    )
    .values(as_skipped(Reason.SUPERSEDED))
    .returning(*ROW_COLUMNS)
)

LEASING = (
    update(tables.notice)
    .where(sql.among(N.id), N.state.in_(OPEN))
    .values(
        state=State.SENDING,
        token=bindparam("b_token"),
        lease_until=bindparam("b_until"),
        next_at=None,
        attempt_count=N.attempt_count + 1,
    )
)
UNTRIED = case((N.attempt_count > 1, literal(State.RETRYING, N.state.type)), else_=literal(State.QUEUED, N.state.type))
LEASED_BY = select(*CLAIMED).where(N.token == bindparam("b_token"))
TAKEN = LEASED_BY.where(sql.among(N.id))
LEASED_BEFORE = LEASED_BY.where(N.lease_until.is_not(None)).order_by(N.send_at, N.severity.desc(), N.id)

IS_OPEN = and_(N.channel == bindparam("name"), N.next_at.is_not(None))
COMPLETE = select(last_of).where(IS_OPEN, N.bundle.is_not(None)).group_by(N.bundle).subquery()
NEXTS = select(  # of a channel: its next single notice, and its next bundle
    select(N.next_at).where(IS_OPEN, N.bundle.is_(None)).order_by(N.next_at).limit(1).scalar_subquery(),
    select(func.min(COMPLETE.c.next_at)).scalar_subquery(),
)
LEASE_ENDS = select(func.min(N.lease_until)).where(N.lease_until.is_not(None))

HOLDABLE = (
    select(N.id, N.severity, N.due_at)
    .where(N.channel == bindparam("name"), N.next_at < bindparam("until"), N.send_at <= bindparam("now"))
    .where(N.bundle.is_(None), N.state.in_(OPEN), N.severity != Severity.CRITICAL)
    .order_by(N.next_at, N.severity.desc(), N.id)
    .limit(HELD_AT_ONCE)
    .with_for_update(skip_locked=True)
)

LEASED = (  # but for those that are just being recorded: to wait for one with others locked might be to wait for ever
    select(N.id)
    .where(N.lease_until.is_not(None), N.state == State.SENDING, sql.among(N.token))
    .with_for_update(skip_locked=True)
)
RENEWING = update(tables.notice).where(N.id.in_(LEASED)).values(lease_until=bindparam("b_until")).returning(N.id)

THREADS = select(tables.thread).where(sql.among(tables.thread.c.deadline))


def claim(
    connection: Connection,
    now: datetime,
    until: datetime,
    capacity: Mapping[str, int],
    *,
    lease_until: datetime,
    token: str,
    only: Kind | None = None,
) -> Claimed:
    """Take what is next on each channel, up to its capacity in messages; see `Ledger.claim`."""
    if sql.is_repeat(connection) and (leased := _read_leased(connection, token)):
        return Claimed(claims=_claims_of(connection, leased), superseded=[])
    superseded: list[Row] = []
    while (due := _pick(connection, until, capacity, only)) and (found := _supersede(connection, now, due)):
        superseded += found
    taken = _lease(connection, due, lease_until, token)
    _let_lie(connection, set(due) - {row.id for row in taken})
    place = {notice: index for index, notice in enumerate(due)}
    claims = _claims_of(connection, _as_done(sorted(taken, key=lambda row: place[row.id])))
    return Claimed(claims=claims, superseded=superseded)


def release(connection: Connection, now: datetime, *, all_leases: bool) -> int:
    """Make leased rows claimable whose lease is over, or all of them; whether they arrived is unknown."""
    over = N.lease_until.is_not(None) if all_leases else N.lease_until <= now
    done = connection.scalars(
        update(tables.notice)
        .where(N.state == State.SENDING, over)
        .values(state=State.RETRYING, next_at=now, token=None, lease_until=None, is_ambiguous=True)
        .returning(N.id)
    )
    ids = done.all()
    if ids:
        lost = {"at": now, "outcome": "unknown", "detail": "who tried ended before the answer was recorded"}
        connection.execute(insert(tables.attempt), [{"notice": name, **lost} for name in ids])
    return len(ids)


def hold(connection: Connection, claims: Sequence[Claim], until: datetime) -> None:
    """Return these claims untried, as far as still leased, to go no earlier than `until`; see `Ledger.hold`."""
    is_ours = and_(sql.among(N.id, [each.id for each in claims]), sql.among(N.token, {each.token for each in claims}))
    untried = {"state": UNTRIED, "attempt_count": N.attempt_count - 1, "token": None, "lease_until": None}
    connection.execute(
        update(tables.notice).where(is_ours, N.state == State.SENDING).values(**untried, **_held_until(until))
    )


def hold_waiting(connection: Connection, now: datetime, until: datetime, channel: Channel) -> list[Entry]:
    """Hold what waits for the channel, but for bundles, to go no earlier than `until`; see `Ledger.hold_waiting`."""
    waiting = connection.execute(HOLDABLE, {"name": channel.name, "now": now, "until": until})
    held = [row.id for row in waiting if quiet_holds(row.severity, channel, now, row.due_at) == until]
    holding = update(tables.notice).where(sql.among(N.id, held), N.state.in_(OPEN)).values(_held_until(until))
    return [entry_of(row) for row in connection.execute(holding.returning(*CLAIMED))] if held else []


def _held_until(until: datetime) -> dict[str, Any]:
    return {"held_since": N.send_at, "held_reason": QUIET, "send_at": until, "next_at": until}


def let_go_held(connection: Connection, channel: str, now: datetime) -> None:
    """Make claimable what quiet hours of the channel hold beyond the instant that was planned for it."""
    is_held = and_(N.channel == channel, N.next_at > now, N.send_at > now, N.held_reason == QUIET)
    connection.execute(update(tables.notice).where(is_held, N.planned_at <= now).values(send_at=now, next_at=now))


def renew(connection: Connection, tokens: Sequence[str], lease_until: datetime) -> list[str]:
    """Extend the leases of these tokens until then; returns whose, since what was lost meanwhile stays lost."""
    return list(connection.scalars(RENEWING, {"ids": tokens, "b_until": lease_until}))


def read_next_at(connection: Connection, channels: Iterable[str]) -> datetime | None:
    """The earliest instant at which one of these channels has something to claim, or a lease is over."""
    earliest = [connection.scalar(LEASE_ENDS)]
    for channel in channels:
        earliest += connection.execute(NEXTS, {"name": channel}).one()
    return min((at for at in earliest if at is not None), default=None)


def _pick(connection: Connection, until: datetime, capacity: Mapping[str, int], only: Kind | None) -> list[str]:
    """The ids to take, soonest first; bundles come whole and count as one."""
    picked: list[SqlRow[Any]] = []
    for channel, room in capacity.items():
        if room > 0:
            given = {"name": channel, "until": until, "room": room, "only": only}
            singles = sql.fetch(connection, SINGLES if only is None else OF_ONE_KIND, given)
            bundles = connection.execute(BUNDLES, given).all() if only is None else ()
            picked += sorted([*singles, *bundles], key=lambda row: (row.next_at, -row.rank, row.unit))[:room]
    picked.sort(key=lambda row: (row.next_at, -row.rank, row.unit))
    members = _read_members(connection, [row.unit for row in picked if row.is_bundle])
    return [notice for row in picked for notice in (members.get(row.unit, ()) if row.is_bundle else (row.unit,))]


def _read_members(connection: Connection, bundles: Sequence[str]) -> dict[str, list[str]]:
    """The open rows of bundles of which no part is leased."""
    if not bundles:
        return {}
    found = connection.execute(MEMBERS, {"ids": bundles}).all()
    counts = {row.bundle: row.total for row in connection.execute(UNFINISHED, {"ids": bundles})}
    by_bundle: dict[str, list[str]] = defaultdict(list)
    for row in found:
        by_bundle[row.bundle].append(row.id)
    return {bundle: ids for bundle, ids in by_bundle.items() if len(ids) == counts[bundle]}


def _supersede(connection: Connection, now: datetime, ids: Sequence[str]) -> list[Row]:
    """Skip what is being retried though a tighter lead has been handed over; returns what was."""
    done = connection.execute(SUPERSEDING, {"ids": ids, "now": now, "soon": now + SOON})
    return [row_of(row) for row in done]


def _lease(connection: Connection, ids: Sequence[str], lease_until: datetime, token: str) -> Sequence[Any]:
    if not ids:
        return []
    connection.execute(LEASING, {"ids": ids, "b_token": token, "b_until": lease_until})
    return sql.fetch(connection, TAKEN, {"ids": ids, "b_token": token})


def _let_lie(connection: Connection, ids: Iterable[str]) -> None:
    """What says when it goes next, but is not open, goes never; raises Illegible where its state is none."""
    if ids:
        query = select(N.id, N.state).where(sql.among(N.id, ids))
        closed = [row.id for row in connection.execute(query) if row.state not in OPEN]
        connection.execute(update(tables.notice).where(sql.among(N.id, closed)).values(next_at=None))


def _as_done(rows: Sequence[Any]) -> Sequence[Any]:
    """In this order, but what tells of a person's actions on one deadline in the order of these."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.action is not None:
            places[row.deadline, row.channel].append(index)
    ordered = list(rows)
    for indexes in places.values():
        lines = sorted((rows[index] for index in indexes), key=lambda row: row.action)
        for index, line in zip(indexes, lines, strict=True):
            ordered[index] = line
    return ordered


def _read_leased(connection: Connection, token: str) -> Sequence[Any]:
    """What an earlier run of this claim took, whose commit was answered by nobody."""
    return connection.execute(LEASED_BEFORE, {"b_token": token}).all()


def _claims_of(connection: Connection, taken: Sequence[SqlRow[Any]]) -> list[Claim]:
    threads = _read_threads(connection, taken)
    return [_claim_of(row, threads.get((row.deadline, row.channel))) for row in taken]


def _read_threads(connection: Connection, taken: Sequence[SqlRow[Any]]) -> dict[tuple[str, str], str]:
    deadlines = {row.deadline for row in taken if row.deadline is not None}
    if not deadlines:
        return {}
    return {(row.deadline, row.channel): row.reference for row in connection.execute(THREADS, {"ids": deadlines})}


def _claim_of(row: SqlRow[Any], thread: str | None) -> Claim:
    return Claim(
        id=row.id,
        token=row.token,
        lease_until=row.lease_until,
        entry=entry_of(row),
        attempt=row.attempt_count,
        attempted_ambiguously=row.is_ambiguous,
        accepted=row.accepted,
        refused=row.refused,
        thread=thread,
    )
