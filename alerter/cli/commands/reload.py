"""`alerter reload`: the running daemon reads its files again."""

from __future__ import annotations

from typing import Annotated

import typer

from alerter.cli.options import Config


def command(
    config: Config = None,
    accept_removals: Annotated[
        bool, typer.Option("--accept-removals", help="Take it at once even if many deadlines are gone.")
    ] = False,
) -> None:
    """Ask the running daemon to read its files again: over HTTP, else by signal."""
    from alerter.cli.daemon import ask_reload
    from alerter.cli.service_table import read_service

    service = read_service(config, "listen", "token", "store")
    token = service.token.get_secret_value() if service.token else None
    print(ask_reload(service.listen, token, service.store, accept_removals=accept_removals))
