"""Many notices for one channel at one moment become one message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from alerter.domain.decisions.record import Decision, Entry
from alerter.domain.notices.notice import Kind, State, notice_id
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Severity

Mark = tuple[str, datetime]
"""The bundle that an entry goes in, and when that goes."""


def bundle(decisions: Sequence[Decision], channels: Mapping[str, Channel], until: datetime) -> list[Decision]:
    """The decisions of one hand-over, their entries bundled."""
    marks = _marks([entry for decision in decisions for entry in decision.entries], channels, until)
    if not marks:
        return list(decisions)
    return [
        replace(decision, entries=tuple(_marked(entry, marks) for entry in decision.entries)) for decision in decisions
    ]


def bundle_entries(entries: Sequence[Entry], channels: Mapping[str, Channel], until: datetime) -> list[Entry]:
    """Entries handed over together, marked with the bundle they go in where they are too many for their channel."""
    marks = _marks(entries, channels, until)
    return [_marked(entry, marks) for entry in entries]


def _marks(entries: Iterable[Entry], channels: Mapping[str, Channel], until: datetime) -> dict[str, Mark]:
    going: dict[tuple[str, datetime], list[Entry]] = defaultdict(list)
    for entry in entries:
        if _may_be_bundled(entry):
            going[entry.notice.channel, max(entry.send_at, until)].append(entry)
    marks: dict[str, Mark] = {}
    for (name, _), group in going.items():
        limit = channels[name].bundle_over
        if limit is not None and len(group) > limit:
            mark = (notice_id(Kind.BUNDLE, *sorted(entry.notice.id for entry in group), name), _last(group))
            marks.update({entry.notice.id: mark for entry in group})
    return marks


def _may_be_bundled(entry: Entry) -> bool:
    is_about_deadline = entry.notice.deadline is not None
    return entry.state is State.QUEUED and entry.severity != Severity.CRITICAL and is_about_deadline


def _last(entries: Iterable[Entry]) -> datetime:
    """A bundle goes when the last of its notices may: never early."""
    return max(entry.send_at for entry in entries)


def _marked(entry: Entry, marks: Mapping[str, Mark]) -> Entry:
    if entry.notice.id not in marks:
        return entry
    name, send_at = marks[entry.notice.id]
    return replace(entry, bundle=name, send_at=send_at)
