"""What is derived from a deadline that a person called void is void too, as long as that was about its present date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from alerter.domain.decisions.record import Action, Known
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.due import sole_due
from alerter.domain.planning.watchlist import WatchList


def as_it_stands(deadline: Deadline, deadlines: Mapping[str, Deadline], closings: Mapping[str, Action]) -> Deadline:
    """The deadline, void where one above it is; `closings` are the last of each of `deadlines` that was closed."""
    if deadline.status is not Status.OPEN or deadline.derived_from is None:
        return deadline
    is_void = any(_is_void(source, closings.get(source.id)) for source in _above(deadline, deadlines))
    return replace(deadline, status=Status.VOID) if is_void else deadline


def as_all_stand(watch_list: WatchList, deadlines: Mapping[str, Deadline], known: Mapping[str, Known]) -> WatchList:
    """The watch list, or a part of one, with its deadlines as they stand among `deadlines`.

    `known` is what the ledger knows of them and of what they are derived from (`with_sources`).
    """
    closings = last_closings(action for facts in known.values() for action in facts.actions)
    if not closings:
        return watch_list
    standing = {name: as_it_stands(one, deadlines, closings) for name, one in watch_list.deadlines.items()}
    return replace(watch_list, deadlines=standing)


def count_statuses(deadlines: Mapping[str, Deadline], closings: Mapping[str, Action]) -> dict[Status, int]:
    """How many deadlines have each status there is, by the configuration or by what people said of the present date."""
    counts = Counter(one.status for one in deadlines.values())
    for name in (derived_from(closings, deadlines) | closings.keys()) & deadlines.keys():
        counts[deadlines[name].status] -= 1
        counts[_status(deadlines[name], deadlines, closings)] += 1
    return {status: counts[status] for status in Status}


def last_closings(actions: Iterable[Action]) -> dict[str, Action]:
    """How each deadline was closed last, of those that were; each one's actions come oldest first."""
    return {action.deadline: action for action in actions if action.action == "close"}


def with_sources(names: Iterable[str], deadlines: Mapping[str, Deadline]) -> list[str]:
    """These deadlines and all that they are derived from."""
    found = dict.fromkeys(names)
    for name in list(found):
        if name in deadlines:
            found |= dict.fromkeys(source.id for source in _above(deadlines[name], deadlines))
    return list(found)


def derived_from(sources: Iterable[str], deadlines: Mapping[str, Deadline]) -> set[str]:
    """Everything that is derived from these, however far below."""
    found: set[str] = set()
    above = set(sources)
    while above:
        above = {name for name, one in deadlines.items() if one.derived_from in above} - found
        found |= above
    return found


def _above(deadline: Deadline, deadlines: Mapping[str, Deadline]) -> Iterator[Deadline]:
    """What it is derived from, the nearest first; there are no cycles in a watch list."""
    source = deadlines.get(deadline.derived_from or "")
    while source is not None:
        yield source
        source = deadlines.get(source.derived_from or "")


def _status(deadline: Deadline, deadlines: Mapping[str, Deadline], closings: Mapping[str, Action]) -> Status:
    status = as_it_stands(deadline, deadlines, closings).status
    return (_said(deadline, closings.get(deadline.id)) or status) if status is Status.OPEN else status


def _is_void(deadline: Deadline, closing: Action | None) -> bool:
    return _said(deadline, closing) is Status.VOID


def _said(deadline: Deadline, closing: Action | None) -> Status | None:
    """What a person said became of it, for the date it has now; a series goes on when one occurrence is closed."""
    if closing is None or deadline.repeat or closing.due_key != sole_due(deadline).key:
        return None
    return closing.status
