"""Whether to believe the wall clock: a jump of more than a day only once it has stood, a time too early never.

Given what the clocks show, it says what time it is. It reads no clock itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FARTHEST_STEP = timedelta(days=1)
"""The wall clock may be set by so much without being doubted."""

DOUBT_FOR = timedelta(minutes=10)
"""So long a farther jump must have stood to be believed."""

ABSURD_DOUBT_FOR = timedelta(days=1)
"""So long an absurd jump must have stood, while our own time goes on."""

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
"""A clock that shows an earlier time was never set: such clocks start in 1970 or 2000."""

LONGEST_SILENCE = timedelta(days=5 * 366)
"""A jump ahead by more is absurd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A time that is not believed (yet): the clock showed `shown_at` when we expected `expected_at`.

    `expected_at` is None at a start with nothing to go by but the ledger, which knows of `known_until`. `began` is
    when the doubt began, in seconds on the clock that only goes forward. `believed_after` is how long it has to stand
    to be believed; None where it never is.
    """

    shown_at: datetime
    expected_at: datetime | None
    known_until: datetime | None
    began: float
    believed_after: timedelta | None

    @property
    def stops_all(self) -> bool:
        """Whether nothing may go out; else our own time goes on, and is better than the one shown."""
        return self.expected_at is None or self.believed_after == DOUBT_FOR


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
        stands_for, believed_after = elapsed - self.doubt.began, self.doubt.believed_after
        if believed_after is not None and stands_for >= believed_after.total_seconds():
            return self._believe(shown_at, elapsed)
        return shown_at if expected_at is None else expected_at

    def _expect(self, elapsed: float) -> datetime | None:
        return None if self._believed is None else _later(self._believed[0], elapsed - self._believed[1])

    def _agrees(self, shown_at: datetime, expected_at: datetime | None) -> bool:
        if expected_at is not None:
            return not _is_far(shown_at, expected_at)
        known = self._known_until
        is_likely = known is None or -FARTHEST_STEP <= shown_at - known <= LONGEST_SILENCE
        return is_likely and shown_at >= self._earliest

    def _believe_after(self, shown_at: datetime, expected_at: datetime | None) -> timedelta | None:
        if shown_at < self._earliest:
            return None
        is_absurd = expected_at is not None and shown_at - expected_at > LONGEST_SILENCE
        return ABSURD_DOUBT_FOR if is_absurd else DOUBT_FOR

    def _begin_doubt(self, shown_at: datetime, expected_at: datetime | None, elapsed: float) -> Doubt:
        return Doubt(
            shown_at=shown_at,
            expected_at=expected_at,
            known_until=self._known_until,
            began=elapsed,
            believed_after=self._believe_after(shown_at, expected_at),
        )

    def _believe(self, shown_at: datetime, elapsed: float) -> datetime:
        self._believed, self.doubt = (shown_at, elapsed), None
        return shown_at


def _is_far(one: datetime, other: datetime) -> bool:
    return abs(one - other) > FARTHEST_STEP


def _later(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)
