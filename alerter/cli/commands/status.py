"""`alerter status`: deadlines, next notices, channels and the queue, at a glance."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alerter.cli.options import Config, Format

if TYPE_CHECKING:
    from alerter.config.settings import Service
    from alerter.domain.decisions.record import Known
    from alerter.domain.notices.notice import Notice, State
    from alerter.domain.planning.deadline import Deadline
    from alerter.domain.planning.due import Due
    from alerter.domain.planning.watchlist import WatchList
    from alerter.ledger.ledger import ChannelHealth

NEXT_COUNT = 10
HORIZON = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Overview:
    """What the ledger says at the moment; all empty where there is no ledger."""

    known: Mapping[str, Known] = field(default_factory=dict)
    channels: Mapping[str, ChannelHealth] = field(default_factory=dict)
    queue_depth: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[tuple[str, State], int] = field(default_factory=dict)
    overdue_unsent: int = 0
    replica_count: int | None = None
    calendar_key: str | None = field(default=None, repr=False)


def command(
    config: Config = None,
    output: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
) -> None:
    """Show the deadlines, the next notices, the channels and the queue."""
    from alerter.cli.daemon import find_daemon
    from alerter.cli.loading import load_config
    from alerter.cli.output import print_json
    from alerter.cli.service_table import find_base_url, find_store
    from alerter.domain.decisions.derived import as_all_stand
    from alerter.domain.decisions.forecast import forecast

    ready = load_config(config)
    store = find_store(config)
    now = datetime.now(UTC)
    overview = asyncio.run(_ask(store, list(ready.watch_list.deadlines), now))
    watch_list = as_all_stand(ready.watch_list, ready.watch_list.deadlines, overview.known)
    upcoming = forecast(watch_list, now, now + HORIZON, overview.known)[:NEXT_COUNT]
    report = make_report(watch_list, overview, upcoming, now, daemon=find_daemon(store))
    report["calendar"] = _calendar(ready.loaded.service, overview, find_base_url(config))
    if output is Format.JSON:
        print_json(report)
    else:
        _print_report(report, watch_list, now)


def make_report(
    watch_list: WatchList, overview: Overview, upcoming: list[Notice], now: datetime, *, daemon: int | None
) -> dict[str, Any]:
    """Everything as one JSON document.

    `daemon` is the process id that holds the ledger's file, if any; `replicas` how many share it on a server.
    """
    from alerter.cli.commands.plan import to_json

    return {
        "daemon": daemon,
        "replicas": overview.replica_count,
        "deadlines": [_deadline(one, overview, now) for one in watch_list.deadlines.values()],
        "next": [to_json(notice, watch_list) for notice in upcoming],
        "channels": [_channel(name, overview) for name in watch_list.channels],
        "overdue_unsent": overview.overdue_unsent,
    }


async def _ask(store: str, ids: list[str], now: datetime) -> Overview:
    from alerter.cli.stored import has_ledger, open_ledger
    from alerter.ledger.keys import CALENDAR_KEY

    if not has_ledger(store):
        return Overview()
    async with open_ledger(store) as ledger:
        return Overview(
            known=await ledger.known(ids),
            channels=await ledger.channels(),
            queue_depth=await ledger.queue_depth(),
            counts=await ledger.counts(),
            overdue_unsent=await ledger.overdue_unsent(now),
            replica_count=await ledger.replica_count(now),
            calendar_key=await ledger.meta_get(CALENDAR_KEY),
        )


def _calendar(service: Service, overview: Overview, base_url: str) -> str | None:
    """Where to subscribe, with the key that was made; None where the configuration has one, which stays its secret."""
    if service.calendar_key is not None or overview.calendar_key is None:
        return None
    return f"{base_url}/calendar.ics?key={overview.calendar_key}"


def _deadline(deadline: Deadline, overview: Overview, now: datetime) -> dict[str, Any]:
    from alerter.web.api.documents import format_instant

    known = overview.known.get(deadline.id)
    due = _due(deadline, known, now)
    actions = [action for action in known.actions if due and action.due_key == due.key] if known else []
    return {
        "id": deadline.id,
        "title": deadline.title,
        "status": str(deadline.status),
        "severity": str(deadline.severity),
        "due": format_instant(due.at if due else None),
        "acknowledged_by": next((action.by for action in reversed(actions) if action.action == "ack"), None),
        "closed_as": next((str(action.status) for action in reversed(actions) if action.action == "close"), None),
        "snoozed_until": format_instant(
            next((action.until for action in reversed(actions) if action.action == "snooze"), None)
        ),
    }


def _due(deadline: Deadline, known: Known | None, now: datetime) -> Due | None:
    from alerter.domain.decisions.standing import current_due

    return current_due(deadline, known.actions if known else (), now)


def _channel(name: str, overview: Overview) -> dict[str, Any]:
    from alerter.domain.notices.notice import State
    from alerter.web.api.documents import format_instant

    health = overview.channels.get(name)
    return {
        "name": name,
        "queued": overview.queue_depth.get(name, 0),
        "delivered": overview.counts.get((name, State.DELIVERED), 0),
        "dead": overview.counts.get((name, State.DEAD), 0),
        "failures": health.failures if health else 0,
        "is_closed": bool(health and health.is_closed),
        "paused_until": format_instant(health.paused_until if health else None),
        "last_error": health.last_error if health else "",
        "last_delivered_at": format_instant(health.last_delivered_at if health else None),
    }


def _print_report(report: dict[str, Any], watch_list: WatchList, now: datetime) -> None:
    from alerter.cli.output import print_table

    print(_daemon(report))
    rows = sorted(report["deadlines"], key=lambda row: (row["due"] is None, row["due"] or "", row["id"]))
    print_table(
        {"due": True, "deadline": False, "state": False},
        ((_when(row, watch_list), f"{row['id']}\n{row['title']}", _state(row, watch_list, now)) for row in rows),
    )
    print_table(
        {f"next ({watch_list.zone.name})": True, "lead": True, "channel": False, "deadline": False},
        (
            (_local(row["at"], watch_list), row["lead"] or row["kind"], row["channel"], row["deadline"] or "")
            for row in report["next"]
        ),
    )
    print_table(
        {"channel": False, "queued": True, "delivered": True, "dead": True, "condition": False},
        (
            (row["name"], str(row["queued"]), str(row["delivered"]), str(row["dead"]), _condition(row, watch_list, now))
            for row in report["channels"]
        ),
    )
    if report["overdue_unsent"]:
        print(f"unsent a minute after their time: {report['overdue_unsent']}")
    if report["calendar"]:
        print(f"calendar: {report['calendar']}")


def _daemon(report: dict[str, Any]) -> str:
    if report["replicas"] is not None:
        return f"daemons: {report['replicas'] or 'none'} on this ledger"
    process = report["daemon"]
    return f"daemon: process {process}" if process else "daemon: none on this machine holds the ledger"


def _local(text: str, watch_list: WatchList) -> str:
    from alerter.cli.output import format_local

    return format_local(datetime.fromisoformat(text), watch_list.zone)


def _when(row: dict[str, Any], watch_list: WatchList) -> str:
    from alerter.domain.words.spoken_time import dated

    if row["due"] is None:
        return "no date left"
    deadline = watch_list.deadlines[row["id"]]
    at = datetime.fromisoformat(row["due"])
    local = at.astimezone(deadline.zone.info)
    return dated(local.date() if deadline.is_date_only else local, at, deadline.zone)


def _state(row: dict[str, Any], watch_list: WatchList, now: datetime) -> str:
    from alerter.domain.words.spoken_time import countdown, moment

    deadline = watch_list.deadlines[row["id"]]
    if row["status"] != "open" or row["closed_as"] or row["due"] is None:
        return str(row["closed_as"] or row["status"])
    due_at = datetime.fromisoformat(row["due"])
    words = [countdown(due_at, now, deadline.zone, is_date_only=deadline.is_date_only)]
    if row["acknowledged_by"]:
        words.append(f"acknowledged by {row['acknowledged_by']}")
    elif due_at < now:
        words.append("nobody said it was met")
    if row["snoozed_until"] and (until := datetime.fromisoformat(row["snoozed_until"])) > now:
        words.append(f"snoozed until {moment(until, deadline.zone)}")
    return ", ".join(words)


def _condition(row: dict[str, Any], watch_list: WatchList, now: datetime) -> str:
    from alerter.domain.words.spoken_time import moment

    if row["is_closed"]:
        return f"closed until its address changes: {row['last_error']}"
    if row["paused_until"] and (until := datetime.fromisoformat(row["paused_until"])) > now:
        return f"paused until {moment(until, watch_list.zone)}: {row['last_error']}"
    return f"failing: {row['last_error']}" if row["failures"] else "fine"
