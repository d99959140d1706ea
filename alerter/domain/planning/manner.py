"""How a deadline is told, its own days apart: many say the same of it, and it is worked out once for them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from alerter.domain.dates.calendar import Shift
from alerter.domain.planning import texts
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Severity
from alerter.domain.planning.lead import Lead

_PARTS = attrgetter(
    "leads", "channels", "escalate", "notify_at", "due_time", "day_shift", "zone", "severity", "roll", "repeat",
    "calendar",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What is the same for all deadlines that say the same.

    `hearers` are the known channels, escalations included, each once; `leads` begin with those that may be earliest.
    `is_held` where quiet hours may hold a notice; `is_simple` where there is one due date, no escalation, and each lead
    is told at the instant that it says. `text` is that of a fingerprint in front of the window, and behind it.
    """

    hearers: tuple[str, ...]
    leads: tuple[Lead, ...]
    is_held: bool
    is_simple: bool
    text: tuple[bytes, bytes]


class _Manners:
    """Those of the latest deadlines, by the very objects that they are made of, and that of the last one asked for."""

    def __init__(self, count: int = 4096) -> None:
        self._known: dict[tuple[int, ...], tuple[tuple[Any, ...], Mapping[str, Channel], Manner]] = {}
        self._count = count
        self._last: tuple[Deadline, Mapping[str, Channel], Manner] | None = None

    def __call__(self, deadline: Deadline, channels: Mapping[str, Channel]) -> Manner:
        """How this deadline is told on these channels."""
        last = self._last
        if last is not None and last[0] is deadline and last[1] is channels:
            return last[2]
        parts = _PARTS(deadline)
        key = (id(channels), *map(id, parts))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= self._count:
                self._known.clear()
            known = parts, channels, _work_out(deadline, channels)  # no other objects can have their identities
            self._known[key] = known
        self._last = deadline, channels, known[2]
        return known[2]


manner_of = _Manners()


def _work_out(deadline: Deadline, channels: Mapping[str, Channel]) -> Manner:
    named = (*deadline.channels, *(name for each in deadline.escalate for name in each.channels))
    hearers = tuple(dict.fromkeys(name for name in named if name in channels))
    has_quiet = any(channels[name].quiet is not None for name in hearers)
    is_held = has_quiet and deadline.severity is not Severity.CRITICAL
    is_fixed = deadline.repeat is None and deadline.day_shift is Shift.NONE
    return Manner(
        hearers=hearers,
        leads=tuple(sorted(deadline.leads, key=lambda lead: lead.earliest)),
        is_held=is_held,
        is_simple=is_fixed and not is_held and not deadline.escalate,
        text=texts.write_shared(deadline, channels),
    )
