"""The workflows are valid, pinned, and may do no more than they need."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml

from tests.deploy.where import ROOT, beside_python, run

FOLDER = ROOT / ".github/workflows"
WORKFLOWS = sorted(path.name for path in FOLDER.glob("*.yml"))
MAY_WRITE = {"packages": {"image"}, "id-token": {"image", "pypi"}, "attestations": {"image", "pypi"}}


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_is_one_by_its_schema(name: str) -> None:
    """As published for GitHub's workflows."""
    schema = ("--builtin-schema", "vendor.github-workflows")
    code, said = run(beside_python("check-jsonschema"), *schema, str(FOLDER / name))
    assert code == 0, said


def test_updates_are_asked_for_as_github_takes_it() -> None:
    """Of actions, packages and the image's base."""
    path = ROOT / ".github/dependabot.yml"
    code, said = run(beside_python("check-jsonschema"), "--builtin-schema", "vendor.dependabot", str(path))
    assert code == 0, said
    updates = yaml.safe_load(path.read_text("utf-8"))["updates"]
    assert {one["package-ecosystem"] for one in updates} == {"github-actions", "pip", "docker"}


def test_zizmor_finds_no_weakness() -> None:
    """No template that a stranger can fill, no credentials left lying, nothing loosely pinned."""
    code, said = run(beside_python("zizmor"), "--offline", "--no-progress", ".github")
    assert code == 0, said


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_to_a_commit(name: str) -> None:
    """With the version beside it, for people and for dependabot; one action has one pin in all files."""
    used = re.findall(r"uses: (\S+)(.*)", (FOLDER / name).read_text("utf-8"))
    foreign = [(action, rest) for action, rest in used if not action.startswith("./")]
    loose = [
        action for action, rest in foreign if not re.fullmatch(r"\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action + rest)
    ]
    assert (len(foreign) > 0, loose) == (True, [])
    everywhere = "".join((FOLDER / other).read_text("utf-8") for other in WORKFLOWS)
    pins = set(re.findall(r"uses: ([^\s./][^\s@]*)@(\w+)", everywhere))
    assert len({action for action, _ in pins}) == len(pins)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_job_may_do_more_than_it_needs(name: str) -> None:
    """Nothing by default; writing only where something is published; and no job runs for ever."""
    workflow = read(name)
    assert workflow["permissions"] == {}
    for job, definition in workflow["jobs"].items():
        written = {what for what, how in definition["permissions"].items() if how == "write"}
        assert [what for what in written if job not in MAY_WRITE[what] or name != "release.yml"] == []
        assert "uses" in definition or definition["timeout-minutes"] <= 60


def test_each_python_that_is_promised_is_tested() -> None:
    """The classifiers and the matrix say the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = [each.rpartition(" ")[2] for each in project["classifiers"] if "Python :: 3." in each]
    assert read("ci.yml")["jobs"]["tests"]["strategy"]["matrix"]["python"] == promised


def test_a_release_waits_for_the_tests() -> None:
    """Nothing is published before they hold, and nothing by hand-kept passwords."""
    jobs = read("release.yml")["jobs"]
    waits = {job: definition.get("needs") for job, definition in jobs.items()}
    assert waits == {"tests": None, "packages": "tests", "pypi": "packages", "image": "packages"}
    assert "secrets." not in (FOLDER / "release.yml").read_text("utf-8")
