"""What is wrong right now, as statements about something, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerter.domain.words.names import as_it_is, kind_name, reason_name
from alerter.domain.words.statement import Fact, Statement, stated
from alerter.ledger.values import ChannelHealth, Told


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: what it is about, and what is known of it; an answer stands as it came."""

    about: Statement
    known: Statement


def find_troubles(
    reasons: Sequence[Statement],
    channels: Mapping[str, ChannelHealth],
    dead: Sequence[Told],
    overdue_count: int,
    now: datetime,
) -> list[Trouble]:
    """Everything that is wrong; empty while all is well. `reasons` is what the daemon says of itself."""
    found = [Trouble(as_it_is("alerter"), reason) for reason in reasons]
    if overdue_count:
        unsent = stated("trouble", "unsent a minute after their time: {n}", n=overdue_count)
        found.append(Trouble(stated("trouble", "queue"), unsent))
    found += _channel_troubles(channels, now)
    return found + [_dead_trouble(told) for told in reversed(dead)]


def _channel_troubles(channels: Mapping[str, ChannelHealth], now: datetime) -> Iterator[Trouble]:
    for name, health in sorted(channels.items()):
        about = stated("trouble", "channel {name}", name=name)
        if health.is_closed:
            yield Trouble(
                about, stated("trouble", "closed until its address changes: {answer}", answer=health.last_error)
            )
        elif health.failures and health.paused_until is not None and health.paused_until > now:
            yield Trouble(about, stated("trouble", "paused: {answer}", answer=health.last_error))
        elif health.failures:
            yield Trouble(about, stated("trouble", "failing: {answer}", answer=health.last_error))


def _dead_trouble(told: Told) -> Trouble:
    answer = told.attempts[-1].detail if told.attempts else ""
    what: Fact = told.subject or told.deadline or kind_name(told.kind)
    why: Fact = answer or reason_name(told.reason or "")
    known = stated("trouble", "never arrived: {channel}, {what} ({why})", channel=told.channel, what=what, why=why)
    return Trouble(stated("trouble", "notice {id}", id=told.id), known)
