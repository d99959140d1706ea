"""Configurations: real files with bytes or values changed give a watch list or problems, and show no secret."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from alerter.channels.registry import channel_types
from alerter.config.load import Loaded, load
from alerter.config.starter import starter
from tests.fuzz.target import Target

ROOT = Path(__file__).parents[2]
NOW = datetime(2025, 9, 15, tzinfo=UTC)
CANARY = "CANARY-7f3a"
ENVIRON = {
    "SLACK_WEBHOOK_URL": f"https://hooks.example.com/services/{CANARY}",
    "OPS_WEBHOOK_SECRET": CANARY,
    "HEARTBEAT_URL": f"ht!tp://{CANARY}",
    "APPRISE_URL": f"tgram://{CANARY}",
    "EMPTY": "",
}
CODES = frozenset({
    "syntax", "encoding", "unknown-key", "missing-key", "bad-value", "duplicate", "unknown-channel", "unknown-deadline",
    "unknown-calendar", "unknown-timezone", "cycle", "missing-secret", "lead-after-due", "past-due", "dst-gap",
    "dst-fold", "insecure-url", "unreachable", "no-lead", "single-channel",
})  # fmt: skip
SECRET_KEYS = frozenset({"url", "secret", "token", "password", "signing_secret", "link_key", "calendar_key", "api_url"})
EVERYTHING = """\
timezone = "America/New_York"
[service]
ops = ["ops"]
token = { env = "OPS_WEBHOOK_SECRET" }
heartbeat = { url = "https://beat.example.com/x", every = "5m" }
[defaults]
leads = ["7d", "1d @ 08:30", "3bd", "0", "+1d"]
notify_at = 09:00:00
calendar = "us"
[calendars.us]
holidays = "US-NY"
closed = [2025-11-28]
[channels.desk]
type = "slack"
url = { env = "SLACK_WEBHOOK_URL" }
quiet = { from = 22:00:00, until = 07:00:00, days = ["sat"] }
fallback = "legal"
rate = "30/m"
[channels.legal]
type = "email"
to = ["legal@example.com", "Ana <ana@example.com>"]
from = "desk@example.com"
smtp = { host = "smtp.example.com", username = "alerter", password = { env = "OPS_WEBHOOK_SECRET" } }
[channels.ops]
type = "webhook"
url = "https://ops.example.com/hooks"
secret = ["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
headers = { X-Team = "trade", X-Key = { env = "OPS_WEBHOOK_SECRET" } }
[channels.phone]
type = "apprise"
url = { env = "APPRISE_URL" }
[[route]]
match = { tags = ["é"], severity = "high" }
channels = ["desk"]
continue = true
[[digest]]
name = "monday"
cron = "30 8 * * mon"
horizon = "14d"
channels = ["legal"]
[[deadline]]
id = "a"
title = "Ä — a"
due = 2027-11-10T00:01:00
severity = "critical"
history = [{ due = 2025-08-12, note = "first" }]
overdue = { every = "1d", times = 3 }
escalate = [{ lead = "1d", channels = ["ops"] }]
[[deadline]]
id = "b"
title = "B"
after = { id = "a", offset = "20d" }
[[deadline]]
id = "c"
title = "C"
due = 2027-01-31
repeat = "FREQ=MONTHLY;BYMONTHDAY=-1"
roll = "previous"
"""


@cache
def seeds() -> list[str]:
    """Configurations to start from: the example as one file, its parts, the mistakes, the starter and all keys."""
    parts = [path.read_text() for path in sorted((ROOT / "config").rglob("*.toml"))]
    mistakes = (ROOT / "tests/acceptance/mistakes.toml").read_text()
    return ["\n".join(parts), *parts, mistakes, starter(NOW), EVERYTHING]


def check_bytes(content: bytes) -> None:
    """Loading never raises; places lie in the file; there is a watch list exactly where nothing is an error."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "alerter.toml")
        file.write_bytes(content)
        loaded = load([file], channel_types=channel_types(), environ=ENVIRON, now=NOW)
    _assert_sound(loaded, str(file), content)


def _assert_sound(loaded: Loaded, name: str, content: bytes) -> None:
    has_error = any(problem.severity == "error" for problem in loaded.problems)
    assert loaded.is_usable is not has_error
    lines = content.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").replace("\r\n", "\n").split("\n")
    for problem in loaded.problems:
        assert problem.file == name
        assert problem.code in CODES
        assert 1 <= problem.line <= len(lines), problem
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1, problem
        assert len(str(problem).splitlines()) == 1, problem
        assert CANARY not in str(problem), problem


TOKENS = [
    b"[", b"]", b"[[", b"]]", b"{", b"}", b'"', b"'", b'"""', b"'''", b"=", b".", b",", b"#", b"\n", b"\r", b"\r\n",
    b"\x00", b"\\",
    b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"[[deadline]]\n", b"[service]\n", b"due = 1",
    b"9" * 5000,
    b"[" * 5000, b"{a=" * 2000, b"a." * 3000, b"1e999", b"nan", b"-0", b"0001-01-01", b"9999-12-31T23:59:59Z",
    b'"\\ud800"', b'"\\U0010ffff"', b'{ env = "HEARTBEAT_URL" }', b'{ file = "/dev/zero" }', b'{ file = "." }',
    b"2025-02-30",
]  # fmt: skip


@st.composite
def edited_bytes(draw: st.DrawFn) -> bytes:
    """A real file in which up to four stretches were replaced."""
    sources = [seed.encode() for seed in seeds()]
    content = draw(st.sampled_from(sources))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(content)))
        end = begin + draw(st.one_of(st.integers(0, 12), st.integers(0, 400)))
        other = draw(st.sampled_from(sources))
        start = draw(st.integers(0, len(other)))
        piece = draw(
            st.one_of(
                st.sampled_from(TOKENS),
                st.binary(max_size=12),
                st.just(other[start : start + draw(st.integers(0, 300))]),
            )
        )
        content = content[:begin] + piece + content[end:]
    return content


