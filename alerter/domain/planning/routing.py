"""Which channels hear of a deadline, by its tags and severity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alerter.domain.planning.deadline import Severity
from alerter.domain.planning.watchlist import Route


def route(
    routes: Sequence[Route],
    all_channels: Iterable[str],
    ops: Iterable[str],
    tags: tuple[str, ...],
    severity: Severity,
) -> tuple[str, ...]:
    """The channels of the first route that matches, and of later ones while matches continue.

    Without a match, every channel not named in `ops`. In the order named, each once.
    """
    found: list[str] = []
    is_matched = False
    for each in routes:
        if not each.match.covers(tags, severity):
            continue
        is_matched = True
        found.extend(each.channels)
        if not each.continues:
            break
    if not is_matched:
        kept_out = frozenset(ops)
        found = [name for name in all_channels if name not in kept_out]
    return tuple(dict.fromkeys(found))
