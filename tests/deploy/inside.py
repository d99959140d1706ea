"""Run inside the image by its own Python: prints, as JSON, what there is and what this user may do."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import sys
from importlib.metadata import distributions
from pathlib import Path

SBOM = Path("/opt/alerter/sbom.cdx.json")
NOT_OF_THE_IMAGE = {"/proc", "/sys", "/dev"}
COMPILERS = ("cc", "gcc", "g++", "clang", "ld", "as", "make", "strip", "cargo", "rustc")
SECRETS = re.compile(r"\.(key|p12|pfx|env)$|^(\.git|\.env|\.netrc|\.pypirc|pip\.conf|secrets?|credentials|id_\w+)$")


def main() -> None:
    """Print one object."""
    folders, files = _walk()
    sbom = json.loads(SBOM.read_text("utf-8"))
    described = [sbom["metadata"]["component"], *sbom["components"]]
    print(  # noqa: T201 - its answer
        json.dumps(
            {
                "user": os.getuid(),
                "writable": sorted(folder for folder in folders if os.access(folder, os.W_OK)),
                "raising": [file for file in files if Path(file).lstat().st_mode & 0o6000],
                "compilers": [tool for tool in COMPILERS if shutil.which(tool)],
                "uncompiled": _uncompiled(),
                "secrets": [path for path in files + folders if SECRETS.search(Path(path).name)],
                "status": dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines()),
                "installed": sorted(f"{one.name}=={one.version}".lower() for one in distributions()),
                "listed": sorted(f"{one['name']}=={one['version']}".lower() for one in described),
            }
        )
    )


def _walk() -> tuple[list[str], list[str]]:
    """All folders and files of the image, not of what the engine lays over it in memory."""
    lines = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    skipped = NOT_OF_THE_IMAGE | {fields[1] for fields in lines if fields[2] == "tmpfs"}
    folders: list[str] = []
    files: list[str] = []
    for place, below, names in os.walk("/"):
        below[:] = [name for name in below if str(Path(place, name)) not in skipped]
        folders.append(place)
        files += [str(Path(place, name)) for name in names]
    return folders, files


def _uncompiled() -> list[str]:
    """What a start imports and would have to compile each time."""
    importlib.import_module("alerter.app")
    caches = {name: getattr(module, "__cached__", None) for name, module in sys.modules.items()}
    return sorted(name for name, cache in caches.items() if cache and not Path(cache).exists())


main()
