"""How many dates a deadline has had, and which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerter.domain.decisions.handover import meet
from alerter.domain.decisions.moves import count_moves, earlier_dates
from alerter.domain.decisions.record import Record
from alerter.domain.words.spoken_time import when
from tests.watching import START, deadline

NOW = "2025-11-10"


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], []),
        (["2025-10-01", "2025-10-15"], ["2025-10-01", "2025-10-15"]),
        ([NOW, "2025-10-15"], [NOW, "2025-10-15"]),
        (["2025-10-01", NOW], ["2025-10-01"]),
        (["2025-10-15", "2025-10-01", "2025-10-15"], ["2025-10-15", "2025-10-01"]),
    ],
)
def test_every_distinct_earlier_date_counts(history: Sequence[str], expected: Sequence[str]) -> None:
    """Also the present one where it was left and came back; not where `history` only ends with it."""
    moved = deadline(due=None, history=history)
    assert [due.key for due, _ in earlier_dates(moved, NOW)] == expected
    assert count_moves(moved, NOW) == len(expected)


def recorded(now: str, *earlier: str) -> Record:
    """What the ledger knows of a deadline that has had these dates."""
    return replace(meet(deadline(), {}, START), due_key=now, earlier_keys=earlier)


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (["2025-10-15"], 2),
        (["2025-11-05"], 4),
        (["2025-11-05", "2025-10-15"], 4),
        ([NOW, "2025-11-05"], 4),
    ],
)
def test_the_last_of_history_counts_where_a_date_came_in_between_that_it_does_not_list(
    earlier: Sequence[str], expected: int
) -> None:
    """Else `history` tells of the moves that the ledger knows, and ends with the present date."""
    moved = deadline(history=["2025-10-01", "2025-10-15", NOW])
    record = recorded(NOW, *earlier)
    assert count_moves(moved, None, record) == expected
    assert len(earlier_dates(moved, NOW, earlier)) == expected


days = st.integers(1, 6).map(lambda day: f"2025-11-0{day}")


@given(st.lists(days, max_size=4), st.lists(days, min_size=2, max_size=8))
def test_no_later_move_lowers_the_count(history: Sequence[str], keys: Sequence[str]) -> None:
    """However often the date goes away and comes back, once it has been one that `history` does not list."""
    moved = deadline(history=history)
    dates = ["2025-12-01", *(key for key, before in zip(keys[1:], keys, strict=False) if key != before)]
    counts = [count_moves(moved, None, recorded(now, *dates[:index])) for index, now in enumerate(dates)]
    assert counts == sorted(counts)


def test_an_earlier_date_stands_in_the_zone_it_had() -> None:
    """Also where the zone of today is written by an older name."""
    moved = deadline(zone="US/Pacific")
    keys = ["2025-11-10T12:00:00[America/New_York]", "2025-11-09T12:00:00[America/Los_Angeles]", "2025-11-08"]
    expected = ["Mon 10 Nov 2025, 12:00 EST", "Sun 9 Nov 2025, 12:00 PST", "Sat 8 Nov 2025"]
    assert [when(due, moved.zone) for due, _ in earlier_dates(moved, NOW, keys)] == expected
