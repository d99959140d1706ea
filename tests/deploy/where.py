"""What is shipped, and where the tools are that judge it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def beside_python(tool: str) -> str:
    """A command that pip has put beside this Python."""
    return str(Path(sys.executable).parent / tool)


def run(*command: str, at: Path = ROOT) -> tuple[int, str]:
    """Run to the end: the exit code, and all that was said."""
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr
