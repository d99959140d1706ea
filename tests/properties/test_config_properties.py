"""Whatever bytes a configuration consists of, loading it gives a watch list or problems, and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerter.channels.registry import channel_types
from alerter.config.load import Loaded, load

NOW = datetime(2025, 9, 15, tzinfo=UTC)
CANARY = "CANARY-7f3a"
ENVIRON = {"URL": f"https://example.com/{CANARY}", "BAD_URL": f"ht!tp://{CANARY}", "SECRET": CANARY}
GENTLE = settings(
    max_examples=150,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SAMPLE = """\
timezone = "America/New_York"
[service]
ops = ["screen"]
[defaults]
leads = ["7d", "1d @ 08:30"]
[calendars.us]
holidays = "US"
[channels.screen]
type = "console"
quiet = { from = 22:00:00, until = 07:00:00 }
[channels.hook]
type = "webhook"
url = { env = "URL" }
[[route]]
match = { tags = ["é"], severity = "high" }
channels = ["hook"]
[[digest]]
name = "monday"
cron = "30 8 * * mon"
channels = ["screen"]
[[deadline]]
id = "a"
title = "Ä — a"
due = 2027-11-10T00:01:00
history = [{ due = 2025-08-12 }]
[[deadline]]
id = "b"
title = "B"
after = { id = "a", offset = "20d" }
[[deadline]]
id = "c"
title = "C"
due = 2027-01-31
repeat = "FREQ=MONTHLY;BYMONTHDAY=-1"
overdue = { every = "1d", times = 3 }
"""
CODES = frozenset({
    "syntax", "encoding", "unknown-key", "missing-key", "bad-value", "duplicate", "unknown-channel", "unknown-deadline",
    "unknown-calendar", "unknown-timezone", "cycle", "missing-secret", "lead-after-due", "past-due", "dst-gap",
    "dst-fold", "insecure-url", "unreachable", "no-lead", "single-channel",
})  # fmt: skip
INSERTS = [
    "[", "]", "{", '"', "=", "\n", "[[deadline]]\n", "\x00", "\ud7ff", "0", "9" * 5000, "due = 1", "'''", "\r",
    "[" * 5000,
]  # fmt: skip
PLAIN_VALUES = [
    "true", "1.5", "nan", "07:32:00", "2025-01-01T00:00:00Z", "2025-01-01", "0001-01-01", "9999-12-31T23:59:59-12:00",
    '"7d"', '"a"', '"screen"', '""', '"US"', '"https://e.com"', '{ env = "BAD_URL" }', '{ env = "SECRET" }',
]  # fmt: skip


def _load(folder: Path, content: bytes) -> Loaded:
    (folder / "alerter.toml").write_bytes(content)
    return load([folder], channel_types=channel_types(), environ=ENVIRON, now=NOW)


def _assert_sound(loaded: Loaded, content: bytes) -> None:
    """A watch list exactly where no problem is an error; known codes; places inside the file."""
    has_error = any(problem.severity == "error" for problem in loaded.problems)
    assert loaded.is_usable is not has_error
    lines = content.decode(errors="replace").replace("\r\n", "\n").split("\n")
    for problem in loaded.problems:
        assert problem.code in CODES
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= max(map(len, lines)) + 1
        assert CANARY not in str(problem)


@GENTLE
@given(content=st.binary(max_size=200))
def test_any_bytes_are_judged(tmp_path: Path, content: bytes) -> None:
    """Random bytes never raise."""
    _assert_sound(_load(tmp_path, content), content)


@GENTLE
@given(
    cut=st.integers(0, len(SAMPLE)),
    length=st.integers(0, 30),
    inserted=st.one_of(
        st.text(max_size=12),
        st.sampled_from(INSERTS),
    ),
)
def test_any_edit_of_a_good_file_is_judged(tmp_path: Path, cut: int, length: int, inserted: str) -> None:
    """A stretch replaced by anything gives a watch list or problems with places in the file."""
    content = (SAMPLE[:cut] + inserted + SAMPLE[cut + length :]).encode()
    _assert_sound(_load(tmp_path, content), content)


values = st.recursive(
    st.one_of(st.integers().map(str), st.sampled_from(PLAIN_VALUES)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(["id", "env", "every", "due", "lead", "x"]), inner, max_size=3).map(
            lambda table: f"{{ {', '.join(f'{key} = {value}' for key, value in table.items())} }}"
        ),
    ),
    max_leaves=5,
)


@GENTLE
@given(data=st.data())
def test_any_value_of_any_key_is_judged(tmp_path: Path, data: st.DataObject) -> None:
    """Values of the wrong kind, absurd dates and unfit secrets are problems that do not show secrets."""
    pairs = list(re.finditer(r"^\w+ = (.*)$", SAMPLE, re.MULTILINE))
    match = data.draw(st.sampled_from(pairs))
    text = SAMPLE[: match.start(1)] + data.draw(values) + SAMPLE[match.end(1) :]
    _assert_sound(_load(tmp_path, text.encode()), text.encode())


@pytest.mark.parametrize("end", range(0, len(SAMPLE.encode()), 3))
def test_any_beginning_of_a_good_file_is_judged(tmp_path: Path, end: int) -> None:
    """A half-written file gives a watch list or problems."""
    content = SAMPLE.encode()[:end]
    _assert_sound(_load(tmp_path, content), content)


@GENTLE
@given(newline=st.sampled_from(["\n", "\r\n"]), mark=st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_line_ends_and_byte_order_marks_change_nothing(tmp_path: Path, newline: str, mark: bytes) -> None:
    """BOM and CRLF are accepted and give the same deadlines."""
    plain = _load(tmp_path, SAMPLE.encode())
    dressed = _load(tmp_path, mark + SAMPLE.replace("\n", newline).encode())
    assert plain.watch_list is not None
    assert dressed.watch_list is not None
    assert plain.watch_list.deadlines == dressed.watch_list.deadlines
