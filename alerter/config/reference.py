"""The reference of every key in Markdown, made from the same models that check the configuration.

Forms come from their JSON Schema, defaults from where they are applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import time, timedelta
from enum import StrEnum
from typing import Any

from alerter.config.channel import ChannelSettings
from alerter.config.fields import CLOCK_PATTERN, DURATION_PATTERN, PERIOD_PATTERN, RATE_PATTERN, Model
from alerter.config.models import REQUIRED, DefaultsTable
from alerter.config.resolve import DEFAULT_LEADS, Shared
from alerter.config.schema import schema
from alerter.config.settings import Service
from alerter.domain.planning.lead import LEAD_PATTERN, OFFSET_PATTERN

_INTRODUCTION = """\
# The configuration, key by key

This folder is an example that works: the watch list of a trade desk. Every `*.toml` file below it is read, and all
are taken together: `[[deadline]]`, `[[route]]` and `[[digest]]` add up, any other key may stand in one file only.
`alerter check` names what is wrong with file, line and column; `alerter schema` gives the JSON Schema for editors;
`alerter init` writes a commented start.

Where the form says *secret* or *address*, the value may be the text itself, `{ env = "NAME" }` or `{ file = "PATH"
}`. A *duration* is one number with `s`, `m`, `h`, `d` or `w` (`"15m"`). A *lead* is a number with `m`, `h`, `d`,
`w`, `mo`, `y` or `bd` (business days), with `+` in front for after, `@ HH:MM` behind days for a time of day, or
`0` for the due instant. Times and dates are written without quotes.

