"""What commands print."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from alerter.cli.failure import Failure
from alerter.cli.naming import find_named
from alerter.cli.output import format_local, print_csv, print_json, print_table
from alerter.web.api.documents import format_instant
from tests.watching import UTC_ZONE


def test_instants_are_utc_to_the_second() -> None:
    """Whatever zone the value carries."""
    local = datetime(2025, 9, 10, 9, 0, 0, 999, tzinfo=timezone(timedelta(hours=-4)))
    assert [format_instant(local), format_instant(None)] == ["2025-09-10T13:00:00Z", None]


def test_years_have_four_digits() -> None:
    """A lead of a thousand years is as good as any."""
    long_ago = datetime(900, 1, 4, 12, tzinfo=UTC)
    assert (format_instant(long_ago), format_local(long_ago, UTC_ZONE)) == ("0900-01-04T12:00:00Z", "0900-01-04 12:00")


def test_json_is_one_document_of_plain_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """No terminal and no encoding can be upset by it, and it reads back the same."""
    document = {"title": "d\u00e9lai \x1b[2J \u202e \u2028"}
    print_json(document)
    out = capsys.readouterr().out
    assert (out.isascii(), json.loads(out)) == (True, document)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd", "\tx"])
def test_a_spreadsheet_runs_nothing_from_a_csv(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What looks like a formula is quoted as text."""
    print_csv(["a"], [{"a": text}])
    assert list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))[1] == [f"'{text}"]


@pytest.mark.parametrize("text", ["+1d", "+3bd", "+1d @ 08:30", "-5", 'a, "b"\nc', ""])
def test_a_csv_keeps_leads_and_text_as_they_are(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers, leads, quotes and line breaks come back the same."""
    print_csv(["a", "b"], [{"a": text, "b": None}])
    assert list(csv.reader(io.StringIO(capsys.readouterr().out, newline=""))) == [["a", "b"], [text, ""]]


@pytest.mark.parametrize("width", ["1", "30"])
def test_a_table_is_wider_than_a_terminal_that_has_no_room_for_it(
    width: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole columns would be missing otherwise, and nothing say so."""
    monkeypatch.setenv("COLUMNS", width)
    print_table({"at": True, "state": True, "deadline": False}, [("2025-09-10 09:00", "\u671f\u9650" * 8, "review")])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if "deadline" in line or "review" in line] == [
        ["at", "state", "deadline"],
        ["2025-09-10", "09:00", "\u671f\u9650" * 8, "review"],
    ]


def test_a_table_fits_80_columns_and_loses_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long ids are wrapped, not cut off, and nobody's text drives the terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    long_id = "a-very-long-deadline-id-that-has-all-of-the-64-characters-it-may"
    print_table(
        {"at": True, "channel": False, "deadline": False}, [("2025-09-10 09:00", "x" * 60, long_id + "\x1b[2J")]
    )
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert len(long_id) <= sum(out.count(letter) for letter in set(long_id))
    assert out.count("x") >= 60


def test_an_unknown_name_gets_the_nearest_one() -> None:
    """A typo is told apart from something that is not there at all."""
    with pytest.raises(Failure, match=r"^there is no deadline 'trce'; did you mean 'truce'\?$"):
        find_named("trce", {"truce": 1, "review": 2}, what="deadline")
    with pytest.raises(Failure, match=r"^there is no channel 'zzz'$"):
        find_named("zzz", {"desk": 1}, what="channel")
    assert find_named("desk", {"desk": 1}, what="channel") == 1
