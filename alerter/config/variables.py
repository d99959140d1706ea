"""The `ALERTER_*` variables by the keys of `[service]`, read by pydantic-settings; `settings` checks what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict, SettingsError

from alerter.config.fields import Model
from alerter.config.variable_names import PREFIX, variable_name


def read_variables(environ: Mapping[str, str]) -> dict[str, Any]:
    """What stands in them, as text, by the keys of `[service]`; None where there is no such variable."""
    try:
        return _Environment(environ)()
    except SettingsError:  # the heartbeat as a whole, which only its table can say
        whole = variable_name("heartbeat")
        others = {name: value for name, value in environ.items() if name != whole}
        return {**_Environment(others)(), "heartbeat": environ.get(whole)}


class _HeartbeatVariables(Model):
    url: str | None = None
    every: str | None = None


class _Variables(BaseSettings):
    """Names the variables for pydantic-settings; the values are checked by `ServiceTable`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="_", env_nested_max_split=1, extra="ignore", case_sensitive=False
    )

    store: str | None = None
    listen: str | None = None
    base_url: str | None = None
    token: str | None = None
    link_key: str | None = None
    calendar_key: str | None = None
    log_level: str | None = None
    log_format: str | None = None
    ops: Annotated[str | None, NoDecode] = None
    retention: str | None = None
    heartbeat: _HeartbeatVariables | None = None


class _Environment(EnvSettingsSource):
    """pydantic-settings' reading of the environment, from a mapping that was passed in."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._given = {name.lower(): value for name, value in environ.items() if name.startswith(PREFIX)}
        super().__init__(_Variables)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._given
