"""How the variables of the environment are called that set a key of `[service]`."""

from __future__ import annotations

PREFIX = "ALERTER_"


def variable_name(*keys: str, from_file: bool = False) -> str:
    """The variable that sets this key, or (`from_file`) that names a file in which its value is."""
    return PREFIX + "_".join(keys).upper() + ("_FILE" if from_file else "")
