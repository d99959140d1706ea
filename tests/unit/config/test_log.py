"""Log lines: one per event, no secret, no control character, and no harm from a bad stream."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
from collections.abc import Iterator
from typing import Any, TextIO

import pytest
import structlog

from alerter.config.log import configure_logging
from alerter.config.log_writer import LogWriter
from alerter.config.redaction import redact

CANARY = "CANARY-3f9c"


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    """Logging is global: put it back."""
    root = logging.getLogger()
    handlers, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    own_level = logging.getLogger("alerter").level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("alerter").setLevel(own_level)
    logging.raiseExceptions = raises
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(message: str, local_value: str = "") -> None:
    raise ValueError(f"{message} {len(local_value)}")


def test_an_event_is_one_line_of_json_with_time_and_level() -> None:
    """ISO 8601 in UTC, whatever the machine's zone."""
    out = io.StringIO()
    configure_logging(form="json", stream=out)
    structlog.get_logger().info("notice.delivered", channel="desk")
    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "notice.delivered", "channel": "desk", "level": "info"}


def test_no_secret_is_logged_wherever_it_sits() -> None:
    """In the event, in nested facts, in objects, in library records and in exceptions."""
    redact([CANARY])
    out = io.StringIO()
    configure_logging(level="debug", form="json", stream=out)
    log = structlog.get_logger()
    log.warning(CANARY, deep={"list": [CANARY, {"x": CANARY}]}, error=OSError(CANARY), **{CANARY: 1})
    logging.getLogger("httpx").warning("POST %s", CANARY)
    try:
        fail(f"cannot post to {CANARY}")
    except ValueError:
        log.exception("broke")
        logging.getLogger("aiosmtplib").exception("broke")
    assert (len(lines(out)), CANARY in out.getvalue()) == (4, False)


def test_an_exception_shows_its_traceback_and_no_local_variables() -> None:
    """Locals hold tokens and passwords."""
    out = io.StringIO()
    configure_logging(form="json", stream=out)
    try:
        fail("no", local_value="".join(["only-in-", "a-local"]))
    except ValueError:
        structlog.get_logger().exception("broke")
    text = lines(out)[0]["exception"]
    assert ("Traceback" in text, "only-in-a-local" in text) == (True, False)


@pytest.mark.parametrize("name", ["httpx", "httpcore", "aiosmtplib", "apscheduler.scheduler", "alembic", "uvicorn"])
def test_libraries_are_heard_from_warnings_up(name: str) -> None:
    """Below that they tell URLs and chatter, even when the alerter itself is at debug."""
    out = io.StringIO()
    configure_logging(level="debug", form="json", stream=out)
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("trouble")
    assert [(line["event"], line["logger"]) for line in lines(out)] == [("trouble", name)]


def test_the_level_can_change_while_running() -> None:
    """A reload may ask for more or less, and loggers made before follow."""
    log = structlog.get_logger()
    out = io.StringIO()
    configure_logging(level="warning", form="json", stream=out)
    log.info("unheard")
    configure_logging(level="info", form="json", stream=out)
    log.info("heard")
    assert [line["event"] for line in lines(out)] == ["heard"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_text_from_outside_starts_no_line_and_drives_no_terminal(form: str) -> None:
    """Line breaks and escape sequences arrive escaped."""
    out = io.StringIO()
    configure_logging(form=form, stream=out)
    structlog.get_logger().info("seen", title="x\nERROR fake\x1b[2J\u202e\u2028y")
    text = out.getvalue()
    assert len(text.splitlines()) == 1
    assert {"\x1b", "\u202e", "\u2028"}.isdisjoint(text)


@pytest.mark.parametrize("stream", [None, "closed", "broken"])
def test_a_stream_that_cannot_be_written_harms_nobody(stream: str | None) -> None:
    """The daemon outlives its standard error."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    broken = os.fdopen(write_end, "w", buffering=1)
    closed = io.StringIO()
    closed.close()
    streams: dict[str, TextIO] = {"closed": closed, "broken": broken}
    target = streams.get(stream or "")
    writer = LogWriter(target)
    configure_logging(form="json", stream=writer)
    structlog.get_logger().error("into the void")
    writer.close()
    os.close(write_end)
    with pytest.raises(OSError, match="Bad file"):
        broken.close()
    assert not any(thread.name == "log-writer" and thread.is_alive() for thread in threading.enumerate())


def test_a_stuck_stream_loses_lines_and_says_how_many() -> None:
    """Nobody waits for a full pipe: lines beyond the queue are counted, and the count is logged when it moves again."""
    gate, entered = threading.Event(), threading.Event()

    class Stuck(io.StringIO):
        def write(self, text: str, /) -> int:
            entered.set()
            gate.wait(10)
            return super().write(text)

    out = Stuck()
    writer = LogWriter(out, capacity=2)
    writer.write("first\n")
    assert entered.wait(10)
    for number in range(5):
        writer.write(f"line {number}\n")
    gate.set()
    writer.close(within=10)
    written = out.getvalue().splitlines()
    assert [line for line in written if line.startswith(("first", "line"))] == ["first", "line 0", "line 1"]
    assert [json.loads(line)["count"] for line in written if line.startswith("{")] == [3]
