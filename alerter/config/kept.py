"""What a load built of each file, for the next: of a file that has not changed the deadlines need not be built again.

They depend on their file, and on what is said elsewhere for all: where that differs everything is built anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alerter.config.deadlines import Audience, Built, Row
from alerter.config.files import SourceFile
from alerter.config.merge import DEADLINES, Merged
from alerter.config.resolve import Resolver, Shared

Around = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: its tables other than those of deadlines, as TOML gave them, and its deadlines as they were built."""

    sections: Mapping[str, Any]
    rows: Sequence[Row]


@dataclass(slots=True)
class Kept:
    """The sheets of the last load that could be used, by content, and what they were built with."""

    around: Around = ()
    sheets: dict[bytes, Sheet] = field(default_factory=dict)

    def find(self, files: Sequence[SourceFile]) -> dict[int, Sheet]:
        """The sheets of those files, by number, that are as they were."""
        if not self.sheets:
            return {}
        found = ((number, self.sheets.get(digest(file))) for number, file in enumerate(files))
        return {number: sheet for number, sheet in found if sheet is not None}

    def forget(self) -> None:
        """Have everything built anew."""
        self.around, self.sheets = (), {}


def digest(file: SourceFile) -> bytes:
    """What tells the content of a file from any other."""
    return hashlib.blake2b(file.content, digest_size=16).digest() if file.trouble is None else b""


def around(resolver: Resolver, shared: Shared, audience: Audience) -> Around:
    """All that shapes deadlines beside their own file; zone rules apart, on whose change `forget` is called."""
    names = resolver.names
    return (
        shared, tuple(audience.routes), tuple(audience.channels), audience.ops, tuple(names.channels), names.calendars,
        resolver.zone,
    )  # fmt: skip


def rows_by_file(built: Built, merged: Merged) -> dict[int, list[Row]]:
    """What was built of each file that was read, in order."""
    found: dict[int, list[Row]] = {}
    for name, index in built.rows.items():
        row = built.waiting.get(name) or built.deadlines.get(name)
        if row is not None:
            found.setdefault(merged.rows[DEADLINES][index][0], []).append(row)
    return found


def in_order(sheets: Mapping[int, Sequence[Row]]) -> Iterator[str]:
    """The ids of all deadlines as they are written, file by file."""
    return (row.id for number in sorted(sheets) for row in sheets[number])
