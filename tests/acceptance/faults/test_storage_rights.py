"""A ledger that is not the daemon's to write: the start is refused, and says who it is, where, and what to do.

The names are those of the catalogue of faults. All need root, to be another user, as in the image.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.faults.system import in_own_mounts
from tests.acceptance.harness import STORE, Bench, deadline, soon

pytestmark = pytest.mark.fault

UID = 10001
PLACE = "/mnt"
"""Where the other user sees the folder of the case, whose own parents are root's alone."""


def foreign_file(folder: Path) -> None:
    """A database that root made."""
    os.chown(folder / STORE, 0, 0)


def file_to_be_read(folder: Path) -> None:
    """A database of the right owner that may not be written."""
    (folder / STORE).chmod(0o400)


def foreign_folder(folder: Path) -> None:
    """A folder in which only root may make files, as a volume is at first."""
    os.chown(folder, 0, 0)
    folder.chmod(0o755)


def folder_to_be_read(folder: Path) -> None:
    """A folder of the right owner in which no files may be made."""
    folder.chmod(0o555)


def as_user(bench: Bench) -> tuple[str, ...]:
    """Run what follows as the image's user, in the folder of the bench."""
    rooms = in_own_mounts(f"mount --bind {bench.folder} {PLACE}\ncd {PLACE}")
    return (*rooms, "setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups")


@pytest.mark.parametrize("spoil", [foreign_file, file_to_be_read, foreign_folder, folder_to_be_read])
async def test_f14_a_ledger_of_another_is_refused_with_uid_path_and_remedy(
    bench: Bench, spoil: Callable[[Path], None]
) -> None:
    """It ends with 78; after what it said has been done, it works."""
    ops = await bench.webhook("ops")
    bench.environ["HOME"] = PLACE
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    _give(bench.folder)
    first = await bench.start(under=as_user(bench))
    await first.says("notice.delivered")
    assert (await first.end()).code == 0
    spoil(bench.folder)
    refused = await (await bench.start(under=as_user(bench))).ended(within=30.0)
    assert refused.code == 78
    remedy = f"chown -R {UID} {PLACE} && chmod -R u+rwX {PLACE}"
    assert [words for words in (f"uid {UID}", STORE, remedy) if words not in refused.err] == [], refused.err
    _give(bench.folder)
    again = await bench.start(under=as_user(bench))
    await again.ready()
    assert (await again.end()).code == 0
    assert len(ops.requests) == 1
    bench.faults.add("daemon.failed")
    bench.wants("ops report upcoming 1h")


def _give(folder: Path) -> None:
    """What the remedy does."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, UID, UID)
        path.chmod(path.stat().st_mode | (0o700 if path.is_dir() else 0o600))
