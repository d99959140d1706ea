"""`alerter preview`: what a message will look like, without sending it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alerter.cli.failure import Failure
from alerter.cli.options import Config, DeadlineId

if TYPE_CHECKING:
    from alerter.channels.port import Rendered

_LEAD_HELP = "Of this lead, or one of moved, overdue, closed, opens, recheck; the next notice by default."


def command(
    deadline: DeadlineId,
    config: Config = None,
    lead: Annotated[
        str | None,
        typer.Option(
            metavar="L", help="Of this lead, or moved, overdue, closed, opens, recheck; the next one by default."
        ),
    ] = None,
    channel: Annotated[str | None, typer.Option(metavar="C", help="As this channel shows it.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there in the channel's own form.")
    ] = None,
) -> None:
    """Render a message about a deadline, or a digest by its name, without sending it."""
    from alerter.channels.render import render_safely
    from alerter.cli.loading import load_config
    from alerter.cli.naming import find_named
    from alerter.cli.output import show_plain
    from alerter.cli.senders import build_senders
    from alerter.engine.delivery.preview import preview_message

    ready = load_config(config)
    find_named(deadline, {**ready.watch_list.digests, **ready.watch_list.deadlines}, what="deadline")
    if channel is not None:
        find_named(channel, ready.watch_list.channels, what="channel")
    try:
        message = preview_message(
            ready.watch_list,
            deadline,
            datetime.now(UTC),
            lead=lead,
            channel=channel,
            base_url=ready.loaded.service.base_url,
        )
    except ValueError as error:
        raise Failure(str(error)) from error
    sender = build_senders(ready.loaded, [message.channel])[message.channel]
    rendered, problem = render_safely(sender, message)
    if problem is not None:
        print(f"could not be put into the channel's form ({problem}); this is the plain text", file=sys.stderr)
    if output is None:
        print(show_plain(f"{rendered.subject}\n\n{rendered.text}"))
    else:
        _write(output, to_bytes(rendered))


def to_bytes(rendered: Rendered) -> bytes:
    """The message in the channel's own form: a mail as it is sent, a payload as JSON, else the text."""
    body: Any = rendered.body
    if hasattr(body, "as_bytes"):
        return bytes(body.as_bytes())
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode("utf-8", "replace")
    if isinstance(body, dict | list):
        return (json.dumps(body, indent=2, ensure_ascii=False) + "\n").encode()
    return f"{rendered.subject}\n\n{rendered.text}\n".encode()


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}") from None
    print(f"wrote {path}")
