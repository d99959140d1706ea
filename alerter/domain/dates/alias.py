"""Older names of time zones: `US/Eastern` is America/New_York.

As the zone data itself says. A zone that a country calls its own keeps its name even where its
rules are at present those of another.
"""

from __future__ import annotations

import importlib.resources
from functools import lru_cache

# Zones of their own until 2024, which are more than another name for a place.
_ABBREVIATIONS = frozenset(
    {"CET", "CST6CDT", "EET", "EST", "EST5EDT", "HST", "MET", "MST", "MST7MDT", "PST8PDT", "WET"}
)
_SHORT = {"Etc/UTC": "UTC", "Etc/GMT": "GMT"}


def canonical_name(name: str) -> str:
    """The name that the zone goes by today; the name itself where it is no older one."""
    return _aliases().get(name, name)


@lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    """Today's names by older ones."""
    data = importlib.resources.files("tzdata").joinpath("zoneinfo")
    rows = data.joinpath("zone.tab").read_text(encoding="utf-8").splitlines()
    own = {row.split("\t")[2] for row in rows if row and not row.startswith("#")} | _ABBREVIATIONS
    found = dict(_SHORT)
    for line in data.joinpath("tzdata.zi").read_text(encoding="utf-8").splitlines():
        if line.startswith("L "):
            _, today, older = line.split()
            if older not in own and older not in _SHORT.values():
                found[older] = _SHORT.get(today, today)
    return found
