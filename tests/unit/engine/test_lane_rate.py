"""The turns that a channel's rate gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from alerter.channels.port import Sender
from alerter.domain.dates.zone import load_zone
from alerter.domain.planning.channel import Channel
from alerter.engine.delivery.lane import Lane
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import ChannelHealth

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NOBODY = cast("Sender", object())


async def _nothing(*_: Any) -> None:
    return None


def make_lane(rate: float, last_delivered_at: datetime | None = None) -> Lane:
    """A lane with four workers that nobody sends through."""
    channel = Channel(name="desk", type="console", zone=load_zone("UTC"), concurrency=4, rate=rate)
    health = ChannelHealth(name="desk", last_delivered_at=last_delivered_at)
    return Lane(channel, NOBODY, health, VirtualClock(NOW), _nothing)


def test_the_first_turn_comes_an_interval_after_the_last_delivery() -> None:
    """Also where another process delivered."""
    assert make_lane(0.1, NOW - 4 * SECOND).turn_at(NOW) == NOW + 6 * SECOND
    assert make_lane(0.1, NOW - 40 * SECOND).turn_at(NOW) == NOW
    assert make_lane(0.1).turn_at(NOW) == NOW


@pytest.mark.parametrize("rate", [0.01, 1.0, 100.0])
def test_turns_keep_their_distance_though_the_messages_may_go_later(rate: float) -> None:
    """Workers that wait for one instant take one turn after the other."""
    lane, interval = make_lane(rate), timedelta(seconds=1 / rate)
    turns = [lane.take_turn(NOW + SECOND) for _ in range(3)]
    assert turns == [NOW + SECOND + interval * number for number in range(3)]


def test_a_turn_that_is_left_is_had_by_the_next_message() -> None:
    """Unless one after it has been taken already."""
    lane = make_lane(0.1)
    first = lane.take_turn(NOW)
    second = lane.take_turn(NOW)
    lane.leave_turn(first)
    assert lane.turn_at(NOW) == NOW + 20 * SECOND
    lane.leave_turn(second)
    assert lane.turn_at(NOW) == second == NOW + 10 * SECOND


def test_a_lane_that_takes_the_place_of_another_goes_on_from_its_last_turn() -> None:
    """Though what took it is still under way."""
    before = make_lane(0.1)
    before.take_turn(NOW)
    channel = replace(before.channel, rate=0.05)
    after = Lane(channel, NOBODY, ChannelHealth(name="desk"), VirtualClock(NOW), _nothing, before=before)
    assert after.turn_at(NOW) == NOW + 20 * SECOND


def test_a_turn_reckoned_by_a_clock_that_was_ahead_is_not_waited_for() -> None:
    """Else the channel would be silent for as long as the clock was ahead."""
    assert make_lane(0.1, NOW + timedelta(days=1)).turn_at(NOW) == NOW
