"""Herds, texts that are poison for a renderer, and rows that are poison for a reader: others are on time.

The names are those of the catalogue of faults; `fault` marks what takes long.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing

import pytest

from alerter.domain.notices.notice import State
from tests.acceptance.faults.system import resident_bytes
from tests.acceptance.harness import STORE, Bench, deadline, soon
from tests.acceptance.inbox import HttpInbox
from tests.acceptance.oracle import read_ledger
from tests.acceptance.waiting import until
from tests.servers import Reply

MEGABYTE = 1024 * 1024
POISON = {
    "template": "{{7*7}}{% raise %}${x}%s%(a)s{0}{\\",
    "direction": "\u202egnp.exe\u2066\u200d\U0001f468\u200d\U0001f469\ufeff a\u2028b\u0085\u009bc\ufffe\U000e0001",
    "markup": "<!channel> <script>]]> |Click> &amp; \\u0000 *_~`",
    "combining": "Z\u0310\u0300" + "\u0301" * 500,
    "longest": ("\u00e9&<x " * 1000)[:4096],
}


def with_title(name: str, title: str) -> str:
    """A deadline due in half an hour, told of now, with this for a title and a note."""
    written = json.dumps(title, ensure_ascii=False)
    return deadline(name, soon(minutes=30), ["1h"], note=written).replace(f'"About {name}"', written)


async def test_j3_poison_in_a_title_delays_nobody(bench: Bench) -> None:
    """What breaks templates, turns the writing round or takes all room goes out everywhere, and others are on time."""
    ops, desk = await bench.webhook("ops"), await bench.slack("desk", more='rate = "50/s"\nbundle_over = 1000\n')
    mail = await bench.mail("mail")
    due = soon(seconds=12)
    hostile = [with_title(name, title) for name, title in POISON.items()]
    bench.write(*hostile, deadline("timely", due, ["0"], channels='["ops"]'))
    daemon = await bench.start()
    await daemon.says("notice.delivered", count=3 * len(POISON) + 1, within=40)
    on_time = next(one for one in ops.requests if b'"timely"' in one.body)
    assert 0.0 <= (on_time.at - due).total_seconds() <= 2.0
    titles = {body["data"]["deadline"]["id"]: body["data"]["deadline"]["title"] for body in ops.bodies}
    assert titles == {**POISON, "timely": "About timely"}
    assert (len(desk.requests), len(mail.mails)) == (len(POISON), len(POISON))
    bench.wants("ops timely due 0")
    bench.wants(*(f"{channel} {name} upcoming 1h" for name in POISON for channel in ("ops", "desk", "mail")))


@pytest.mark.parametrize(
    ("title", "problem"),
    [
        (r"half \ud800", "error: escaped character is not a Unicode scalar value [syntax]"),
        ("x" * MEGABYTE, "error: report: title: should have at most 4096 characters [bad-value]"),
    ],
    ids=["half a character", "a megabyte"],
)
async def test_j3_what_is_no_title_is_refused_with_its_place(bench: Bench, title: str, problem: str) -> None:
    """Half a character, which no message can hold, and a megabyte are refused with file and line, and not repeated."""
    await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]).replace("About report", title))
    checked = await bench.command("check")
    (line,) = checked.out.splitlines()
    assert (checked.code, line.split(" ", 1)[1]) == (1, problem)
    assert line.startswith("config/alerter.toml:")


@pytest.mark.fault
async def test_j1_a_herd_of_two_thousand_is_paced(bench: Bench) -> None:
    """Two thousand notices of one instant: no more at once than allowed, none refused, all soon, in little memory."""
    ops = await bench.webhook("ops", more="concurrency = 8")
    due, count = soon(seconds=15), 2000
    bench.write(*(deadline(f"d{number:04}", due, ["0"]) for number in range(count)))
    daemon = await bench.start()
    await daemon.ready()
    before = resident_bytes(daemon.pid)
    await ops.until(count, within=90)
    grown = resident_bytes(daemon.pid) - before
    last = (ops.requests[-1].at - due).total_seconds()
    sys.stdout.write(f"the last after {last:.1f} s, memory grew by {grown / MEGABYTE:.1f} MB\n")
    assert (last < 60.0, grown < 40 * MEGABYTE, ops.receiver.connection_count <= 16) == (True, True, True)
    await daemon.until_metric('alerter_queue_depth{channel="ops"}', 0.0, within=60)
    bench.wants(*(f"ops d{number:04} due 0" for number in range(count)))


def spoil(bench: Bench, *statements: str) -> None:
    """Write past the program into its ledger."""
    with closing(sqlite3.connect(bench.folder / STORE)) as database:
        for statement in statements:
            assert database.execute(statement).rowcount == 1, statement
        database.commit()


def read_state(bench: Bench, name: str) -> str:
    """The state of the deadline's only notice, as it lies in the ledger."""
    with closing(sqlite3.connect(bench.folder / STORE)) as database:
        (found,) = database.execute("SELECT state FROM notice WHERE deadline = ?", [name]).fetchone()
        return str(found)


