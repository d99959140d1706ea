"""What becomes of configuration files under the running daemon: cut short, rewritten, swapped, emptied, shaken.

The names are those of the catalogue of faults; `fault` marks what takes long or needs root.
"""

from __future__ import annotations

import asyncio
import base64
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from alerter.app import Application
from alerter.channels.registry import channel_types
from alerter.config.source import FileSource, Options
from alerter.domain.notices.notice import State
from tests.acceptance.faults.system import in_own_mounts
from tests.acceptance.harness import STORE, Bench, Daemon, deadline, soon
from tests.acceptance.inbox import HttpInbox
from tests.acceptance.oracle import read_ledger
from tests.servers import Reply

FAULT = pytest.mark.fault
SOON_ENOUGH = 10.0
"""Seconds within which a change of the files must have been taken."""


@pytest.mark.parametrize("count", [4, pytest.param(20, marks=FAULT)])
async def test_g1_no_prefix_of_the_files_costs_a_notice(bench: Bench, count: int) -> None:
    """Every prefix of the file is offered, as if it had come to rest there; then it is whole, and each goes once.

    Some prefixes are taken: they parse, and miss so few deadlines that nobody can tell them from an edit.
    """
    ops = await bench.webhook("ops")
    names = [f"d{number}" for number in range(count)]
    bench.write(*(deadline(name, soon(minutes=30), ["1h", "10m"]) for name in names))
    file = bench.folder / "config" / "alerter.toml"
    whole = file.read_bytes()
    async with bench_application(bench) as application:
        await application.engine.cycle()
        sizes = {await offer(application, file, whole[:length]) for length in range(len(whole))}
        assert sizes == set(range(count - max(3, int(count * 0.3)), count + 1))
        assert ops.requests == []
        await offer(application, file, whole)
        application.dispatcher.start()
        await application.dispatcher.pump()
        await application.dispatcher.idle()
    bench.faults.add("config.rejected")
    bench.wants(*(f"ops {name} upcoming 1h" for name in names))


class bench_application:  # noqa: N801 -- read as a function
    """The application on the bench's files, its ledger open, but with nothing of it running."""

    def __init__(self, bench: Bench) -> None:
        environ = {**bench.environ, "ALERTER_LISTEN": "", "ALERTER_STORE": f"sqlite:///{bench.folder / STORE}"}
        source = FileSource(Options(config=(bench.folder / "config",), environ=environ), channel_types())
        self._loaded = source.load()
        self._application = Application(self._loaded, source)

    async def __aenter__(self) -> Application:
        await self._application.ledger.open()
        await self._application._take(self._loaded)
        return self._application

    async def __aexit__(self, *_: object) -> None:
        await self._application.dispatcher.stop()
        await self._application.ledger.close()


async def offer(application: Application, file: Path, content: bytes) -> int:
    """Have the reloader read this content, and the engine hand over what follows; how many deadlines are watched."""
    await asyncio.to_thread(file.write_bytes, content)
    await application.reloader._read(application._source.content_hash())
    await application.engine.cycle()
    assert application.engine.watch_list is not None
    return len(application.engine.watch_list.deadlines)


async def test_g6_removed_and_added_again(bench: Bench) -> None:
    """What was told stays told once, what is in flight ends well, and what was ahead goes at its time."""
    ops = await bench.webhook("ops")
    told = deadline("told", soon(minutes=30), ["1h"])
    bench.write(told)
    daemon = await bench.start()
    await daemon.says("notice.delivered")
    ops.answer(Reply(delay=6.0))
    three = [told, deadline("flying", soon(minutes=40), ["1h"]), deadline("ahead", soon(seconds=16), ["0"])]
    bench.write(*three)
    await ops.until(2)
    bench.write(deadline("other", soon(days=30), ["1d"]))
    await daemon.says("config.loaded", count=2)
    assert len(daemon.events("notice.delivered")) == 1
    await daemon.says("notice.delivered", count=2)
    bench.write(*three)
    await daemon.says("config.loaded", count=3)
    await ops.until(3)
    bench.wants("ops told upcoming 1h", "ops flying upcoming 1h", "ops ahead due 0")


