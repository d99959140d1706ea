"""`alerter init`: a commented starter configuration."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alerter.cli.failure import Failure
from alerter.cli.options import Config
from alerter.cli.writing import write_new

FILE_NAME = "alerter.toml"
SCHEMA_NAME = "alerter.schema.json"


def command(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write it.")] = Path("config"),
    _config: Config = None,
) -> None:
    """Write a commented starter configuration; existing files stay as they are."""
    from alerter.channels.registry import channel_types
    from alerter.config.schema import schema
    from alerter.config.starter import starter

    _write(directory / FILE_NAME, starter(datetime.now(UTC)))
    if not (directory / SCHEMA_NAME).exists():
        _write(directory / SCHEMA_NAME, json.dumps(schema(channel_types()), indent=2) + "\n")
    print(f"next: alerter check -c {directory} && alerter plan -c {directory}")


def _write(path: Path, text: str) -> None:
    try:
        write_new(path, text)
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}") from None
    print(f"wrote {path}")
