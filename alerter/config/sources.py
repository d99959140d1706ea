"""Where a string comes from: written out, in an environment variable, or in a file.

No sentence made here holds a value: secrets pass through. Files are read only where they are
regular, so that a pipe cannot hang the load.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

MAX_SECRET_BYTES = 64 * 1024
PIECE_BYTES = 256 * 1024
"""What is read at a time: memory for all that a file may hold is not there everywhere."""


_NAMED = {"env": "environment variable", "file": "file"}


class NotReadableError(Exception):
    """The file cannot be read; the message says which and why."""


def refusal(code: str, sentence: str) -> PydanticCustomError:
    """An error with the code of a problem and one sentence, for validators to raise."""
    return PydanticCustomError(code, "{sentence}", {"sentence": sentence})


def read_regular(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes; raises NotReadableError, and never waits."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise NotReadableError(_why(path, error)) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotReadableError(f"{path} is not a regular file")
        content = bytearray()
        while len(content) <= limit and (piece := os.read(descriptor, PIECE_BYTES)):
            content += piece
    except OSError as error:
        raise NotReadableError(_why(path, error)) from None
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise NotReadableError(f"{path} is larger than {limit} bytes")
    return bytes(content)


def _why(path: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return f"{path} cannot be read by user id {os.getuid()}: change its owner or mode"
    if isinstance(error, FileNotFoundError):
        return f"{path} does not exist"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is not valid"
    return f"{str(path)!r} cannot be read: {reason}"


def read_source(value: Any, context: Mapping[str, Any] | None, placeholder: str) -> str:
    """The text meant by a string, `{ env = "NAME" }` or `{ file = "PATH" }`.

    `context` holds `environ` and `secrets`; where `secrets` is false nothing is read and a table
    stands for `placeholder`. Raises a refusal: `bad-value`, or `missing-secret`.
    """
    if isinstance(value, str):
        return _not_empty(value, "it is empty")
    kind, name = _reference(value)
    settings = context or {}
    if not settings.get("secrets", True):
        return placeholder
    return _from_environment(name, settings.get("environ", {})) if kind == "env" else _from_file(name)


def _reference(value: Any) -> tuple[str, str]:
    if isinstance(value, Mapping) and len(value) == 1:
        kind, name = next(iter(value.items()))
        if kind in _NAMED and isinstance(name, str):
            return kind, _not_empty(name, f"names no {_NAMED[kind]}")
    raise refusal("bad-value", 'should be a string, { env = "NAME" } or { file = "PATH" }')


def _not_empty(text: str, sentence: str) -> str:
    if not text:
        raise refusal("bad-value", sentence)
    return text


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise refusal("missing-secret", f"the environment variable {name} is not set")
    return _not_empty(environ[name], f"the environment variable {name} is empty")


def _from_file(name: str) -> str:
    try:
        text = read_regular(Path(name), MAX_SECRET_BYTES).decode()
    except NotReadableError as error:
        raise refusal("missing-secret", str(error)) from None
    except UnicodeDecodeError:
        raise refusal("bad-value", f"{name} does not hold UTF-8 text") from None
    return _not_empty(text.removesuffix("\n").removesuffix("\r"), f"{name} is empty")
