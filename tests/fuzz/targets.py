"""All targets."""

from __future__ import annotations

from typing import Any

from tests.fuzz import answers, configs, grammars, renderers
from tests.fuzz.target import Target

TARGETS: tuple[Target[Any], ...] = (*configs.TARGETS, *grammars.TARGETS, *renderers.TARGETS, *answers.TARGETS)
