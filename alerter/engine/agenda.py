"""When to look at which deadline again: a heap that holds one instant each."""

from __future__ import annotations

import heapq
import sys
from datetime import datetime, timedelta

AHEAD_FOR = timedelta(seconds=1.5)
"""How long before its instant a notice is handed over and claimed: instants are mostly whole seconds, so that
while one notice goes out the next is not being prepared."""


class Agenda:
    """The next instant of everything that is waited for. Waking costs nothing for what is not due."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, str]] = []
        self._at: dict[str, datetime] = {}

    def __len__(self) -> int:
        return len(self._at)

    def set(self, key: str, at: datetime | None) -> None:
        """Look at `key` again at that instant (None: never), in place of what was set before."""
        if at is None:
            self._at.pop(key, None)
        elif self._at.get(key) != at:
            self._at[key] = at
            heapq.heappush(self._heap, (at, key))

    def pull(self, key: str, at: datetime) -> None:
        """Look at `key` at that instant at the latest."""
        self.set(key, min(at, self._at.get(key, at)))

    def pop_due(self, until: datetime, at_most: int = sys.maxsize) -> list[str]:
        """Take out what has an instant before `until`, soonest first."""
        due: list[str] = []
        while self._heap and self._heap[0][0] < until and len(due) < at_most:
            at, key = heapq.heappop(self._heap)
            if self._at.get(key) == at:
                del self._at[key]
                due.append(key)
        return due

    def next_at(self) -> datetime | None:
        """The earliest instant there is; None where nothing is waited for."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def has_herd(self, until: datetime, count: int) -> bool:
        """Whether about so many are set before `until`; looks at no more than twice as many."""
        found, places = 0, [0]
        while places and found < count:
            place = places.pop()
            if place < len(self._heap) and self._heap[place][0] < until:
                found += 1
                places += (2 * place + 1, 2 * place + 2)
        return found >= count

    def clear(self) -> None:
        """Forget everything."""
        self._heap.clear()
        self._at.clear()

    def fill(self, instants: dict[str, datetime]) -> None:
        """Hold just these, in one go."""
        self._at = dict(instants)
        self._heap = [(at, key) for key, at in instants.items()]
        heapq.heapify(self._heap)
