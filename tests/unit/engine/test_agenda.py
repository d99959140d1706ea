"""The agenda: what is due, soonest first, and whether many are."""

from __future__ import annotations

from datetime import timedelta

from alerter.engine.agenda import Agenda
from tests.watching import START

SECOND = timedelta(seconds=1)


def filled(count: int) -> Agenda:
    """So many, one a second, set in no order."""
    agenda = Agenda()
    for number in sorted(range(count), key=lambda number: number * 7 % count):
        agenda.set(f"d{number}", START + number * SECOND)
    return agenda


def test_what_is_due_comes_soonest_first_and_no_more_than_asked_for() -> None:
    """The rest stays."""
    agenda = filled(10)
    assert agenda.pop_due(START + 5 * SECOND, 3) == ["d0", "d1", "d2"]
    assert agenda.pop_due(START + 5 * SECOND) == ["d3", "d4"]
    assert agenda.next_at() == START + 5 * SECOND


def test_a_herd_is_so_many_before_an_instant() -> None:
    """Those at the instant itself, or after it, do not count."""
    agenda = filled(100)
    found = [agenda.has_herd(START + seconds * SECOND, 10) for seconds in (0, 9, 10, 11, 100)]
    assert found == [False, False, True, True, True]
