"""What each command answers from a configuration alone, without a daemon and without a ledger."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from alerter.cli import run_command
from alerter.cli.failure import UNUSABLE
from alerter.ledger.keys import CALENDAR_KEY
from alerter.ledger.ledger import Ledger

CONFIG = """
timezone = "America/New_York"
[channels.screen]
type = "console"
[channels.night]
type = "console"
quiet = { from = 22:00:00, until = 10:00:00 }
[channels.ops]
type = "webhook"
url = { env = "NO_SUCH_VARIABLE" }
[[deadline]]
id = "truce"
title = "Tariff truce expires"
due = 2025-11-10T00:01:00
severity = "high"
tags = ["us-china"]
leads = ["7d", "1d @ 08:30", "0"]
channels = ["screen", "ops"]
[[deadline]]
id = "review"
title = "Quarterly review"
due = 2025-10-31
leads = ["1d"]
channels = ["night"]
"""
STRETCH = ("--from", "2025-10-01", "--until", "2025-12-01")


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory with a configuration whose secret nobody has set."""
    monkeypatch.chdir(tmp_path)
    for name in ("ALERTER_CONFIG", "ALERTER_STORE", "ALERTER_LISTEN", "NO_SUCH_VARIABLE"):
        monkeypatch.delenv(name, raising=False)
    Path("config").mkdir()
    Path("config/a.toml").write_text(CONFIG, encoding="utf-8")


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command that should succeed; returns its standard output."""

    def run(*args: str, code: int = 0) -> str:
        capsys.readouterr()
        assert run_command(list(args)) == code, capsys.readouterr().err
        return capsys.readouterr().out

    return run


def test_the_plan_has_the_documented_fields(ask: Any) -> None:
    """One document; instants in UTC; quiet hours applied and said; nothing written."""
    notices = json.loads(ask("plan", *STRETCH, "--format", "json"))["notices"]
    held = notices[0]
    identity = held.pop("id")
    assert (identity[:4], len(identity)) == ("ntc_", 30)
    assert held == {
        "deadline": "review",
        "title": "Quarterly review",
        "kind": "deadline.upcoming",
        "lead": "1d",
        "channel": "night",
        "at": "2025-10-30T14:00:00Z",
        "due": "2025-11-01T03:59:00Z",
        "held": {"from": "2025-10-30T13:00:00Z", "reason": "quiet"},
    }
    assert [(one["at"], one["channel"]) for one in notices[1:]] == [
        ("2025-11-03T05:01:00Z", "ops"),
        ("2025-11-03T05:01:00Z", "screen"),
        ("2025-11-09T13:30:00Z", "ops"),
        ("2025-11-09T13:30:00Z", "screen"),
        ("2025-11-10T05:01:00Z", "ops"),
        ("2025-11-10T05:01:00Z", "screen"),
    ]
    assert sorted(map(str, Path().rglob("*"))) == ["config", "config/a.toml"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--deadline", "review"], 1),
        (["--tag", "us-china"], 6),
        (["--tag", "us-china", "--tag", "other"], 6),
        (["--tag", "other"], 0),
        (["--channel", "ops"], 3),
        (["--limit", "2"], 2),
        (["--limit", "0"], 0),
        (["--until", "2025-11-03T00:01"], 1),
        (["--from", "2025-11-10T00:01"], 2),
    ],
)
def test_the_plan_can_be_narrowed(ask: Any, options: list[str], expected: int) -> None:
    """By deadline, tag, channel, number and time: from is included, until is not."""
    notices = json.loads(ask("plan", *STRETCH, *options, "--format", "json"))["notices"]
    assert expected == len(notices)


def test_the_plan_in_csv_and_calendar_holds_the_same_notices(ask: Any) -> None:
    """Ids agree in all three forms."""
    ids = [one["id"] for one in json.loads(ask("plan", *STRETCH, "--format", "json"))["notices"]]
    rows = list(csv.DictReader(io.StringIO(ask("plan", *STRETCH, "--format", "csv"))))
    events = Calendar.from_ical(ask("plan", *STRETCH, "--format", "ics")).walk("VEVENT")
    assert ids == [row["id"] for row in rows]
    assert ids == [str(event["uid"]) for event in events]


def test_the_plan_as_a_table_is_for_people(ask: Any) -> None:
    """Local times with the zone's name, and a word where nothing is planned."""
    table = ask("plan", *STRETCH)
    assert "America/New_York" in table
    assert "2025-10-30 10:00 held" in table
    assert ask("plan", "--from", "2030-01-01") == "Nothing goes out in that time.\n"


