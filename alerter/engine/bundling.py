"""Many notices for one channel at one moment become one message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from alerter.domain.deadline import Channel, Severity
from alerter.domain.notice import Kind, State, notice_id
from alerter.domain.record import Decision, Entry


def bundle(decisions: Sequence[Decision], channels: Mapping[str, Channel], until: datetime) -> list[Decision]:
    """Mark the entries that go out by `until` and are too many for their channel with the bundle they go in."""
    going: dict[str, list[Entry]] = defaultdict(list)
    for decision in decisions:
        for entry in decision.entries:
            if _may_be_bundled(entry) and entry.send_at < until:
                going[entry.notice.channel].append(entry)
    marks: dict[str, tuple[str, datetime]] = {}
    for name, entries in going.items():
        limit = channels[name].bundle_over
        if limit is not None and len(entries) > limit:
            mark = (notice_id(Kind.BUNDLE, *sorted(entry.notice.id for entry in entries), name), _last(entries))
            marks.update({entry.notice.id: mark for entry in entries})
    return [_marked(decision, marks) for decision in decisions] if marks else list(decisions)


def _may_be_bundled(entry: Entry) -> bool:
    return entry.state is State.QUEUED and entry.severity != Severity.CRITICAL and entry.notice.deadline is not None


def _last(entries: Sequence[Entry]) -> datetime:
    """A bundle goes when the last of its notices may: never early."""
    return max(entry.send_at for entry in entries)


def _marked(decision: Decision, marks: Mapping[str, tuple[str, datetime]]) -> Decision:
    entries = tuple(
        replace(entry, bundle=marks[entry.notice.id][0], send_at=marks[entry.notice.id][1])
        if entry.notice.id in marks
        else entry
        for entry in decision.entries
    )
    return replace(decision, entries=entries)
