"""The command line as a whole: which commands there are, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerter import __version__
from alerter.cli import run_command

COMMANDS = (
    "run", "check", "plan", "simulate", "test", "preview", "status", "history", "ack", "snooze", "close", "retry",
    "schema", "init", "reload", "healthcheck",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has an empty working directory and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    for name in ("ALERTER_CONFIG", "ALERTER_STORE", "ALERTER_LISTEN"):
        monkeypatch.delenv(name, raising=False)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints name and version."""
    assert (run_command(["--version"]), capsys.readouterr().out) == (0, f"alerter {__version__}\n")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The files in `commands/` are the commands."""
    assert run_command(["--help"]) == 0
    out = capsys.readouterr().out
    assert [name for name in COMMANDS if f" {name} " not in out] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_a_config_and_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`-c` is there on all of them."""
    assert run_command([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert ("--config" in out, f"Usage: alerter {name}" in out) == (True, True)


@pytest.mark.parametrize(
    "args",
    [
        ["plam"],
        ["plan", "--nonsense"],
        ["plan", "--format", "yaml"],
        ["plan", "--limit", "-1"],
        ["close", "x"],
        ["close", "x", "--as", "done"],
        ["snooze", "x"],
        ["snooze", "x", "--for", "soon"],
        ["retry"],
        ["retry", "ntc_x", "--dead"],
        ["test"],
        ["test", "desk", "--all"],
        ["simulate", "--from", "now"],
        ["-c"],
    ],
)
def test_wrong_usage_is_2(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Said on standard error, in words and without a traceback."""
    assert run_command(args) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err == "", "Traceback" in captured.err) == ("", False, False)


def test_no_command_at_all_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Which is wrong usage all the same."""
    assert (run_command([]), "Usage: alerter" in capsys.readouterr().out) == (2, True)


def test_a_command_nearly_right_is_answered_with_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    """As with every other name."""
    run_command(["plam"])
    assert "did you mean 'plan'?" in capsys.readouterr().err


@pytest.mark.parametrize("args", [["plan"], ["history"], ["ack", "x"], ["status"], ["preview", "x"]])
def test_a_config_that_cannot_be_used_is_2(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every error is listed with its place."""
    Path("bad.toml").write_text('timezone = "Nowhere"\nnonsense = 1\n', encoding="utf-8")
    assert run_command(["-c", "bad.toml", *args]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if ": error: " in line]
    assert [line.split(" ")[0] for line in errors] == ["bad.toml:1:12:", "bad.toml:2:1:"]


def test_configs_before_and_after_the_command_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    """`-c` may be given on both sides and more than once."""
    for name in ("a", "b", "c"):
        Path(f"{name}.toml").write_text(f"{name} = 1\n", encoding="utf-8")
    assert run_command(["-c", "a.toml", "check", "-c", "b.toml", "-c", "c.toml"]) == 1
    assert [line[:6] for line in capsys.readouterr().out.splitlines()] == ["a.toml", "b.toml", "c.toml"]
