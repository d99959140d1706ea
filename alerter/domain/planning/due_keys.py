"""Due keys read back: what an earlier date was, when only its key is known."""

from __future__ import annotations

from datetime import date, datetime

from alerter.domain.dates.zone import load_zone, on_day, to_utc
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import Due


def parse_key(key: str, deadline: Deadline) -> Due:
    """The due date that a key of this deadline names, also where the deadline has moved since.

    A date-only key takes zone and `due_time` from the deadline as it is now. Raises ValueError.
    """
    if "[" not in key:
        day = date.fromisoformat(key)
        return Due(key, day, on_day(day, deadline.due_time, deadline.zone))
    text, _, rest = key.partition("[")
    name, _, mark = rest.partition("]")
    local = datetime.fromisoformat(text).replace(fold=int(mark == "+fold"))
    return Due(key, local, to_utc(local, load_zone(name)))
