"""Properties of calendar entries, of which files in the wild have too many or broken ones."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Component, vBroken

from alerter.config.models import EARLIEST_YEAR, LATEST_YEAR


def drop_broken(component: Component) -> Component:
    """The entry without properties that cannot be read; its `errors` still name them."""
    for name, value in list(component.items()):
        whole = [one for one in value if not isinstance(one, vBroken)] if isinstance(value, list) else value
        if isinstance(whole, vBroken) or whole == []:
            del component[name]
        else:
            component[name] = whole
    for part in component.subcomponents:
        drop_broken(part)
    return component


def every(component: Component, name: str) -> list[Any]:
    """All values of a property."""
    value = component.get(name)
    return value if isinstance(value, list) else [value] if value is not None else []


def first(component: Component, name: str) -> Any:
    """The first value of a property; None without any."""
    return next(iter(every(component, name)), None)


def number(component: Component, name: str) -> int:
    """The first value of a property as a number; 0 where it is none."""
    value = first(component, name)
    return value if isinstance(value, int) else 0


def moment(component: Component, name: str) -> date | datetime | None:
    """The day or time that a property says; None where it says none that the configuration takes."""
    return _within_years(getattr(first(component, name), "dt", None))


def end(component: Component) -> date | datetime | None:
    """When it ends, or a to-do is due: as it says, or its DURATION after its start; None where it says neither."""
    name = "DUE" if component.name == "VTODO" else "DTEND"
    start, lasting = moment(component, "DTSTART"), getattr(first(component, "DURATION"), "dt", None)
    if name not in component and start is not None and isinstance(lasting, timedelta):
        with suppress(OverflowError):
            return _within_years(start + lasting)
    return moment(component, name)


def _within_years(value: Any) -> date | datetime | None:
    return value if isinstance(value, date) and EARLIEST_YEAR <= value.year <= LATEST_YEAR else None
