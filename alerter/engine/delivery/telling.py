"""What became of an attempt, told to who minds: log and metrics, the head of the thread, and `ops`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from alerter.domain.decisions.record import Entry, Row
from alerter.domain.notices.notice import QUIET, Kind, Notice, Reason, State
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.statement import Fact
from alerter.engine.delivery.attempt import Sent
from alerter.engine.delivery.delivery_problems import undelivered
from alerter.engine.delivery.thread_heads import FollowUp
from alerter.engine.happening import EventName, Observer, from_entry, skipped
from alerter.engine.ops.ops import Ops
from alerter.ledger.ledger import Claim, Result

EVENTS: dict[State, EventName] = {State.DELIVERED: "delivered", State.DEAD: "dead"}


class Telling:
    """Tells on what was recorded."""

    def __init__(self, ops: Ops, observe: Observer, follow_up: FollowUp) -> None:
        self._ops = ops
        self._observe = observe
        self._follow_up = follow_up

    def tell(self, result: Result, sent: Sent, watch_list: WatchList | None) -> None:
        """Say what became of one notice of what was sent."""
        claim = next(claim for claim in sent.job.claims if claim.id == result.id)
        event = EVENTS.get(result.state, "retried")
        self._observe(
            from_entry(
                claim.entry,
                event,
                sent.at,
                reason=result.reason,
                late_by=result.late_by,
                subject=sent.rendered.subject,
                text=sent.rendered.text,
                detail=result.detail,
                took_for=sent.took_for,
            )
        )
        about = sent.message
        if event == "delivered" and about.thread is not None and about.deadline is not None and about.due is not None:
            self._follow_up(about.deadline.id, about.due.key)
        if sent.verdict.for_ops is not None:
            is_dead = result.state is State.DEAD
            others = _others_of(claim.entry.notice, watch_list) if is_dead else ()
            self._tell_ops(claim, sent, sent.verdict.for_ops, is_dead=is_dead, others=others)

    def held(self, entries: Iterable[Entry], now: datetime) -> None:
        """Say that quiet hours hold these, which were to go by now."""
        for entry in entries:
            self._observe(from_entry(entry, "held", now, reason=QUIET))

    def superseded(self, rows: Sequence[Row], now: datetime) -> None:
        """Say that these are not tried again, since a tighter notice took their place."""
        for row in rows:
            self._observe(skipped(row, Reason.SUPERSEDED, now))

    def _tell_ops(self, claim: Claim, sent: Sent, answer: Fact, *, is_dead: bool, others: Sequence[str]) -> None:
        notice = claim.entry.notice
        if notice.kind is Kind.PROBLEM:  # there are no problems about problems
            return
        is_closed = sent.verdict.closes_channel and not others
        problem = undelivered(claim.entry, answer, is_closed=is_closed, is_dead=is_dead)
        self._ops.note(problem, about=notice.channel, otherwise=others)


def _others_of(notice: Notice, watch_list: WatchList | None) -> Sequence[str]:
    """Who is to hear of this dead notice since `ops` cannot."""
    if watch_list is None or any(name != notice.channel for name in watch_list.ops):
        return ()
    deadline = watch_list.deadlines.get(notice.deadline or "")
    return deadline.channels if deadline is not None else ()
