"""What integration tests share: the bench of the acceptance tests, for daemons that run inside a test, and a ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerter.ledger.ledger import Ledger
from tests.acceptance.conftest import bench

__all__ = ["bench", "ledger"]


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    """An empty ledger in the file `ledger.db`."""
    made = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    await made.open()
    yield made
    await made.close()
