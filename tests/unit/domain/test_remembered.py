"""What is remembered of an object is what was worked out of it."""

from __future__ import annotations

from alerter.domain.dates.remembered import Remembered


def test_a_value_is_worked_out_once() -> None:
    """The second question is answered from memory."""
    asked: list[tuple[int, ...]] = []

    def work_out(value: tuple[int, ...]) -> int:
        asked.append(value)
        return sum(value)

    total, value = Remembered(work_out), (1, 2)
    found = [total(value), total(value)]

    assert found == [3, 3]
    assert asked == [(1, 2)]


def test_other_values_have_their_own_results_however_many_there_are() -> None:
    """Also where more are asked about than are kept, and where objects come and go."""

    def total(value: list[int]) -> int:
        return sum(value)

    remembered = Remembered(total, count=3)

    assert [2 * number for number in range(1000)] == [remembered([number, number]) for number in range(1000)]
