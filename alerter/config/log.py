"""Logging: one line per event on standard error, JSON or for people, with every known secret masked.

Library records go the same way, from warnings up. An exception shows its traceback and never local variables.
"""

from __future__ import annotations

import atexit
import logging
import re
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from typing_extensions import override

from alerter.config.log_writer import LogWriter
from alerter.config.redaction import has_secret, redacted

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_CONTROL_BUT_LINES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def configure_logging(
    *,
    level: str = "info",
    form: str | None = None,
    stream: TextIO | LogWriter | None = None,
    in_background: bool = False,
) -> None:
    """Send every log record of the process to `stream` (standard error); may be called again.

    `level` is debug, info, warning or error; `form` is json or console, None: by whether it is a terminal.
    With `in_background` (a daemon) nobody waits for standard error: see `LogWriter`.
    """
    out = stream if stream is not None else background_writer() if in_background else sys.stderr
    is_terminal = stream is None and bool(getattr(sys.stderr, "isatty", bool)())
    number = logging.getLevelNamesMapping()[level.upper()]
    is_console = is_terminal if form is None else form == "console"
    render = [clean_event, *(_render_for_people(is_terminal) if is_console else [_render_json()])]
    _route_standard_library(out, number, render)
    lines = _Lines(out)
    structlog.configure(
        processors=[*_shared(), *render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )


def background_writer() -> LogWriter:
    """The writer in use already, or a new one that is given a second at the end of the process."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _QuietHandler) and isinstance(handler.stream, LogWriter):
            return handler.stream
    writer = LogWriter(sys.stderr)
    atexit.register(writer.close)
    return writer


class _Lines:
    """Takes our own lines straight to the stream, whose trouble stays its own."""

    def __init__(self, out: TextIO | LogWriter) -> None:
        self._out = out
        self._lock = threading.Lock()

    def write(self, text: str) -> None:
        """One line, whatever its level."""
        with self._lock, suppress(Exception):
            self._out.write(text + "\n")
            self._out.flush()

    debug = info = warning = error = critical = write


class _QuietHandler(logging.StreamHandler[Any]):
    """A handler whose own trouble stays its own: a closed or full standard error ends nothing."""

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        return


def _route_standard_library(out: Any, level: int, render: list[Processor]) -> None:
    handler = _QuietHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_shared(), structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))  # what libraries say below that is theirs, and may hold URLs
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,  # the plain traceback: no local variables
    ]


def _render_json() -> Processor:
    return structlog.processors.JSONRenderer()


def _render_for_people(is_coloured: bool) -> list[Processor]:
    return [
        _escape_event,
        structlog.dev.ConsoleRenderer(
            colors=is_coloured, exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        ),
    ]


def clean_event(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Mask every registered secret in every string of the event, keys included."""
    if _is_flat(event) and not has_secret("\n".join((*event, *filter(_is_text, event.values())))):
        return event  # as nearly always, and found out in one go
    return {redacted(str(key)): _clean(value) for key, value in event.items()}


def _is_flat(event: EventDict) -> bool:
    return all(value is None or isinstance(value, str | int | float) for value in event.values())


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {redacted(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    return redacted(str(value))


def _escape_event(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Escape control characters, which JSON does by itself; a traceback keeps its lines."""
    return {
        key: _escape(value, _CONTROL_BUT_LINES if key in ("exception", "stack") else _CONTROL)
        for key, value in event.items()
    }


def _escape(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(lambda found: found[0].encode("unicode_escape").decode(), value)
    if isinstance(value, list):
        return [_escape(item, pattern) for item in value]
    if isinstance(value, dict):
        return {key: _escape(item, pattern) for key, item in value.items()}
    return value
