"""What `/metrics` of a running daemon says of its configuration."""

from __future__ import annotations

import re
from pathlib import Path

from tests.website import PASSED, TRUCE, Site, serving


async def _hashes(site: Site) -> list[str]:
    answer = await site.http.get("/metrics")
    return re.findall(r'^alerter_config_info\{hash="(\w+)"\} 1\.0$', answer.text, re.MULTILINE)


async def test_a_date_that_moved_makes_another_hash(tmp_path: Path) -> None:
    """As many deadlines as before are open, and yet a replica that has them differs from one that has not."""
    async with serving(tmp_path, TRUCE, PASSED) as site:
        (before,) = await _hashes(site)
        await site.take(TRUCE.replace("2099-11-10", "2099-12-10"), PASSED)
        (moved,) = await _hashes(site)
        await site.take(TRUCE, PASSED)
        (back,) = await _hashes(site)
    assert (moved != before, back) == (True, before)