WORDS = [
    "", "a", "b", "desk", "us", "weekdays", "7d", "+1d", "0", "0d @ 18:00", "99999999999999999999y", "1bd", "* * * * *",
    "0 0 30 2 *", "FREQ=DAILY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "UTC", "AoE", "America", "../../etc/passwd",
    "https://169.254.169.254/", "https://e.example/?k=v", "US", "XNYS", "US-ZZ", "console", "email", "critical", "void",
    "\u2028", "\x00", "\U0001f600", "x" * 5000, "\r\nBcc: a@b.example", "a@b.example", "1/s", "15m", "36501d",
]  # fmt: skip
scalars: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(WORDS),
    st.text(max_size=20),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.times(),
    st.sampled_from([{"env": "HEARTBEAT_URL"}, {"env": "NONE"}, {"env": "EMPTY"}, {"file": "/etc"}, {"file": "/none"}]),
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "env", "file", "every", "due", "lead", "from", "x y",
        ""]), inner, max_size=3),
    ),
    max_leaves=4,
)  # fmt: skip


@st.composite
def edited_trees(draw: st.DrawFn) -> bytes:
    """A real configuration in which up to three values were changed, renamed, taken out, doubled or moved."""
    tree = tomllib.loads(draw(st.sampled_from([seed for seed in seeds() if _parses(seed)])))
    for _ in range(draw(st.integers(1, 3))):
        _change(draw, tree)
    return _toml(tree).encode("utf-8", "surrogatepass")


def _parses(text: str) -> bool:
    try:
        return bool(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return False


def _change(draw: st.DrawFn, tree: dict[str, Any]) -> None:
    places = list(_places(tree))
    if not places:
        return
    holder, key = draw(st.sampled_from(places))
    how = draw(st.sampled_from(["replace", "replace", "drop", "double", "move", "rename"]))
    if how == "drop":
        del holder[key]
    elif how == "double" and isinstance(holder, list):
        holder.append(deepcopy(holder[key]))
    elif how == "move":
        other, name = draw(st.sampled_from(places))
        holder[key] = deepcopy(other[name])
    elif how == "rename" and isinstance(holder, dict):
        holder[draw(st.one_of(st.sampled_from(["id", "url", "tittle", "due", "x.y"]), st.text(max_size=8)))] = (
            holder.pop(key)
        )
    else:
        holder[key] = deepcopy(draw(_unfit_secrets if key in SECRET_KEYS else trees))


_unfit_secrets = st.sampled_from(
    [CANARY, [CANARY], {"env": CANARY[:3],
    "file": 1}, {"x": CANARY}, f"http://[{CANARY}", f"ftp://{CANARY}/", [[CANARY]], 1]
)  # fmt: skip


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every table and array with each of its keys or positions."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(pairs):
        yield node, key
        yield from _places(value)


def _toml(tree: dict[str, Any]) -> str:
    """TOML for a tree: tables of the first two levels with headers, the rest in line."""
    plain = {key: value for key, value in tree.items() if not _has_header(value)}
    lines = [_pair(key, value) for key, value in plain.items()]
    for key, value in tree.items():
        if isinstance(value, list) and _has_header(value):
            lines += [line for each in value for line in (f"[[{_key(key)}]]", *(_pair(*pair) for pair in each.items()))]
        elif isinstance(value, dict):
            lines += _section(_key(key), value)
    return "\n".join(lines) + "\n"


def _section(name: str, table: dict[str, Any]) -> Iterator[str]:
    yield f"[{name}]"
    yield from (_pair(key, value) for key, value in table.items() if not isinstance(value, dict))
    for key, value in table.items():
        if isinstance(value, dict):
            yield f"[{name}.{_key(key)}]"
            yield from (_pair(*pair) for pair in value.items())


def _has_header(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(e, dict) for e in value)
    )


def _pair(key: str, value: Any) -> str:
    return f"{_key(key)} = {_value(value)}"


def _key(text: str) -> str:
    return _string(text) if not text.isidentifier() or not text.isascii() else text


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(_pair(*pair) for pair in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return value.isoformat() if isinstance(value, date | datetime | time) else repr(value)


TARGETS = (
    Target(name="config bytes", values=edited_bytes(), check=check_bytes),
    Target(name="config values", values=edited_trees(), check=check_bytes),
    Target(name="any bytes", values=st.binary(max_size=300), check=check_bytes),
)
