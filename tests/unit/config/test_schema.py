"""The schema, the starter and the example say the same as the loader."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime, time
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from alerter.channels.registry import channel_types
from alerter.config.load import load
from alerter.config.schema import schema
from alerter.config.starter import starter
from alerter.domain.planning.due import next_due

EXAMPLE = Path(__file__).parents[3] / "config"
LATER = datetime(2031, 1, 1, tzinfo=UTC)


def _as_json(value: Any) -> Any:
    """TOML as an editor's schema sees it: dates and times are strings."""
    if isinstance(value, dict):
        return {key: _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | time) else value


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        schema(channel_types()), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def _mistakes(text: str) -> list[str]:
    return [error.message for error in _validator().iter_errors(_as_json(tomllib.loads(text)))]


def _errors(text: str, folder: Path) -> list[str]:
    """What `check` refuses in a file of this text."""
    (folder / "alerter.toml").write_text(text)
    problems = load([folder], channel_types=channel_types(), environ={}, secrets=False, now=LATER).problems
    return [str(problem) for problem in problems if problem.severity == "error"]


def test_the_schema_is_one() -> None:
    """It holds up against the meta-schema, and every key has a description."""
    document = schema(channel_types())
    jsonschema.Draft202012Validator.check_schema(document)
    tables = [document, *document["$defs"].values()]
    bare = [
        name
        for table in tables
        for name, key in table.get("properties", {}).items()
        if not key.keys() & {"description", "$ref"}
    ]
    assert bare == []


def test_the_schema_beside_the_example_is_the_present_one() -> None:
    """`alerter schema` would write the file that the example refers to."""
    assert json.loads((EXAMPLE / "alerter.schema.json").read_text()) == schema(channel_types())


@pytest.mark.parametrize("path", sorted(EXAMPLE.rglob("*.toml")), ids=lambda path: path.stem)
def test_the_example_fits_the_schema(path: Path) -> None:
    """An editor marks nothing in it, and each file names the schema."""
    assert _mistakes(path.read_text()) == []
    named = path.read_text().splitlines()[0].removeprefix("#:schema ")
    assert (path.parent / named).resolve() == EXAMPLE / "alerter.schema.json"


@pytest.mark.parametrize(
    "text",
    [
        "timezon = 1",
        '[channels.x]\ntype = "pigeon"',
        '[channels.x]\ntype = "webhook"',
        '[[deadline]]\nid = "x"\ntitle = "X"',
        '[[deadline]]\nid = "x"\ntitle = " "\ndue = 2027-01-04',
        '[[deadline]]\nid = "X Y"\ntitle = "X"\ndue = 2027-01-04',
        '[[deadline]]\nid = "x"\ntitle = "X"\ndue = "soon"',
        '[[deadline]]\nid = "x"\ntitle = "X"\ndue = 2027-01-04\nseverity = "worst"',
        '[defaults]\nnotify_at = "nine"',
        '[service]\nretention = "400"',
        '[service]\ntoken = { envv = "X" }',
    ],
)
def test_the_schema_marks_mistakes(text: str) -> None:
    """What the loader refuses in form, the schema refuses too."""
    assert _mistakes(text) != []


