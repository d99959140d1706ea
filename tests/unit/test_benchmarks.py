"""What the benchmarks make of their figures."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks.figures import medians, percentile
from tests.benchmarks.goals import CLIENT, PLAIN, SINGLE, judge
from tests.benchmarks.receipts import repeated_count
from tests.benchmarks.table import as_json, as_text

BURST = {"rate /s": 900.0, "lost": 0.0, "twice": 1.0}
RESULTS = {
    CLIENT: {"rate /s": 1000.0},
    SINGLE: {"earliest ms": -1.0, "p50 ms": 2.0, "p99 ms": 6.0},
    PLAIN: {"p99 ms": 3.0},
    "burst 1000: alerter": BURST,
    "burst 1000: huey, SQLite": {"rate /s": 400.0},
}


def test_benchmarks_goals_are_held_against_the_same_run() -> None:
    """Each goal that was measured is reached or not; one about which nothing was measured is left out."""
    expected = {
        "single notices: earliest, ms": False,
        "single notices: p50, ms": True,
        "single notices: p99 / APScheduler's": False,
        "burst 1000: rate / HTTP client's": True,
        "burst 1000: lost or twice": False,
        "burst 1000: rate / huey's": False,
    }
    assert expected == {one.goal: one.is_reached for one in judge(RESULTS)}


def test_benchmarks_medians_and_percentiles_are_of_what_was_measured() -> None:
    """The median is taken figure by figure, and a percentile is one of the values."""
    assert medians([{"a": 1.0, "b": 9.0}, {"a": 2.0, "b": 5.0}, {"a": 3.0, "b": 4.0}]) == {"a": 2.0, "b": 5.0}
    assert (percentile([4.0, 2.0, 3.0, 1.0], 50), percentile([4.0, 2.0, 3.0, 1.0], 99)) == (2.0, 4.0)
    with pytest.raises(ValueError, match="nothing to rank"):
        percentile([], 50)


def test_benchmarks_what_came_again_is_counted() -> None:
    """A message that came three times was repeated twice."""
    assert repeated_count([(1.0, "a"), (2.0, "b"), (3.0, "a"), (4.0, "a")]) == 2


def test_benchmarks_table_and_document_say_the_same() -> None:
    """Every piece of work and every goal stands in the table and in the JSON document."""
    goals = judge(RESULTS)
    table, document = (write({}, RESULTS, goals, {"runs": 1}) for write in (as_text, as_json))
    read = json.loads(document)
    assert list(RESULTS) == [name for name in read["sending"] if name in table]
    assert [one.goal for one in goals] == [one["goal"] for one in read["goals"] if one["goal"] in table]
