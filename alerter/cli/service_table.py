"""The `[service]` table alone, for commands that ask the running daemon or its ledger.

A mistake elsewhere in the configuration does not keep them from working: the daemon runs on what it took before.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from alerter.cli.failure import UNUSABLE, Failure

if TYPE_CHECKING:
    from alerter.config.settings import Service


def read_plain(config: list[Path] | None, key: str, default: str) -> str:
    """One key of `[service]` that is written out, the environment first; cheap enough to ask every few seconds."""
    from alerter.config.files import config_paths
    from alerter.config.service_table import read_table

    named = os.environ.get(f"ALERTER_{key.upper()}")
    value = named if named is not None else read_table(config_paths(config or [], os.environ)).get(key, default)
    return value if isinstance(value, str) else default


def find_store(config: list[Path] | None) -> str:
    """Where the ledger is: `service.store`, resolved; raises Failure where it cannot be."""
    return read_service(config, "store").store


def find_base_url(config: list[Path] | None) -> str:
    """What links start with: `service.base_url`, resolved; empty where there is none, or it cannot be."""
    try:
        return read_service(config, "base_url").base_url or ""
    except Failure:  # of use to the daemon alone, whose environment has it
        return ""


def read_service(config: list[Path] | None, *keys: str) -> Service:
    """These keys of `[service]` with secrets and environment resolved; raises Failure where one is wrong."""
    from pydantic import ValidationError

    from alerter.config.files import config_paths
    from alerter.config.redaction import find_secrets, redact
    from alerter.config.service_table import read_table
    from alerter.config.settings import ServiceTable, overlay, service_variables, settle_service

    given = overlay(read_table(config_paths(config or [], os.environ)), service_variables(os.environ))
    context = {"environ": os.environ, "secrets": True}
    try:
        table = ServiceTable.model_validate({key: given[key] for key in keys if key in given}, context=context)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Failure(f"service.{'.'.join(map(str, first['loc']))}: {first['msg']}", UNUSABLE) from None
    service = settle_service(table)
    redact(find_secrets(service))
    return service
