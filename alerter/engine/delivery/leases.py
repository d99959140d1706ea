"""Leases: what this process has claimed stays in its hands, and what nobody holds any more is let go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerter.engine.delivery.lane import Job
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import Claim, Ledger

LEASE_FOR = timedelta(seconds=90)
LEAST_SHARE = 0.5
"""With less than this share of its lease left a message goes back unsent: leases could not be renewed for a while."""

RENEW_SHARE = 1 / 9
"""After this share of a lease leases in hand are renewed, and those of others that ran out are taken over."""

RECENT_FOR = timedelta(minutes=5)
"""How long a claim is remembered, for when the ledger cannot be asked."""


class Leases:
    """The leases of `lasting` that this process holds."""

    def __init__(self, ledger: Ledger, clock: Clock, lasting: timedelta) -> None:
        self.lasting = lasting
        self.recent: dict[str, datetime] = {}
        """What was claimed within the last minutes, and when."""
        self._ledger = ledger
        self._clock = clock
        self._seconds = lasting.total_seconds()
        self._tokens: dict[str, str] = {}
        self._ends: dict[tuple[str, str | None], float] = {}  # of renewed ones by notice and token, as `ends`
        self._kept_at = float("-inf")  # what others left behind is looked for at once

    def take(self, claims: Iterable[Claim]) -> None:
        """Know that these are in hand from now on."""
        now = self._clock.now()
        for claim in claims:
            self.let_go(claim.id)
            self._tokens[claim.id] = claim.token
            self.recent[claim.id] = now

    def let_go(self, *notices: str) -> None:
        """Renew these no more: what became of them is recorded, or nobody sends them."""
        for notice in notices:
            self._ends.pop((notice, self._tokens.pop(notice, None)), None)

    async def keep(self) -> None:
        """Renew what is in hand, however long it takes, and release what ran out, whosever it was.

        What others have taken over since, or could not be renewed now, runs out as it would have.
        """
        began = self._clock.monotonic()
        if began - self._kept_at < RENEW_SHARE * self._seconds:
            return
        now = self._clock.now()
        self.recent = {name: at for name, at in self.recent.items() if now - at < RECENT_FOR}
        tokens = dict(self._tokens)
        kept = set(await self._ledger.renew(list(set(tokens.values())), now + self.lasting))
        self._kept_at = began
        held = tokens.items() & self._tokens.items()
        self._ends.update((each, began + self._seconds) for each in held if each[0] in kept)
        await self._ledger.release(now)

    @property
    def ends(self) -> float:
        """When one that is taken now runs out, on the clock that only goes forward."""
        return self._clock.monotonic() + self._seconds

    def is_stale(self, job: Job) -> bool:
        """Whether the job's leases may be over before an attempt is."""
        ends = min(self._ends.get((claim.id, claim.token), job.lease_ends) for claim in job.claims)
        return ends - self._clock.monotonic() < LEAST_SHARE * self._seconds