This page is made by `alerter schema --format markdown`; a test holds it to the code.
"""
_TABLES = (
    ("The top of a file", None, ""),
    (
        "`[service]`",
        "ServiceTable",
        (
            "Each key also as an environment variable, `ALERTER_STORE` and so on, which wins. `store`, the secrets "
            "and the heartbeat's `url` also as the name of a file that holds them: `ALERTER_TOKEN_FILE`, which wins "
            "over both."
        ),
    ),
    ("`[service.heartbeat]`", "HeartbeatTable", ""),
    ("`[defaults]` and `[[deadline]]`", "DefaultsTable", "In `[defaults]` they hold for every deadline."),
    ("`[[deadline]]` alone", "DeadlineTable", "With exactly one of `due`, `after` and `before`."),
    ("`after` and `before`", "DerivedTable", ""),
    ("`overdue`", "OverdueTable", ""),
    ("`escalate`", "EscalationTable", ""),
    ("`history`", "HistoryTable", ""),
    ("`[calendars.NAME]`", "CalendarTable", "`weekdays` is built in: Monday to Friday, no holidays."),
    ("`[[route]]`", "RouteTable", "The first match wins. Without a match every channel that is not named in `ops`."),
    ("`match`", "MatchTable", ""),
    ("`[[digest]]`", "DigestTable", ""),
    ("`[channels.NAME]`, of every type", "ChannelSettings", ""),
    ("`quiet`", "QuietSettings", ""),
)
_FORMS = {
    f"^{CLOCK_PATTERN}$": "time",
    "date": "date",
    DURATION_PATTERN: "duration",
    PERIOD_PATTERN: "duration",
    RATE_PATTERN: "rate",
    LEAD_PATTERN: "lead",
    OFFSET_PATTERN: "lead without `+` and `@`",
}
_PLURALS = {one: f"{one}s" for one in ("text", "lead", "table", "date", "secret")} | {"address": "addresses"}
_OWN_WORDS = {"due": "date or date-time"}
_TYPE = "What kind of channel this is."
_DEFAULTS_IN_WORDS = {
    ("ChannelSettings", "bundle_over"): "5 on slack, email and apprise",
    ("ChannelSettings", "rate"): "1/s on slack",
    ("DefaultsTable", "on_ack"): "`leads` where critical, else `stop`",
    ("OverdueTable", "times"): "without end",
    ("RouteTable", "continue"): "`false`",
}


def reference(channel_types: Mapping[str, type[ChannelSettings]]) -> str:
    """The whole page."""
    document = schema(channel_types)
    definitions: dict[str, Any] = document["$defs"]
    of_type = {name: definitions[kind.__name__] for name, kind in channel_types.items()}
    shared = set(ChannelSettings.model_fields)
    some = next(iter(of_type.values()))["properties"]
    definitions["ChannelSettings"] = {"properties": {key: value for key, value in some.items() if key in shared}}
    definitions["ChannelSettings"]["required"] = ["type"]
    definitions["ChannelSettings"]["properties"]["type"] = {"enum": sorted(channel_types), "description": _TYPE}
    parts = [_INTRODUCTION]
    for title, name, remark in _TABLES:
        table = definitions[name] if name else document
        parts.append(_section(title, remark, _rows(table, name or "_Document", definitions)))
    for name, table in sorted(of_type.items()):
        own = {**table, "properties": {key: value for key, value in table["properties"].items() if key not in shared}}
        remark = "" if own["properties"] else "No keys of its own."
        parts.append(_section(f'`type = "{name}"`', remark, _rows(own, channel_types[name].__name__, definitions)))
    parts.append(_section("`smtp`", "", _rows(definitions["SmtpSettings"], "SmtpSettings", definitions)))
    return "\n".join(parts)


def _section(title: str, remark: str, rows: list[tuple[str, str, str, str]]) -> str:
    lines = [f"## {title}", ""]
    if remark:
        lines += [remark, ""]
    if rows:
        lines += ["| key | form | default | meaning |", "| --- | --- | --- | --- |"]
        lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
        lines.append("")
    return "\n".join(lines)


def _rows(table: dict[str, Any], name: str, definitions: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    required = {*table.get("required", ()), *(REQUIRED["deadline"] if name == "DeadlineTable" else ())}
    keys = [key for key in table["properties"] if name != "DeadlineTable" or key not in DefaultsTable.model_fields]
    return [
        (
            f"`{key}`",
            _form(key, table["properties"][key], definitions),
            "required" if key in required else _default(name, key),
            _meaning(table["properties"][key], definitions),
        )
        for key in keys
    ]


def _meaning(value: dict[str, Any], definitions: dict[str, Any]) -> str:
    target = definitions.get(value.get("$ref", "").rpartition("/")[2], {})  # its own sentence may be the same
    return str(value.get("description") or target.get("description", ""))


def _form(key: str, value: dict[str, Any], definitions: dict[str, Any]) -> str:
    """What may stand behind the key, in a few words."""
    if key in _OWN_WORDS:
        return _OWN_WORDS[key]
    if words := value.get("enum") or ([value["const"]] if "const" in value else None):
        return ", ".join(f"`{word}`" for word in words)
    if "$ref" in value:
        found = definitions[value["$ref"].rpartition("/")[2]]
        return _form("", found, definitions) if "enum" in found else "table"
    if "anyOf" in value:
        return _choice(key, value["anyOf"], definitions)
    if value.get("type") == "array":
        item = _form(key, value.get("items", {}), definitions)
        return f"list of {_PLURALS.get(item, item)}"
    return _FORMS.get(value.get("pattern", value.get("format", "")), _plain(value))


def _choice(key: str, choices: list[dict[str, Any]], definitions: dict[str, Any]) -> str:
    forms = [_form(key, one, definitions) for one in choices]
    if any("env" in one.get("properties", {}) for one in choices):
        is_secret = any(word in key for word in ("secret", "token", "password", "key"))
        lists = [form for form, one in zip(forms, choices, strict=True) if one["type"] == "array"]
        forms = ["secret" if is_secret else "address", *lists]
    return " or ".join(dict.fromkeys(forms))


def _plain(value: dict[str, Any]) -> str:
    kinds = {"string": "text", "integer": "number", "number": "number", "boolean": "`true`, `false`", "object": "table"}
    return kinds.get(str(value.get("type")), "text")


def _default(table: str, key: str) -> str:
    """What holds where the key is not written; empty where that is nothing."""
    if words := _DEFAULTS_IN_WORDS.get((table, key)):
        return words
    if table in ("DefaultsTable", "DeadlineTable"):
        return _spell(_deadline_default(key))
    model = Service if table == "ServiceTable" else _models(Model).get(table)
    found = {one.alias or name: one.default for name, one in model.model_fields.items()} if model else {}
    return _spell(found.get(key))


def _models(base: type[Model]) -> dict[str, type[Model]]:
    """All tables by the names that they have in the schema."""
    found = {base.__name__: base}
    for each in base.__subclasses__():
        found |= _models(each)
    return found


def _deadline_default(key: str) -> Any:
    built_in = {one.name: one.default for one in fields(Shared) if one.default is not MISSING}
    built_in |= {"leads": DEFAULT_LEADS, "calendar": "weekdays", "settle": built_in["settle_for"]}
    return built_in.get(key)


def _spell(value: Any) -> str:
    if isinstance(value, StrEnum):
        return f"`{value.value}`"
    if isinstance(value, timedelta):
        return f"`{_duration(value)}`"
    if isinstance(value, time):
        return f"`{value:%H:%M:%S}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{value}`" if isinstance(value, str | int) and value != "" else ""


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    return next(f"{seconds // size}{unit}" for size, unit in _UNITS if seconds % size == 0)


_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
