"""What a compliance lead prints of a deadline: page, history, CSV and API hold the same facts, and no working link."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import Any

import httpx

from alerter.domain.words.unsigned import unsigned
from alerter.web.signed.links import Link, Linker
from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.waiting import until_answered
from tests.servers import Reply

BASE = "https://deadlines.example.com"
SERVICE = f'base_url = "{BASE}"\nlink_key = {{ env = "LINK_KEY" }}\n'
SCREEN = '[channels.screen]\ntype = "console"\n'
TOKEN = re.compile(r"/a/[\w.-]{50,}")
WHO_ACTED = ("report", "ack", "Ana", "with counsel")
CHANNELS = [("hook", ""), ("legal", "desk@example.com"), ("screen", "")]

Fact = tuple[str, str, str, str, str, str]
"""Channel, recipients, instant, subject, words and answers of one notice."""


async def test_page_history_csv_and_api_tell_the_same_of_a_deadline(bench: Bench) -> None:
    """The words as they came, to whom, when, every answer and who acted; of each link only that it was there."""
    link = Link(action="ack", deadline="report", due_key="2099-01-01", channel="hook")
    repeated = f"no: {BASE}/a/{Linker(bench.secret('LINK_KEY'), BASE).write(link)}"
    hook = await bench.webhook("hook")
    await bench.mail("legal")
    hook.answer(Reply(status=500, body=repeated.encode()))
    bench.environ["COLUMNS"] = "200"
    bench.write(deadline("report", soon(hours=2), ["3h"], note='"Bring <both> seals."'), service=SERVICE, more=SCREEN)
    daemon = await bench.start()
    await daemon.says("notice.delivered", count=3)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{daemon.port}", trust_env=False) as http:
        await http.post("/api/v1/deadlines/report/ack", json={"by": "Ana", "note": "with counsel"})
    history = await until_answered(lambda: _settled(bench), "two notices delivered on each channel", within=60.0)
    facts = _facts(history["notices"])
    assert [fact[:2] for fact in facts] == [one for one in CHANNELS for _ in range(2)]
    assert any(f"no: {BASE}/a/…" in answers for *_, answers in facts)
    came = _joined(unsigned(daemon.printed))
    assert [_joined(fact[4]) in came for fact in facts if fact[0] == "screen"] == [True, True]
    assert len(TOKEN.findall(daemon.printed)) >= 3

    table = (await bench.command("history", "--deadline", "report", "--format", "csv")).out
    rows = list(csv.DictReader(io.StringIO(table)))
    answered = json.loads((await daemon.get("/api/v1/deadlines/report"))[1])
    page = (await daemon.get("/deadlines/report"))[1]
    printed = (await bench.command("history", "--deadline", "report")).out
    assert facts == _facts(answered["notices"]) == sorted(_row(row) for row in rows if not row["action"])
    deeds = [tuple(one[key] for key in ("deadline", "action", "by", "note")) for one in answered["actions"]]
    assert deeds == [WHO_ACTED]
    assert deeds == [(row["deadline"], row["action"], row["by"], row["note"]) for row in rows if row["action"]]
    assert _left_out(facts, _joined(unescape(re.sub(r"<[^>]+>", " ", page)))) == []
    assert _left_out(facts, _joined(printed)) == []
    assert [len(re.findall(rf"<span>{words}: ", page)) for words in ("delivered", "did not work")] == [6, 1]
    assert [at for _, _, at, *_ in facts if f'datetime="{at[:-1]}' not in page] == []
    assert [at for _, _, at, *_ in facts if f"{at[:10]} {at[11:16]}" not in printed] == []
    assert [re.search(r"report +ack +Ana", printed) is not None, "Acknowledged by Ana" in page] == [True, True]
    assert TOKEN.findall("".join([json.dumps(history), table, json.dumps(answered), page, printed, daemon.said])) == []
    bench.wants(*(f"{channel} report upcoming{lead}" for channel, _ in CHANNELS for lead in ("", " 3h")))


async def _settled(bench: Bench) -> Any:
    """What the history says once all there is to tell is told."""
    document = (await bench.command("history", "--deadline", "report", "--format", "json")).json
    states = [one["state"] for one in document["notices"]]
    return document if states == ["delivered"] * 6 else None


def _facts(notices: list[dict[str, Any]]) -> list[Fact]:
    return sorted(_fact(one) for one in notices)


def _fact(one: dict[str, Any]) -> Fact:
    answers = (f"{attempt['at']} {attempt['outcome']}: {attempt['detail']}" for attempt in one["attempts"])
    return (
        one["channel"],
        " ".join(one["to"]),
        one["delivered_at"],
        one["subject"],
        one["text"],
        "\n".join(answers),
    )


def _row(row: dict[str, str]) -> Fact:
    return row["channel"], row["to"], row["at"], row["subject"], row["text"], row["answers"]


def _left_out(facts: list[Fact], shown: str) -> list[str]:
    """What of the recipients, words and answers is not shown; for how an attempt ended a page has words of its own."""
    pieces = [
        piece
        for _, to, _, subject, text, answers in facts
        for piece in (to, subject, text, *(line.partition(": ")[2] for line in answers.splitlines()))
    ]
    return [piece for piece in pieces if _joined(piece) not in shown]


def _joined(text: str) -> str:
    """On one line."""
    return " ".join(text.split())
