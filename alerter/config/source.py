"""The configuration files of one process: where they are, whether they changed, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic_core import PydanticCustomError

from alerter.config.channel import ChannelSettings
from alerter.config.files import list_files
from alerter.config.glance import Glance
from alerter.config.load import Kept, Loaded, config_paths, load
from alerter.config.mounts import find_single_mounts
from alerter.config.redaction import find_secrets, redact
from alerter.config.service_table import read_table
from alerter.config.settings import overlay, service_variables
from alerter.config.sources import read_source
from alerter.domain.dates.zone import forget_zones, have_rules_changed


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line and the environment say."""

    config: tuple[Path, ...]
    environ: Mapping[str, str]


class FileSource:
    """The configuration files of these options; `channel_types` are the settings of every type there is."""

    def __init__(self, options: Options, channel_types: Mapping[str, type[ChannelSettings]]) -> None:
        self._paths = config_paths(list(options.config), options.environ)
        self._environ = options.environ
        self._channel_types = channel_types
        self._kept = Kept()
        self._glance = Glance(self._paths)

    def paths(self) -> Sequence[Path]:
        """The files and folders it is read from."""
        return self._paths

    def content_hash(self) -> str:
        """A hash of all bytes it would be read from."""
        return self._glance.content_hash()

    def single_mounts(self) -> Sequence[str]:
        """Its files that are mounted one by one."""
        return find_single_mounts(str(path) for root in self._paths for path, _ in list_files(root))

    def read_token(self) -> str | None:
        """The token that `[service]` and the environment name now; None where none can be read."""
        named = overlay(read_table(self._paths), service_variables(self._environ)).get("token")
        try:
            return read_source(named, {"environ": self._environ}, "")
        except PydanticCustomError:
            return None

    def load(self, *, secrets: bool = True) -> Loaded:
        """Read and validate everything, zone rules too if they changed; secrets found are never printed from now on.

        What has not changed since the load before is taken over. With `secrets` false none is needed.
        Raises NoZoneData.
        """
        if have_rules_changed():
            forget_zones()
            self._kept.forget()
        look = self._glance.look()
        loaded = load(
            self._paths,
            channel_types=self._channel_types,
            environ=self._environ,
            secrets=secrets,
            now=datetime.now(UTC),
            kept=self._kept,
        )
        if loaded.watch_list is not None:  # what it was made of need not be read again to see that it is the same
            self._glance.learn(look, loaded.watch_list.fingerprint)
        if secrets:
            redact(find_secrets(loaded.service, loaded.channel_settings))
        return loaded
