"""Problems of a configuration, as a person or an editor reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """Whether the configuration can be used all the same."""

    ERROR = "error"
    WARNING = "warning"


WARNINGS = frozenset({"past-due", "dst-gap", "dst-fold", "insecure-url", "unreachable", "no-lead", "single-channel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake, or one thing that looks like one; line and column count from 1, columns in characters."""

    file: str
    line: int
    column: int
    severity: Level
    code: str
    message: str

    def __str__(self) -> str:
        """The line that `check` prints."""
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message} [{self.code}]"


def level_of(code: str) -> Level:
    """Whether problems of this code are errors."""
    return Level.WARNING if code in WARNINGS else Level.ERROR


def sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, by file and place."""
    return tuple(sorted(set(problems), key=lambda each: (each.file, each.line, each.column, each.code, each.message)))


def problems_json(problems: Iterable[Problem]) -> str:
    """The document that `check --format json` prints."""
    return json.dumps({"problems": [asdict(problem) for problem in problems]}, ensure_ascii=False, indent=2)
