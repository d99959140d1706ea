"""`alerter simulate`: the real engine on a virtual clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alerter.cli.failure import UNUSABLE, Failure
from alerter.cli.options import Config, Format

if TYPE_CHECKING:
    from alerter.cli.loading import Ready
    from alerter.cli.times import Span
    from alerter.domain.dates.zone import Zone
    from alerter.engine.happening import Happening
    from alerter.engine.rehearsal import Edition

Spans = Annotated[list[str] | None, typer.Option("--down", metavar="T..T", help="The daemon does not run then.")]
Reloads = Annotated[
    list[str] | None, typer.Option("--reload", metavar="T=PATH", help="This configuration is taken then.")
]
Acks = Annotated[list[str] | None, typer.Option("--ack", metavar="T=ID", help="Somebody acknowledges it then.")]
Fails = Annotated[
    list[str] | None, typer.Option("--fail", metavar="CHANNEL=T..T", help="Sending to this channel fails then.")
]


def command(
    *,
    start: Annotated[str, typer.Option("--from", metavar="T", help="When the clock starts.")],
    until: Annotated[str, typer.Option("--until", metavar="T", help="When it ends.")],
    config: Config = None,
    down: Spans = None,
    reload: Reloads = None,
    ack: Acks = None,
    fail: Fails = None,
    output: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
) -> None:
    """Run the engine on a virtual clock, and report every message that would have been delivered."""
    from alerter.cli.loading import load_config
    from alerter.cli.output import print_json
    from alerter.engine.rehearsal import Script, UnknownDeadlineError, rehearse

    ready = load_config(config)
    reading = _Reading(ready, datetime.now(UTC), start, until)
    script = Script(
        start=reading.start,
        end=reading.end,
        downs=[reading.read_span(one, "--down") for one in down or ()],
        reloads=[reading.read_reload(one) for one in reload or ()],
        acks=[reading.read_ack(one) for one in ack or ()],
        fails=[reading.read_fail(one) for one in fail or ()],
    )
    try:
        rows = [to_json(event) for event in asyncio.run(rehearse(_edition(ready), script))]
    except UnknownDeadlineError as error:
        raise Failure(f"--ack: there is no deadline {str(error)!r} at that time") from error
    if output is Format.JSON:
        print_json({"events": rows})
    else:
        _print_table(rows, ready.watch_list.zone)


class _Reading:
    """Reads the options in the configuration's zone; `start` and `until` are between which instants the clock runs."""

    def __init__(self, ready: Ready, now: datetime, start: str, until: str) -> None:
        self.ready = ready
        self.zone = ready.watch_list.zone
        self.now = now
        self.start = self.read_time(start, "--from")
        self.end = self.read_time(until, "--until")
        if self.end < self.start:
            raise Failure("--until is before --from", UNUSABLE)

    def read_time(self, text: str, option: str) -> datetime:
        from alerter.cli.times import parse_time

        return parse_time(text, option=option, zone=self.zone, now=self.now)

    def read_moment(self, text: str, option: str) -> datetime:
        """When something happens: what is not on the clock never would."""
        at = self.read_time(text, option)
        if not self.start <= at < self.end:
            raise Failure(f"{option}: {text!r} is not between --from and --until", UNUSABLE)
        return at

    def read_span(self, text: str, option: str) -> tuple[datetime, datetime]:
        from alerter.cli.times import parse_span

        span: Span = parse_span(text, option=option, zone=self.zone, now=self.now)
        return span.start, span.end

    def read_reload(self, text: str) -> tuple[datetime, Edition]:
        from alerter.cli.loading import load_config
        from alerter.cli.times import split_assignment

        at, path = split_assignment(text, option="--reload", form="T=PATH")
        return self.read_moment(at, "--reload"), _edition(load_config([Path(path)]))

    def read_ack(self, text: str) -> tuple[datetime, str]:
        from alerter.cli.times import split_assignment

        at, deadline = split_assignment(text, option="--ack", form="T=ID")
        return self.read_moment(at, "--ack"), deadline

    def read_fail(self, text: str) -> tuple[str, tuple[datetime, datetime]]:
        from alerter.cli.naming import find_named
        from alerter.cli.times import split_assignment

        channel, span = split_assignment(text, option="--fail", form="CHANNEL=T..T")
        find_named(channel, self.ready.watch_list.channels, what="channel")
        return channel, self.read_span(span, "--fail")


def _edition(ready: Ready) -> Edition:
    from alerter.cli.senders import build_senders
    from alerter.engine.rehearsal import Edition

    return Edition(ready.watch_list, build_senders(ready.loaded))


def to_json(event: Happening) -> dict[str, Any]:
    """The documented fields of an event."""
    from alerter.web.api.documents import format_instant

    message = None if event.text is None else {"subject": event.subject, "text": event.text}
    return {
        "at": format_instant(event.at),
        "event": event.event,
        "notice": event.notice,
        "deadline": event.deadline,
        "kind": event.kind,
        "lead": event.lead,
        "channel": event.channel,
        "due": format_instant(event.due_at),
        "late_by": event.late_by,
        "reason": event.reason,
        "message": message if event.event == "delivered" else None,
    }


def _print_table(rows: list[dict[str, Any]], zone: Zone) -> None:
    from alerter.cli.output import format_local, print_table

    if not rows:
        print("Nothing happens in that time.")
        return
    print_table(
        {f"at ({zone.name})": True, "event": True, "channel": False, "message": False},
        (
            (
                format_local(datetime.fromisoformat(row["at"]), zone),
                row["event"] + (f"\n({row['reason']})" if row["reason"] else ""),
                row["channel"],
                row["message"]["subject"]
                if row["message"]
                else f"{row['deadline'] or ''} {row['lead'] or row['kind']}",
            )
            for row in rows
        ),
    )
