"""What is written becomes the values that the planner plans from."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from alerter.channels.registry import channel_types
from alerter.config.load import Loaded, load
from alerter.domain.dates.calendar import Shift
from alerter.domain.dates.zone import UnknownZone, load_zone
from alerter.domain.planning.deadline import CatchUp, Deadline, OnAck, Severity, Status
from alerter.domain.planning.due import next_due, sole_due
from alerter.domain.planning.watchlist import WatchList

HEAD = '[channels.a]\ntype = "console"\n[channels.b]\ntype = "console"\n'


def _load(tmp_path: Path, text: str, *, secrets: bool = True) -> Loaded:
    (tmp_path / "a.toml").write_text(text)
    return load([tmp_path], channel_types=channel_types(), environ={"URL": "https://example.com/x"}, secrets=secrets)


def _watch_list(tmp_path: Path, text: str, *, secrets: bool = True) -> WatchList:
    loaded = _load(tmp_path, text, secrets=secrets)
    assert loaded.watch_list is not None, [str(problem) for problem in loaded.problems]
    return loaded.watch_list


def _deadline(tmp_path: Path, keys: str, before: str = "") -> Deadline:
    text = f'{before}\n{HEAD}[[deadline]]\nid = "x"\ntitle = "X"\n{keys}\n'
    return _watch_list(tmp_path, text).deadlines["x"]


def test_a_bare_deadline_has_the_documented_defaults(tmp_path: Path) -> None:
    """Everything not said is as the contract says."""
    deadline = _deadline(tmp_path, "due = 2027-01-04")
    assert [lead.text for lead in deadline.leads] == ["7d", "1d", "0"]
    assert (deadline.notify_at, deadline.due_time, deadline.zone.name) == (time(9), time(23, 59), "UTC")
    assert (deadline.calendar.name, deadline.catch_up, deadline.severity) == (
        "weekdays",
        CatchUp.LATEST,
        Severity.NORMAL,
    )
    assert (deadline.day_shift, deadline.roll, deadline.settle_for) == (Shift.NONE, Shift.NONE, timedelta(seconds=60))
    assert (deadline.on_ack, deadline.channels, deadline.is_date_only) == (OnAck.STOP, ("a", "b"), True)


def test_what_the_ledger_keeps_as_it_is_written_holds_no_nul(tmp_path: Path) -> None:
    """PostgreSQL takes none, and with it nothing of what is handed over together."""
    digest = '[[digest]]\nname = "a\\u0000b"\ncron = "0 8 * * *"\nchannels = ["a"]\n'
    dated = '[[deadline]]\nid = "x"\ntitle = "X\\u0000Y"\ndue = 2027-01-04\n'
    taken = _watch_list(tmp_path, HEAD + digest + dated)
    assert (taken.deadlines["x"].title, list(taken.digests)) == ("X Y", ["a b"])


def test_every_key_arrives(tmp_path: Path) -> None:
    """Each key of a deadline is found in the value."""
    deadline = _deadline(
        tmp_path,
        """due = 2025-11-10T00:01:00
timezone = "America/New_York"
severity = "critical"
tags = ["t"]
note = "n"
link = "l"
owner = "o"
certainty = "likely-extended"
status = "lapsed"
opens = 2025-10-01
checked = 2025-09-14
recheck = "14d"
leads = ["3bd", "1d@8:30", "1d @ 08:30", "+1d"]
channels = ["b"]
overdue = { every = "1d", times = 3 }
escalate = [{ lead = "1d", channels = ["a"] }]
catch_up = "all"
on_ack = "stop"
settle = "5m"
roll = "next"
day_shift = "previous"
calendar = "us"
notify_at = 08:00:00
due_time = 17:00:00
history = [{ due = 2025-08-12T00:01:00, note = "first" }, { due = 2025-03-09T02:30:00 }]
""",
        '[calendars.us]\nholidays = "US"\nclosed = [2025-11-28]\n',
    )
    assert (deadline.due, deadline.zone.name) == (datetime(2025, 11, 10, 0, 1), "America/New_York")  # noqa: DTZ001 - a local time
    assert [lead.text for lead in deadline.leads] == ["3bd", "1d @ 08:30", "+1d"]
    assert (deadline.tags, deadline.note, deadline.link, deadline.owner) == (("t",), "n", "l", "o")
    assert (deadline.status, deadline.opens, deadline.checked) == (Status.LAPSED, date(2025, 10, 1), date(2025, 9, 14))
    assert (deadline.recheck_after, deadline.settle_for) == (timedelta(days=14), timedelta(minutes=5))
    assert deadline.overdue is not None
    assert (deadline.overdue.every, deadline.overdue.times) == (timedelta(days=1), 3)
    assert [(each.lead.text, each.channels) for each in deadline.escalate] == [("1d", ("a",))]
    assert (deadline.catch_up, deadline.on_ack, deadline.channels) == (CatchUp.ALL, OnAck.STOP, ("b",))
    assert (deadline.roll, deadline.day_shift) == (Shift.NEXT, Shift.PREVIOUS)
    assert (deadline.notify_at, deadline.due_time) == (time(8), time(17))
    assert [(past.key, past.note) for past in deadline.history] == [
        ("2025-08-12T00:01:00[America/New_York]", "first"),
        ("2025-03-10T02:30:00[America/New_York]", ""),
    ]
    assert deadline.calendar.is_holiday(date(2025, 11, 27))
    assert deadline.calendar.closed == {date(2025, 11, 28)}


def test_defaults_hold_where_nothing_else_is_said(tmp_path: Path) -> None:
    """A deadline's own key wins over `[defaults]`, and that over what is built in."""
    before = (
        '[defaults]\nleads = ["2d"]\nowner = "desk"\nseverity = "critical"\nchannels = ["a"]\ntimezone = "Asia/Tokyo"\n'
    )
    deadline = _deadline(tmp_path, 'due = 2027-01-04\nowner = "me"', before)
    assert ([lead.text for lead in deadline.leads], deadline.owner) == (["2d"], "me")
    assert (deadline.on_ack, deadline.channels, deadline.zone.name) == (OnAck.LEADS, ("a",), "Asia/Tokyo")


