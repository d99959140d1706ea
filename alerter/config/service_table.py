"""The keys of `[service]` alone, as written, whatever else is in the files; little is read and parsed for it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alerter.config.files import decode, read_files

_ALONE = re.compile(r"(?ms)^[ \t]*\[service\].*?(?=^[ \t]*\[|\Z)")


def read_table(paths: Sequence[Path]) -> dict[str, Any]:
    """The keys of `[service]` as written; files that cannot be read count as empty."""
    table: dict[str, Any] = {}
    for file in read_files(paths):
        text = decode(file) if b"service" in file.content else None  # the long lists of deadlines are not parsed
        table.update(_parse_service(text) if isinstance(text, str) else {})
    return table


def _parse_service(text: str) -> dict[str, Any]:
    """The table, of a file that is broken elsewhere too: a health check is not to fail for a slip in a deadline."""
    alone = _ALONE.search(text)
    for part in (text, alone[0] if alone else ""):
        try:
            found = tomllib.loads(part).get("service")
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else {}
    return {}
