"""`alerter plan`: what will go out, as planned now."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alerter.cli.failure import UNUSABLE, Failure
from alerter.cli.options import Config

if TYPE_CHECKING:
    from alerter.domain.decisions.record import Known
    from alerter.domain.notices.notice import Notice
    from alerter.domain.planning.watchlist import WatchList

COLUMNS = ("at", "due", "deadline", "title", "kind", "lead", "channel", "id", "held_from", "held_reason")
HORIZON = timedelta(days=90)


class PlanFormat(StrEnum):
    """How the plan is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    ICS = "ics"


def command(
    *,
    config: Config = None,
    start: Annotated[str, typer.Option("--from", metavar="T", help="From when on.")] = "now",
    until: Annotated[str | None, typer.Option(metavar="T", help="Until when; 90 days by default.")] = None,
    deadline: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this deadline.")] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="T", help="Only deadlines with this tag.")] = None,
    channel: Annotated[list[str] | None, typer.Option(metavar="C", help="Only this channel.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=0, help="At most so many.")] = None,
    output: Annotated[PlanFormat, typer.Option("--format", help="How to print it.")] = PlanFormat.TABLE,
) -> None:
    """Show what will go out; past stretches too, as if everything had always been known."""
    from alerter.cli.loading import load_config
    from alerter.cli.times import parse_time
    from alerter.domain.decisions.derived import as_all_stand, with_sources
    from alerter.domain.decisions.forecast import forecast

    ready = load_config(config)
    now = datetime.now(UTC)
    zone = ready.watch_list.zone
    start_at = parse_time(start, option="--from", zone=zone, now=now)
    end_at = parse_time(until, option="--until", zone=zone, now=now) if until else _add(start_at, HORIZON)
    if end_at < start_at:
        raise Failure("--until is before --from", UNUSABLE)
    chosen = _choose(ready.watch_list, deadline, tag, channel)
    deadlines = ready.watch_list.deadlines
    known = asyncio.run(_ask_ledger(config, with_sources(chosen.deadlines, deadlines)))
    chosen = as_all_stand(chosen, deadlines, known or {})
    notices = [one for one in forecast(chosen, start_at, end_at, known) if not channel or one.channel in channel]
    _print(notices[:limit], ready.watch_list, output)


def to_json(notice: Notice, watch_list: WatchList) -> dict[str, Any]:
    """The documented fields of a planned notice."""
    from alerter.web.api.documents import planned_document

    return {**planned_document(notice, _title(notice, watch_list))}


def _add(at: datetime, span: timedelta) -> datetime:
    try:
        return at + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _choose(
    watch_list: WatchList, ids: list[str] | None, tags: list[str] | None, channels: list[str] | None
) -> WatchList:
    """The watch list with the deadlines asked for; raises Failure for names that are not there."""
    from dataclasses import replace

    from alerter.cli.naming import find_named

    for name in ids or ():
        find_named(name, watch_list.deadlines, what="deadline")
    for name in channels or ():
        find_named(name, watch_list.channels, what="channel")
    kept = {
        name: one
        for name, one in watch_list.deadlines.items()
        if (not ids or name in ids) and (not tags or not set(tags).isdisjoint(one.tags))
    }
    return replace(watch_list, deadlines=kept)


async def _ask_ledger(config: list[Path] | None, ids: Sequence[str]) -> Mapping[str, Known] | None:
    """What the ledger knows of these deadlines; without a ledger that answers, None and a word on standard error."""
    from alerter.cli.service_table import find_store
    from alerter.cli.stored import has_ledger, open_ledger

    try:
        store = find_store(config)
        if not has_ledger(store):
            return None
        async with open_ledger(store) as ledger:
            return await ledger.known(ids)
    except Failure as failure:
        print(f"alerter: planned without the ledger: {failure}", file=sys.stderr)
        return None


def _print(notices: Sequence[Notice], watch_list: WatchList, output: PlanFormat) -> None:
    from alerter.cli.output import print_csv, print_json

    if output is PlanFormat.JSON:
        print_json({"notices": [to_json(notice, watch_list) for notice in notices]})
    elif output is PlanFormat.CSV:
        print_csv(COLUMNS, (_flatten(to_json(notice, watch_list)) for notice in notices))
    elif output is PlanFormat.ICS:
        from alerter.web.calendar.feed import make_notices_file

        sys.stdout.buffer.write(make_notices_file(notices, watch_list))
    else:
        _print_table(notices, watch_list)


def _flatten(row: dict[str, Any]) -> dict[str, Any]:
    held = row["held"] or {"from": None, "reason": None}
    return {**row, "held_from": held["from"], "held_reason": held["reason"]}


def _print_table(notices: Sequence[Notice], watch_list: WatchList) -> None:
    from alerter.cli.output import format_local, print_table

    if not notices:
        print("Nothing goes out in that time.")
        return
    columns = {f"at ({watch_list.zone.name})": True, "lead": True, "channel": False, "deadline": False}
    rows = (
        (
            format_local(notice.at, watch_list.zone) + (" held" if notice.held else ""),
            notice.lead or str(notice.kind).removeprefix("deadline."),
            notice.channel,
            f"{notice.deadline or ''}\n{_title(notice, watch_list)}",
        )
        for notice in notices
    )
    print_table(columns, rows)


def _title(notice: Notice, watch_list: WatchList) -> str:
    known = watch_list.deadlines.get(notice.deadline or "")
    return known.title if known else ""
