"""What the file system says of configuration files: that something changed, seldom what.

Network and container file systems may say nothing at all, so nobody may rely on it alone.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from watchfiles import Change, watch
from watchfiles.main import FileChange

STEP_MILLISECONDS = 500
"""Between two looks at what the file system has said: more often wakes an idle daemon for nothing."""


async def wait_for_change(paths: Sequence[Path]) -> AsyncIterator[None]:
    """Yield after each burst of changes below these folders, or to these files, until it is cancelled.

    Raises OSError or RuntimeError where nothing can be watched.
    """
    is_over = threading.Event()
    bursts = _watch(paths, is_over)
    # a thread that waits without waking the loop: awatch would have it turn every five seconds, and loads 1 MB of anyio
    waiting = ThreadPoolExecutor(1, thread_name_prefix="files")
    try:
        while await asyncio.get_running_loop().run_in_executor(waiting, next, bursts, None):
            yield
    finally:
        is_over.set()
        waiting.shutdown(wait=False)


def _watch(paths: Sequence[Path], is_over: threading.Event) -> Iterator[set[FileChange]]:
    folders = [path for path in paths if os.path.isdir(path)]  # noqa: PTH112 -- unlike pathlib's it never raises
    names = {path.name for path in paths if path not in folders}
    parents = [path.parent for path in paths if path not in folders]
    is_deep = bool(folders)  # beside a lone file may lie anything: its neighbours' folders are left alone

    def concerns(_: Change, changed: str) -> bool:
        return _may_concern(Path(changed).name, names, is_deep=is_deep)

    return watch(
        *{*folders, *parents},
        watch_filter=concerns,
        stop_event=is_over,
        step=STEP_MILLISECONDS,
        rust_timeout=0,  # none
        recursive=is_deep,
        ignore_permission_denied=True,
    )


def _may_concern(name: str, names: Collection[str], *, is_deep: bool) -> bool:
    """Kubernetes swaps a link `..data`, and no file of its own."""
    return name in names or name.startswith("..") or (is_deep and name.endswith(".toml"))
