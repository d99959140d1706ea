"""The security checklist, seen from outside: a daemon full of secrets whose every channel fails in its own way."""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.evidence import Evidence, gather
from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.oracle import find_leaks
from tests.acceptance.waiting import until
from tests.servers import Reply, http_receiver


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """What such a daemon, and the commands beside it, said and kept."""
    return gather(tmp_path_factory.mktemp("evidence"))


def test_s1_no_secret_is_said_or_kept_anywhere(evidence: Evidence) -> None:
    """Not in the log at debug, on standard output, in the ledger, the metrics, an answer, or a command's output."""
    assert evidence.leaks() == []
    assert len(evidence.canaries) > 25
    assert all(evidence.texts[where] for where in ("the log", "the ledger's files", "/metrics", "alerter status"))


def test_s4_what_is_kept_of_a_failure_says_why_and_no_secret(evidence: Evidence) -> None:
    """Each channel's attempt has its reason in the history, with the other side's answer cleaned."""
    assert all(details and all(details) for details in evidence.details.values())
    assert [detail for details in evidence.details.values() for detail in details if len(detail) > 400] == []
    assert evidence.details["denied"][0].startswith("status 401")
    assert "[hidden]" in evidence.details["denied"][0]


def test_s22_no_text_from_outside_makes_a_line_of_its_own(evidence: Evidence) -> None:
    """Every line of the log is one JSON document with a level and a time, whatever titles and answers hold."""
    lines = evidence.texts["the log"].splitlines()
    assert [line for line in lines if not {"event", "level", "timestamp"} <= set(json.loads(line))] == []
    assert "\x1b" not in "".join(evidence.texts[where] for where in evidence.texts if where != "the ledger's files")


def test_s23_metrics_name_channels_and_nothing_else(evidence: Evidence) -> None:
    """No label holds a title, an id of a deadline or an address."""
    labels = [line for line in evidence.labels.splitlines() if line.startswith("alerter_")]
    assert [line for line in labels if "://" in line or "fake" in line or "report" in line] == []
    assert any('channel="denied"' in line for line in labels)


def test_s26_the_end_is_handled(evidence: Evidence) -> None:
    """SIGTERM has a handler, as process 1 needs; the fault tests end it there."""
    assert evidence.catches_term


def test_s30_the_ledger_knows_channels_by_name_only(evidence: Evidence) -> None:
    """Its files hold no address of a receiver, neither whole nor in part."""
    kept = evidence.texts["the ledger's files"]
    assert ("denied" in kept, "/hook/" in kept, "/services/" in kept, "127.0.0.1" in kept) == (True,) + (False,) * 3


def test_s35_no_image_of_the_memory_is_written(evidence: Evidence) -> None:
    """Core files are off."""
    assert evidence.core_limit == "0"


def test_s36_trouble_of_the_channel_for_trouble_makes_no_more_of_it(evidence: Evidence) -> None:
    """Where even `ops` fails, what it was to be told is bounded by the number of channels, and so is the log."""
    problems = [one for one in evidence.log if one.get("kind") == "alerter.problem"]
    assert len(problems) < 4 * len(evidence.details) + 20
    assert len(evidence.log) < 400


async def test_s1_the_database_password_is_never_shown(bench: Bench) -> None:
    """Where PostgreSQL cannot be reached neither daemon nor command says with which password it was tried."""
    bench.store = "sqlite://"  # there is nothing to judge
    bench.environ["ALERTER_STORE"] = bench.secret(
        "PG", form="postgresql://alerter:{}@127.0.0.1:1/ledger?connect_timeout=2"
    )
    bench.write(deadline("report", soon(minutes=30), ["1h"]), service='log_level = "debug"')
    daemon = await bench.start()
    await until(lambda: "cannot reach the ledger" in daemon.said, "its words", within=30.0)
    ran = [await bench.command(name) for name in ("status", "history")]
    assert [one.code == 0 for one in ran] == [False, False]
    await daemon.end(signal.SIGKILL)


