"""What the first page shows: what is wrong, the timeline, the list by nearness, what was sent, the channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from alerter.domain.decisions.moves import earlier_dates
from alerter.domain.decisions.record import Known
from alerter.domain.planning.deadline import Severity
from alerter.domain.planning.due import Due
from alerter.ledger.values import ChannelHealth, Told
from alerter.web.api.asking import WantedLines, read_key, read_place, write_key, write_place
from alerter.web.api.line_documents import is_snoozed, moves_of
from alerter.web.desk.desk import Desk
from alerter.web.desk.lines import Key, Line
from alerter.web.desk.story import find_condition, find_notices, find_planned, find_removed
from alerter.web.pages.timeline import SPANS, Chart, draw, window_of
from alerter.web.pages.words import Words

LISTED = 40
PASSED = 20
OVER = 15
SENT = 20
TRACKS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of it is wanted: the filter, how far the timeline goes, and from where on lists are shown."""

    asked: WantedLines
    span: str
    after: Key | None
    before: str | None

    def query(self, **changes: str) -> str:
        """The address of the same view with something changed; "" takes a part away."""
        asked = self.asked
        parts = {
            "tag": asked.tag,
            "owner": asked.owner,
            "severity": asked.severity or "",
            "text": asked.text,
            "span": self.span if self.span != "3mo" else "",
            **changes,
        }
        return "./?" + urlencode({name: value for name, value in parts.items() if value}, doseq=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line as it is listed."""

    line: Line
    moves: int
    told: Sequence[str]
    is_snoozed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """One channel as it is listed."""

    name: str
    type: str
    health: ChannelHealth
    queued: int
    is_paused: bool


def read_view(query: QueryParams) -> View:
    """What the address asks for; what makes no sense is passed over. Raises Refusal for a place that is none."""
    severity = query.get("severity", "")
    asked = WantedLines(
        tag=tuple(tag[:200] for tag in query.getlist("tag") if tag),
        owner=query.get("owner", "")[:200],
        severity=Severity(severity) if severity in list(Severity) else None,
        text=query.get("text", "").strip()[:200],
    )
    span = query.get("span", "3mo")
    return View(
        asked=asked,
        span=span if span in SPANS else "3mo",
        after=read_key(query.get("after") or None),
        before=query.get("before") or None,
    )


async def show_overview(desk: Desk, view: View, words: Words) -> dict[str, object]:
    """The values of the first page's template."""
    watch_list = await desk.refresh()
    wanted, now = view.asked.filter, words.now
    coming = await desk.catalogue.coming(wanted, now, limit=LISTED, after=view.after)
    passed = await desk.catalogue.unanswered(wanted, now, limit=PASSED)
    over = await desk.catalogue.over(wanted, now, limit=OVER)
    lines, known = await desk.look_up([*passed.lines, *coming.lines, *over.lines])
    rows = [_row(line, known.get(line.deadline.id), words) for line in lines]
    passed_rows, rest = rows[: len(passed.lines)], rows[len(passed.lines) :]
    sent, place = await find_notices(desk, wanted, limit=SENT, before=read_place(view.before), is_told=True)
    condition = await find_condition(desk)
    channels = [
        _channel_row(name, channel.type, condition.channels.get(name), condition.queue.get(name, 0), words)
        for name, channel in watch_list.channels.items()
    ]
    return {
        "view": view,
        "spans": list(SPANS),
        "severities": list(Severity),
        "tags": desk.catalogue.tags,
        "owners": desk.catalogue.owners,
        "condition": condition,
        "chart": await _chart(
            desk, view, [*passed.lines, *coming.lines], known, words, has_more=coming.after is not None
        ),
        "passed": passed_rows,
        "passed_count": passed.count,
        "coming": rest[: len(coming.lines)],
        "coming_count": coming.count,
        "coming_more": write_key(coming.after) if coming.after else None,
        "over": rest[len(coming.lines) :],
        "over_count": over.count,
        "sent": sent,
        "sent_more": write_place(*place) if place else None,
        "goes_at": {told.id: _goes_at(told, condition.channels, now) for told in sent},
        "channels": channels,
        "removed": await find_removed(desk) if wanted.is_empty else [],
        "titles": {
            name: one.title
            for name in {told.deadline for told in sent}
            if (one := watch_list.deadlines.get(name or ""))
        },
    }


async def _chart(
    desk: Desk, view: View, found: Sequence[Line], known: Mapping[str, Known], words: Words, *, has_more: bool
) -> Chart:
    watch_list, now = desk.watch_list, words.now
    window = window_of(view.span, now, watch_list.zone)
    fitting = [line for line in found if line.at >= window.start]
    lines = fitting[:TRACKS]
    names = list(dict.fromkeys(line.deadline.id for line in lines))
    alone = replace(watch_list, deadlines={line.deadline.id: line.deadline for line in lines})
    told = await desk.ledger.history(among=names, since=window.start, limit=500) if names else []
    return draw(
        window,
        view.span,
        now,
        lines,
        planned=await find_planned(alone, now, window.end, known),
        told=told,
        earlier={line.deadline.id: _earlier(line, known.get(line.deadline.id)) for line in lines},
        channels=watch_list.channels,
        is_cut=has_more or len(fitting) > len(lines),
    )


def _goes_at(told: Told, channels: Mapping[str, ChannelHealth], now: datetime) -> datetime | None:
    """When a notice that waits goes out: not while its channel pauses. None for one that goes now, or has gone."""
    if told.next_at is None:
        return None
    paused_until = channels[told.channel].paused_until if told.channel in channels else None
    at = max(told.next_at, paused_until or told.next_at)
    return at if at > now else None


def _earlier(line: Line, known: Known | None) -> list[Due]:
    keys = known.record.earlier_keys if known else ()
    return [due for due, _ in earlier_dates(line.deadline, line.due.key if line.due else None, keys)]


def _row(line: Line, known: Known | None, words: Words) -> Row:
    return Row(
        line=line,
        moves=moves_of(line, known),
        told=sorted(known.told) if known else [],
        is_snoozed=is_snoozed(line, words.now),
    )


def _channel_row(name: str, form: str, health: ChannelHealth | None, queued: int, words: Words) -> ChannelRow:
    known = health or ChannelHealth(name=name)
    is_paused = known.paused_until is not None and known.paused_until > words.now
    return ChannelRow(name=name, type=form, health=known, queued=queued, is_paused=is_paused)