@pytest.mark.parametrize(
    ("written", "roll", "expected"),
    [
        ("2025-08-10", "next", "2025-08-11"),
        ("2025-08-10T12:00:00", "previous", "2025-08-08T12:00:00[America/New_York]"),
        ("2025-08-10", "none", "2025-08-10"),
        ("2025-03-09T02:30:00", "none", "2025-03-09T03:30:00[America/New_York]"),
    ],
)
def test_an_earlier_date_is_read_as_the_present_one_is(tmp_path: Path, written: str, roll: str, expected: str) -> None:
    """What is copied to `history` as it was written counts as the date that the ledger knows: rolled, out of a gap."""
    first = _deadline(tmp_path, f'due = {written}\nroll = "{roll}"\ntimezone = "America/New_York"')
    moved = _deadline(
        tmp_path, f'due = 2027-01-04\nroll = "{roll}"\ntimezone = "America/New_York"\nhistory = [{{ due = {written} }}]'
    )
    assert [sole_due(first).key] == [past.key for past in moved.history] == [expected]


def test_a_date_time_with_offset_is_read_in_the_zone(tmp_path: Path) -> None:
    """The instant stays, the local time is the zone's."""
    deadline = _deadline(tmp_path, 'due = 2025-11-10T05:01:00Z\ntimezone = "America/New_York"')
    assert deadline.due == datetime(2025, 11, 10, 0, 1)  # noqa: DTZ001 - a local time


def test_routes_say_who_hears(tmp_path: Path) -> None:
    """The first match wins; without one, every channel but those of ops."""
    text = (
        '[service]\nops = ["b"]\n'
        + HEAD
        + '[[route]]\nmatch = { tags = ["t"] }\nchannels = ["b"]\n'
        + "".join(
            f'[[deadline]]\nid = "{name}"\ntitle = "X"\ndue = 2027-01-04\ntags = ["{name}"]\n' for name in ("t", "u")
        )
    )
    watch_list = _watch_list(tmp_path, text)
    assert {name: each.channels for name, each in watch_list.deadlines.items()} == {"t": ("b",), "u": ("a",)}
    assert watch_list.ops == ("b",)


def test_a_derived_date_follows_its_parent(tmp_path: Path) -> None:
    """Chains are worked out in any order, and keep the order of the file."""
    text = """
[[deadline]]
id = "c"
title = "C"
before = { id = "b", offset = "5bd" }
[[deadline]]
id = "b"
title = "B"
after = { id = "a", offset = "1mo" }
[[deadline]]
id = "a"
title = "A"
due = 2025-01-31
"""
    watch_list = _watch_list(tmp_path, text)
    dues = {name: each.due for name, each in watch_list.deadlines.items()}
    assert list(dues.items()) == [("c", date(2025, 2, 21)), ("b", date(2025, 2, 28)), ("a", date(2025, 1, 31))]
    assert watch_list.deadlines["b"].derived_from == "a"


def test_what_follows_a_void_deadline_is_void(tmp_path: Path) -> None:
    """Down the whole chain; other closed states close nothing else."""
    text = "".join(
        f'[[deadline]]\nid = "{name}"\ntitle = "X"\n{keys}\n'
        for name, keys in {
            "a": 'due = 2027-01-04\nstatus = "void"',
            "b": 'after = { id = "a", offset = "1d" }',
            "c": 'after = { id = "b", offset = "1d" }',
            "d": 'due = 2027-01-04\nstatus = "met"',
            "e": 'after = { id = "d", offset = "1d" }',
        }.items()
    )
    states = {name: each.status for name, each in _watch_list(tmp_path, text).deadlines.items()}
    assert states == {"a": Status.VOID, "b": Status.VOID, "c": Status.VOID, "d": Status.MET, "e": Status.OPEN}


def test_without_channels_there_is_standard_output(tmp_path: Path) -> None:
    """The default channel is a console named console."""
    watch_list = _watch_list(tmp_path, '[[deadline]]\nid = "x"\ntitle = "X"\ndue = 2027-01-04\n')
    assert [(name, each.type) for name, each in watch_list.channels.items()] == [("console", "console")]
    assert watch_list.deadlines["x"].channels == ("console",)


