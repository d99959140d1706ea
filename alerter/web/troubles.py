"""What is wrong right now, in sentences a person can act on, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerter.ledger.values import ChannelHealth, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong: what it is about, and what is known of it."""

    about: str
    text: str


def find_troubles(
    reasons: Sequence[str],
    channels: Mapping[str, ChannelHealth],
    dead: Sequence[Told],
    overdue_count: int,
    now: datetime,
) -> list[Trouble]:
    """Everything that is wrong; empty while all is well. `reasons` is what the daemon says of itself."""
    found = [Trouble(about="alerter", text=reason) for reason in reasons]
    if overdue_count:
        found.append(Trouble(about="queue", text=f"unsent a minute after their time: {overdue_count}"))
    found += _channel_troubles(channels, now)
    found += [Trouble(about=f"notice {told.id}", text=_dead_words(told)) for told in reversed(dead)]
    return found


def _channel_troubles(channels: Mapping[str, ChannelHealth], now: datetime) -> Iterator[Trouble]:
    for name, health in sorted(channels.items()):
        if health.is_closed:
            yield Trouble(about=f"channel {name}", text=f"closed until its address changes: {health.last_error}")
        elif health.failures:
            paused = health.paused_until is not None and health.paused_until > now
            yield Trouble(about=f"channel {name}", text=f"{'paused' if paused else 'failing'}: {health.last_error}")


def _dead_words(told: Told) -> str:
    answer = told.attempts[-1].detail if told.attempts else ""
    return f"never reached {told.channel}: {told.subject or told.deadline or told.kind} ({answer or told.reason})"