DEADLINE = '[[deadline]]\nid = "a"\ntitle = "A"\ndue = 2030-11-10\n'
SCREEN = '[channels.screen]\ntype = "console"\n'
MAIL = '[channels.m]\ntype = "email"\nfrom = "a@example.com"\nsmtp = {{ host = "mail.example.com" }}\n'
LISTS = {
    "ServiceTable.ops": (SCREEN + "[service]\nops = {}", '"screen"'),
    "DefaultsTable.tags": ("[defaults]\ntags = {}", '"us"'),
    "DefaultsTable.leads": ("[defaults]\nleads = {}", '"7d"'),
    "DefaultsTable.channels": (SCREEN + "[defaults]\nchannels = {}", '"screen"'),
    "DeadlineTable.tags": (DEADLINE + "tags = {}", '"us"'),
    "DeadlineTable.leads": (DEADLINE + "leads = {}", '"7d"'),
    "DeadlineTable.channels": (SCREEN + DEADLINE + "channels = {}", '"screen"'),
    "EscalationTable.channels": (
        SCREEN + DEADLINE + 'escalate = [{{ lead = "1d", channels = {} }}]',
        '"screen"',
    ),
    "CalendarTable.weekend": ("[calendars.us]\nweekend = {}", '"sun"'),
    "CalendarTable.closed": ("[calendars.us]\nclosed = {}", "2030-11-28"),
    "CalendarTable.open": ("[calendars.us]\nopen = {}", "2030-11-29"),
    "MatchTable.tags": (SCREEN + '[[route]]\nchannels = ["screen"]\nmatch = {{ tags = {} }}', '"us"'),
    "RouteTable.channels": (SCREEN + "[[route]]\nchannels = {}", '"screen"'),
    "DigestTable.channels": (SCREEN + '[[digest]]\nname = "d"\ncron = "30 8 * * mon"\nchannels = {}', '"screen"'),
    "QuietSettings.days": (SCREEN + "quiet = {{ days = {} }}", '"sun"'),
    "EmailSettings.to": (MAIL + "to = {}", '"a@example.com"'),
    "EmailSettings.cc": (MAIL + 'to = "b@example.com"\ncc = {}', '"a@example.com"'),
    "EmailSettings.bcc": (MAIL + 'to = "b@example.com"\nbcc = {}', '"a@example.com"'),
    "EmailSettings.reply_to": (MAIL + 'to = "b@example.com"\nreply_to = {}', '"a@example.com"'),
    "WebhookSettings.secret": (
        '[channels.w]\ntype = "webhook"\nurl = "https://w.example.com/"\nsecret = {}',
        '"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"',
    ),
}
"""Of each key that takes a list: a file that has it, and something to put into the list."""
SHAPES = (
    "{one}", "[{one}]", "[{one}, {one}]", "[]", '""', '[""]', "5", "[5]", "[[{one}]]",
    '{{ env = "A" }}', '{{ file = "b" }}', '[{{ env = "A" }}]', '[{one}, {{ file = "b" }}]', '{{ env = "" }}',
    '{{ env = "A", file = "b" }}',
)  # fmt: skip


def _takes_a_list(key: dict[str, Any]) -> bool:
    """Whether it does, and not one of tables."""
    return any(one.get("type") == "array" and "$ref" not in one["items"] for one in (key, *key.get("anyOf", ())))


def test_each_key_that_takes_a_list_is_tried() -> None:
    """The samples are of all of them."""
    tables = schema(channel_types())["$defs"]
    lists = {
        f"{name}.{key}"
        for name, table in tables.items()
        for key, value in table.get("properties", {}).items()
        if _takes_a_list(value)
    }
    assert lists == set(LISTS)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("key", LISTS)
def test_schema_and_check_agree_on_what_may_stand_for_a_list(key: str, shape: str, tmp_path: Path) -> None:
    """One instead of a list, text or where it is to be found, none, and what is no such thing."""
    file, one = LISTS[key]
    text = file.format(shape.format(one=one))
    errors = _errors(text, tmp_path)
    assert (_mistakes(text) == []) is (errors == []), errors


GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "slack": (
        '[channels.s]\ntype = "slack"\n{}',
        ('url = "https://hooks.example.com/x"', 'token = "xoxb-1"', 'channel = "#x"'),
    ),
    "smtp": (
        '[channels.m]\ntype = "email"\nfrom = "a@b.com"\nto = "b@b.com"\n[channels.m.smtp]\nhost = "mail.b.com"\n{}',
        ('username = "u"', 'password = "p"'),
    ),
    "quiet hours": (SCREEN + "[channels.screen.quiet]\n{}", ("from = 22:00:00", "until = 07:00:00", 'days = ["sat"]')),
    "a date": (
        DEADLINE + '[[deadline]]\nid = "b"\ntitle = "B"\n{}',
        (
            "due = 2030-11-10",
            'after = { id = "a", offset = "1d" }',
            'before = { id = "a", offset = "1d" }',
        ),
    ),
}
"""Keys that need or exclude each other, and the file that they stand in."""


