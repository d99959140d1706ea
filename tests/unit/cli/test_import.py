"""`alerter import` as a user calls it: no configuration, a file in, a file out."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerter.cli import run_command

TABLE = "title,due,timezone\nFile the answer,2035-11-10 17:00,Europe/Madrid\nLater,,\n"


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder without any configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALERTER_CONFIG", raising=False)


def test_a_table_becomes_a_configuration_that_passes_check(capsys: pytest.CaptureFixture[str]) -> None:
    """Folders on the way are made, and what has no date is said."""
    Path("list.csv").write_text(TABLE, encoding="utf-8")
    assert run_command(["import", "list.csv", "--output", "new/folder/list.toml"]) == 0
    assert capsys.readouterr().err == "1 deadline, 1 without a date left as comments\n"
    assert run_command(["check", "--strict", "-c", "new/folder/list.toml"]) == 0
    assert "due = 2035-11-10T17:00:00" in Path("new/folder/list.toml").read_text("utf-8")


def test_what_stands_there_already_is_not_written_over(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody may have worked on it since."""
    Path("list.csv").write_text(TABLE, encoding="utf-8")
    Path("list.toml").write_text("mine", encoding="utf-8")
    assert run_command(["import", "list.csv", "--output", "list.toml"]) == 1
    assert ("exists already" in capsys.readouterr().err, Path("list.toml").read_text("utf-8")) == (True, "mine")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("list.csv", "title,due\na,soon\n", "list.csv:2: 'soon' is no date"),
        ("list.csv", "", "list.csv: it is empty"),
        ("list.ics", "nothing", "list.ics: it is no iCalendar file"),
        ("list.xlsx", "PK", "list.xlsx: name a file that ends in .ics or .csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_line(
    capsys: pytest.CaptureFixture[str], name: str, content: str, sentence: str
) -> None:
    """And nothing is written."""
    Path(name).write_text(content, encoding="utf-8")
    assert run_command(["import", name, "--output", "out.toml"]) == 1
    assert (sentence in capsys.readouterr().err, Path("out.toml").exists()) == (True, False)


def test_an_order_of_dates_that_there_is_not_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    Path("list.csv").write_text(TABLE, encoding="utf-8")
    assert run_command(["import", "list.csv", "--dates", "ymd"]) == 2
    assert capsys.readouterr().err == "alerter: --dates: 'ymd' is none of dmy, mdy\n"


def test_without_output_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The text alone goes to standard output."""
    Path("list.csv").write_text("what,when\na,2035-11-10\n", encoding="utf-8")
    assert run_command(["import", "list.csv"]) == 0
    assert (
        capsys.readouterr().out
        == '# 1 deadline from list.csv\n\n[[deadline]]\nid = "a"\ntitle = "a"\ndue = 2035-11-10\n'
    )


def test_a_missing_file_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """In a sentence."""
    assert run_command(["import", "none.ics"]) == 1
    assert "cannot read none.ics: No such file or directory" in capsys.readouterr().err
