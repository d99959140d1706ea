"""From a file of another program to TOML text."""

from __future__ import annotations

import re
from pathlib import Path

from alerter.config.importing.cells import DateOrder
from alerter.config.importing.draft import Draft, ImportProblem
from alerter.config.importing.ics import read_ics
from alerter.config.importing.table import read_table
from alerter.config.importing.writing import write_drafts

LARGEST = 64 * 1024 * 1024  # bytes
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), *((mark, "utf-16") for mark in _UTF_16))
_FOLD = re.compile(rb"(?:\r?\n)+[ \t]")


def import_file(path: Path, order: DateOrder | None = None) -> tuple[str, int, int]:
    """The TOML text, how many deadlines it holds, and how many had no date. Raises OSError and ImportProblem."""
    if path.stat().st_size > LARGEST:
        raise ImportProblem(f"it is larger than {LARGEST // 1024 // 1024} MiB")
    drafts = _read(path, path.read_bytes(), order)
    undated = sum(draft.due is None for draft in drafts)
    return write_drafts(drafts, path.name), len(drafts) - undated, undated


def _read(path: Path, content: bytes, order: DateOrder | None) -> list[Draft]:
    """By the name of the file, else by how it begins."""
    suffix = path.suffix.lower()
    begins_as_calendar = decode(content[:200]).lstrip().upper().startswith("BEGIN:VCALENDAR")
    if suffix in (".ics", ".ical", ".ifb") or begins_as_calendar:
        return read_ics(decode(unfold(content)).encode())
    if suffix in (".csv", ".tsv", ".txt"):
        return read_table(decode(content), order)
    raise ImportProblem("name a file that ends in .ics or .csv")


def unfold(content: bytes) -> bytes:
    """A calendar with its long lines in one piece; they may be folded within a character (RFC 5545, 3.1)."""
    return content if content.startswith(_UTF_16) else _FOLD.sub(b"", content)


def decode(content: bytes) -> str:
    """Text of a file that may come from any spreadsheet: UTF-8, UTF-16 with its mark, else Windows' Latin."""
    for mark, encoding in _ENCODINGS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
