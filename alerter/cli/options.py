"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"


class TextFormat(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"


class ListFormat(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def _join(ctx: typer.Context, value: list[Path] | None) -> list[Path]:
    """What was given before the command's name, then what was given after it."""
    return [*(ctx.obj or ()), *(value or ())]


Config = Annotated[
    list[Path] | None,
    typer.Option("-c", "--config", metavar="PATH", callback=_join, help="File or directory; may be repeated."),
]
By = Annotated[str | None, typer.Option("--by", metavar="WHO", help="Who says so; your user name by default.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why, for the others to read.")]
DeadlineId = Annotated[str, typer.Argument(metavar="ID", help="The deadline's id.")]
