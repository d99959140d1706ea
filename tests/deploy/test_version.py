"""The version, the changelog and the classifier say the same."""

from __future__ import annotations

import re
import tomllib

from alerter import __version__
from tests.deploy.where import ROOT


def test_the_changelog_has_this_version_below_what_is_not_released() -> None:
    """First a place for what comes, then the newest version, which is that of the code."""
    text = (ROOT / ".github/CHANGELOG.md").read_text("utf-8")
    first, newest, *_ = re.findall(r"^## \[([^\]]+)\]", text, re.MULTILINE)
    assert (first, newest) == ("Unreleased", __version__)
    assert re.search(rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$", text, re.MULTILINE) is not None


def test_a_first_major_version_calls_itself_stable() -> None:
    """And one before it would not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    is_stable = "Development Status :: 5 - Production/Stable" in project["classifiers"]
    assert is_stable == (int(__version__.partition(".")[0]) >= 1)


def test_links_to_files_lead_somewhere() -> None:
    """In the README, the runbook and what is told to contributors."""
    for name in ("README.md", "deploy/README.md", ".github/CONTRIBUTING.md", ".github/CHANGELOG.md"):
        page = ROOT / name
        links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text("utf-8"))
        lost = [link for link in links if "://" not in link and not (page.parent / link).exists()]
        assert (name, lost) == (name, [])
