"""Due keys read back: what an earlier date was, and in which zone, when only its key is known."""

from __future__ import annotations

from datetime import date, datetime

from alerter.domain.dates.alias import canonical_name
from alerter.domain.dates.zone import Zone, load_zone, on_day, to_utc
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import Due


def parse_key(key: str, deadline: Deadline) -> Due:
    """The due date that a key of this deadline names, also where the deadline has moved since.

    A date-only key takes zone and `due_time` from the deadline as it is now. Raises ValueError.
    """
    text, name, mark = _split(key)
    if not name:
        day = date.fromisoformat(key)
        return Due(key, day, on_day(day, deadline.due_time, deadline.zone))
    local = datetime.fromisoformat(text).replace(fold=int(mark == "+fold"))
    return Due(key, local, to_utc(local, load_zone(name)))


def zone_of(due: Due, zone: Zone) -> Zone:
    """The zone on whose clock the due date stands; `zone`, which is the deadline's now, where it is date-only."""
    _, name, _ = _split(due.key)
    return zone if name in ("", canonical_name(zone.name)) else load_zone(name)


def _split(key: str) -> tuple[str, str, str]:
    """The local date or date-time, the name of the zone ("" where date-only), and what follows it."""
    text, _, rest = key.partition("[")
    name, _, mark = rest.partition("]")
    return text, name, mark
