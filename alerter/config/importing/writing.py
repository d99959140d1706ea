"""Writes drafts as `[[deadline]]` tables, with comments for what the configuration has no key for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from alerter.config.importing.draft import LONGEST_TEXT, Draft, name_all
from alerter.domain.words.plain_text import cut

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_KEYS = ("timezone", "due_time", "severity", "status", "certainty", "tags", "note", "link", "owner", "leads", "repeat")


def write_drafts(drafts: Sequence[Draft], source: str) -> str:
    """The TOML text; `source` is the name of the file that they come from. Those without a date become comments."""
    dated = [draft for draft in drafts if draft.due is not None]
    document = tomlkit.document()
    document.add(tomlkit.comment(f"{count_of(len(dated))} from {_one_line(source)}"))
    for draft in drafts:
        if draft.due is None:
            _comment_on(document, [f"{_one_line(draft.title)}: it has no date", *draft.remarks])
    tables = AoT([])
    for name, draft in zip(name_all(dated), dated, strict=True):
        tables.append(_table(name, draft))
    if dated:
        document.add(tomlkit.nl())
        document.add("deadline", tables)
    return tomlkit.dumps(document)


def count_of(number: int) -> str:
    """The number with its noun."""
    return "1 deadline" if number == 1 else f"{number} deadlines"


def _table(name: str, draft: Draft) -> Table:
    table = tomlkit.table()
    _comment_on(table, draft.remarks)
    table.add("id", name)
    table.add("title", _text(draft.title) or name)
    table.add("due", _writable(draft.due))
    for key in _KEYS:
        value = _writable(getattr(draft, key))
        if value:
            table.add(key, value)
    return table


def _writable(value: Any) -> Any:
    """As TOML has it: no zone names in a date-time, no microseconds, clean texts."""
    if isinstance(value, datetime):
        offset = value.utcoffset()
        return value.replace(microsecond=0, fold=0, tzinfo=timezone(offset) if offset is not None else None)
    if isinstance(value, tuple):
        return [text for one in value if (text := _text(one))]
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    clean = _UNPRINTABLE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return cut(clean, LONGEST_TEXT)


def _one_line(text: str) -> str:
    return " ".join(_text(text).split())


def _comment_on(container: Any, remarks: Iterable[str]) -> None:
    for remark in remarks:
        container.add(tomlkit.comment(_one_line(remark)))
