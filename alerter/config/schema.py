"""The JSON Schema of a configuration file, made from the same models that check it.

For editors: every key has its description. TOML dates and times are strings with a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from alerter.config.channel import ChannelSettings
from alerter.config.fields import Model, Name
from alerter.config.models import CalendarTable, DeadlineTable, DefaultsTable, DigestTable, RouteTable
from alerter.config.settings import ServiceTable

_POINTER = "#/$defs/"


class _Document(Model):
    """One file of the configuration; all files of a folder are taken together."""

    timezone: Name = Field(default="UTC", description="IANA name of the time zone dates are in, or AoE.")
    service: ServiceTable = Field(default=ServiceTable(), description="Settings of the daemon itself.")
    defaults: DefaultsTable = Field(default=DefaultsTable(), description="What holds for every deadline.")
    calendars: dict[str, CalendarTable] = Field(default={}, description="Business days, by name.")
    channels: dict[str, ChannelSettings] = Field(default={}, description="Where messages go, by name.")
    route: list[RouteTable] = Field(default=[], description="Who hears of what; the first match wins.")
    digest: list[DigestTable] = Field(default=[], description="Regular overviews.")
    deadline: list[DeadlineTable] = Field(default=[], description="What must not be missed.")


def schema(channel_types: Mapping[str, type[ChannelSettings]]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one file, with the tables of these channel types."""
    types = [channel_types[name] for name in sorted(channel_types)]
    models: list[type[Model]] = [_Document, *types]
    pointers, document = models_json_schema(
        [(model, "validation") for model in models], ref_template=_POINTER + "{model}"
    )
    definitions: dict[str, Any] = document["$defs"]
    top = definitions.pop("_Document")
    definitions.pop("ChannelSettings", None)
    top["properties"]["channels"]["additionalProperties"] = {
        "oneOf": [pointers[(model, "validation")] for model in types]
    }
    for name, model in zip(sorted(channel_types), types, strict=True):
        _require_type(definitions[pointers[(model, "validation")]["$ref"].removeprefix(_POINTER)], name)
    plain = _plain({**top, "$defs": definitions})
    return {"$schema": GenerateJsonSchema.schema_dialect, "title": "alerter configuration", **plain}


def _require_type(definition: dict[str, Any], name: str) -> None:
    definition["properties"]["type"]["const"] = name
    definition["required"] = sorted({"type", *definition.get("required", ())})


def _plain(value: Any, *, is_names: bool = False) -> Any:
    """Without what TOML does not have (null) and editors need not show (titles, defaults made of nothing).

    `is_names`: the keys are names of properties, not words of the schema.
    """
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {
        key: _plain(each, is_names=key in ("properties", "$defs") and not is_names)
        for key, each in value.items()
        if is_names or key not in ("title", "default")
    }
    return kept if is_names else _without_null(kept)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return schema
    left = [each for each in choices if each != {"type": "null"}]
    rest = {key: each for key, each in schema.items() if key != "anyOf"}
    return {**left[0], **rest} if len(left) == 1 else {**rest, "anyOf": left}
