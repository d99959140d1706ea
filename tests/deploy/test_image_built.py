"""The image, built and run for real: read-only, without capabilities, as its own user and as any other.

`BUILD_IMAGE` names the command that does so, as `.ci/run` finds it; it is given a folder and the image's arguments.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from alerter import __version__
from tests.deploy.where import ROOT

pytestmark = pytest.mark.image

TAG = "localhost/alerter:tested"
BASE = "localhost/python:3.13-slim"
ANYBODY = "--user 54321:54321"
MOST_BEYOND_THE_BASE = 90_000_000
SECONDS = 1800


def build(*arguments: str, **variables: str) -> tuple[int, str, str]:
    """Build it (again only what is new), then run it: the exit code, standard output and the log."""
    environ = os.environ | {"TAG": TAG, "BUILD_OPTS": f"--build-arg VERSION={__version__}"} | variables
    command = (os.environ["BUILD_IMAGE"], str(ROOT), *arguments)
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stdout, done.stderr


def inspect(image: str) -> Any:
    return json.loads(subprocess.check_output(("podman", "image", "inspect", image), text=True))[0]


@pytest.fixture(scope="module")
def inside() -> Any:
    """What a stranger's user finds in there."""
    script = Path(__file__).with_name("inside.py").read_text("utf-8")
    code, said, log = build("-c", script, ENTRYPOINT="python", RUN_OPTS=ANYBODY)
    assert code == 0, log
    return json.loads(said)


def test_it_adds_little_to_its_base(inside: Any) -> None:
    """At most 90 MB."""
    assert inside["user"] == 54321
    assert inspect(TAG)["Size"] - inspect(BASE)["Size"] <= MOST_BEYOND_THE_BASE


def test_only_its_data_can_be_written(inside: Any) -> None:
    """By whoever runs it, who has no capability and can gain none."""
    assert (inside["writable"], inside["raising"]) == (["/data"], [])
    status = {name: inside["status"][name] for name in ("CapEff", "CapBnd", "NoNewPrivs")}
    assert status == {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1"}


def test_it_holds_no_compiler_and_no_secret(inside: Any) -> None:
    """Nor do its variables, nor what is kept of how it was built."""
    assert (inside["compilers"], inside["secrets"]) == ([], [])
    kept = json.dumps([inspect(TAG)["Config"]["Env"], inspect(TAG)["History"]]).lower()
    assert [word for word in ("secret", "password", "token=", "key=") if word in kept] == []


def test_a_start_compiles_nothing(inside: Any) -> None:
    """All that it imports is there as bytecode, of Python's own library too; it could keep none."""
    assert inside["uncompiled"] == []


def test_its_list_of_components_is_whole(inside: Any) -> None:
    """Each package that is installed is on it with its version, and no other; what it is a list of, too."""
    assert (len(inside["installed"]) > 40, f"alerter=={__version__}" in inside["installed"]) == (True, True)
    assert inside["listed"] == inside["installed"]


def test_it_says_what_it_is(inside: Any) -> None:
    """By the labels of OCI, its user, its signal and its health check."""
    assert inside["user"] == 54321
    about = inspect(TAG)
    config = about["Config"]
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items() if "opencontainers" in name}
    assert labels.keys() >= {"title", "description", "licenses", "version", "revision"}
    assert (labels["title"], labels["version"], labels["licenses"]) == ("alerter", __version__, "Apache-2.0")
    assert (config["User"], config["StopSignal"], config["Entrypoint"], config["Cmd"]) == (
        "10001", "SIGTERM", ["alerter"], ["run"],
    )  # fmt: skip
    assert about["Healthcheck"]["Test"] == ["CMD", "alerter", "healthcheck"]
    assert [*config["Volumes"]] == ["/data"]


@pytest.mark.parametrize("user", ["", ANYBODY])
def test_it_starts_is_healthy_and_ends_when_told(user: str) -> None:
    """As its own user and as any other: a notice goes out, and SIGTERM ends it with 0."""
    code, said, log = build("run", SMOKE="1", RUN_OPTS=user)
    assert (code, "healthy=yes" in log, "exit code 0" in log) == (0, True, True), log
    assert "notice.delivered" in said + log
