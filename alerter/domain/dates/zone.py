"""Time zones by IANA name, and local times that do not exist or exist twice.

Rules come from zoneinfo (the system's files first, else the tzdata package); the machine's own zone
is never asked for. A zone stays as first loaded until `forget_zones`; `have_rules_changed` says when that is due.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import io
import re
import zoneinfo
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache
from importlib.resources.abc import Traversable
from pathlib import Path

LONGEST_NAME = 200  # longer ones are no file names
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_REFUSED = frozenset({"localtime", "posixrules", "Factory"})
_ANYWHERE_ON_EARTH = "AoE"

_NOTHING = timedelta()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_CLOCK = datetime(1970, 1, 1)  # noqa: DTZ001 - what clocks in UTC showed then

_Stamp = tuple[int, int, int]
_stamps: dict[str, _Stamp | None] = {}
"""What the file of each zone asked for looked like then; None where there was none."""


class UnknownZone(ValueError):
    """No such zone, or a name that means the machine's own zone."""


class NoZoneData(RuntimeError):
    """The machine has no time zone data at all."""


class LocalTime(StrEnum):
    """How often a local time occurs: once, never (gap) or twice (fold)."""

    ONCE = "once"
    GAP = "gap"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone under the name it was given by (`AoE` is UTC-12).

    `rules` is a fingerprint of its rules: it differs after an update of the zone data that touched it.
    """

    name: str
    info: tzinfo = field(compare=False)
    rules: str = ""

    @property
    def is_anywhere(self) -> bool:
        """Whether it is `AoE`: nobody lives there, and a day ends when it has ended everywhere."""
        return self.name == _ANYWHERE_ON_EARTH


@lru_cache(maxsize=2048)
def load_zone(name: str) -> Zone:
    """The zone of that name; raises UnknownZone, or NoZoneData where there is none to be known."""
    if name == _ANYWHERE_ON_EARTH:
        return Zone(name, timezone(timedelta(hours=-12), name), "fixed")
    if _is_plausible(name):
        _stamps[name] = _look_at(name)
    content = _read_rules(name) if _is_zone_name(name) else None
    if content is None and known_names() == {_ANYWHERE_ON_EARTH}:
        raise NoZoneData("there is no time zone data: install the system's tzdata, or Python's (pip install tzdata)")
    if content is None or not content.startswith(b"TZif"):
        raise UnknownZone(f"unknown time zone {name!r}: use an IANA name such as Europe/Madrid, UTC or AoE")
    try:
        info = zoneinfo.ZoneInfo.from_file(io.BytesIO(content), key=name)
    except ValueError as error:
        raise UnknownZone(f"the rules of time zone {name!r} cannot be read") from error
    return Zone(name, info, hashlib.blake2b(content, digest_size=8).hexdigest())


def forget_zones() -> None:
    """Have every zone read afresh when it is next loaded, as after an update of the zone data."""
    load_zone.cache_clear()
    known_names.cache_clear()
    _stamps.clear()


def have_rules_changed() -> bool:
    """Whether the file of a zone asked for was replaced since; costs a look at each of them."""
    return any(_look_at(name) != stamp for name, stamp in list(_stamps.items()))


@lru_cache(maxsize=1)
def known_names() -> frozenset[str]:
    """All names that `load_zone` takes."""
    names = {name for name in zoneinfo.available_timezones() if _is_plausible(name)}
    return frozenset(names | {_ANYWHERE_ON_EARTH})


def to_utc(local: datetime, zone: Zone) -> datetime:
    """The instant of a naive local time: in a gap by the offset before it, in a fold by `local.fold`.

    Raises OverflowError where the instant lies outside the years 1 to 9999.
    """
    if local.fold and local_time(local, zone) is not LocalTime.FOLD:
        local = local.replace(fold=0)
    offset = zone.info.utcoffset(local) or _NOTHING
    return _EPOCH + (local - _EPOCH_CLOCK - offset)  # several times as fast as `astimezone`, and the same


def to_local(at: datetime, zone: Zone) -> datetime:
    """The naive wall-clock time of an instant in the zone, `fold` set on the second of two."""
    return at.astimezone(zone.info).replace(tzinfo=None)


def on_day(day: date, clock: time, zone: Zone) -> datetime:
    """The instant at which the clocks of the zone show that time on that day."""
    return to_utc(datetime.combine(day, clock), zone)


def local_time(local: datetime, zone: Zone) -> LocalTime:
    """Whether the naive local time occurs once, never or twice."""
    first = zone.info.utcoffset(local.replace(fold=0) if local.fold else local)
    second = zone.info.utcoffset(local if local.fold else datetime.combine(local, _second(local.time())))
    if first == second or first is None or second is None:
        return LocalTime.ONCE
    return LocalTime.GAP if first < second else LocalTime.FOLD


@lru_cache(maxsize=4096)
def _second(clock: time) -> time:
    """The time when clocks show it for the second time; `replace` takes several times as long as all else here."""
    return clock.replace(fold=1)


def _is_plausible(name: str) -> bool:
    """Whether the name may be looked up at all: no path tricks, not the machine's own zone."""
    is_variant = name.startswith(("posix/", "right/"))  # the latter counts leap seconds
    return len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None and not is_variant and name not in _REFUSED


def _is_zone_name(name: str) -> bool:
    """Whether the name is one of the zone data, to the letter: some file systems ignore case."""
    return _is_plausible(name) and name in known_names()


def _find_rules(name: str) -> Path | Traversable | None:
    """The zone's file, where zoneinfo itself would take it from."""
    for root in zoneinfo.TZPATH:
        path = Path(root, name)
        if path.is_file():
            return path
    try:
        resource = importlib.resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    except ModuleNotFoundError:
        return None
    return resource if resource.is_file() else None


def _read_rules(name: str) -> bytes | None:
    found = _find_rules(name)
    return found.read_bytes() if found is not None else None


def _look_at(name: str) -> _Stamp | None:
    """What changes when the zone's file is replaced or written to."""
    found = _find_rules(name)
    try:
        status = found.stat() if isinstance(found, Path) else None
    except OSError:  # it is being replaced just now
        return None
    return (status.st_ino, status.st_size, status.st_mtime_ns) if status is not None else None
