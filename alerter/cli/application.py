"""The typer application, with commands found by their file and imported when needed."""

from __future__ import annotations

import pkgutil
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from alerter import __version__
from alerter.cli import commands


def build_application() -> Any:
    """The `alerter` command, ready to be called with arguments."""
    application = typer.Typer(
        cls=CommandFiles,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback()(_begin)
    return typer.main.get_command(application)


class CommandFiles(TyperGroup):
    """Every file in `commands/` is a command: `copy_ledger.py` is `copy-ledger`, `import_.py` is `import`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All command names, without importing any."""
        return sorted(_command_name(module.name) for module in pkgutil.iter_modules(commands.__path__))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command asked for; a name nearly right is answered with the right one."""
        near = get_close_matches(args[0], self.list_commands(ctx), n=1)
        if near and near[0] != args[0]:
            ctx.fail(f"there is no command {args[0]!r}; did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, imported now; None where there is no such file."""
        modules = {_command_name(module.name): module.name for module in pkgutil.iter_modules(commands.__path__)}
        return _load_command(cmd_name, modules[cmd_name]) if cmd_name in modules else None


def _command_name(module: str) -> str:
    return module.rstrip("_").replace("_", "-")


def _load_command(name: str, module: str) -> Any:
    single = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    single.command(name)(import_module(f"{commands.__name__}.{module}").command)
    return typer.main.get_command(single)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"alerter {__version__}")
        raise typer.Exit


def _begin(
    ctx: typer.Context,
    config: Annotated[
        list[Path] | None, typer.Option("-c", "--config", metavar="PATH", help="File or directory; may be repeated.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Make sure that nobody misses a deadline."""
    ctx.obj = tuple(config or ())