def test_a_channel_arrives(tmp_path: Path) -> None:
    """What planning and dispatch need of a channel is in its value, its zone the config's unless it has one."""
    text = """timezone = "America/New_York"
[channels.a]
type = "webhook"
url = { env = "URL" }
timezone = "Europe/Madrid"
quiet = { from = 22:00:00, until = 07:00:00, days = ["sat", "sun"] }
fallback = "b"
fallback_after = "5m"
give_up_after = "2h"
bundle_over = 3
rate = "30/m"
concurrency = 2
[channels.b]
type = "console"
"""
    channels = _watch_list(tmp_path, text).channels
    one = channels["a"]
    assert (one.zone.name, channels["b"].zone.name) == ("Europe/Madrid", "America/New_York")
    assert one.quiet is not None
    assert (one.quiet.start, one.quiet.end, one.quiet.days) == (time(22), time(7), frozenset({5, 6}))
    assert (one.fallback, one.fallback_after, one.give_up_after) == ("b", timedelta(minutes=5), timedelta(hours=2))
    assert (one.bundle_over, one.rate, one.concurrency) == (3, 0.5, 2)
    assert (channels["b"].bundle_over, channels["b"].rate, channels["b"].quiet) == (None, None, None)


def test_an_address_changes_its_fingerprint_and_nothing_else_does(tmp_path: Path) -> None:
    """The fingerprint follows where and as whom a channel sends, and holds no secret."""

    def address(url: str, more: str = "") -> str:
        text = f'[channels.a]\ntype = "webhook"\nurl = "{url}"\n{more}\n'
        return _watch_list(tmp_path, text).channels["a"].address

    first = address("https://example.com/CANARY")
    assert first == address("https://example.com/CANARY", 'rate = "1/s"\ntimezone = "Asia/Tokyo"')
    assert first != address("https://example.com/other")
    assert first != address("https://example.com/CANARY", 'headers = { X = "y" }')
    assert "CANARY" not in first


def test_no_secret_is_needed_when_none_is_asked_for(tmp_path: Path) -> None:
    """With `secrets` false a config full of them loads, and nothing is read."""
    text = """[service]
token = { file = "/nonexistent" }
store = { env = "NOT_SET" }
base_url = { env = "NOT_SET" }
heartbeat = { url = { env = "NOT_SET" } }
[channels.a]
type = "webhook"
url = { env = "NOT_SET" }
secret = { file = "/nonexistent" }
[channels.b]
type = "slack"
token = { env = "NOT_SET" }
channel = "#x"
[channels.c]
type = "email"
to = ["x@example.com"]
from = "y@example.com"
smtp = { host = { env = "NOT_SET" }, username = "u", password = { env = "NOT_SET" } }
[channels.d]
type = "apprise"
url = { env = "NOT_SET" }
"""
    assert list(_watch_list(tmp_path, text, secrets=False).channels) == ["a", "b", "c", "d"]


def test_digests_arrive(tmp_path: Path) -> None:
    """A digest has its cron in the config's zone and looks two weeks ahead unless it says otherwise."""
    text = """timezone = "Asia/Tokyo"
[[digest]]
name = "m"
cron = "30 8 * * mon"
channels = ["console"]
match = { severity = "high" }
"""
    digest = _watch_list(tmp_path, text).digests["m"]
    assert (digest.cron, digest.zone.name, digest.horizon) == ("30 8 * * mon", "Asia/Tokyo", timedelta(days=14))
    assert (digest.match.severity, digest.channels) == (Severity.HIGH, ("console",))


@pytest.mark.parametrize(
    "name", ["localtime", "posixrules", "America", "../UTC", "/etc/passwd", "", "utc", "US/EASTERN"]
)
def test_zones_that_are_none(name: str, tmp_path: Path) -> None:
    """The machine's own zone, folders, tricks with paths and other spellings are one problem each."""
    with pytest.raises(UnknownZone):
        load_zone(name)
    assert len(_load(tmp_path, f'timezone = "{name}"\n').problems) == 1


def test_equal_content_is_an_equal_watch_list(tmp_path: Path) -> None:
    """Loading twice gives equal values, so that a reload of the same files changes nothing."""
    text = (
        HEAD
        + '[calendars.us]\nholidays = "US"\n[[deadline]]\nid = "x"\ntitle = "X"\ndue = 2027-01-04\ncalendar = "us"\n'
    )
    first, second = _watch_list(tmp_path, text), _watch_list(tmp_path, text)
    assert (first.deadlines, first.channels, first.fingerprint) == (
        second.deadlines,
        second.channels,
        second.fingerprint,
    )


def test_a_series_starts_at_its_date(tmp_path: Path) -> None:
    """The first occurrence of a rolled series is the date, rolled."""
    deadline = _deadline(tmp_path, 'due = 2025-08-31\nrepeat = "FREQ=MONTHLY;BYMONTHDAY=-1"\nroll = "previous"')
    due = next_due(deadline, datetime.fromisoformat("2025-08-01T00:00:00Z"))
    assert due is not None
    assert due.key == "2025-08-29"
