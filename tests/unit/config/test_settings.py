"""The environment stands over `[service]`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from alerter.channels.registry import channel_types
from alerter.config.load import Loaded, load
from alerter.ledger.url import parse

SERVICE = """\
[service]
store = "sqlite:///file.db"
listen = "127.0.0.1:9000"
base_url = "https://file.example.com/"
token = "from-file"
ops = ["console"]
[service.heartbeat]
url = "https://beat.example.com/file"
every = "10m"
"""


def _load(tmp_path: Path, text: str, environ: Mapping[str, str], *, secrets: bool = True) -> Loaded:
    (tmp_path / "a.toml").write_text(text)
    return load([tmp_path], channel_types=channel_types(), environ=environ, secrets=secrets)


def test_without_anything_the_documented_defaults_hold(tmp_path: Path) -> None:
    """An empty file gives the defaults of the contract."""
    service = _load(tmp_path, "", {}).service
    assert (service.store, service.listen, service.log_level) == ("sqlite:///alerter.db", "127.0.0.1:8080", "info")
    assert service.retention == timedelta(days=400)
    assert (service.base_url, service.token, service.link_key, service.calendar_key) == (None, None, None, None)
    assert (service.log_format, service.ops, service.heartbeat) == (None, (), None)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """Each key has its variable, and the file's other keys stay."""
    environ = {
        "ALERTER_STORE": "postgresql://u:pw@db/alerter",
        "ALERTER_TOKEN": "from-environment",
        "ALERTER_LINK_KEY": "links",
        "ALERTER_CALENDAR_KEY": "feed",
        "ALERTER_LOG_LEVEL": "debug",
        "ALERTER_LOG_FORMAT": "console",
        "ALERTER_RETENTION": "30d",
        "ALERTER_HEARTBEAT_URL": "https://beat.example.com/environment",
    }
    service = _load(tmp_path, SERVICE, environ).service
    assert service.store == "postgresql://u:pw@db/alerter"
    assert service.listen == "127.0.0.1:9000"
    assert service.base_url == "https://file.example.com"
    secrets = (service.token, service.link_key, service.calendar_key, service.store_password)
    assert [each and each.get_secret_value() for each in secrets] == ["from-environment", "links", "feed", "pw"]
    assert (service.log_level, service.log_format, service.retention) == ("debug", "console", timedelta(days=30))
    assert service.heartbeat is not None
    assert service.heartbeat.url.get_secret_value() == "https://beat.example.com/environment"
    assert service.heartbeat.every == timedelta(minutes=10)


def test_an_empty_variable_counts(tmp_path: Path) -> None:
    """It turns off what the file turns on."""
    names = ("LISTEN", "TOKEN", "BASE_URL", "HEARTBEAT_URL", "OPS")
    service = _load(tmp_path, SERVICE, {f"ALERTER_{name}": "" for name in names}).service
    assert (service.listen, service.token, service.base_url, service.heartbeat) == ("", None, None, None)
    assert service.ops == ()


@pytest.mark.parametrize("text", ["console, x", '["console", "x"]', "console,x,"])
def test_ops_are_names_with_commas_or_json(text: str, tmp_path: Path) -> None:
    """Both ways of writing several names give the same."""
    channels = '[channels.console]\ntype = "console"\n[channels.x]\ntype = "console"\n'
    loaded = _load(tmp_path, channels, {"ALERTER_OPS": text})
    assert loaded.service.ops == ("console", "x")
    assert loaded.watch_list is not None
    assert loaded.watch_list.ops == ("console", "x")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("LISTEN", "8080", "bad-value"),
        ("LISTEN", "[::1]:99999", "bad-value"),
        ("STORE", "mysql://CANARY@x", "bad-value"),
        ("STORE", "sqlite:///", "bad-value"),
        ("STORE", "postgresql:///", "bad-value"),
        ("STORE", "postgresql://u:CANARY@127.0.0.1:bad/x", "bad-value"),
        ("STORE", "postgresql://u:CANARY@one:5432,two:99999/x", "bad-value"),
        ("STORE", "postgresql://u:CANARY@h:/x", "bad-value"),
        ("STORE", "postgresql://u:CANARY@[::1/x", "bad-value"),
        ("RETENTION", "long", "bad-value"),
        ("LOG_LEVEL", "loud", "bad-value"),
        ("BASE_URL", "example.com", "bad-value"),
        ("BASE_URL", "https://e.com/?CANARY", "bad-value"),
        ("OPS", "nobody", "unknown-channel"),
        ("OPS", "[", "bad-value"),
        ("HEARTBEAT", "CANARY", "bad-value"),
        ("HEARTBEAT_URL", "CANARY", "bad-value"),
        ("HEARTBEAT_EVERY", "0m", "bad-value"),
    ],
)
def test_a_bad_variable_is_named(name: str, value: str, code: str, tmp_path: Path) -> None:
    """The problem stands at the environment, names the variable and keeps its value to itself."""
    text = '[service.heartbeat]\nurl = "https://e.com"\n' if name == "HEARTBEAT_EVERY" else ""
    problems = _load(tmp_path, text, {f"ALERTER_{name}": value}).problems
    assert [(each.file, each.line, each.column, each.code) for each in problems] == [("environment", 1, 1, code)]
    assert problems[0].message.startswith(f"ALERTER_{name}: ")
    assert "CANARY" not in problems[0].message