async def test_g7_an_emptied_file_is_held_back(bench: Bench) -> None:
    """Nothing is dropped, `ops` hear of it, what is due meanwhile goes on time, and the file put back is taken."""
    ops, desk = await bench.webhook("ops"), await bench.webhook("desk")
    due = soon(seconds=10)
    far = [deadline(f"d{number}", soon(days=30), ["1d"]) for number in range(4)]
    bench.write(*far, deadline("ahead", due, ["0"]), service='ops = ["ops"]')
    daemon = await bench.start()
    await daemon.ready()
    file = bench.folder / "config" / "alerter.toml"
    whole = file.read_bytes()
    os.truncate(file, 0)
    held = await daemon.says("config.held", within=SOON_ENOUGH)
    await ops.until(1)
    await desk.until(1)
    assert (held["dropped_count"], await daemon.metric("alerter_config_reload_success")) == (5, 0.0)
    assert 0.0 <= (desk.requests[0].at - due).total_seconds() <= 1.0
    await asyncio.to_thread(file.write_bytes, whole)
    await daemon.says("config.loaded", within=SOON_ENOUGH)
    await daemon.until_metric("alerter_config_reload_success", 1.0)
    bench.wants("ops - alerter.problem", "desk ahead due 0")


@pytest.mark.parametrize(("content", "code"), [(None, "missing-secret"), ("\n", "bad-value")], ids=["missing", "empty"])
async def test_g15_a_secret_that_is_not_there_is_named_by_its_path(
    bench: Bench, content: str | None, code: str
) -> None:
    """The daemon ends with 78, and says which file at which place of the configuration."""
    if content is not None:
        (bench.folder / "hook.secret").write_text(content)
    bench.write(
        deadline("report", soon(minutes=30), ["1h"]),
        more='[channels.ops]\ntype = "webhook"\nurl = "https://ops.example.com/"\nsecret = { file = "hook.secret" }',
    )
    ran = await bench.command("run")
    assert ran.code == 78
    assert [word for word in ("alerter.toml:", "hook.secret", f"[{code}]") if word not in ran.err] == []


# -- what takes long, or needs root ---------------------------------------------------------------------------------


@FAULT
async def test_g2_a_file_that_is_written_slowly_is_taken_when_it_is_whole(bench: Bench) -> None:
    """Truncated and written again a kilobyte a second, it is read once, at the end."""
    ops = await bench.webhook("ops")
    many = [deadline(f"d{number}", soon(days=30), ["1d"]) for number in range(50)]
    bench.write(*many)
    daemon = await bench.start()
    await daemon.ready()
    new = [*many, deadline("added", soon(minutes=30), ["1h"])]
    file = bench.folder / "config" / "alerter.toml"
    whole = bench.text(*new).encode()
    with file.open("wb", buffering=0) as out:
        for start in range(0, len(whole), 1024):
            out.write(whole[start : start + 1024])
            await asyncio.sleep(1)
    await ops.until(1, within=SOON_ENOUGH)
    assert [len(daemon.events(f"config.{name}")) for name in ("loaded", "rejected", "held")] == [1, 0, 0]
    bench.wants("ops added upcoming 1h")


@FAULT
async def test_g3_a_swapped_link_is_noticed(bench: Bench) -> None:
    """As Kubernetes does it: the file is a link through `..data`, which is replaced whole."""
    ops = await bench.webhook("ops")
    config = bench.folder / "config"
    bench.write(deadline("before", soon(minutes=30), ["1h"]))
    versions = [config / "..v1", config / "..v2"]
    for version, name in zip(versions, ("before", "after"), strict=True):
        version.mkdir()
        (version / "alerter.toml").write_text(bench.text(deadline(name, soon(minutes=30), ["1h"])))
    (config / "alerter.toml").unlink()
    (config / "..data").symlink_to("..v1")
    (config / "alerter.toml").symlink_to("..data/alerter.toml")
    daemon = await bench.start()
    await ops.until(1)
    (config / "..new").symlink_to("..v2")
    (config / "..new").replace(config / "..data")
    await daemon.says("config.loaded", within=SOON_ENOUGH)
    await ops.until(2)
    bench.wants("ops before upcoming 1h", "ops after upcoming 1h")


