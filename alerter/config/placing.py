"""From findings to problems: which file, line and column, and what to call the key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from alerter.config.files import SourceFile
from alerter.config.findings import Finding, Path, Spot, dotted
from alerter.config.merge import ARRAYS, Merged
from alerter.config.problems import Problem, level_of
from alerter.config.recovery import Reading
from alerter.config.row_places import RowPlaces
from alerter.config.variable_names import variable_name
from alerter.domain.words.plain_text import one_line

ENVIRONMENT = "environment"
DEADLINES = "deadline"


def place_findings(
    findings: Sequence[Finding],
    merged: Merged,
    files: Sequence[SourceFile],
    readings: Mapping[int, Reading],
    variables: Mapping[str, Any],
) -> list[Problem]:
    """The problems that the findings are; what has any is read once more, for places."""
    if not findings:
        return []

    @cache
    def places_of(file: int) -> RowPlaces:
        text = readings[file].text if file in readings else ""
        return RowPlaces(text, DEADLINES, sum(number == file for number, _ in merged.rows[DEADLINES]))

    def place(path: Path, file: int | None, spot: Spot) -> tuple[str, int, int]:
        number, local = merged.origin(path) if file is None else (file, path)
        return files[number].name, *places_of(number).place(local, spot)

    def problem(finding: Finding) -> Problem:
        variable = _variable(finding.path, variables)
        if variable is not None:
            return _problem(finding, (ENVIRONMENT, 1, 1), f"{variable}: {finding.message}")
        message = _name(finding, merged) + finding.message
        if finding.first is not None:
            name, line, column = place(finding.first, finding.first_file, finding.spot)
            message += f", first at {name}:{line}:{column}"
        return _problem(finding, place(finding.path, finding.file, finding.spot), message)

    return [problem(finding) for finding in findings]


def _problem(finding: Finding, place: tuple[str, int, int], message: str) -> Problem:
    name, line, column = place
    return Problem(
        file=name,
        line=line,
        column=column,
        severity=level_of(finding.code),
        code=finding.code,
        message=one_line(message),
    )


def _variable(path: Path, variables: Mapping[str, Any]) -> str | None:
    """The environment variable that a key of `[service]` came from, if it did."""
    if len(path) < 2 or path[0] != "service" or path[1] not in variables:
        return None
    names = [str(part) for part in path[1:3] if isinstance(part, str)]
    inner = variables[str(path[1])]
    if len(names) == 2 and not (isinstance(inner, dict) and names[1] in inner):
        return None
    said = inner.get(names[1]) if len(names) == 2 else inner
    from_file = isinstance(said, dict) and said.keys() == {"file"}
    return variable_name(*names, from_file=from_file)


def _name(finding: Finding, merged: Merged) -> str:
    """What the key is called, in front of a message: `tariff-truce: leads[1]: `."""
    path = finding.path
    if finding.file is not None or not path or path[0] not in ARRAYS or len(path) < 2:
        return f"{dotted(path)}: " if path else ""
    table = merged.tables[str(path[0])][int(path[1])]
    name = table.get("id", table.get("name")) if isinstance(table, dict) else None
    row = name if isinstance(name, str) else dotted(path[:2])
    return f"{row}: {dotted(path[2:])}: " if len(path) > 2 else f"{row}: "
