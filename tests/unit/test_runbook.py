"""The runbook speaks of what there is: log lines, metrics, commands and settings."""

from __future__ import annotations

import re
import subprocess
from itertools import permutations
from pathlib import Path

import pytest

from alerter.channels.registry import channel_types
from alerter.cli import commands
from alerter.config.reference import reference
from alerter.web.metrics import Metrics

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy/README.md").read_text("utf-8")
COMPOSE = (ROOT / "deploy/compose.ha.yaml").read_text("utf-8")
CODE = "\n".join(path.read_text("utf-8") for path in (ROOT / "alerter").rglob("*.py"))


@pytest.mark.parametrize("sections", list(permutations(["With Compose", "Two daemons on PostgreSQL"])))
def test_its_commands_for_compose_work_in_a_fresh_clone_in_either_order(
    sections: tuple[str, str], tmp_path: Path
) -> None:
    """Typed one after the other into one shell: all secrets lie in the folder that Compose and git know."""
    (tmp_path / "deploy").mkdir()
    typed = "set -e; docker() { :; }\n" + "".join(_commands(section) for section in sections)
    done = subprocess.run(["bash", "-c", typed], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert made == {f"deploy/secrets/{name}" for name in re.findall(r"/secrets}/(\w+)", COMPOSE)}
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def _commands(section: str) -> str:
    """What stands behind the prompts of the section's first block."""
    block = TEXT.split(f"### {section}\n")[1].split("```")[1]
    return "".join(line.removeprefix("$ ") + "\n" for line in block.splitlines() if line.startswith("$ "))


EVENTS = r"`((?:config|clock|cycle|daemon|deadlines|ledger|lease|loop|replica)\.[a-z_]+)`"


@pytest.mark.parametrize("event", sorted(set(re.findall(EVENTS, TEXT))))
def test_a_log_line_of_the_runbook_is_written_somewhere(event: str) -> None:
    """Whoever searches the log for it finds it."""
    assert f'"{event}"' in CODE


@pytest.mark.parametrize("metric", sorted(set(re.findall(r"`(alerter_[a-z_]+)", TEXT))))
def test_a_metric_of_the_runbook_is_exposed(metric: str) -> None:
    """Under that name."""
    assert f"# HELP {metric} " in Metrics().expose().decode()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"[`$] ?alerter ([a-z-]+)", TEXT))))
def test_a_command_of_the_runbook_exists(command: str) -> None:
    """One file each."""
    name = command.replace("-", "_")
    places = [Path(commands.__path__[0]) / f"{name}{end}.py" for end in ("", "_")]
    assert any(place.exists() for place in places)


@pytest.mark.parametrize("key", ["settle", "bundle_over", "quiet", "overdue", "ops", "store", "token", "link_key"])
def test_a_setting_of_the_runbook_is_one(key: str) -> None:
    """As the reference has it."""
    assert (f"`{key}" in TEXT or f".{key}`" in TEXT, f"| `{key}` |" in reference(channel_types())) == (True, True)
