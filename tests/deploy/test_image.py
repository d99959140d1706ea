"""The recipe of the image and the script that judges every change, as their own checkers see them."""

from __future__ import annotations

import pytest

from tests.deploy.where import ROOT, beside_python, run


@pytest.mark.parametrize(("checker", "file"), [("hadolint", "Dockerfile"), ("shellcheck", ".ci/run")])
def test_the_checker_finds_nothing(checker: str, file: str) -> None:
    """Neither an error nor advice."""
    assert run(beside_python(checker), str(ROOT / file)) == (0, "")
