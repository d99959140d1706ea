"""A short attack on each target; `python -m tests.fuzz --minutes 10` makes a long one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fuzz.target import Target, attack
from tests.fuzz.targets import TARGETS

EXAMPLES = 40


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name.replace(" ", "-"))
def test_a_target_holds(target: Target[Any]) -> None:
    """Nothing that is tried breaks it; the same things are tried each time."""
    assert attack(target, EXAMPLES // target.cost, 1) >= 1
