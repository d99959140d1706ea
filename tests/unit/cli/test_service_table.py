"""Reading `[service]` alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerter.cli.failure import Failure
from alerter.cli.service_table import find_store, read_plain, read_service


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says nothing unless a test lets it."""
    for name in ("ALERTER_CONFIG", "ALERTER_STORE", "ALERTER_LISTEN", "ALERTER_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def write(folder: Path, **files: str) -> list[Path]:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return [folder]


def test_keys_are_found_in_any_file(tmp_path: Path) -> None:
    """A mistake elsewhere, even in the syntax, keeps nobody from asking the daemon."""
    config = write(
        tmp_path,
        a="nonsense = 1\n[service]\nlisten = '127.0.0.1:1'\n",
        b="[service]\nstore = 'sqlite:///x.db'\n",
        c="= =",
    )
    assert read_plain(config, "listen", "default") == "127.0.0.1:1"
    assert find_store(config) == "sqlite:///x.db"


def test_the_environment_wins_even_where_it_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ALERTER_LISTEN=` turns the web side off."""
    monkeypatch.setenv("ALERTER_LISTEN", "")
    config = write(tmp_path, a="[service]\nlisten = '127.0.0.1:1'\n")
    assert (read_plain(config, "listen", "default"), read_service(config, "listen").listen) == ("", "")


def test_defaults_hold_without_a_configuration(tmp_path: Path) -> None:
    """A daemon runs on them, so they are what to ask."""
    config = [tmp_path / "none"]
    assert read_plain(config, "listen", "127.0.0.1:8080") == read_service(config, "listen").listen


def test_a_store_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`{ env = "NAME" }` as everywhere."""
    monkeypatch.setenv("LEDGER_URL", "postgresql://me:pw@db/x")
    assert find_store(write(tmp_path, a="[service]\nstore = { env = 'LEDGER_URL' }\n")) == "postgresql://me:pw@db/x"


def test_only_the_keys_asked_for_need_their_secrets(tmp_path: Path) -> None:
    """The ledger can be read where the token cannot."""
    config = write(tmp_path, a="[service]\nstore = 'sqlite:///x.db'\ntoken = { env = 'ALERTER_NO_SUCH' }\n")
    assert find_store(config) == "sqlite:///x.db"
    with pytest.raises(Failure, match=r"^service\.token: .*ALERTER_NO_SUCH is not set"):
        read_service(config, "token")


def test_a_slip_elsewhere_in_the_file_hides_no_service_table(tmp_path: Path) -> None:
    """A health check looks where the daemon listens, though the file could not be loaded at the moment."""
    file = tmp_path / "alerter.toml"
    file.write_text('[service]\nlisten = "127.0.0.1:9"\n[[deadline]\nid = \n')
    assert read_plain([file], "listen", "") == "127.0.0.1:9"