async def test_s1_a_working_database_holds_and_shows_no_secret(postgres_url: str, bench: Bench) -> None:
    """On PostgreSQL the password is in no line, and no secret in a row."""
    ops = await bench.webhook("ops")
    ops.answer(Reply(status=500))
    store = postgres_url.replace("postgresql://postgres@", "postgresql://postgres:PASSWORD@")
    bench.store = postgres_url
    bench.environ["ALERTER_STORE"] = bench.secret("PG", form=store.replace("PASSWORD", "{}"))
    bench.write(deadline("report", soon(minutes=30), ["1h"]), service='log_level = "debug"')
    daemon = await bench.start()
    await ops.until(2, within=30.0)
    await bench.command("history", "--format", "json")
    await daemon.end()
    assert find_leaks(bench._canaries, [_dump(postgres_url)], [bench.folder]) == []
    bench.wants("ops report upcoming 1h")


def _dump(url: str) -> str:
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = current_schema()"
        ).fetchall()
        rows = [connection.execute(f"SELECT t::text FROM {table} t").fetchall() for (table,) in tables]
    assert any(rows)
    return repr(rows)


async def test_s11_no_proxy_netrc_or_redirect_leads_elsewhere(bench: Bench) -> None:
    """Whatever the environment says, webhooks, Slack, Apprise and the heartbeat go where the configuration says."""
    elsewhere = await bench._stack.enter_async_context(http_receiver())
    phone = await bench._stack.enter_async_context(http_receiver())
    moved = await bench._stack.enter_async_context(http_receiver())
    moved.default = Reply(status=307, headers=(("location", f"{elsewhere.url}/x"),))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        bench.environ |= {name: elsewhere.url, name.lower(): elsewhere.url}
    (bench.folder / ".netrc").write_text("machine 127.0.0.1 login mallory password stolen\n")
    (bench.folder / ".netrc").chmod(0o600)
    ops, desk = await bench.webhook("ops"), await bench.slack("desk")
    phones = "".join(
        f'[channels.{name}]\ntype = "apprise"\nurl = "json://127.0.0.1:{port}/x"\n'
        for name, port in (("phone", phone.port), ("moved", moved.port))
    )
    bench.write(
        deadline("report", soon(minutes=30), ["1h"]),
        service=f'heartbeat = {{ url = "{moved.url}/beat", every = "1s" }}',
        more=phones,
    )
    daemon = await bench.start()
    await ops.until(1)
    await desk.until(1)
    await until(lambda: len(phone.requests) >= 1 and len(moved.requests) >= 2, "the others", within=30.0)
    await daemon.end()
    assert elsewhere.connection_count == 0
    seen = [*ops.requests, *desk.requests, *phone.requests, *moved.requests]
    assert [one for one in seen if {"authorization", "cookie"} & set(one.headers)] == []
    bench.store = "sqlite://"  # what Apprise sent has no inbox here
    (bench.folder / "alerter.db").rename(bench.folder / "kept")


async def test_s24_without_a_web_side_nothing_listens(bench: Bench) -> None:
    """With `listen = ""` no socket of the daemon waits for connections; commands use the ledger and a signal."""
    bench.environ["ALERTER_LISTEN"] = ""
    bench.write(deadline("report", soon(days=3), ["1d"]), more='[channels.screen]\ntype = "console"')
    daemon = await bench.start()
    await daemon.says("daemon.started")
    assert _listening_sockets(daemon.pid) == []
    assert (await bench.command("status")).code == 0
    assert (await bench.command("reload")).code == 0


def _listening_sockets(pid: int) -> list[str]:
    own = set[str]()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            own.add(str(descriptor.readlink()))
    rows = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()]
    return [row[9] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own]


async def test_s23_by_default_only_this_machine_can_connect(bench: Bench) -> None:
    """Unless told otherwise it listens on loopback."""
    del bench.environ["ALERTER_LISTEN"]
    bench.write(deadline("report", soon(days=3), ["1d"]), more='[channels.screen]\ntype = "console"')
    daemon = await bench.start()
    began = await daemon.says("web.started")
    assert began["host"] == "127.0.0.1"
