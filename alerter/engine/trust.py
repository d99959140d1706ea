"""Whether to believe the wall clock: a jump of more than a day is not believed at once, an absurd time never.

Given what the clocks show, it says what time it is. It reads no clock itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FARTHEST_STEP = timedelta(days=1)
"""The wall clock may be set by so much without being doubted."""

DOUBT_FOR = timedelta(minutes=10)
"""So long a farther jump must have stood to be believed."""

EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
"""The program is younger: a clock that shows an earlier time is wrong."""

LONGEST_SILENCE = timedelta(days=5 * 366)
"""A clock that shows a time so long after the last one known is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A time that is not believed (yet): the clock showed `shown_at` when we expected `expected_at`.

    `expected_at` is None at a start with nothing to go by but the ledger, which knows of `known_until`. `began` is
    when the doubt began, in seconds on the clock that only goes forward.
    """

    shown_at: datetime
    expected_at: datetime | None
    known_until: datetime | None
    began: float
    is_plausible: bool

    @property
    def stops_all(self) -> bool:
        """Whether nothing may go out; else our own time goes on, and is better than the one shown."""
        return self.is_plausible or self.expected_at is None


class Trust:
    """The time last believed, and the doubt there is about the one shown now.

    While a time is doubted, the one believed before goes on by the clock that only goes forward. No time before
    `earliest` is ever believed.
    """

    def __init__(self, earliest: datetime = EARLIEST) -> None:
        self._earliest = earliest
        self._believed: tuple[datetime, float] | None = None
        self._known_until: datetime | None = None
        self.doubt: Doubt | None = None

    def begin(self, known_until: datetime | None) -> None:
        """Judge the clock afresh, by the latest instant that the ledger knows of."""
        self._believed, self._known_until, self.doubt = None, known_until, None

    def judge(self, shown_at: datetime, elapsed: float) -> datetime:
        """What time it is, when the wall clock shows that and so many seconds have gone by."""
        expected_at = self._expect(elapsed)
        if self._agrees(shown_at, expected_at):
            return self._believe(shown_at, elapsed)
        if self.doubt is None or _is_far(shown_at, _later(self.doubt.shown_at, elapsed - self.doubt.began)):
            self.doubt = self._begin_doubt(shown_at, expected_at, elapsed)
        if self.doubt.is_plausible and elapsed - self.doubt.began >= DOUBT_FOR.total_seconds():
            return self._believe(shown_at, elapsed)
        return shown_at if expected_at is None else expected_at

    def _expect(self, elapsed: float) -> datetime | None:
        return None if self._believed is None else _later(self._believed[0], elapsed - self._believed[1])

    def _agrees(self, shown_at: datetime, expected_at: datetime | None) -> bool:
        if expected_at is not None:
            return not _is_far(shown_at, expected_at)
        is_behind = self._known_until is not None and shown_at < self._known_until - FARTHEST_STEP
        return self._is_plausible(shown_at, None) and not is_behind

    def _is_plausible(self, shown_at: datetime, expected_at: datetime | None) -> bool:
        last_at = expected_at or self._known_until
        return shown_at >= self._earliest and (last_at is None or shown_at - last_at <= LONGEST_SILENCE)

    def _begin_doubt(self, shown_at: datetime, expected_at: datetime | None, elapsed: float) -> Doubt:
        return Doubt(
            shown_at=shown_at,
            expected_at=expected_at,
            known_until=self._known_until,
            began=elapsed,
            is_plausible=self._is_plausible(shown_at, expected_at),
        )

    def _believe(self, shown_at: datetime, elapsed: float) -> datetime:
        self._believed, self.doubt = (shown_at, elapsed), None
        return shown_at


def _is_far(one: datetime, other: datetime) -> bool:
    return abs(one - other) > FARTHEST_STEP


def _later(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)
