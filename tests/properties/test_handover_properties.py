"""What holds of every hand-over, whatever happens: nothing twice, nothing early, nothing lost, restarts free."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alerter.domain.planning.plan import plan
from alerter.engine.happening import Happening
from tests.watching import END, START, at, deadline, fails, happenings, line, noon, watch_list

FEW = settings(max_examples=8)
CHANNELS = ("desk", "legal")
ENDINGS = frozenset({"delivered", "skipped", "dead"})

instants = st.integers(0, 18 * 24).map(lambda hours: START + timedelta(hours=hours))
leads = st.lists(st.sampled_from(["9d", "7d", "3d", "1d", "2h", "0", "+1d"]), min_size=1, max_size=4, unique=True)


@st.composite
def scripts(draw: st.DrawFn) -> dict[str, Any]:
    """Downtime, moved dates, acknowledgements and channels out of order, at any hours."""
    since, until = sorted((draw(instants), draw(instants)))
    failing = draw(instants)
    moved = watch_list(deadline(due=noon(draw(st.integers(8, 18))), leads=draw(leads), channels=CHANNELS))
    return {
        "downs": [(since, until)] if since < until else [],
        "reloads": [(draw(instants), moved)] if draw(st.booleans()) else [],
        "acks": [(draw(instants), "truce")] if draw(st.booleans()) else [],
        "answers": [("desk", failing, failing + timedelta(hours=6), fails("desk", "11-01 00:00", "11-02 00:00")[3])],
    }


def run(asked: list[str], **script: Any) -> list[Happening]:
    """What comes of a script for one deadline and two channels."""
    return asyncio.run(happenings(watch_list(deadline(leads=asked, channels=CHANNELS)), **script))


@FEW
@given(leads, scripts())
def test_nothing_is_delivered_twice(asked: list[str], script: dict[str, Any]) -> None:
    """Under one id there is at most one delivery."""
    told = Counter(each.notice for each in run(asked, **script) if each.event == "delivered")
    assert set(told.values()) <= {1}


@FEW
@given(leads, scripts())
def test_nothing_is_delivered_before_its_instant(asked: list[str], script: dict[str, Any]) -> None:
    """What the plan has for later has not been told yet."""
    editions = [watch_list(deadline(leads=asked, channels=CHANNELS)), *(later for _, later in script["reloads"])]
    planned: dict[str, datetime] = {}
    for taken in editions:
        for notice in plan(taken.deadlines["truce"], taken.channels, at("01-01 00:00"), END):
            planned[notice.id] = min(notice.at, planned.get(notice.id, notice.at))
    early = [each for each in run(asked, **script) if each.at < planned.get(each.notice, each.at)]
    assert early == []


@FEW
@given(leads, scripts())
def test_every_notice_planned_comes_to_one_end(asked: list[str], script: dict[str, Any]) -> None:
    """Without a change of the date each notice due by the end is delivered, skipped or dead, or being retried."""
    script = {**script, "reloads": [], "downs": []}
    taken = watch_list(deadline(leads=asked, channels=CHANNELS))
    due = {each.id for each in plan(taken.deadlines["truce"], taken.channels, START, END)}
    found = run(asked, **script)
    ended = Counter(each.notice for each in found if each.event in ENDINGS)
    pending = {each.notice for each in found if each.event == "retried"} - set(ended)
    assert (due, {1}) == (due & (set(ended) | pending), set(ended.values()) | {1})


@FEW
@given(leads, scripts(), instants)
def test_a_restart_changes_nothing(asked: list[str], script: dict[str, Any], restart: datetime) -> None:
    """Stopping and starting within one instant leaves everything as it was."""
    script = {**script, "downs": [], "reloads": []}
    whole = run(asked, **script)
    split = run(asked, **{**script, "downs": [(restart, restart)]})
    assert sorted(map(line, whole)) == sorted(map(line, split))
