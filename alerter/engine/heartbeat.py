"""The dead man's switch: pings an address only while the daemon does its work."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from alerter.channels.http import Answer, Http

log = structlog.get_logger(__name__)


class Heartbeat:
    """Pings `url` when asked, if nothing is wrong; a silent alerter is noticed elsewhere."""

    def __init__(self, url: str, find_reasons: Callable[[], Sequence[str]]) -> None:
        self._url = url
        self._find_reasons = find_reasons
        self._http = Http()

    async def beat(self) -> None:
        """Ping once, unless there is a reason not to."""
        if reasons := self._find_reasons():
            log.warning("heartbeat.withheld", reasons=list(reasons))
            return
        answer = await self._http.post(self._url, {}, b"")
        if not isinstance(answer, Answer) or answer.status >= 400:
            detail = f"HTTP {answer.status}" if isinstance(answer, Answer) else answer.detail
            log.warning("heartbeat.failed", detail=detail)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._http.close()
