"""The unit for systemd is without fault and shut in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alerter.config.settings import service_variables
from tests.deploy.where import DEPLOY, beside_python, run

UNIT = (DEPLOY / "systemd/alerter.service").read_text("utf-8")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with the program that is here, since systemd looks whether there is one."""
    path = tmp_path / "alerter.service"
    path.write_text(UNIT.replace("/opt/alerter/bin/alerter", beside_python("alerter")))
    return path


@pytest.mark.fault
@pytest.mark.ci
def test_systemd_finds_no_fault_with_the_unit(unit: Path) -> None:
    """It says nothing at all."""
    assert run("systemd-analyze", "verify", "--man=no", str(unit)) == (0, "")


@pytest.mark.fault
@pytest.mark.ci
def test_the_unit_is_shut_in(unit: Path) -> None:
    """Its exposure is at most 2.0 of 10."""
    code, said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(unit))
    exposure = re.search(r"Overall exposure level for alerter.service: ([0-9.]+)", said)
    assert (code, exposure is not None and float(exposure[1]) <= 2.0) == (0, True)


def test_the_units_variables_are_settings() -> None:
    """Each ALERTER_ variable is one that the program reads."""
    named = dict(re.findall(r"^Environment=(ALERTER_\w+)=(.*)$", UNIT, re.MULTILINE))
    config = named.pop("ALERTER_CONFIG")
    assert (config, service_variables(named)) == (
        "/etc/alerter", {"store": "sqlite:////var/lib/alerter/alerter.db", "token": {"file": "%d/token"}},
    )  # fmt: skip


def test_the_unit_starts_again_but_not_on_a_bad_configuration() -> None:
    """It speaks no sd_notify, so it has no watchdog of systemd's; what is stuck ends by itself."""
    said = dict(line.split("=", 1) for line in UNIT.splitlines() if re.match(r"[A-Z]\w+=", line))
    assert (said["Restart"], said["RestartPreventExitStatus"], said["Type"]) == ("on-failure", "78", "exec")
    assert "WatchdogSec" not in said
    assert int(said["TimeoutStopSec"]) > 9
