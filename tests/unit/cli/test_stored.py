"""The ledger beside a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerter.cli.failure import NO, UNUSABLE, Failure
from alerter.cli.stored import has_ledger, open_ledger, store_path
from alerter.ledger.ledger import Ledger, LedgerUnwritable


@pytest.mark.parametrize(
    ("store", "expected"),
    [
        ("sqlite:///alerter.db", Path("alerter.db")),
        ("sqlite:////var/lib/x.db?mode=rw", Path("/var/lib/x.db")),
        ("postgresql://me@db/x", None),
    ],
)
def test_a_store_is_a_file_or_a_server(store: str, expected: Path | None) -> None:
    """Three slashes are relative, four absolute."""
    assert expected == store_path(store)


async def test_asking_makes_no_ledger(tmp_path: Path) -> None:
    """Where there is none the answer is no, and none appears."""
    store = f"sqlite:///{tmp_path / 'x.db'}"
    with pytest.raises(Failure, match="there is no ledger") as failed:
        async with open_ledger(store):
            pass
    assert (failed.value.code, has_ledger(store)) == (NO, False)


async def test_an_emptied_file_is_left_for_the_daemon_to_find(tmp_path: Path) -> None:
    """With tables made in it, nobody could see any more that a ledger was lost."""
    path = tmp_path / "x.db"
    path.touch()
    with pytest.raises(Failure, match="there is no ledger"):
        async with open_ledger(f"sqlite:///{path}"):
            pass
    assert path.stat().st_size == 0


@pytest.mark.parametrize("name", ["a" * 300, "link", "."])
async def test_a_place_that_can_be_no_ledger_is_told_in_a_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(Failure, match="cannot use the ledger") as failed:
        async with open_ledger(f"sqlite:///{tmp_path / name}"):
            pass
    assert failed.value.code == UNUSABLE


async def test_a_ledger_that_breaks_under_way_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Not only opening can fail: the disk can, too, in the middle."""
    store = f"sqlite:///{tmp_path / 'x.db'}"
    made = Ledger(store)
    await made.open()
    await made.close()
    with pytest.raises(Failure, match="disk") as failed:
        async with open_ledger(store):
            raise LedgerUnwritable("the disk is full")
    assert failed.value.code == UNUSABLE
