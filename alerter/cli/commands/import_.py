"""`alerter import`: deadlines from a calendar or a spreadsheet, as TOML."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from alerter.cli.failure import UNUSABLE, Failure
from alerter.cli.options import Config
from alerter.cli.writing import write_new


def command(
    source: Annotated[Path, typer.Argument(metavar="FILE.ics|FILE.csv", help="What to read.")],
    _config: Config = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write; else on the screen.")] = None,
    dates: Annotated[
        str | None, typer.Option(metavar="dmy|mdy", help="What comes first in a CSV's 03/04/2025, where it is unclear.")
    ] = None,
) -> None:
    """Write the deadlines of a calendar (.ics) or a spreadsheet (.csv) as TOML."""
    from alerter.config.importing.cells import DateOrder
    from alerter.config.importing.draft import ImportProblem
    from alerter.config.importing.files import import_file
    from alerter.config.importing.writing import count_of

    if dates is not None and dates not in list(DateOrder):
        raise Failure(f"--dates: {dates!r} is none of {', '.join(DateOrder)}", UNUSABLE)
    try:
        text, count, undated = import_file(source, DateOrder(dates) if dates is not None else None)
    except OSError as error:
        raise Failure(f"cannot read {source}: {error.strerror}") from None
    except ImportProblem as problem:
        place = f"{source}:{problem.line}" if problem.line is not None else str(source)
        raise Failure(f"{place}: {problem}") from None
    if output is None:
        print(text, end="")
    else:
        _write(output, text)
    left = f", {undated} without a date left as comments" if undated else ""
    print(f"{count_of(count)}{left}", file=sys.stderr)


def _write(path: Path, text: str) -> None:
    try:
        write_new(path, text)
    except FileExistsError:
        raise Failure(f"{path} exists already, and may hold work of yours: name another file") from None
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}") from None
