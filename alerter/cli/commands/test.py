"""`alerter test`: a message marked as a test, through the real channel."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from alerter.cli.failure import NO, UNUSABLE, Failure
from alerter.cli.options import Config


def command(
    channels: Annotated[list[str] | None, typer.Argument(metavar="CHANNEL...", help="Channels to test.")] = None,
    config: Config = None,
    everything: Annotated[bool, typer.Option("--all", help="Test every channel.")] = False,
) -> None:
    """Send a message marked as a test, and print what the other side answered."""
    from alerter.cli.loading import load_config
    from alerter.cli.naming import find_named
    from alerter.cli.senders import build_senders
    from alerter.domain.notices.outcome import Delivered
    from alerter.engine.delivery.tryout import send_tests

    if bool(channels) is everything:
        raise Failure("name one or more channels, or give --all", UNUSABLE)
    ready = load_config(config, secrets=True)
    names = list(dict.fromkeys(channels or ready.watch_list.channels))
    for name in names:
        find_named(name, ready.watch_list.channels, what="channel")
    senders = build_senders(ready.loaded, names)
    answers = asyncio.run(send_tests(ready.watch_list, senders, names, datetime.now(UTC)))
    for name, outcome in answers:
        print(f"{name}: {'delivered' if isinstance(outcome, Delivered) else 'FAILED'}: {outcome.detail}")
        for who, answer in outcome.refused.items():
            print(f"{name}: refused for {who}: {answer}")
    if not all(isinstance(outcome, Delivered) and not outcome.refused for _, outcome in answers):
        raise typer.Exit(NO)
