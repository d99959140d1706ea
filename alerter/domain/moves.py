"""The dates a deadline has had: how many, and which."""

from __future__ import annotations

from collections.abc import Iterable

from alerter.domain.deadline import Deadline
from alerter.domain.due import Due
from alerter.domain.due_keys import parse_key


def move_count(deadline: Deadline, due_key: str | None, earlier: Iterable[str] = ()) -> int:
    """How many times the date has moved: distinct earlier due keys, of `history` and ledger (`earlier`) together."""
    return len(({moved.key for moved in deadline.history} - {due_key}) | set(earlier))


def earlier_dates(deadline: Deadline, due_key: str | None, earlier: Iterable[str] = ()) -> list[tuple[Due, str]]:
    """The dates it had before, oldest first as they were announced, each with the note of `history`, else ""."""
    notes = {moved.key: moved.note for moved in deadline.history}
    keys = [key for key in dict.fromkeys([*notes, *earlier]) if key != due_key or key in set(earlier)]
    return [(parse_key(key, deadline), notes.get(key, "")) for key in keys]
