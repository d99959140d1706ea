"""The process's own settings: the `[service]` table with `ALERTER_*` variables over it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import Url

from alerter.config.fields import Model, Name, Names, Period, Secret, SecretUrl, check_url, sourced
from alerter.config.sources import refusal
from alerter.config.variable_names import PREFIX, variable_name

DEFAULT_STORE = "sqlite:///alerter.db"
DEFAULT_LISTEN = "127.0.0.1:8080"
_LISTEN = re.compile(r"(?:\[[0-9a-fA-F:.%]+\]|[^\s:/\[\]]+):([0-9]{1,5})")
_STORE = re.compile(
    r"sqlite:///[^?].*|postgres(?:ql)?://(?=/?[^/])(?:[^:/@]*(?::[^@]*)?@)?(?P<hosts>[^/?]*)(?:[/?].*)?"
)
_HOST = re.compile(r"(?:\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")
STORE_FORM = "should be sqlite:///PATH or postgresql://USER@HOST/NAME"
_EMPTY_MEANS_NONE = ("base_url", "token", "link_key", "calendar_key", "log_format")
_FROM_FILES = {variable_name(key, from_file=True): key for key in ("store", "token", "link_key", "calendar_key")}
_HEARTBEAT_FILE = variable_name("heartbeat", "url", from_file=True)


def _check_listen(text: str) -> str:
    match = _LISTEN.fullmatch(text)
    if text and (match is None or int(match[1]) > 65_535):
        raise refusal("bad-value", 'should be HOST:PORT, such as "127.0.0.1:8080" or "[::]:8080", or "" for none')
    return text


def is_store(text: str) -> bool:
    """Whether it says where a ledger is, as far as that can be told from the text."""
    found = _STORE.fullmatch(text)
    return found is not None and all(_is_host(each) for each in (found["hosts"] or "").split(","))


def _is_host(text: str) -> bool:
    """One of the hosts of a database; without a port it is the usual one."""
    found = _HOST.fullmatch(text)
    return found is not None and 0 < int(found[1] or 5432) <= 65_535


def _check_store(text: str) -> str:
    if not is_store(text):
        raise refusal("bad-value", STORE_FORM)
    return text


def _check_base_url(text: str) -> str:
    url = Url(check_url(text))
    if url.query is not None or url.fragment is not None:
        raise refusal("bad-value", "should be a URL without ? and #")
    return text.rstrip("/")


def _split(value: Any) -> Any:
    """Names from an environment variable: a JSON array, or with commas between."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            raise refusal("bad-value", "should be names with commas between, or a JSON array") from None
    return [name.strip() for name in value.split(",") if name.strip()]


class HeartbeatTable(Model):
    """A dead man's switch, pinged after every healthy cycle."""

    url: SecretUrl = Field(description="What to ping.")
    every: Period = Field(default=timedelta(minutes=5), description="How often.")


class ServiceTable(Model):
    """Settings of the daemon itself; each also an environment variable such as ALERTER_STORE, which wins."""

    store: Annotated[str, sourced(DEFAULT_STORE, _check_store)] | None = Field(
        default=None, description="The database: sqlite:///PATH or postgresql://USER@HOST/NAME."
    )
    listen: Annotated[str, AfterValidator(_check_listen)] | None = Field(
        default=None, description='HOST:PORT of the web side; "" turns it off.'
    )
    base_url: Annotated[str, sourced("https://placeholder.invalid", _check_base_url)] | None = Field(
        default=None, description="What links in messages start with; without it they carry none."
    )
    token: Secret | None = Field(default=None, description="For the API (bearer) and the pages (login).")
    link_key: Secret | None = Field(default=None, description="Signs links.")
    calendar_key: Secret | None = Field(default=None, description="Opens the calendar feed.")
    log_level: Literal["debug", "info", "warning", "error"] | None = Field(default=None, description="How much to log.")
    log_format: Literal["json", "console"] | None = Field(
        default=None, description="By default by whether standard error is a terminal."
    )
    ops: Annotated[Names, BeforeValidator(_split, json_schema_input_type=str | Names)] | None = Field(
        default=None, description="Channels that hear about the alerter's own problems."
    )
    retention: Period | None = Field(default=None, description="How long rows are kept after their deadline closed.")
    heartbeat: HeartbeatTable | None = Field(default=None, description="A dead man's switch.")


class Heartbeat(Model):
    """What to ping, and how often."""

    url: SecretStr
    every: timedelta


class Service(Model):
    """The settings in force. `store_password` is there for redaction; `log_format` None: by the terminal."""

    store: str = Field(default=DEFAULT_STORE, repr=False)
    store_password: SecretStr | None = None
    listen: str = DEFAULT_LISTEN
    base_url: str | None = None
    token: SecretStr | None = None
    link_key: SecretStr | None = None
    calendar_key: SecretStr | None = None
    log_level: str = "info"
    log_format: str | None = None
    ops: tuple[Name, ...] = ()
    retention: timedelta = timedelta(days=400)
    heartbeat: Heartbeat | None = None


def service_variables(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the environment says of `[service]`, as that table would; an empty string counts.

    Where only none can be meant by it, it is None. `ALERTER_TOKEN_FILE` and its like name a file, and win.
    """
    if not any(name.startswith(PREFIX) for name in environ):
        return {}
    from alerter.config.variables import read_variables  # noqa: PLC0415 - 1.4 MB for those who set some

    plain = {name: value for name, value in environ.items() if name != _HEARTBEAT_FILE}
    given = {name: value for name, value in read_variables(plain).items() if value is not None}
    for name in _EMPTY_MEANS_NONE:
        if given.get(name) == "":
            given[name] = None
    beat = given.get("heartbeat")
    if isinstance(beat, dict) and beat.get("url") == "":
        given["heartbeat"] = None
    return overlay(given, _named_files(environ))


def _named_files(environ: Mapping[str, str]) -> dict[str, Any]:
    files: dict[str, Any] = {key: {"file": environ[name]} for name, key in _FROM_FILES.items() if name in environ}
    if _HEARTBEAT_FILE in environ:
        files["heartbeat"] = {"url": {"file": environ[_HEARTBEAT_FILE]}}
    return files


def overlay(table: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The table with the variables over it; the heartbeat's keys one by one."""
    merged = {**table, **variables}
    beat, given = table.get("heartbeat"), variables.get("heartbeat")
    if isinstance(beat, dict) and isinstance(given, dict):
        merged["heartbeat"] = {**beat, **given}
    return merged


def settle_service(table: ServiceTable) -> Service:
    """The settings in force, defaults applied."""
    given = {name: value for name in ServiceTable.model_fields if (value := getattr(table, name)) is not None}
    if table.heartbeat is not None:
        given["heartbeat"] = Heartbeat(url=table.heartbeat.url, every=table.heartbeat.every)
    password = _password(table.store)
    return Service(**given, store_password=SecretStr(password) if password else None)


def _password(store: str | None) -> str | None:
    match = re.match(r"\w+://[^/@]*?:([^/]*)@", store or "")
    return match[1] if match else None
