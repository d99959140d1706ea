"""What the file system says of configuration files: that something changed, seldom what.

Network and container file systems may say nothing at all, so nobody may rely on it alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path

from watchfiles import Change, awatch

STEP_MILLISECONDS = 500
"""Between two looks at what the file system has said: more often wakes an idle daemon for nothing."""


async def wait_for_change(paths: Sequence[Path], stop: asyncio.Event) -> AsyncIterator[None]:
    """Yield after each burst of changes below these folders, or to these files, until `stop` is set.

    Raises OSError or RuntimeError where nothing can be watched.
    """
    folders = [path for path in paths if path.is_dir()]
    names = {path.name for path in paths if path not in folders}
    parents = [path.parent for path in paths if path not in folders]
    is_deep = bool(folders)  # beside a lone file may lie anything: its neighbours' folders are left alone

    def concerns(_: Change, changed: str) -> bool:
        return _may_concern(Path(changed).name, names, is_deep=is_deep)

    watching = awatch(
        *{*folders, *parents},
        watch_filter=concerns,
        stop_event=stop,
        step=STEP_MILLISECONDS,
        recursive=is_deep,
        ignore_permission_denied=True,
    )
    async for _ in watching:
        yield


def _may_concern(name: str, names: Collection[str], *, is_deep: bool) -> bool:
    """Kubernetes swaps a link `..data`, and no file of its own."""
    return name in names or name.startswith("..") or (is_deep and name.endswith(".toml"))
