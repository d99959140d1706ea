"""Which channels hear of a deadline."""

from __future__ import annotations

from alerter.domain.planning.deadline import Severity
from alerter.domain.planning.routing import route
from alerter.domain.planning.watchlist import Match, Route

ALL = ("desk", "legal", "ops", "phone")
TRADE = Route(match=Match(tags=frozenset({"trade"})), channels=("desk", "legal"))
HIGH = Route(match=Match(severity=Severity.HIGH), channels=("phone", "desk"))
REST = Route(match=Match(), channels=("legal",))


def test_the_first_match_wins() -> None:
    """Later routes are not looked at."""
    assert route([TRADE, HIGH, REST], ALL, ["ops"], ("trade",), Severity.CRITICAL) == ("desk", "legal")
    assert route([TRADE, HIGH, REST], ALL, ["ops"], ("tax",), Severity.HIGH) == ("phone", "desk")
    assert route([TRADE, HIGH, REST], ALL, ["ops"], (), Severity.LOW) == ("legal",)


def test_a_route_that_continues_adds_the_next_match() -> None:
    """Channels come in the order named, each once."""
    first = Route(match=TRADE.match, channels=TRADE.channels, continues=True)
    assert route([first, HIGH, REST], ALL, [], ("trade",), Severity.HIGH) == ("desk", "legal", "phone")


def test_without_a_match_all_but_ops_hear() -> None:
    """Channels named in ops hear of the alerter's own problems only."""
    assert route([TRADE], ALL, ["ops"], (), Severity.NORMAL) == ("desk", "legal", "phone")
    assert route([], ALL, [], (), Severity.NORMAL) == ALL
