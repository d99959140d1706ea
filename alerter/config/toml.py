"""TOML texts to tables: what tomllib makes of them, and of long ones in a tenth of its time.

A parser in Rust reads what it can of those; whatever it refuses goes to tomllib, whose word is final. It is not
asked about texts that may be nested deeply (it recurses on the machine's stack, mistakes included, and would end the
process), nor about numbers of thousands of digits, which it takes and tomllib does not.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from functools import cache, partial
from typing import Any

SHORT_LENGTH = 50_000
"""So many characters tomllib reads in a fiftieth of a second, and the other parser takes 5 MB for good."""

_BRACKETS_AT_MOST = 200
_BOM = "\ufeff"

_KEY = r"[A-Za-z0-9_-]++"
_ATOM = r"""(?:"[^"\\\n]*+"|'[^'\n]*+'|[A-Za-z0-9+:._-]{1,100}+(?:[ ][0-9:.]{1,100}+)?+)"""
_ARRAY = rf"\[[ ]*+(?:{_ATOM}[ ]*+,[ ]*+)*+(?:{_ATOM}[ ]*+)?+\]"
_PAIR = rf"{_KEY}[ ]*+=[ ]*+(?:{_ATOM}|{_ARRAY})[ ]*+"
_TABLE = rf"\{{[ ]*+(?:{_PAIR},[ ]*+)*+(?:{_PAIR})?+\}}"
_TABLES = rf"\[[ ]*+(?:{_TABLE}[ ]*+(?:,[ ]*+)?+)++\]"
_HEADER = r"\[\[?+[A-Za-z0-9_.-]++\]\]?+"
_STATEMENT = rf"(?:{_HEADER}|{_KEY}[ ]*+=[ ]*+(?:{_ATOM}|{_ARRAY}|{_TABLE}|{_TABLES}))"
_LINES = rf"^(?:{_STATEMENT}?+[ ]*+(?:#[^\n]*+)?+\n){{1,1000}}+"
_LONG_NUMBER = re.compile(r"[0-9A-Fa-f_]{1000}")
_PLAIN_LINES = re.compile(_LINES, re.MULTILINE)


def loads(text: str) -> dict[str, Any]:
    """The tables of a text; raises as tomllib does: TOMLDecodeError, other ValueErrors, RecursionError."""
    return tomllib.loads(text) if len(text) <= SHORT_LENGTH else loads_long(text)


def loads_long(text: str) -> dict[str, Any]:
    """As `loads`, whatever the length."""
    if not text.startswith(_BOM) and _is_simple(text):
        try:
            return _parser()(text)
        except ValueError:
            return tomllib.loads(text)
    return tomllib.loads(text)


@cache
def _parser() -> Callable[[str], dict[str, Any]]:
    """The parser in Rust, told to give back what it has used: it would keep eight times the longest text for good.

    Its allocator asks the environment about that, once, when it is loaded.
    """
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "0")
    import toml_rs  # noqa: PLC0415 -- not before

    return partial(toml_rs.loads, toml_version="1.0.0")


def _is_simple(text: str) -> bool:
    """Whether nothing can be nested deeply, having few brackets but those that open and close in one plain line.

    Without strings of several lines each line begins outside of any string, so it opens what it seems to open.
    """
    spans_lines = '"""' in text or "'''" in text
    rest = text if spans_lines else _PLAIN_LINES.sub("", text)
    return rest.count("[") + rest.count("{") <= _BRACKETS_AT_MOST and _LONG_NUMBER.search(rest) is None
