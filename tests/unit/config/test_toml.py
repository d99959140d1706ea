"""The fast way to read TOML says what tomllib says, and is not asked about what it cannot bear."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerter.config import toml

VALUES = """
1 0 -0 +1 01 1_0 1__0 0x1F 0xg 0b1 0o7 1.5 -0.0 1e5 1. .5 inf -inf nan 1e400 99999999999999999999999 true True
"s" 's' "" "\\n" "\\u00e9" "\\uD800" "\\x41" "\\e" 2025-11-10 2025-11-10T00:01:00 2025-11-10t00:01:00z 2025-02-29
2025-11-10T00:01:00.9999999Z 2025-11-10T00:01:00-07:00 2025-11-10T00:01:00+24:00 2025-11-10T00:01 0000-01-01
09:00:00 09:00:00.5 09:00 24:00:00 23:59:60 [1,2] [] [1,] [,] {x=1} {x=1,} {x.y=1,x.z=2} {} {x=1,x=2} [{x=1},{x=2}]
\"\"\"m\nl\"\"\" '''m\nl''' \"\"\"\\\n\x20x\"\"\"
""".replace("\\\n\x20", "\\\n").split()
KEYS = ("a", "b", "a.b", '"q x"', "'l'", "1", "a-b_c", "é", '""', "a . b")
HEADERS = ("[a]", "[[a]]", "[a.b]", "[[a.b]]", "[b]", "[[b]]", "[ a ]", "[[ b ]]", "[]", "[a]]")
BREAKS = ("\n", "\n", "\n", "\r\n", "\r", " # note\n", ' # """\n', "", "\x00\n", "\ufeff", "\u2028")


def _assignments() -> st.SearchStrategy[str]:
    return st.builds("{}{}{}".format, st.sampled_from(KEYS), st.sampled_from((" = ", "=", "\t=", "= ")), _values())


def _values() -> st.SearchStrategy[str]:
    plain = st.sampled_from(VALUES)
    return plain | st.builds("[{}, {}]".format, plain, plain) | st.builds("{{k = {}, j.i = {}}}".format, plain, plain)


def _texts() -> st.SearchStrategy[str]:
    statement = st.builds("{}{}".format, _assignments() | st.sampled_from(HEADERS), st.sampled_from(BREAKS))
    return st.lists(statement, max_size=6).map("".join)


def _outcome(loads: Callable[[str], dict[str, Any]], text: str) -> str:
    """What came of reading: values with their types and order, or the error with its sentence."""
    try:
        return _spelled(loads(text))
    except (ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"


def _spelled(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_spelled(one)}' for key, one in value.items())}}}"
    return f"[{', '.join(map(_spelled, value))}]" if isinstance(value, list) else repr(value)


@given(_texts())
def test_a_text_reads_as_tomllib_reads_it(text: str) -> None:
    """Values, types, order, errors and their places."""
    assert _outcome(tomllib.loads, text) == _outcome(toml.loads_long, text)


@given(st.text(st.sampled_from("a=[]{}\"'\n#.,1-:T \\"), max_size=30))
def test_a_text_of_any_signs_reads_as_tomllib_reads_it(text: str) -> None:
    """Also where nearly everything is a mistake."""
    assert _outcome(tomllib.loads, text) == _outcome(toml.loads_long, text)


@pytest.mark.parametrize("value", VALUES)
def test_a_value_reads_as_tomllib_reads_it(value: str) -> None:
    """Each of them alone, whether or not it is one."""
    assert _outcome(tomllib.loads, f"key = {value}\n") == _outcome(toml.loads_long, f"key = {value}\n")


@pytest.mark.parametrize("text", ["a = {}\n", "a = [{}]\n", "a = -{}", "a = {}.5\n", "a = 0x{}\n", "a = '{}'\n"])
def test_numbers_of_thousands_of_digits_read_as_tomllib_reads_them(text: str) -> None:
    """Too long a number is refused, wherever it stands."""
    text = text.format("9" * 5000)
    assert _outcome(tomllib.loads, text) == _outcome(toml.loads_long, text)


def test_a_text_reads_alike_just_short_and_just_too_long_for_tomllib() -> None:
    """The length decides who reads, and nothing else."""
    row = '[[deadline]]\nid = "x"\ndue = 2025-11-10\n'
    short = (row * toml.SHORT_LENGTH)[: toml.SHORT_LENGTH - len(row)].rpartition("[[")[0]
    short += "#" * (toml.SHORT_LENGTH - len(short))
    assert toml.loads(short) == toml.loads(short + "#")


def test_dates_and_times_keep_their_kinds() -> None:
    """A day, a local date-time and a local time are three things."""
    found = toml.loads("due = 2025-11-10\nat = 2025-11-10T00:01:00\nclock = 09:00:00\n")

    assert {"due": date(2025, 11, 10), "at": datetime(2025, 11, 10, 0, 1), "clock": time(9)} == found  # noqa: DTZ001 - local


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000 + "]" * 100_000,
        "a = " + "{a = [" * 100_000 + "]}" * 100_000,
        "x = [\n[[deadline]]\n" * 50_000,
        "[[deadline]]\nx = {a = [\n" * 50_000,
        '[[deadline]]\nx = "[\ny = [[[[\n' * 50_000,
        'x = [\n"""\n[[deadline]]\n""",[\n' * 50_000,
        "x = [ # ]\n" * 50_000,
        'x = ["]", [\n' * 50_000,
    ],
    ids=["arrays", "tables", "headers", "rows", "strings", "long strings", "comments", "closed in strings"],
)
def test_nesting_without_end_ends_no_process(text: str) -> None:
    """The parser that recurses on the machine's stack is not asked; tomllib refuses."""
    with pytest.raises((tomllib.TOMLDecodeError, RecursionError)):
        toml.loads_long(text)


@pytest.mark.parametrize(
    "line",
    [
        "[[deadline]]",
        "[a.b-c]",
        'id = "x"',
        "id='x' # why",
        'leads = ["7d", \'1d @ 08:30\', "0"]',
        "due = 2025-11-10",
        "due = 2025-11-10 00:01:00",
        'after = { id = "a", offset = "20d" }',
        'q = { days = ["sat", "sun"], n = 1 }',
        'escalate = [{ lead = "1d", channels = ["ops"] }, { lead = "2h", channels = [] }]',
        "",
        "# [[[[",
    ],
)
def test_plain_lines_are_read_the_fast_way_however_many_there_are(line: str) -> None:
    """What configurations are made of does not count as nesting."""
    assert toml._is_simple(f"{line}\n" * 10_000) is True


@pytest.mark.parametrize(
    "line", ['x = "[', "x = [", "x = [[1]]", 'x = ["\\"]', "x = [ # ]", '[[a]] x = "]"', "x = [']", 'x = """[']
)
def test_other_lines_count_all_their_brackets(line: str) -> None:
    """Whatever may leave a bracket open."""
    assert toml._is_simple(f"{line}\n" * 10_000) is False
