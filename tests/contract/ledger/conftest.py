"""The ledgers that the whole suite runs over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerter.ledger.ledger import Ledger


@pytest.fixture(params=["sqlite-file", "sqlite-memory"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    """An open, empty ledger."""
    urls = {"sqlite-file": f"sqlite:///{tmp_path}/alerter.db", "sqlite-memory": "sqlite://"}
    made = Ledger(urls[request.param], exclusive=True)
    await made.open()
    yield made
    await made.close()
