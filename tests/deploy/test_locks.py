"""What the image is made of is pinned by hash, and is what the project asks for."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.deploy.where import DEPLOY, ROOT

LOCKS = sorted(path.name for path in DEPLOY.glob("*.lock"))
SHIPPED_EXTRAS = ("postgres", "apprise")


def pins(name: str) -> dict[str, tuple[str, int]]:
    """Of each package in a lock: its version, and how many hashes it may have."""
    entries = re.findall(r"^([a-z0-9.-]+)==(\S+) \\\n((?: +--hash=sha256:\w{64}.*\n)*)", _read(name), re.MULTILINE)
    return {package: (version, hashes.count("--hash")) for package, version, hashes in entries}


def _read(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_versions_with_their_hashes_and_nothing_else(name: str) -> None:
    """No place to fetch from either: that is for whoever builds."""
    lines = [line for line in _read(name).splitlines() if not re.match(r" +(#|--hash=sha256:)|#|$", line)]
    assert [line.partition("==")[0] for line in lines] == [*pins(name)]
    assert all(count > 0 for _, count in pins(name).values())


def test_the_image_takes_what_the_project_asks_for() -> None:
    """Each dependency, and those of the extras that are shipped, at a version within its range."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = project["dependencies"] + [
        one for extra in SHIPPED_EXTRAS for one in project["optional-dependencies"][extra]
    ]
    locked = {package: version for package, (version, _) in pins("requirements.lock").items()}
    wanted = [Requirement(one) for one in asked]
    assert [str(one) for one in wanted if locked.get(one.name.lower(), "none") not in one.specifier] == []
