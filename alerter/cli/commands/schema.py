"""`alerter schema`: the JSON Schema of the configuration, or its reference to read."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from alerter.cli.options import Config


class Form(StrEnum):
    """For a program, or for a person."""

    JSON = "json"
    MARKDOWN = "markdown"


def command(
    _config: Config = None,
    output: Annotated[Form, typer.Option("--format", help="JSON Schema, or every key explained.")] = Form.JSON,
) -> None:
    """Print the JSON Schema of the configuration."""
    from alerter.channels.registry import channel_types
    from alerter.cli.output import print_json
    from alerter.config.reference import reference
    from alerter.config.schema import schema

    if output is Form.MARKDOWN:
        print(reference(channel_types()), end="")
    else:
        print_json(schema(channel_types()))
