"""`alerter init`: a commented starter configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alerter.cli.failure import Failure
from alerter.cli.options import Config

FILE_NAME = "alerter.toml"


def command(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write it.")] = Path("config"),
    _config: Config = None,
) -> None:
    """Write a commented starter configuration; existing files stay as they are."""
    from alerter.config.starter import starter

    path = directory / FILE_NAME
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(starter(datetime.now(UTC)))
    except FileExistsError:
        raise Failure(f"{path} is there already and stays as it is") from None
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}") from None
    print(f"wrote {path}\nnext: alerter check -c {directory} && alerter plan -c {directory}")
