"""The files for Compose are what Compose takes, and keep their daemons in bounds."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from alerter.config.settings import service_variables
from tests.deploy.where import DEPLOY, beside_python, run

FILES = ("compose.yaml", "compose.ha.yaml")


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text("utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_compose_takes_the_file(name: str) -> None:
    """By the schema of Compose itself, with every variable at its default."""
    schema = run(beside_python("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(DEPLOY / name))
    assert schema[0] == 0, schema[1]
    assert run(beside_python("docker-compose"), "-f", str(DEPLOY / name), "config", "-q") == (0, "")


@pytest.mark.parametrize("name", FILES)
def test_the_daemon_has_no_rights(name: str) -> None:
    """A root that is read-only, no capability, no way to gain one, limits, and an end that it is given time for."""
    daemon = read(name)["services"]["alerter"]
    assert (daemon["read_only"], daemon["cap_drop"], daemon["security_opt"], daemon["restart"]) == (
        True, ["ALL"], ["no-new-privileges:true"], "unless-stopped",
    )  # fmt: skip
    assert daemon["stop_grace_period"] == "15s"
    assert daemon["healthcheck"]["test"] == ["CMD", "alerter", "healthcheck"]
    assert {"mem_limit", "pids_limit", "tmpfs"} <= daemon.keys()
    assert not daemon.keys() & {"privileged", "cap_add", "network_mode", "user"}


@pytest.mark.parametrize("name", FILES)
def test_secrets_are_files_and_ports_are_this_machines(name: str) -> None:
    """No environment variable holds one, each file that is named is mounted, and nothing is open to the network."""
    services = read(name)["services"]
    for service in services.values():
        named = {key: value for key, value in service.get("environment", {}).items() if "/run/secrets/" in value}
        assert {value.removeprefix("/run/secrets/") for value in named.values()} == set(service.get("secrets", []))
        assert [key for key in service.get("environment", {}) if "PASSWORD" in key and key not in named] == []
        assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", FILES)
def test_the_daemon_heeds_each_variable(name: str) -> None:
    """All that is set for it is a setting of the code."""
    environment = read(name)["services"]["alerter"]["environment"]
    assert len(service_variables(environment)) == len(environment) > 0


def test_two_replicas_share_one_database() -> None:
    """There are two, each with a port, neither has a volume of its own, and they start when the database is there."""
    daemon = read("compose.ha.yaml")["services"]["alerter"]
    assert daemon["ports"] == ["127.0.0.1:${ALERTER_PORTS:-8080-8081}:8080"]
    assert daemon["deploy"]["replicas"] == 2
    assert [each for each in daemon["volumes"] if "/config:ro" not in each] == []
    assert daemon["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_whatever_is_mounted_from_here_is_here() -> None:
    """Each file or folder of `deploy/` that a service is given exists."""
    volumes = [each for service in read("compose.ha.yaml")["services"].values() for each in service.get("volumes", [])]
    named = [each.partition(":")[0] for each in volumes if each.startswith("./")]
    assert (len(named), [each for each in named if not (DEPLOY / each).exists()]) == (3, [])
