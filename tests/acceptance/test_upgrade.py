"""A daemon of today on a ledger of the first version: what that left to be sent goes out, and nothing else."""

from __future__ import annotations

from contextlib import ExitStack

from alerter.ledger.schema import HEAD
from tests.acceptance.faults.aging import FIRST, PENDING, WANTED, age, live, revision_of
from tests.acceptance.faults.remains import end_leases, read_left
from tests.acceptance.harness import STORE, Bench
from tests.postgres import empty_schema


async def test_i10_a_file_of_the_first_version_is_taken_over_whole(bench: Bench) -> None:
    """SQLite: notices queued, sending and to be retried arrive; those delivered or dead stay as they were."""
    await live(bench)
    age(bench.store, f"sqlite:///{bench.folder / 'old'}")
    (bench.folder / f"{STORE}-journal").unlink(missing_ok=True)
    (bench.folder / "old").replace(bench.folder / STORE)
    await _take_over(bench)


async def test_i10_a_server_of_the_first_version_is_taken_over_whole(bench: Bench, postgres_server: str) -> None:
    """PostgreSQL: the same, once the lease of the notice in flight is over."""
    with ExitStack() as stack:
        young, old = [stack.enter_context(empty_schema(postgres_server)) for _ in range(2)]
        bench.store = bench.environ["ALERTER_STORE"] = young
        await live(bench)
        age(young, old)
        bench.store = bench.environ["ALERTER_STORE"] = old
        end_leases(bench)
        await _take_over(bench)
        await bench.check()
        bench.wanted, bench.store = [], f"sqlite:///{bench.folder / STORE}"  # the schema is gone when the bench looks


async def _take_over(bench: Bench) -> None:
    assert revision_of(bench.store) == FIRST
    daemon = await bench.start()
    await daemon.says("notice.delivered", count=len(PENDING), within=30.0)
    await daemon.end()
    states = {name: left.state for name, left in read_left(bench).items()}
    assert states == dict.fromkeys((*PENDING, "told"), "delivered") | {"refused": "dead"}
    assert revision_of(bench.store) == HEAD
    bench.wants(*WANTED)
    bench.may_repeat.add("slow flying upcoming 1h")