@pytest.mark.parametrize("name", GROUPS)
def test_schema_and_check_agree_on_which_keys_go_together(name: str, tmp_path: Path) -> None:
    """Of every choice of them both say the same."""
    file, keys = GROUPS[name]
    for chosen in (each for count in range(len(keys) + 1) for each in combinations(keys, count)):
        text = file.format("\n".join(chosen))
        assert (_mistakes(text) == []) is (_errors(text, tmp_path) == []), chosen


@pytest.mark.parametrize(
    "text",
    [
        '[defaults]\nleads = ["7 days"]',
        '[defaults]\nleads = ["2h @ 09:00"]',
        '[defaults]\nescalate = [{ lead = "1q", channels = ["screen"] }]',
        DEADLINE + '[[deadline]]\nid = "b"\ntitle = "B"\nafter = { id = "a", offset = "+1d" }',
        '[defaults]\noverdue = { every = "0d" }',
        '[channels.screen]\ntype = "console"\nrate = "0/s"',
    ],
)
def test_the_schema_marks_texts_that_are_no_lead_length_or_rate(text: str, tmp_path: Path) -> None:
    """As the check does."""
    assert (_mistakes(text) != [], _errors(text, tmp_path) != []) == (True, True)


def test_the_example_is_silent_whenever_it_is_checked() -> None:
    """No problem and no warning, though its dates are of 2025."""
    loaded = load([EXAMPLE], channel_types=channel_types(), environ={}, now=LATER)
    assert loaded.problems == ()
    assert loaded.is_usable


def test_the_example_holds_the_dates_of_the_time() -> None:
    """The watch list as it stood in Madrid, derived dates worked out."""
    watch_list = load([EXAMPLE], channel_types=channel_types(), environ={}).watch_list
    assert watch_list is not None
    first = datetime(2025, 9, 1, tzinfo=UTC)
    dues = {name: due.key for name, each in watch_list.deadlines.items() if (due := next_due(each, first))}
    assert dues == {
        "analog-chip-opening": "2025-09-13",
        "analog-chip-registration": "2025-10-03",
        "analog-chip-case": "2026-09-13",
        "analog-chip-case-extended": "2027-03-13",
        "anti-discrimination-opening": "2025-09-13",
        "anti-discrimination-review": "2025-12-13",
        "leaders-meeting": "2025-12-31",
        "review-export-controls": "2025-09-30",
        "review-rare-earths": "2025-09-30",
        "review-medical-supplies": "2025-09-30",
        "review-overcapacity": "2025-09-30",
        "monday-look": "2025-09-15",
        "tariff-truce": "2025-11-10T00:01:00[America/New_York]",
        "tariff-truce-beijing": "2025-11-10T13:01:00[Asia/Shanghai]",
        "tiktok": "2025-09-17",
    }


@pytest.mark.parametrize("day", ["2025-09-15", "2027-12-31", "2028-02-29", "2026-10-01"])
def test_the_starter_works_as_it_is(day: str, tmp_path: Path) -> None:
    """It passes the check without a warning, fits the schema, and all its dates lie ahead."""
    now = datetime.fromisoformat(f"{day}T12:00:00Z")
    (tmp_path / "alerter.toml").write_text(starter(now))
    loaded = load([tmp_path], channel_types=channel_types(), environ={}, now=now)
    assert [str(problem) for problem in loaded.problems] == []
    assert _mistakes(starter(now)) == []
    assert loaded.watch_list is not None
    dues = [next_due(each, now) for each in loaded.watch_list.deadlines.values()]
    assert [due is not None and due.at > now for due in dues] == [True] * 4
