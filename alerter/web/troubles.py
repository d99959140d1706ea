"""What is wrong right now, in sentences a person can act on, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alerter.domain.language import Speech
from alerter.ledger.values import ChannelHealth, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong: of which kind, what it is about, and what is known of it."""

    kind: Literal["alerter", "queue", "closed", "paused", "failing", "dead"]
    about: str
    known: str


def find_troubles(
    reasons: Sequence[str],
    channels: Mapping[str, ChannelHealth],
    dead: Sequence[Told],
    overdue_count: int,
    now: datetime,
) -> list[Trouble]:
    """Everything that is wrong; empty while all is well. `reasons` is what the daemon says of itself."""
    found = [Trouble(kind="alerter", about="alerter", known=reason) for reason in reasons]
    if overdue_count:
        found.append(Trouble(kind="queue", about="queue", known=str(overdue_count)))
    found += _channel_troubles(channels, now)
    found += [Trouble(kind="dead", about=f"notice {told.id}", known=_dead_words(told)) for told in reversed(dead)]
    return found


def trouble_words(trouble: Trouble, speech: Speech) -> str:
    """What is wrong, in this language; what the other side answered stays as it came."""
    known = trouble.known
    if trouble.kind == "queue":
        return speech.say("page", "unsent a minute after their time: {n}", n=known)
    if trouble.kind == "closed":
        return speech.say("page", "closed until its address changes: {answer}", answer=known)
    if trouble.kind == "paused":
        return speech.say("page", "paused: {answer}", answer=known)
    if trouble.kind == "failing":
        return speech.say("page", "failing: {answer}", answer=known)
    return speech.say("page", "never arrived: {what}", what=known) if trouble.kind == "dead" else known


def _channel_troubles(channels: Mapping[str, ChannelHealth], now: datetime) -> Iterator[Trouble]:
    for name, health in sorted(channels.items()):
        about, answer = f"channel {name}", health.last_error
        if health.is_closed:
            yield Trouble(kind="closed", about=about, known=answer)
        elif health.failures:
            is_paused = health.paused_until is not None and health.paused_until > now
            yield Trouble(kind="paused" if is_paused else "failing", about=about, known=answer)


def _dead_words(told: Told) -> str:
    answer = told.attempts[-1].detail if told.attempts else ""
    return f"{told.channel}, {told.subject or told.deadline or told.kind} ({answer or told.reason})"