@FAULT
async def test_g3_a_lone_file_behind_a_link_is_noticed(bench: Bench) -> None:
    """The file that `-c` names is a link, and what it leads to is replaced by renaming where nobody watches."""
    ops = await bench.webhook("ops")
    bench.write(deadline("before", soon(minutes=30), ["1h"]))
    (bench.folder / "elsewhere").mkdir()
    link = bench.folder / "elsewhere" / "named.toml"
    link.symlink_to(bench.folder / "config" / "alerter.toml")
    bench.environ["ALERTER_CONFIG"] = str(link)
    daemon = await bench.start()
    await ops.until(1)
    bench.write(deadline("before", soon(minutes=30), ["1h"]), deadline("after", soon(minutes=30), ["1h"]))
    await daemon.says("config.loaded", within=SOON_ENOUGH)
    await ops.until(2)
    bench.wants("ops before upcoming 1h", "ops after upcoming 1h")


@FAULT
async def test_g4_a_file_mounted_alone_is_warned_of(bench: Bench) -> None:
    """A rename in its old folder cannot be seen, which is said at start; what is written into the file itself is."""
    ops = await bench.webhook("ops")
    bench.write(deadline("before", soon(minutes=30), ["1h"]))
    host, inside = bench.folder / "host.toml", bench.folder / "config" / "alerter.toml"
    host.write_bytes(inside.read_bytes())
    daemon = await bench.start(under=in_own_mounts(f"mount --bind {host} {inside}"))
    warning = await daemon.says("config.single_file_mount")
    await ops.until(1)
    host.write_text(
        bench.text(deadline("before", soon(minutes=30), ["1h"]), deadline("after", soon(minutes=30), ["1h"]))
    )
    await daemon.says("config.loaded", within=SOON_ENOUGH)
    await ops.until(2)
    assert (warning["file"], "mount its folder" in warning["hint"]) == ("config/alerter.toml", True)
    bench.wants("ops before upcoming 1h", "ops after upcoming 1h")


@FAULT
async def test_g12_changed_channels_change_their_own_notices_only(bench: Bench) -> None:
    """A renamed one hears for the first time, a removed one no more, and at a new address nothing comes again."""
    old, new, gone, moved, there = [await bench.receiver(name) for name in ("old", "new", "gone", "moved", "moved")]
    gone.answer(*[Reply(status=503, headers=(("Retry-After", "4"),))] * 9)
    due = soon(seconds=14)
    watched = {"renamed": "old", "left": "gone", "kept": "moved"}

    def write(watched: dict[str, str], **inboxes: HttpInbox) -> None:
        bench.write(
            *(deadline(name, due, ["1h", "0"], channels=f'["{channel}"]') for name, channel in watched.items()),
            more="".join(
                f'[channels.{name}]\ntype = "webhook"\nurl = "{inbox.receiver.url}/"\n'
                for name, inbox in inboxes.items()
            ),
        )

    write(watched, old=old, gone=gone, moved=moved)
    daemon = await bench.start()
    await daemon.says("notice.retried")
    await daemon.says("notice.delivered", count=2)
    write(watched | {"renamed": "new", "left": "moved"}, new=new, moved=there)
    await daemon.says("notice.delivered", count=7)
    assert [len(inbox.requests) for inbox in (old, new, moved, there)] == [1, 2, 1, 3]
    rows = [(row.state, row.reason) for row in await read_ledger(bench.store) if row.channel == "gone"]
    assert rows == [(State.SKIPPED, "removed")]
    bench.wants("old renamed upcoming 1h", *(f"new renamed {notice}" for notice in ("upcoming 1h", "due 0")))
    bench.wants(*(f"moved {name} {notice}" for name in ("kept", "left") for notice in ("upcoming 1h", "due 0")))


