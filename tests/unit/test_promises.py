"""The README's table of promises names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`")


def test_every_test_named_in_the_readme_exists() -> None:
    """Each promise has at least one test, and each test that is named is there under that name."""
    section = (ROOT / "README.md").read_text().partition("## What we promise")[2].partition("\n## ")[0]
    rows = [line for line in section.partition("Nobody can promise")[0].splitlines() if line.startswith("| ")][2:]
    assert len(rows) >= 14
    assert [row for row in rows if not NAMED.search(row)] == []
    named = NAMED.findall(section)
    missing = [f"{file}::{name}" for file, name in named if f"def {name}(" not in _text(file)]
    assert missing == []


def _text(file: str) -> str:
    path = ROOT / file
    return path.read_text() if path.exists() else ""
