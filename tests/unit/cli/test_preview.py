"""`alerter preview`: any message of any channel, from the configuration alone."""

from __future__ import annotations

import email
import email.policy
import json
from pathlib import Path

import pytest

from alerter.cli import run_command

CONFIG = """
timezone = "America/New_York"

[service]
base_url = "https://deadlines.example.com"

[channels.desk]
type = "slack"
token = { env = "NOT_SET" }
channel = "#trade"
timezone = "Europe/Madrid"
language = "es"

[channels.legal]
type = "email"
to = ["legal@example.com"]
from = "desk@example.com"
smtp = { host = "localhost" }

[channels.ops]
type = "webhook"
url = { env = "NOT_SET" }

[channels.screen]
type = "console"

[channels.phone]
type = "apprise"
url = { env = "NOT_SET" }

[[digest]]
name = "monday"
cron = "30 8 * * mon"
horizon = "36500d"
channels = ["legal"]

[[deadline]]
id = "truce"
title = "Tariff truce expires"
due = 2040-11-12T00:01:00
opens = 2040-09-01
recheck = "30d"
checked = 2026-01-01
overdue = { every = "1d", times = 2 }
channels = ["desk"]
history = [{ due = 2040-08-12T00:01:00 }]
"""


@pytest.fixture(autouse=True)
def _config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.toml").write_text(CONFIG, encoding="utf-8")


def shown(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> str:
    """What the command prints."""
    assert run_command(["-c", "c.toml", "preview", *args]) == code
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "subject"),
    [
        (("truce", "--lead", "7d"), "[7 días] Tariff truce expires - lun 12 nov 2040, 00:01 EST"),
        (("truce", "--lead", "0"), "[vence ahora] Tariff truce expires - lun 12 nov 2040, 00:01 EST"),
        (("truce", "--lead", "moved"), "[cambio de fecha] Tariff truce expires - lun 12 nov 2040, 00:01 EST"),
        (("truce", "--lead", "overdue", "--channel", "ops"), "[overdue by 1 day] Tariff truce expires - "),
        (("truce", "--lead", "closed", "--channel", "ops"), "[closed: met] Tariff truce expires - "),
        (("truce", "--lead", "opens", "--channel", "ops"), "[opens] Tariff truce expires - "),
        (("truce", "--lead", "recheck", "--channel", "ops"), "[please re-check] Tariff truce expires - "),
        (("monday",), "[monday] 1 deadline: Tariff truce expires"),
        (("monday", "--channel", "desk"), "[monday] 1 plazo: Tariff truce expires"),
    ],
)
def test_each_kind_of_message_can_be_looked_at(
    args: tuple[str, ...], subject: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Leads, other kinds and digests, as any channel would get them, in its language."""
    assert shown(capsys, *args).startswith(subject)


@pytest.mark.parametrize("channel", ["desk", "legal", "ops", "screen", "phone"])
def test_file_is_in_the_channels_own_form(channel: str, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON for Slack and webhooks, a whole mail, Markdown or plain words for the others; links lead nowhere."""
    shown(capsys, "truce", "--lead", "7d", "--channel", channel, "--output", "out")
    content = Path("out").read_bytes()
    assert "Tariff truce expires" in content.decode()
    if channel == "desk":
        assert json.loads(content)["blocks"][0]["type"] == "header"
    if channel == "ops":
        assert json.loads(content)["data"]["links"]["ack"] == "https://deadlines.example.com/a/preview.ack"
    if channel == "legal":
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert [part.get_content_type() for part in mail.walk()][-1] == "text/calendar"


@pytest.mark.parametrize("args", [("truce", "--lead", "9d"), ("tuesday",), ("monday", "--channel", "nobody")])
def test_what_is_not_there_is_1(args: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """The answer is no, and nothing is printed."""
    assert shown(capsys, *args, code=1) == ""


@pytest.mark.parametrize(
    ("lead", "offered"),
    [
        ("7d", ["ack", "snooze", "close", "page"]),
        ("overdue", ["ack", "close", "page"]),
        ("closed", ["page"]),
    ],
)
def test_a_preview_offers_what_the_real_message_would(
    lead: str, offered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing more about what is closed, no snooze of what is due."""
    shown(capsys, "truce", "--lead", lead, "--channel", "ops", "--output", "out")
    assert list(json.loads(Path("out").read_text("utf-8"))["data"]["links"]) == offered
