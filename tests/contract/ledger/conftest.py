"""The ledgers that the whole suite runs over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerter.ledger.ledger import Ledger
from tests.contract.ledger.making import START


@pytest.fixture(params=["sqlite-file", "sqlite-memory", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty ledger can be made."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/alerter.db" if request.param == "sqlite-file" else "sqlite://"


@pytest.fixture
async def ledger(ledger_url: str) -> AsyncIterator[Ledger]:
    """An open, empty ledger that believes the instants it is given."""
    made = Ledger(ledger_url, exclusive=True, clock=lambda: START)
    await made.open()
    yield made
    await made.close()
