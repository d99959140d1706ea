"""The reference of the configuration says what the code takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerter.channels.registry import channel_types
from alerter.cli import run_command
from alerter.config.fields import Model
from alerter.config.models import DeadlineTable
from alerter.config.reference import reference
from alerter.config.settings import ServiceTable

PAGE = Path(__file__).parents[3] / "config/README.md"


def test_the_page_beside_the_example_is_the_one_the_code_makes(capsys: pytest.CaptureFixture[str]) -> None:
    """After a change of keys: `alerter schema --format markdown >config/README.md`."""
    assert run_command(["schema", "--format", "markdown"]) == 0
    assert capsys.readouterr().out == PAGE.read_text("utf-8")


def test_every_key_is_explained() -> None:
    """None of the deadline's, the service's or a channel's is missing, and each has a sentence."""
    page = reference(channel_types())
    models: tuple[type[Model], ...] = (DeadlineTable, ServiceTable, *channel_types().values())
    names = {one.alias or name for model in models for name, one in model.model_fields.items()}
    rows = {line.split("|")[1].strip(" `"): line for line in page.splitlines() if line.startswith("| `")}
    assert names - rows.keys() == set()
    assert [key for key, row in rows.items() if row.rstrip("| ")[-1] not in '."'] == []


@pytest.mark.parametrize(
    "row",
    [
        "| `notify_at` | time | `09:00:00` |",
        "| `retention` | duration | `400d` |",
        "| `timezone` | text | `UTC` |",
        "| `on_ack` | `stop`, `leads` | `leads` where critical, else `stop` |",
        "| `times` | number | without end |",
        "| `continue` | `true`, `false` | `false` |",
        "| `give_up_after` | duration | `1d` |",
        "| `id` | text | required |",
        "| `holidays` | text |",
    ],
)
def test_forms_and_defaults_are_the_real_ones(row: str) -> None:
    """Taken from the models, not written down a second time."""
    assert row in reference(channel_types())