REOPENED = "next_at = planned_at, delivered_at = NULL"


async def test_j4_rows_that_cannot_be_read_stop_nothing(bench: Bench) -> None:
    """Notices and a deadline spoilt between two runs, and one during the second: others go on, and `ops` hears."""
    bench.faults |= {"ledger.illegible", "notice.unclear"}
    ops, desk = await bench.webhook("ops"), await bench.slack("desk")
    desk.answer(Reply(status=503, headers=(("Retry-After", "600"),)))  # its retry is not to come before the end
    names = ["wordless", "kindless", "known", "later"]
    tables = [deadline(name, soon(minutes=30), ["1h"], channels='["ops"]') for name in names]
    tables.append(deadline("keyless", soon(minutes=30), ["1h"], channels='["desk"]'))
    bench.write(*tables, service='ops = ["ops"]')
    first = await bench.start()
    await first.says("notice.retried")
    await first.says("notice.delivered", count=len(names))
    await first.end()
    spoil(
        bench,
        f"UPDATE notice SET state = 'bogus', {REOPENED} WHERE deadline = 'wordless'",
        f"UPDATE notice SET state = 'queued', kind = 'deadline.nonsense', {REOPENED} WHERE deadline = 'kindless'",
        "UPDATE notice SET due_key = 'nonsense', next_at = planned_at WHERE deadline = 'keyless'",
        "UPDATE deadline SET channels = '{' WHERE deadline = 'known'",
        "UPDATE channel SET paused_until = NULL WHERE name = 'desk'",
    )
    due = soon(seconds=12)
    bench.write(*tables, deadline("timely", due, ["0"], channels='["ops", "desk"]'), service='ops = ["ops"]')
    second = await bench.start()
    await second.ready(within=10)
    spoil(bench, f"UPDATE notice SET state = 'bogus', {REOPENED} WHERE deadline = 'later'")
    await second.says("notice.unclear")
    await until(lambda: read_state(bench, "later") == "dead", "the row is put in order")
    await ops.until(len(names) + 3)
    await desk.until(3)
    (told,) = [text for text in problems(ops) if "known" in text]
    assert [name in told for name in names[:3]] == [True, True, True]  # what is found later may be told later
    on_time = next(one for one in ops.requests if b'"timely"' in one.body)
    assert 0.0 <= (on_time.at - due).total_seconds() <= 2.0
    assert "About keyless" in desk.bodies[1]["text"]
    for command in ("status", "history"):
        assert (await bench.command(command)).code == 0
    assert [(await second.get(page))[0] for page in ("/", "/metrics", "/api/v1/notices")] == [200, 200, 200]
    states = {one.deadline: one.state for one in await read_ledger(bench.store)}
    assert [states[name] for name in ("wordless", "kindless", "later", "known")] == [State.DEAD] * 3 + [State.DELIVERED]
    bench.wants("ops timely due 0", "desk timely due 0", "desk keyless upcoming 1h")
    bench.wants(*(f"ops {name} upcoming 1h" for name in names), *["ops - alerter.problem"] * len(problems(ops)))


def problems(inbox: HttpInbox) -> list[str]:
    """What it was told of problems."""
    return [body["data"]["text"] for body in inbox.bodies if body["type"] == "alerter.problem"]