@FAULT
async def test_g13_a_storm_of_changes_is_read_when_it_is_over(bench: Bench) -> None:
    """Twenty rewrites a second are at most two loads, and a notice due meanwhile is on time."""
    ops = await bench.webhook("ops")
    due = soon(seconds=8)
    ahead = deadline("ahead", due, ["0"])
    bench.write(ahead)
    daemon = await bench.start()
    await daemon.ready()
    while (now := datetime.now(UTC)) < due + timedelta(seconds=2):
        bench.write(ahead, top=f"# {now}")
        await asyncio.sleep(0.05)
    bench.write(ahead, deadline("added", soon(minutes=30), ["1h"]))
    await ops.until(2)
    await daemon.says("config.loaded", within=SOON_ENOUGH)
    loads = daemon.events("config.loaded")
    assert 1 <= len(loads) <= 2
    assert 0.0 <= (ops.requests[0].at - due).total_seconds() <= 1.0
    bench.wants("ops ahead due 0", "ops added upcoming 1h")


@FAULT
async def test_g13_touches_alone_are_no_change(bench: Bench) -> None:
    """Two hundred touches without another byte load nothing."""
    bench.write(deadline("far", soon(days=30), ["1d"]), more='[channels.screen]\ntype = "console"')
    daemon = await bench.start()
    await daemon.ready()
    for _ in range(200):
        (bench.folder / "config" / "alerter.toml").touch()
        await asyncio.sleep(0.02)
    bench.write(deadline("far", soon(days=30), ["1d"]), top="# new", more='[channels.screen]\ntype = "console"')
    await daemon.says("config.loaded", within=SOON_ENOUGH)
    assert len(daemon.events("config.loaded")) == 1


@FAULT
async def test_g15_a_secret_that_was_rotated_is_used_after_sighup(bench: Bench) -> None:
    """The same channel signs with the new key from then on; one that has gone leaves the old watch list in use."""
    signed = await bench.receiver("signed")
    keys = [f"whsec_{base64.b64encode(os.urandom(24)).decode()}" for _ in range(2)]
    secret = bench.folder / "hook.secret"
    secret.write_text(f"{keys[0]}\n")
    channel = '[channels.signed]\ntype = "webhook"\nurl = { env = "SIGNED_URL" }\nsecret = { file = "hook.secret" }\n'
    bench.secret("SIGNED_URL", form=f"{signed.receiver.url}/{{}}")
    one = deadline("one", soon(minutes=30), ["1h"], channels='["signed"]')
    bench.write(one, more=channel)
    daemon = await bench.start()
    await signed.until(1)
    secret.write_text(keys[1])
    await hang_up(daemon, "config.loaded")
    two = deadline("two", soon(minutes=30), ["1h"], channels='["signed"]')
    bench.write(one, two, more=channel)
    await signed.until(2)
    for key, request in zip(keys, signed.requests, strict=True):
        Webhook(key).verify(request.body, dict(request.headers))
    secret.unlink()
    await hang_up(daemon, "config.rejected")
    assert await daemon.metric("alerter_config_reload_success") == 0.0
    bench.faults.add("config.rejected")
    bench.wants("signed one upcoming 1h", "signed two upcoming 1h")


async def hang_up(daemon: Daemon, event: str) -> None:
    """Send SIGHUP and wait for what comes of it."""
    count = len(daemon.events(event))
    daemon.send(signal.SIGHUP)
    await daemon.says(event, count=count + 1, within=SOON_ENOUGH)


@FAULT
async def test_g8_what_needs_a_restart_is_said(bench: Bench) -> None:
    """Another ledger or address in the new configuration is not taken, the rest is, and the log names the keys."""
    ops = await bench.webhook("ops")
    bench.write(deadline("one", soon(minutes=30), ["1h"]))
    daemon = await bench.start()
    await ops.until(1)
    bench.write(
        deadline("one", soon(minutes=30), ["1h"]),
        deadline("two", soon(minutes=30), ["1h"]),
        service='store = "sqlite:///other.db"\nlog_level = "debug"',
    )
    said = await daemon.says("config.needs_restart", within=SOON_ENOUGH)
    await ops.until(2)
    assert (said["keys"], (bench.folder / "other.db").exists()) == (["store", "log_level"], False)
    bench.wants("ops one upcoming 1h", "ops two upcoming 1h")
