"""A deadline as another program's file has it, before it is written as TOML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from alerter.domain.dates.zone import LocalTime, UnknownZone, Zone, load_zone, local_time, to_utc

LONGEST_ID = 64
LONGEST_TEXT = 4096
"""As much as the configuration takes of a title, a note, a link, an owner."""


class ImportProblem(ValueError):
    """Something in the file cannot be read; the message says what, `line` (from 1) where, None for all of it."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One deadline. `due` is a day, a local time in `timezone`, or an instant (aware).

    Empty texts and tuples are not written. `remarks` are what could not be said otherwise: comments above the table.
    """

    title: str
    due: date | datetime | None
    id: str = ""
    timezone: str = ""
    due_time: time | None = None
    severity: str = ""
    status: str = ""
    certainty: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    link: str = ""
    owner: str = ""
    leads: tuple[str, ...] = ()
    repeat: str = ""
    remarks: tuple[str, ...] = field(default=())


def find_zone(name: str) -> Zone | None:
    """The zone of that name, or of the IANA zone that a Windows name stands for; None where there is none."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415 -- takes long to import

    stripped = name.strip().strip("/")
    for candidate in (stripped, WINDOWS_TO_OLSON.get(stripped, "")):
        try:
            return load_zone(candidate)
        except UnknownZone:
            continue
    return None


def spell_due(local: datetime, zone: Zone) -> datetime:
    """A local time as the configuration reads it back: the second of two that look alike as an instant."""
    if local.fold and local_time(local, zone) is LocalTime.FOLD:
        return to_utc(local, zone).astimezone(zone.info)
    return local.replace(fold=0)


def name_all(drafts: Sequence[Draft]) -> list[str]:
    """An id for each: its own where it has one, else made of its title; each only once."""
    taken: set[str] = set()
    return [_unique(_slug(draft.id or draft.title), taken) for draft in drafts]


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name[: LONGEST_ID - len(str(number)) - 1]}-{number}"
    taken.add(candidate)
    return candidate


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:LONGEST_ID].rstrip("-._") or "deadline"
