"""A daemon's state for tests, as the web side sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from alerter.web.metrics import Gauges


@dataclass(kw_only=True)
class State:
    """Fills `ProbeState`; remembers which reloads were asked for."""

    token: str | None = None
    next_token: str | None = None
    dead_because: Sequence[str] = ()
    idle_because: Sequence[str] = ()
    now_true: Gauges | Exception = field(default_factory=Gauges)
    reloads: list[bool] = field(default_factory=list)

    async def is_next_token(self, given: str) -> bool:
        return given == self.next_token

    def live(self) -> Sequence[str]:
        return self.dead_because

    def ready(self) -> Sequence[str]:
        return self.idle_because

    async def gauges(self) -> Gauges:
        if isinstance(self.now_true, Exception):
            raise self.now_true
        return self.now_true

    async def reload(self, accept_removals: bool) -> None:
        self.reloads.append(accept_removals)
