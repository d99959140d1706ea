"""A configuration changed under the running daemon is taken whole or not at all, and no notice suffers."""

from __future__ import annotations

import signal

from tests.acceptance.harness import Bench, deadline, soon
from tests.servers import Reply

SUCCESS = "alerter_config_reload_success"


async def test_a_reload_with_notices_pending_and_in_flight_loses_and_repeats_none(bench: Bench) -> None:
    """One request waits for its answer and one notice is seconds ahead while a third deadline is added: each once."""
    ops = await bench.webhook("ops")
    ops.answer(Reply(delay=8.0))
    flying, pending = deadline("flying", soon(minutes=30), ["1h"]), deadline("pending", soon(seconds=14), ["0"])
    bench.write(flying, pending)
    daemon = await bench.start()
    await ops.until(1)
    bench.write(flying, pending, deadline("added", soon(minutes=40), ["1h"]))
    await daemon.says("config.loaded")
    assert [one["deadline"] for one in daemon.events("notice.delivered")] == []
    await ops.until(3)
    await daemon.says("notice.delivered", count=3)
    bench.wants("ops flying upcoming 1h", "ops added upcoming 1h", "ops pending due 0")


async def test_a_broken_file_leaves_the_old_watch_list_working(bench: Bench) -> None:
    """The people in `ops` are told, the metric says 0, what was planned still goes; mending it takes effect."""
    ops, desk = await bench.webhook("ops"), await bench.webhook("desk")
    service = 'ops = ["ops"]'
    pending = deadline("pending", soon(seconds=14), ["0"])
    bench.write(pending, service=service)
    daemon = await bench.start()
    await daemon.ready()
    assert await daemon.metric(SUCCESS) == 1.0
    bench.write(pending, "[[deadline]", service=service)
    await daemon.says("config.rejected")
    await ops.until(1)
    assert await daemon.metric(SUCCESS) == 0.0
    assert "alerter.toml:" in ops.bodies[0]["data"]["text"]
    await desk.until(1)
    bench.write(pending, deadline("mended", soon(minutes=30), ["1h"]), service=service)
    await desk.until(2)
    await daemon.until_metric(SUCCESS, 1.0)
    bench.faults.add("config.rejected")
    bench.wants("ops - alerter.problem", "desk pending due 0", "desk mended upcoming 1h")


async def test_a_mass_removal_is_held_until_a_person_accepts_it(bench: Bench) -> None:
    """A file with four of five deadlines gone is not taken, `ops` hears of it, and one command takes it."""
    ops = await bench.webhook("ops")
    service = 'ops = ["ops"]'
    five = [deadline(f"d{number}", soon(days=30), ["1d"]) for number in range(5)]
    bench.write(*five, service=service, more='[channels.screen]\ntype = "console"')
    daemon = await bench.start()
    await daemon.ready()
    bench.write(five[0], service=service, more='[channels.screen]\ntype = "console"')
    await daemon.says("config.held")
    await ops.until(1, within=4.0)
    assert "drops 4 open deadlines (d1, d2, d3, d4)" in ops.bodies[0]["data"]["text"]
    assert await daemon.metric('alerter_deadlines{status="open"}') == 5.0
    asked = await bench.command("reload", "--accept-removals")
    assert asked.code == 0
    await daemon.says("config.loaded")
    assert await daemon.metric('alerter_deadlines{status="open"}') == 1.0
    bench.wants("ops - alerter.problem")


async def test_sighup_and_the_command_read_the_files_again(bench: Bench) -> None:
    """Both ask for it even where nothing has changed; over HTTP where the daemon listens on a known port."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start()
    await daemon.ready()
    daemon.send(signal.SIGHUP)
    await daemon.says("config.loaded")
    bench.environ["ALERTER_LISTEN"] = f"127.0.0.1:{daemon.port}"
    asked = await bench.command("reload")
    assert (asked.code, f"127.0.0.1:{daemon.port}" in asked.out) == (0, True)
    await daemon.says("config.loaded", count=2)
    await ops.until(1)
    bench.wants("ops report upcoming 1h")
