"""Taking several files together, and remembering which file each part came from.

Arrays of tables add up; any other key may be set in one file only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from alerter.config.findings import Finding, Path, Spot
from alerter.config.recovery import Reading
from alerter.config.suggest import did_you_mean

DEADLINES = "deadline"
ARRAYS = (DEADLINES, "route", "digest")
NAMED = ("calendars", "channels")
SECTIONS = ("service", "defaults")
HEARTBEAT = ("service", "heartbeat")
TOP_KEYS = ("timezone", *SECTIONS, *NAMED, *ARRAYS)


@dataclass(slots=True)
class Merged:
    """All files as one: `tables` as TOML gave them, and where each part is from.

    `rows` maps an array's name to (file, index there) of each element; `owners` maps the path of
    a key outside arrays to its file. `misspelt` are the top-level keys that unknown ones may mean, or
    of which something was lost; `lost` the paths of keys whose values could not be read.
    """

    tables: dict[str, Any] = field(default_factory=lambda: {name: [] for name in ARRAYS})
    rows: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: {name: [] for name in ARRAYS})
    owners: dict[Path, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    misspelt: set[str] = field(default_factory=set)
    lost: set[Path] = field(default_factory=set)

    def origin(self, path: Path) -> tuple[int, Path]:
        """The file that a path of the whole is from, and the path in that file."""
        if path and path[0] in self.rows and len(path) > 1 and isinstance(path[1], int):
            file, index = self.rows[str(path[0])][path[1]]
            return file, (path[0], index, *path[2:])
        for length in range(len(path), 0, -1):
            if path[:length] in self.owners:
                return self.owners[path[:length]], path
        below = (file for owned, file in self.owners.items() if owned[: len(path)] == path)
        return next(below, 0), path


def merge(files: Mapping[int, Reading]) -> Merged:
    """Take the tables of files, by number, together; what clashes or is unknown becomes findings."""
    merged = Merged()
    for file, reading in files.items():
        merged.lost.update(_shifted(merged, path) for path in reading.lost)
        for key, value in (reading.tables or {}).items():
            _add(merged, file, key, value)
    merged.misspelt.update(str(path[0]) for path in merged.lost if path[-1] == "id")
    return merged


def _shifted(merged: Merged, path: Path) -> Path:
    """The path in the whole of one in the file that comes next."""
    if len(path) > 1 and path[0] in ARRAYS and isinstance(path[1], int):
        return (path[0], len(merged.rows[str(path[0])]) + path[1], *path[2:])
    return path


def _add(merged: Merged, file: int, key: str, value: Any) -> None:
    if key not in TOP_KEYS:
        _refuse_key(merged, file, key)
    elif key in ARRAYS:
        _add_rows(merged, file, key, value)
    elif key == "timezone":
        _set(merged, merged.tables, file, (key,), value)
    elif not isinstance(value, dict):
        _refuse(merged, file, key, f"should be a table: [{key}{'.name' if key in NAMED else ''}]")
    else:
        target = merged.tables.setdefault(key, {})
        merged.owners.setdefault((key,), file)
        if key == HEARTBEAT[0] and isinstance(value.get(HEARTBEAT[1]), dict):
            merged.owners.setdefault(HEARTBEAT, file)
            _table_at(target, HEARTBEAT[1:])
        for path, leaf in _leaves((key,), value):
            _set(merged, _table_at(target, path[1:-1]), file, path, leaf)


def _leaves(path: Path, table: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """What may be set once: the keys of a section, and those of the heartbeat one by one."""
    for key, value in table.items():
        if (*path, key) == HEARTBEAT and isinstance(value, dict):
            yield from (((*path, key, inner), leaf) for inner, leaf in value.items())
        else:
            yield (*path, key), value


def _table_at(table: dict[str, Any], path: Path) -> dict[str, Any]:
    for key in path:
        inner = table.setdefault(str(key), {})
        table = inner if isinstance(inner, dict) else {}
    return table


def _set(merged: Merged, table: dict[str, Any], file: int, path: Path, value: Any) -> None:
    if path in merged.owners:
        first = merged.owners[path]
        merged.findings.append(
            Finding(
                path=path, file=file, code="duplicate", message="is already set", spot=_spot(path, value),
                first=path, first_file=first,
            )
        )  # fmt: skip
        return
    merged.owners[path] = file
    table[str(path[-1])] = value


def _spot(path: Path, value: Any) -> Spot:
    return Spot.HEADER if path[0] in NAMED and isinstance(value, dict) else Spot.KEY


def _add_rows(merged: Merged, file: int, key: str, value: Any) -> None:
    if not isinstance(value, list):
        _refuse(merged, file, key, f"should be written as [[{key}]], one for each")
        return
    merged.tables[key].extend(value)
    merged.rows[key].extend((file, index) for index in range(len(value)))


def _refuse(merged: Merged, file: int, key: str, sentence: str) -> None:
    merged.misspelt.add(key)
    merged.findings.append(Finding(path=(key,), file=file, code="bad-value", message=sentence, spot=Spot.KEY))


def _refuse_key(merged: Merged, file: int, key: str) -> None:
    meant, hint = did_you_mean(key, TOP_KEYS)
    merged.misspelt.update(meant)
    merged.findings.append(
        Finding(path=(key,), file=file, code="unknown-key", message=f"there is no such key{hint}", spot=Spot.KEY)
    )
