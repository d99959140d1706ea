"""What keeps the configuration from being taken as it stands now, told to `ops`: one thing at a time."""

from __future__ import annotations

from alerter.engine.ops.ops import Ops
from alerter.engine.ops.problems import Problem


class Standing:
    """The one thing that stands in the way; what it was before is over, and told anew when it comes back."""

    def __init__(self, ops: Ops) -> None:
        self._ops = ops
        self._key: str | None = None

    async def report(self, problem: Problem) -> None:
        """Say what does now; where the ledger does not take it, it is kept and told when it does."""
        if problem.key != self._key:
            self.over()
        self._key = problem.key
        self._ops.note(problem)
        await self._ops.tell_or_keep()

    def over(self) -> None:
        """Nothing does any more."""
        if self._key is not None:
            self._ops.over(self._key)
            self._key = None
