"""What is derived from a void deadline, as it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerter.domain.decisions.derived import as_it_stands, count_statuses, derived_from, with_sources
from alerter.domain.decisions.record import Action
from alerter.domain.planning.deadline import Deadline, Status
from tests.messages import UTC_ZONE, deadline

DUE = datetime(2025, 11, 10, 12, tzinfo=UTC)


def made(name: str, derived_from: str | None = None, *, days: int = 0, status: Status = Status.OPEN) -> Deadline:
    local = (DUE + timedelta(days=days)).replace(tzinfo=None)
    return deadline(id=name, due=local, zone=UTC_ZONE, derived_from=derived_from, status=status)


def closing(name: str, status: Status, *, days: int = 0) -> Action:
    local = (DUE + timedelta(days=days)).replace(tzinfo=None)
    key = f"{local.isoformat()}[UTC]"
    return Action(ordinal=1, at=DUE, deadline=name, due_key=key, action="close", by="Ana", status=status)


CHAIN = {
    one.id: one for one in [made("source"), made("child", "source"), made("grandchild", "child"), made("other", None)]
}


@pytest.mark.parametrize(
    ("name", "closed", "expected"),
    [
        ("child", closing("source", Status.VOID), Status.VOID),
        ("grandchild", closing("source", Status.VOID), Status.VOID),
        ("grandchild", closing("child", Status.VOID), Status.VOID),
        ("child", closing("source", Status.MET), Status.OPEN),
        ("child", closing("source", Status.VOID, days=-1), Status.OPEN),
        ("other", closing("source", Status.VOID), Status.OPEN),
        ("source", closing("source", Status.VOID), Status.OPEN),
        ("child", closing("grandchild", Status.VOID), Status.OPEN),
    ],
)
def test_what_follows_a_void_deadline_is_void(name: str, closed: Action, expected: Status) -> None:
    """However far below, if it was called void for the date it has now; nothing above or beside it is."""
    assert expected is as_it_stands(CHAIN[name], CHAIN, {closed.deadline: closed}).status


def test_what_the_configuration_says_stays() -> None:
    """What has been met is not void."""
    met = made("child", "source", status=Status.MET)
    void = closing("source", Status.VOID)
    assert met is as_it_stands(met, {**CHAIN, "child": met}, {"source": void})


def test_sources_are_above_and_the_derived_below() -> None:
    """All of them, each once, and names that are not there alone."""
    assert with_sources(["grandchild", "gone"], CHAIN) == ["grandchild", "gone", "child", "source"]
    assert {"child", "grandchild"} == derived_from(["source", "other"], CHAIN)


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        (closing("other", Status.MET), {"open": 3, "met": 1, "lapsed": 0, "void": 0}),
        (closing("child", Status.VOID), {"open": 2, "met": 0, "lapsed": 0, "void": 2}),
        (closing("other", Status.MET, days=-1), {"open": 4, "met": 0, "lapsed": 0, "void": 0}),
        (closing("gone", Status.MET), {"open": 4, "met": 0, "lapsed": 0, "void": 0}),
    ],
)
def test_statuses_are_counted_as_people_see_them(closed: Action, expected: dict[str, int]) -> None:
    """What a person closed counts as that, and what follows from it; each status there is has a number."""
    assert expected == count_statuses(CHAIN, {closed.deadline: closed})


def test_a_series_with_a_closed_occurrence_counts_as_open() -> None:
    """Closing concerns the occurrence, not the series."""
    series = replace(made("child"), repeat="FREQ=DAILY")
    assert count_statuses({"child": series}, {"child": closing("child", Status.MET)})[Status.OPEN] == 1
