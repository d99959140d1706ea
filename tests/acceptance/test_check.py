"""`alerter check` names every mistake of a file, each once and at its place."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.acceptance.harness import Bench

MISTAKES = Path(__file__).with_name("mistakes.toml")

FOUND = [
    (2, 12, "unknown-timezone"),
    (5, 13, "bad-value"),
    (9, 8, "missing-secret"),
    (13, 1, "unknown-key"),
    (19, 10, "bad-value"),
    (22, 9, "duplicate"),
    (30, 13, "unknown-channel"),
    (31, 12, "unknown-calendar"),
    (33, 1, "missing-key"),
    (40, 16, "unknown-deadline"),
]


async def test_ten_mistakes_are_named_at_their_lines_and_columns(bench: Bench) -> None:
    """All ten come as JSON and as text, at the places where an editor would put the cursor, and the answer is 1."""
    shutil.copy(MISTAKES, bench.folder)
    as_json = await bench.command("check", "-c", "mistakes.toml", "--format", "json")
    as_text = await bench.command("check", "-c", "mistakes.toml")
    problems = [one for one in as_json.json["problems"] if one["severity"] == "error"]
    assert [(one["line"], one["column"], one["code"]) for one in problems] == FOUND
    assert [
        f"mistakes.toml:{line}:{column}: error:"
        for line, column, _ in FOUND
        if f":{line}:{column}: error:" not in as_text.out
    ] == []
    assert (as_json.code, as_text.code) == (1, 1)


async def test_a_secret_that_is_wrong_is_never_shown(bench: Bench) -> None:
    """A malformed secret is a bad value; the message shows where, not what."""
    bench.secret("OPS_SECRET", form="whsec_{}!")
    bench.write(
        more='[channels.ops]\ntype = "webhook"\nurl = "https://ops.example.com/h"\nsecret = { env = "OPS_SECRET" }'
    )
    ran = await bench.command("check", "--format", "json")
    assert [(one["line"], one["code"]) for one in ran.json["problems"] if one["severity"] == "error"] == [
        (7, "bad-value")
    ]
    assert ran.code == 1