@pytest.mark.parametrize(
    "store",
    [
        "sqlite:////var/lib/x.db?mode=rw",
        "postgres://db",
        "postgresql:///x?host=/run/postgresql",
        "postgresql://u:p%40w/o:r?d@db:5432/x",
        "postgresql://u:p@[::1]:5432/x?connect_timeout=2",
        "postgresql://u@one:5432,two/x",
    ],
)
def test_what_passes_for_a_store_can_be_read_as_one(store: str, tmp_path: Path) -> None:
    """What `check` takes, the ledger does."""
    assert _load(tmp_path, "", {"ALERTER_STORE": store}).problems == ()
    assert parse(store).get_backend_name().startswith(store.partition(":")[0])


@pytest.mark.parametrize(
    "listen", ["", "127.0.0.1:0", "0.0.0.0:8080", "[::]:8080", "localhost:80", "web.internal:65535"]
)
def test_addresses_to_listen_on(listen: str, tmp_path: Path) -> None:
    """Host and port, IPv6 in brackets, or nothing."""
    assert _load(tmp_path, "", {"ALERTER_LISTEN": listen}).problems == ()


def test_the_settings_show_no_secret(tmp_path: Path) -> None:
    """Neither the representation nor the text of the settings holds one."""
    service = _load(
        tmp_path, SERVICE, {"ALERTER_STORE": "postgresql://u:CANARY@db/x", "ALERTER_TOKEN": "CANARY"}
    ).service
    assert "CANARY" not in f"{service!r} {service}"


def test_g16_a_variable_may_name_a_file_and_wins(tmp_path: Path) -> None:
    """It wins over the file's key and over the plain variable; the heartbeat keeps its other keys."""
    named = {"STORE": "postgresql://u@db/x", "TOKEN": "token", "LINK_KEY": "links", "CALENDAR_KEY": "days"}
    named["HEARTBEAT_URL"] = "https://beat.example.com/named"
    for name, text in named.items():
        (tmp_path / name).write_text(f"{text}\n")
    environ = {f"ALERTER_{name}_FILE": str(tmp_path / name) for name in named} | {"ALERTER_STORE": "sqlite:///x.db"}
    service = _load(tmp_path, SERVICE, environ).service
    assert service.store == "postgresql://u@db/x"
    secrets = (service.token, service.link_key, service.calendar_key, service.heartbeat and service.heartbeat.url)
    assert [each and each.get_secret_value() for each in secrets] == list(named.values())[1:]
    assert service.heartbeat is not None
    assert service.heartbeat.every == timedelta(minutes=10)


@pytest.mark.parametrize("name", ["STORE", "TOKEN", "HEARTBEAT_URL"])
def test_a_variable_that_names_no_file_says_so(name: str, tmp_path: Path) -> None:
    """An empty one counts, and names none."""
    (problem,) = _load(tmp_path, "", {f"ALERTER_{name}_FILE": ""}).problems
    assert (problem.file, problem.code) == ("environment", "bad-value")
    assert problem.message == f"ALERTER_{name}_FILE: names no file"


@pytest.mark.parametrize("name", ["STORE", "TOKEN", "HEARTBEAT_URL"])
def test_a_file_that_is_named_and_missing_is_said(name: str, tmp_path: Path) -> None:
    """With the variable's name; without secrets it is not looked at."""
    environ = {f"ALERTER_{name}_FILE": str(tmp_path / "none")}
    (problem,) = _load(tmp_path, "", environ).problems
    assert (problem.file, problem.code) == ("environment", "missing-secret")
    assert problem.message.startswith(f"ALERTER_{name}_FILE: ")
    assert _load(tmp_path, "", environ, secrets=False).problems == ()
