"""`alerter healthcheck`: whether the running daemon is alive, for HEALTHCHECK."""

from __future__ import annotations

from functools import partial

import typer

from alerter.cli.options import Config


def command(config: Config = None) -> None:
    """Ask the running daemon's /livez; 0 if it is alive."""
    from alerter.cli.daemon import ask_health
    from alerter.cli.service_table import find_store, read_plain

    listen = read_plain(config, "listen", "127.0.0.1:8080")
    is_alive, answer = ask_health(listen, partial(find_store, config))
    print(answer)
    if not is_alive:
        raise typer.Exit(1)
