"""Which files a configuration consists of, their bytes, and what those bytes parse to.

Hidden files and folders are passed over: editors and Kubernetes keep their own copies there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alerter.config.problems import Problem, level_of
from alerter.config.recovery import line_column
from alerter.config.sources import NotReadableError, read_regular

DEFAULT_PATH = Path("config")
MAX_FILE_BYTES = 64 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file: `name` as shown, `key` as hashed (relative to what was asked for); or `trouble` instead of bytes."""

    name: str
    key: str
    content: bytes = b""
    trouble: str | None = None


def config_paths(options: Sequence[Path], environ: Mapping[str, str]) -> list[Path]:
    """Where the configuration is: `-c`, else `ALERTER_CONFIG`, else `./config`."""
    if options:
        return list(options)
    named = environ.get("ALERTER_CONFIG")
    return [DEFAULT_PATH if named is None else Path(named)]


def read_files(paths: Sequence[Path]) -> list[SourceFile]:
    """Every file of the configuration, in order, each once; never raises and never waits."""
    seen: set[str] = set()
    files: list[SourceFile] = []
    for root in paths:
        for path, key in list_files(root):
            real = _real(path)
            if real not in seen:
                seen.add(real)
                files.append(_read_file(path, key))
    return files


def content_hash(paths: Sequence[Path]) -> str:
    """A hash of all bytes and names, equal for equal content wherever it lies."""
    return hash_files(read_files(paths))


def hash_files(files: Sequence[SourceFile]) -> str:
    """As `content_hash`, of files already read."""
    digest = hashlib.blake2b(digest_size=16)
    for file in files:
        content = file.content if file.trouble is None else file.trouble.encode()
        digest.update(
            f"{len(file.key.encode(errors='surrogateescape'))}:{len(content)}:{file.trouble is None}:".encode()
        )
        digest.update(file.key.encode(errors="surrogateescape") + content)
    return digest.hexdigest()


def list_files(root: Path) -> list[tuple[Path, str]]:
    """The files that the path means, in order, each with its key."""
    if not os.path.isdir(root):  # noqa: PTH112 -- unlike pathlib's it never raises
        return [(root, root.name)]
    found = sorted(_walk(root, frozenset()))
    return [(path, path.relative_to(root).as_posix()) for path in found] or [(root, "")]


def _real(path: Path) -> str:
    """The file that a path means in the end, as a name to know it by."""
    try:
        return os.path.realpath(path)
    except ValueError:  # a null character
        return str(path)


def _walk(folder: Path, above: frozenset[str]) -> Iterator[Path]:
    """Every `*.toml` below; a linked folder is followed unless it leads back up.

    What may not be looked at is among them, since it may hold some.
    """
    real = os.path.realpath(folder)
    if real in above:
        return
    try:
        entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError:
        yield folder
        return
    for entry in entries:
        is_folder = _is_folder(entry)
        if is_folder:
            yield from _walk(Path(entry.path), above | {real})
        elif is_folder is None or entry.name.endswith(".toml"):
            yield Path(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool | None:
    """None where that cannot be told, as of a link that leads in a circle."""
    try:
        return entry.is_dir()
    except OSError:
        return None


def _read_file(path: Path, key: str) -> SourceFile:
    name = str(path)
    if os.path.isdir(path):  # noqa: PTH112 -- as above
        trouble = "this folder cannot be read, or has no *.toml in it"
        return SourceFile(name, key, trouble=trouble)
    try:
        return SourceFile(name, key, read_regular(path, MAX_FILE_BYTES))
    except NotReadableError as error:
        return SourceFile(name, key, trouble=str(error))


def decode(file: SourceFile) -> str | Problem:
    """The text of a file, without byte order mark and with bare line feeds."""
    if file.trouble is not None:
        return problem_at(file, 1, 1, "syntax", file.trouble)
    content = file.content.removeprefix(_BOM)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return problem_at(file, 1, 1, "encoding", "this looks like UTF-16: save the file as UTF-8")
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line, column = line_column(content[: error.start].decode())
        return problem_at(file, line, column, "encoding", "this is not UTF-8: save the file as UTF-8")


def problem_at(file: SourceFile, line: int, column: int, code: str, message: str) -> Problem:
    """A problem of the file as such."""
    return Problem(file=file.name, line=line, column=column, severity=level_of(code), code=code, message=message)
