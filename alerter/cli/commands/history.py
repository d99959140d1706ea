"""`alerter history`: who was told what, when, and what the other side answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alerter.cli.options import Config, ListFormat

if TYPE_CHECKING:
    from alerter.domain.dates.zone import Zone
    from alerter.domain.decisions.record import Action
    from alerter.domain.notices.notice import State
    from alerter.ledger.ledger import Told

COLUMNS = (
    "planned_at", "deadline", "due", "kind", "lead", "channel", "state", "reason", "delivered_at", "late_by", "to",
    "attempt_count", "last_outcome", "last_detail", "subject", "text", "id", "at", "answers", "action", "by", "note",
)  # fmt: skip
"""A row is a notice or, where there is an `action`, what a person did; `at` is when it was told or done."""


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
    from alerter.web.api.documents import action_document, notice_document

    ready = load_config(config)
    zone = ready.watch_list.zone
    since_at = parse_time(since, option="--since", zone=zone, now=datetime.now(UTC)) if since else None
    told, actions, is_known = asyncio.run(_ask(find_store(config), deadline, since_at, _parse_state(state)))
    if deadline is not None and not is_known:
        find_named(deadline, ready.watch_list.deadlines, what="deadline")
    if output is ListFormat.JSON:
        notices = [notice_document(one) for one in told]
        print_json({"notices": notices, "actions": [action_document(one) for one in actions]})
    elif output is ListFormat.CSV:
        print_csv(COLUMNS, sorted([*map(_flatten, told), *map(_flatten_action, actions)], key=itemgetter("at")))
    else:
        _print_tables(told, actions, zone, has_words=deadline is not None)


def _parse_state(text: str | None) -> State | None:
    from alerter.cli.failure import UNUSABLE, Failure
    from alerter.domain.notices.notice import State

    if text is None:
        return None
    try:
        return State(text)
    except ValueError:
        raise Failure(f"--state: {text!r} is none of {', '.join(State)}", UNUSABLE) from None


async def _ask(
    store: str, deadline: str | None, since: datetime | None, state: State | None
) -> tuple[list[Told], list[Action], bool]:
    """What the ledger holds, nothing where there is none yet; and whether it knows the deadline."""
    from alerter.cli.stored import has_ledger, open_ledger

    if not has_ledger(store):
        return [], [], False
    async with open_ledger(store) as ledger:
        told = await ledger.history(deadline=deadline, since=since, state=state)
        actions = await ledger.actions(deadline)
        is_known = bool(told or actions or (deadline is not None and await ledger.known([deadline])))
        return told, [action for action in actions if since is None or action.at >= since], is_known


def _flatten(told: Told) -> dict[str, Any]:
    from alerter.web.api.documents import notice_document

    document = notice_document(told)
    attempts = document["attempts"]
    last = attempts[-1] if attempts else None
    return {
        **dict.fromkeys(COLUMNS, ""),
        **document,
        "at": document["delivered_at"] or document["planned_at"],
        "to": " ".join(told.to),
        "attempt_count": len(attempts),
        "last_outcome": last["outcome"] if last else "",
        "last_detail": last["detail"] if last else "",
        "answers": "\n".join(f"{one['at']} {one['outcome']}: {one['detail']}" for one in attempts),
    }


def _flatten_action(action: Action) -> dict[str, Any]:
    from alerter.web.api.documents import action_document

    return {**dict.fromkeys(COLUMNS, ""), **action_document(action)}


def _print_tables(told: Sequence[Told], actions: Sequence[Action], zone: Zone, *, has_words: bool) -> None:
    from alerter.cli.output import format_local, print_table

    if not told and not actions:
        print("The ledger holds nothing of the kind.")
        return
    when = f"at ({zone.name})"
    if told:
        row = _whole_row if has_words else _row
        print_table({when: True, "state": True, "notice": False}, (row(one, zone) for one in told))
    if actions:
        rows = ((format_local(one.at, zone), one.deadline, one.action, f"{one.by}\n{one.note}") for one in actions)
        print_table({when: True, "deadline": False, "action": True, "by": False}, rows)


def _row(told: Told, zone: Zone) -> tuple[str, str, str]:
    """A notice in a few lines."""
    from alerter.web.api.documents import notice_document

    attempts = notice_document(told)["attempts"]
    detail = attempts[-1]["detail"] if attempts and str(told.state) != "delivered" else ""
    about = f"{told.deadline} on {told.channel}" if told.deadline else f"on {told.channel}"
    return _cells(told, zone, about, detail)


def _whole_row(told: Told, zone: Zone) -> tuple[str, str, str]:
    """A notice with its recipients, its words and all answers."""
    from alerter.cli.output import format_local
    from alerter.web.api.documents import notice_document

    document = notice_document(told)
    answers = [
        f"{format_local(datetime.fromisoformat(one['at']), zone)} {one['outcome']}: {one['detail']}"
        for one in document["attempts"]
    ]
    about = f"on {told.channel}" + (f" to {', '.join(told.to)}" if told.to else "")
    return _cells(told, zone, about, document["text"] or "", *answers)


def _cells(told: Told, zone: Zone, about: str, *more: str) -> tuple[str, str, str]:
    from alerter.cli.output import format_local
    from alerter.web.api.documents import notice_document

    subject = notice_document(told)["subject"] or f"{told.kind} {told.lead or ''}"
    state = f"{told.state}\n({told.reason})" if told.reason else str(told.state)
    lines = "\n".join(line for line in (about, subject, *more, told.id) if line)
    return format_local(told.delivered_at or told.planned_at, zone), state, lines
