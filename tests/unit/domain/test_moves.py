"""How many dates a deadline has had, and which."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from alerter.domain.decisions.moves import count_moves, earlier_dates
from tests.watching import deadline

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