@pytest.mark.parametrize(
    "args",
    [["plan", "--deadline", "x"], ["plan", "--channel", "x"], ["preview", "x"], ["preview", "truce", "--channel", "x"]],
)
def test_a_name_that_is_not_there_is_1(ask: Any, args: list[str]) -> None:
    """The answer is no."""
    assert ask(*args, code=1) == ""


def test_the_plan_minds_no_ledger_that_cannot_be_read(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It says so on standard error, and plans from the configuration alone."""
    Path("alerter.db").write_bytes(b"this is no database" * 100)
    assert run_command(["plan", *STRETCH, "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)["notices"]) == 7
    assert captured.err.startswith("alerter: planned without the ledger: ")


def test_check_lists_every_problem(ask: Any) -> None:
    """As lines, or as one document with the documented fields; without secrets there is nothing to miss."""
    (line,) = [line for line in ask("check", code=1).splitlines() if ": error: " in line]
    assert line.startswith("config/a.toml:10:7: error: ")
    assert line.endswith(" [missing-secret]")
    problems = json.loads(ask("check", "--format", "json", code=1))["problems"]
    assert [problem["code"] for problem in problems if problem["severity"] == "error"] == ["missing-secret"]
    assert list(problems[0]) == ["file", "line", "column", "severity", "code", "message"]
    assert [line for line in ask("check", "--no-secrets").splitlines() if ": error: " in line] == []


def test_strict_fails_on_warnings(ask: Any) -> None:
    """Which alone are no failure."""
    deadline = '[[deadline]]\nid = "x"\ntitle = "X"\ndue = 2099-01-01\nseverity = "critical"\n'
    Path("config/a.toml").write_text(f'[channels.screen]\ntype = "console"\n{deadline}', encoding="utf-8")
    assert "[single-channel]" in ask("check")
    assert "[single-channel]" in ask("check", "--strict", code=1)


def test_simulate_tells_what_would_happen_and_the_same_each_time(ask: Any) -> None:
    """Delivered messages with their words, and failures where asked."""
    stretch = ("--from", "2025-11-08", "--until", "2025-11-08T02:00")
    args = ("simulate", *stretch, "--fail", "ops=2025-11-08..2025-11-09", "--format", "json")
    first, second = ask(*args), ask(*args)
    events = json.loads(first)["events"]
    assert first == second
    assert list(events[0]) == [
        "at", "event", "notice", "deadline", "kind", "lead", "channel", "due", "late_by", "reason", "message",
    ]  # fmt: skip
    assert {one["event"] for one in events if one["channel"] == "screen"} == {"delivered"}
    assert not [one for one in events if one["channel"] == "ops" and one["event"] == "delivered"]
    messages = [one["message"] for one in events if one["event"] == "delivered"]
    assert [set(message) for message in messages] == [{"subject", "text"}] * len(messages)
    assert [one["at"] for one in events] == sorted(one["at"] for one in events)


@pytest.mark.parametrize(
    ("option", "code"),
    [
        (["--ack", "2025-11-09=x"], 1),
        (["--ack", "2025-11-09"], 2),
        (["--ack", "2025-11-07=truce"], 2),
        (["--ack", "2025-11-11=truce"], 2),
        (["--reload", "2025-11-12=config"], 2),
        (["--fail", "x=2025-11-08..2025-11-09"], 1),
        (["--fail", "ops=2025-11-08"], 2),
        (["--down", "2025-11-09..2025-11-08"], 2),
        (["--reload", "2025-11-09=nowhere"], 2),
        (["--until", "2025-11-01"], 2),
    ],
)
def test_a_script_that_makes_no_sense_is_refused(ask: Any, option: list[str], code: int) -> None:
    """Names that are not there are 1, forms that are not right are 2."""
    assert ask("simulate", "--from", "2025-11-08", "--until", "2025-11-11", *option, code=code) == ""


def test_preview_renders_without_secrets(ask: Any) -> None:
    """Subject and text on standard output, the channel's own form in a file."""
    shown = ask("preview", "truce", "--lead", "7d", "--channel", "screen")
    assert shown.startswith("[7 days] Tariff truce expires - Mon 10 Nov 2025, 00:01 EST\n\n")
    ask("preview", "truce", "--lead", "7d", "--channel", "ops", "--output", "out.json")
    assert json.loads(Path("out.json").read_bytes())["data"]["deadline"]["id"] == "truce"


def test_history_and_status_answer_without_a_ledger(ask: Any) -> None:
    """Nothing has been told; nothing is made by asking."""
    assert json.loads(ask("history", "--format", "json")) == {"notices": [], "actions": []}
    assert json.loads(ask("status", "--format", "json"))["daemon"] is None
    assert not Path("alerter.db").exists()


@pytest.mark.parametrize("args", [["ack", "truce"], ["close", "truce", "--as", "met"], ["retry", "--dead"]])
def test_acting_needs_a_ledger(ask: Any, args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """None is made for it: it might be the wrong folder."""
    assert run_command(args) == 1
    assert capsys.readouterr().err == "alerter: there is no ledger at alerter.db yet: `alerter run` makes one\n"
    assert not Path("alerter.db").exists()


def test_a_channel_can_be_tested(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message goes out, and the answer is printed."""
    monkeypatch.setenv("NO_SUCH_VARIABLE", "http://127.0.0.1:1/CANARY-path")
    assert "screen: delivered: " in ask("test", "screen")
    failed = ask("test", "--all", code=1)
    assert ("ops: FAILED: " in failed, "CANARY" in failed) == (True, False)


def test_history_knows_a_deadline_that_is_gone_whatever_is_asked_of_it(ask: Any) -> None:
    asyncio.run(_keep_calendar_key("k3y"))
    ask("ack", "review", "--by", "Ana")
    Path("config/a.toml").write_text(CONFIG.replace('"review"', '"other"'), encoding="utf-8")
    later = ("--since", "+1d", "--format", "json")
    assert json.loads(ask("history", "--deadline", "review", *later)) == {"notices": [], "actions": []}
    ask("history", "--deadline", "revue", *later, code=1)


@pytest.mark.parametrize("url", ["https://deadlines.example.com", ""])
def test_status_leads_to_the_calendar_where_the_daemon_is_reached(
    ask: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as that can be known here: the variable may be there for the daemon only."""
    Path("config/b.toml").write_text('[service]\nbase_url = { env = "WHERE" }\n', encoding="utf-8")
    if url:
        monkeypatch.setenv("WHERE", url)
    asyncio.run(_keep_calendar_key("k3y"))
    assert json.loads(ask("status", "--format", "json"))["calendar"] == f"{url}/calendar.ics?key=k3y"


async def _keep_calendar_key(key: str) -> None:
    ledger = Ledger("sqlite:///alerter.db")
    await ledger.open()
    await ledger.meta_set_default(CALENDAR_KEY, lambda: key)
    await ledger.close()


@pytest.mark.parametrize(
    "args", [("preview", "truce"), ("test", "phone"), ("simulate", "--from", "2025-11-01", "--until", "2025-11-02")]
)
def test_a_library_that_is_not_installed_is_told_in_a_sentence(
    args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    config = CONFIG.replace('"ops"]', '"phone"]') + '[channels.phone]\ntype = "apprise"\nurl = "json://localhost"\n'
    Path("config/a.toml").write_text(
        config.replace('{ env = "NO_SUCH_VARIABLE" }', '"http://127.0.0.1:1/"'), encoding="utf-8"
    )
    more = ("--channel", "phone") if args[0] == "preview" else ()
    assert run_command([*args, *more]) == UNUSABLE
    assert capsys.readouterr().err.endswith('"phone" needs Apprise, which is not installed: install alerter[apprise]\n')


def test_a_newcomer_gets_a_configuration_that_works(ask: Any) -> None:
    """With its schema beside it; what is there already stays."""
    ask("init", "new/place")
    assert ask("check", "--strict", "-c", "new/place") == ""
    assert json.loads(Path("new/place/alerter.schema.json").read_text("utf-8")) == json.loads(ask("schema"))
    assert ask("init", "new/place", code=1) == ""


@pytest.mark.parametrize("stores", [("mysql://x/y", "sqlite:///b.db"), ("sqlite:///a.db", "sqlite://b.db")])
def test_copying_from_or_to_what_is_no_ledger_is_wrong_usage(
    stores: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It says which of the two, and in what form it is written."""
    assert run_command(["copy-ledger", *stores]) == 2
    said = capsys.readouterr()
    which = "FROM" if stores[0].startswith("mysql") else "TO"
    assert (said.out, said.err) == ("", f"alerter: {which}: should be sqlite:///PATH or postgresql://USER@HOST/NAME\n")


@pytest.mark.parametrize("target", ["sqlite:///a.db", "sqlite:///config/../a.db"])
def test_a_ledger_is_not_copied_onto_itself(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """However its place is written; nothing is made there."""
    assert run_command(["copy-ledger", "sqlite:///a.db", target]) == 2
    assert capsys.readouterr().err == "alerter: FROM and TO are the same ledger\n"
    assert not Path("a.db").exists()


def test_a_damaged_ledger_is_not_copied(capsys: pytest.CaptureFixture[str]) -> None:
    """The answer is no, and says why."""
    Path("a.db").write_text("no database" * 1000, encoding="utf-8")
    assert run_command(["copy-ledger", "sqlite:///a.db", "sqlite:///b.db"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("alerter: nothing was copied, since what is there is damaged, or no ledger: cannot use")
    assert (said.out, Path("b.db").exists()) == ("", False)
