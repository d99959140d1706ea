"""`alerter schema`: the JSON Schema of the configuration, for editors."""

from __future__ import annotations

from alerter.cli.options import Config


def command(_config: Config = None) -> None:
    """Print the JSON Schema of the configuration."""
    from alerter.channels.registry import channel_types
    from alerter.cli.output import print_json
    from alerter.config.schema import schema

    print_json(schema(channel_types()))
