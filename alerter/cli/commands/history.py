"""`alerter history`: who was told what, when, and what the other side answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alerter.cli.options import Config, ListFormat

if TYPE_CHECKING:
    from alerter.domain.notice import State
    from alerter.domain.record import Action
    from alerter.domain.zone import Zone
    from alerter.ledger.ledger import Told

COLUMNS = (
    "planned_at", "deadline", "due", "kind", "lead", "channel", "state", "reason", "delivered_at", "late_by", "to",
    "attempt_count", "last_outcome", "last_detail", "subject", "text", "id",
)  # fmt: skip


def command(
    config: Config = None,
    deadline: Annotated[str | None, typer.Option(metavar="ID", help="Only this deadline.")] = None,
    since: Annotated[str | None, typer.Option(metavar="T", help="Only what was planned from then on.")] = None,
    state: Annotated[str | None, typer.Option(metavar="S", help="Only notices in this state.")] = None,
    output: Annotated[ListFormat, typer.Option("--format", help="How to print it.")] = ListFormat.TABLE,
) -> None:
    """Show the ledger: what was told, word for word, to whom, and who did what about it."""
    from alerter.cli.loading import load_config
    from alerter.cli.naming import find_named
    from alerter.cli.output import print_csv, print_json
    from alerter.cli.service_table import find_store
    from alerter.cli.times import parse_time
    from alerter.web.documents import action_document, notice_document

    ready = load_config(config)
    zone = ready.watch_list.zone
    since_at = parse_time(since, option="--since", zone=zone, now=datetime.now(UTC)) if since else None
    told, actions = asyncio.run(_ask(find_store(config), deadline, since_at, _parse_state(state)))
    if deadline is not None and not told and not actions:
        find_named(deadline, ready.watch_list.deadlines, what="deadline")
    if output is ListFormat.JSON:
        notices = [notice_document(one) for one in told]
        print_json({"notices": notices, "actions": [action_document(one) for one in actions]})
    elif output is ListFormat.CSV:
        print_csv(COLUMNS, map(_flatten, told))
    else:
        _print_tables(told, actions, zone)


def _parse_state(text: str | None) -> State | None:
    from alerter.cli.failure import UNUSABLE, Failure
    from alerter.domain.notice import State

    if text is None:
        return None
    try:
        return State(text)
    except ValueError:
        raise Failure(f"--state: {text!r} is none of {', '.join(State)}", UNUSABLE) from None


async def _ask(
    store: str, deadline: str | None, since: datetime | None, state: State | None
) -> tuple[list[Told], list[Action]]:
    """What the ledger holds; nothing where there is none yet."""
    from alerter.cli.stored import has_ledger, open_ledger

    if not has_ledger(store):
        return [], []
    async with open_ledger(store) as ledger:
        told = await ledger.history(deadline=deadline, since=since, state=state)
        actions = await ledger.actions(deadline)
        return told, [action for action in actions if since is None or action.at >= since]


def _flatten(told: Told) -> dict[str, Any]:
    from alerter.web.documents import notice_document

    last = told.attempts[-1] if told.attempts else None
    return {
        **notice_document(told),
        "to": " ".join(told.to),
        "attempt_count": len(told.attempts),
        "last_outcome": last.outcome if last else "",
        "last_detail": last.detail if last else "",
    }


def _print_tables(told: Sequence[Told], actions: Sequence[Action], zone: Zone) -> None:
    from alerter.cli.output import format_local, print_table

    if not told and not actions:
        print("The ledger holds nothing of the kind.")
        return
    when = f"at ({zone.name})"
    if told:
        print_table({when: True, "state": True, "notice": False}, (_row(one, zone) for one in told))
    if actions:
        rows = ((format_local(one.at, zone), one.deadline, one.action, f"{one.by}\n{one.note}") for one in actions)
        print_table({when: True, "deadline": False, "action": True, "by": False}, rows)


def _row(told: Told, zone: Zone) -> tuple[str, str, str]:
    from alerter.cli.output import format_local

    detail = told.attempts[-1].detail if told.attempts else ""
    subject = told.subject or f"{told.kind} {told.lead or ''}"
    about = f"{told.deadline} on {told.channel}" if told.deadline else f"on {told.channel}"
    lines = [about, subject, detail if str(told.state) != "delivered" else "", told.id]
    state = f"{told.state}\n({told.reason})" if told.reason else str(told.state)
    at = told.delivered_at or told.planned_at
    return format_local(at, zone), state, "\n".join(line for line in lines if line)
