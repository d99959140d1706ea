"""Finding what a person named, or suggesting what they may have meant."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

from alerter.cli.failure import Failure

Named = TypeVar("Named")


def find_named(name: str, things: Mapping[str, Named], *, what: str) -> Named:
    """The thing of that name; raises Failure with the nearest name otherwise."""
    if name in things:
        return things[name]
    near = get_close_matches(name, things, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise Failure(f"there is no {what} {name!r}{hint}")
