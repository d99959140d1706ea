"""The bench of each case: everything is ended and judged when the case is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.acceptance.harness import Bench


@pytest.fixture
async def bench(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """A folder, receivers and daemons, judged by the oracle at the end."""
    async with AsyncExitStack() as stack:
        made = Bench(tmp_path, stack)
        stack.push_async_callback(made.reap)
        failed_before = request.session.testsfailed
        yield made
        if request.session.testsfailed == failed_before:
            await made.check()
        else:
            made.show()
