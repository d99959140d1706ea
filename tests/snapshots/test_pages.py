"""The pages about the watch list, as somebody has looked at them and found them good.

After a change that is meant, `RENEW=1 pytest -n 0 tests/snapshots` writes them anew; then look at them in a browser,
wide and narrow, light and dark, and on paper, before committing them.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.snapshots.pages import pages_at_all_moments

HERE = Path(__file__).parent


async def test_the_pages_look_as_reviewed(tmp_path: Path) -> None:
    """First page and story, in both languages and at all moments, are to the letter those that were looked at."""
    pages = await pages_at_all_moments(tmp_path)
    if os.environ.get("RENEW"):
        for name, text in pages.items():
            (HERE / f"{name}.html").write_text(text, encoding="utf-8")
    kept = {name: (HERE / f"{name}.html").read_text(encoding="utf-8") for name in pages}
    assert [name for name, text in pages.items() if text != kept[name]] == [], "see this file's docstring"
    assert len(pages) == 12
