"""Each mistake is one problem, with its code, at its line and column."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerter.channels.registry import channel_types
from alerter.config.load import Loaded, load

NOW = datetime(2025, 9, 15, tzinfo=UTC)
DEADLINE = '[[deadline]]\nid = "a"\ntitle = "A"\n'
DATED = DEADLINE + "due = 2027-01-04T12:00:00\n"
OTHER = '[[deadline]]\nid = "b"\ntitle = "B"\n'


def check(tmp_path: Path, *texts: str | bytes, secrets: bool = True) -> Loaded:
    """Load files of these contents, named a.toml, b.toml and so on."""
    paths = []
    for name, text in zip("abcd", texts, strict=False):
        path = tmp_path / f"{name}.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    return load(paths, channel_types=channel_types(), environ={"EMPTY": ""}, secrets=secrets, now=NOW)


def places(loaded: Loaded) -> list[str]:
    """What was found, as `file:line:column code`."""
    return [f"{Path(each.file).stem}:{each.line}:{each.column} {each.code}" for each in loaded.problems]


ERRORS: dict[str, tuple[str | bytes, list[str]]] = {
    "an unclosed string": ('timezone = "UTC\n', ["a:1:16 syntax"]),
    "a string broken over lines": (
        '[[deadline]]\nid = "a"\ntitle = "A\n  long, and\nwinding one"\ndue = 2027-01-04\nseverity = "x"\n',
        ["a:3:11 syntax", "a:7:12 bad-value"],
    ),
    "a value broken over lines": (DATED + 'note =\n  "y"\nseverity = "x"\n', ["a:5:7 syntax", "a:7:12 bad-value"]),
    "a string broken over lines at the end": (DATED + 'note = "y\nz"', ["a:5:10 syntax"]),
    "strings without an end": (DATED + 'note = "y\nowner = "me\n', ["a:5:10 syntax", "a:6:12 syntax"]),
    "a word without quotes": (DATED + "severity = high\n", ["a:5:12 syntax"]),
    "a day that does not exist": (DEADLINE + "due = 2025-02-30\n", ["a:4:7 syntax"]),
    "a null character": ('timezone = "U\0C"\n', ["a:1:14 syntax"]),
    "a number of thousands of digits": (DATED + f"note = {'9' * 5000}\n", ["a:5:8 syntax"]),
    "nesting without end": ("a = " + "[" * 100_000, ["a:1:1 syntax"]),
    "another encoding": (b'timezone = "UTC"\n# caf\xe9\n', ["a:2:6 encoding"]),
    "UTF-16": ('timezone = "UTC"\n'.encode("utf-16"), ["a:1:1 encoding"]),
    "an unknown key": (DATED + 'lead_time = "7d"\n', ["a:5:1 unknown-key"]),
    "an unknown key at the top": ('timezon = "UTC"\n', ["a:1:1 unknown-key"]),
    "an unknown table": ("[[deadlines]]\nx = 1\n", ["a:1:1 unknown-key"]),
    "an unknown key in an inline table": (DATED + 'overdue = { every = "1d", tims = 3 }\n', ["a:5:27 unknown-key"]),
    "a misspelt key that must be there": (
        '[[deadline]]\nid = "a"\ntitel = "A"\ndue = 2027-01-04\n',
        ["a:3:1 unknown-key"],
    ),
    "no title": ('# first\n[[deadline]]\nid = "a"\ndue = 2027-01-04\n', ["a:2:1 missing-key"]),
    "a title of nothing but blanks": (DATED.replace('"A"', '" \\t "'), ["a:3:9 bad-value"]),
    "a title that shows nothing": (DATED.replace('"A"', '"\\u200f"'), ["a:3:9 bad-value"]),
    "an empty title": (DATED.replace('"A"', '""'), ["a:3:9 bad-value"]),
    "no date": (DEADLINE, ["a:1:1 missing-key"]),
    "a language without messages": (
        '[channels.x]\ntype = "console"\nlanguage = "es-MX"\n',
        ["a:3:12 bad-value"],
    ),
    "no type": ("[channels.x]\nconcurrency = 2\n", ["a:1:1 missing-key"]),
    "no key of a channel": ('[channels.x]\ntype = "webhook"\n', ["a:1:1 missing-key"]),
    "an empty heartbeat": ('[service]\nlisten = ""\n[service.heartbeat]\n', ["a:3:1 missing-key"]),
    "an empty heartbeat in one line": ("[service]\nheartbeat = {}\n", ["a:2:13 missing-key"]),
    "no offset": (DATED + OTHER + 'after = { id = "a" }\n', ["a:8:9 missing-key"]),
    "half of quiet hours": ('[channels.x]\ntype = "console"\nquiet = { from = 22:00:00 }\n', ["a:3:9 missing-key"]),
    "two dates": (DATED + OTHER + 'due = 2027-01-04\nafter = { id = "a", offset = "1d" }\n', ["a:9:1 bad-value"]),
    "a date in quotes": (DEADLINE + 'due = "2027-01-04"\n', ["a:4:7 bad-value"]),
    "a date before 1900": (DEADLINE + "due = 1899-12-31\n", ["a:4:7 bad-value"]),
    "a date after 9000": (DEADLINE + "due = 9001-01-01\n", ["a:4:7 bad-value"]),
    "an unknown word": (DATED + 'severity = "hihg"\n', ["a:5:12 bad-value"]),
    "two bad leads among good ones": (
        DATED + 'leads = ["7d", "é", "1q", "2h"]\n',
        ["a:5:16 bad-value", "a:5:21 bad-value"],
    ),
    "a lead over several lines": (DATED + 'leads = [\n  "7d", # é\n  "x",\n]\n', ["a:7:3 bad-value"]),
    "a bad id": ('[[deadline]]\nid = "A b"\ntitle = "A"\ndue = 2027-01-04\n', ["a:2:6 bad-value"]),
    "an array that is a table": ("[deadline]\nx = 1\n", ["a:1:1 bad-value"]),
    "a table that is a word": ('channels = "x"\n', ["a:1:1 bad-value"]),
    "a rule that is none": (DATED + 'repeat = "FREQ=OFTEN"\n', ["a:5:10 bad-value"]),
    "a rule that does not hit the date": (DATED + 'repeat = "FREQ=MONTHLY;BYMONTHDAY=15"\n', ["a:5:10 bad-value"]),
    "a series that follows": (
        DATED + OTHER + 'after = { id = "a", offset = "1d" }\nrepeat = "FREQ=DAILY"\n',
        ["a:8:1 bad-value"],
    ),
    "one that follows a series": (
        DATED + 'repeat = "FREQ=DAILY"\n' + OTHER + 'after = { id = "a", offset = "1d" }\n',
        ["a:9:16 bad-value"],
    ),
    "an offset with a time": (
        DATED + OTHER + 'after = { id = "a", offset = "1d @ 08:00" }\n',
        ["a:8:30 bad-value"],
    ),
    "an opening after the date": (DATED + "opens = 2027-01-04\n", ["a:5:9 bad-value"]),
    "a bad duration": ('[service]\nretention = "400"\n', ["a:2:13 bad-value"]),
    "a bad address": ('[channels.x]\ntype = "webhook"\nurl = "https://"\n', ["a:3:7 bad-value"]),
    "a metadata address": ('[channels.x]\ntype = "webhook"\nurl = "http://169.254.169.254/x"\n', ["a:3:7 bad-value"]),
    "a bad header": (
        '[channels.x]\ntype = "webhook"\nurl = "https://e.com"\nheaders = { X = "a\\nb" }\n',
        ["a:4:17 bad-value"],
    ),
    "a header that is not ours to set": (
        '[channels.x]\ntype = "webhook"\nurl = "https://e.com"\nheaders = { Content-Length = "3" }\n',
        ["a:4:13 bad-value"],
    ),
    "an unknown channel type": ('[channels.x]\ntype = "pigeon"\n', ["a:2:8 bad-value"]),
    "a channel that stands in for itself": (
        '[channels.x]\ntype = "console"\nfallback = "x"\n',
        ["a:3:12 bad-value"],
    ),
    "no open day": (
        '[calendars.x]\nweekend = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]\n',
        ["a:2:11 bad-value"],
    ),
    "unknown holidays": ('[calendars.x]\nholidays = "ATLANTIS"\n', ["a:2:12 bad-value"]),
    "a bad cron expression": (
        '[[digest]]\nname = "x"\ncron = "61 * * * *"\nchannels = ["console"]\n',
        ["a:3:8 bad-value"],
    ),
    "a name that cannot be printed": ('[channels."a\\n"]\ntype = "console"\n', ["a:1:1 bad-value"]),
    "an empty name": ('[calendars.""]\n', ["a:1:1 bad-value"]),
    "an id used twice": (DATED + DATED, ["a:6:6 duplicate"]),
    "a digest's name used twice": (
        '[[digest]]\nname = "x"\ncron = "0 8 * * *"\nchannels = ["console"]\n' * 2,
        ["a:6:8 duplicate"],
    ),
    "a key set twice": (DATED + 'note = "x"\nnote = "y"\n', ["a:6:1 duplicate"]),
    "a channel defined twice": ('[channels.x]\ntype = "console"\n' * 2, ["a:3:1 duplicate"]),
    "the built-in calendar": ('[calendars.weekdays]\nholidays = "US"\n', ["a:1:1 duplicate"]),
    "an unknown channel": (DATED + 'channels = ["console", "legla"]\n', ["a:5:24 unknown-channel"]),
    "an unknown channel in a route": ('[[route]]\nchannels = ["x"]\n', ["a:2:13 unknown-channel"]),
    "an unknown channel of ops": ('[service]\nops = ["x"]\n', ["a:2:8 unknown-channel"]),
    "an unknown channel of an escalation": (
        DATED + 'escalate = [{ lead = "1d", channels = ["x"] }]\n',
        ["a:5:40 unknown-channel"],
    ),
    "an unknown fallback": ('[channels.x]\ntype = "console"\nfallback = "y"\n', ["a:3:12 unknown-channel"]),
    "an unknown deadline": (DEADLINE + 'after = { id = "zz", offset = "1d" }\n', ["a:4:16 unknown-deadline"]),
    "an unknown calendar": (DATED + 'calendar = "us"\n', ["a:5:12 unknown-calendar"]),
    "an unknown zone": ('timezone = "Europe/Madird"\n' + DATED, ["a:1:12 unknown-timezone"]),
    "an unknown zone of a deadline": (DATED + 'timezone = "localtime"\n', ["a:5:12 unknown-timezone"]),
    "an unknown zone of a channel": (
        '[channels.x]\ntype = "console"\ntimezone = "utc+3"\n',
        ["a:3:12 unknown-timezone"],
    ),
    "a cycle": (
        DEADLINE + 'after = { id = "b", offset = "1d" }\n' + OTHER + 'before = { id = "a", offset = "1d" }\n',
        ["a:4:1 cycle", "a:8:1 cycle"],
    ),
    "a cycle of one": (DEADLINE + 'after = { id = "a", offset = "1d" }\n', ["a:4:1 cycle"]),
    "an unset variable": ('[service]\ntoken = { env = "NOT_SET" }\n', ["a:2:9 missing-secret"]),
    "a secret file that is not there": ('[service]\ntoken = { file = "/nonexistent/t" }\n', ["a:2:9 missing-secret"]),
    "a secret that is a device": ('[service]\ntoken = { file = "/dev/zero" }\n', ["a:2:9 missing-secret"]),
    "an empty variable": ('[service]\ntoken = { env = "EMPTY" }\n', ["a:2:9 bad-value"]),
    "a lead behind the due time": (DATED + 'leads = ["7d", "0d @ 18:00"]\n', ["a:5:16 lead-after-due"]),
    "a lead at the due time": (DATED + 'leads = ["0d @ 12:00"]\n', ["a:5:10 lead-after-due"]),
    "a bad value in defaults, once": (
        '[defaults]\nleads = ["x"]\n' + DATED + DATED.replace('"a"', '"b"'),
        ["a:2:10 bad-value"],
    ),
    "an unknown channel in defaults, once": (
        '[defaults]\nchannels = ["x"]\n' + DATED + DATED.replace('"a"', '"b"'),
        ["a:2:13 unknown-channel"],
    ),
}

WARNINGS = {
    "a date in the past": (DEADLINE + "due = 2025-09-01\n", ["a:4:7 past-due"]),
    "a date past when it was checked": (
        DEADLINE + "due = 2027-01-04\nchecked = 2027-02-01\n",
        ["a:4:7 past-due"],
    ),
    "a date in a gap": (
        'timezone = "America/New_York"\n' + DEADLINE + "due = 2027-03-14T02:30:00\n",
        ["a:5:7 dst-gap"],
    ),
    "a date that rolls out of a gap": (
        'timezone = "America/New_York"\n' + DEADLINE + 'due = 2027-03-14T02:30:00\nroll = "previous"\nleads = []\n',
        ["a:7:9 no-lead"],
    ),
    "a lead before a due time that a gap puts off": (
        'timezone = "America/New_York"\n' + DEADLINE + 'due = 2027-03-14T02:30:00\nleads = ["0d @ 03:00"]\n',
        ["a:5:7 dst-gap"],
    ),
    "a date in a fold": (
        DEADLINE + 'due = 2027-11-07T01:30:00\ntimezone = "America/New_York"\n',
        ["a:4:7 dst-fold"],
    ),
    "plain http": ('[channels.x]\ntype = "webhook"\nurl = "http://e.com/x"\n', ["a:3:7 insecure-url"]),
    "nobody hears": (DATED + "channels = []\n", ["a:1:1 unreachable"]),
    "no lead": (DATED + "leads = []\n", ["a:5:9 no-lead"]),
    "one channel for a critical one": (DATED + 'severity = "critical"\n', ["a:1:1 single-channel"]),
}

SILENT = {
    "nothing at all": "",
    "a passed date that was checked in time": DEADLINE + "due = 2025-09-01\nchecked = 2025-08-31\n",
    "a passed date of one that is met": DEADLINE + 'due = 2025-09-01\nstatus = "met"\n',
    "a series that began long ago": DEADLINE + 'due = 2020-01-01\nrepeat = "FREQ=YEARLY"\n',
    "an exact instant in a fold": DEADLINE + 'due = 2027-11-07T01:30:00-05:00\ntimezone = "America/New_York"\n',
    "plain http to this machine": '[channels.x]\ntype = "webhook"\nurl = "http://127.0.0.1:8080/x"\n',
    "plain http by name to this machine": '[channels.x]\ntype = "webhook"\nurl = "http://localhost/x"\n',
    "a lead before the due time": DATED + 'leads = ["0d @ 11:59", "0", "+0d @ 18:00"]\n',
    "anywhere on earth": 'timezone = "AoE"\n' + DATED,
    "dotted and quoted keys": 'channels."a b".type = "console"\nchannels."a b".quiet.days = ["sat"]\n',
}

UNREAD: dict[str, tuple[str, list[str]]] = {
    "channels, of all": ("channels = 1\n" + DATED, ["a:1:1 bad-value"]),
    "channels, misspelt": ('[channel.x]\ntype = "console"\n' + DATED, ["a:1:1 unknown-key"]),
    "channels, of a route": ("[[route]]\nchannels = 1\n" + DATED, ["a:2:12 bad-value"]),
    "channels, of none but ops": (
        '[channels.x]\ntype = "console"\n[service]\nops = ["x"]\n' + DATED + "channels = 1\n",
        ["a:9:12 bad-value"],
    ),
    "channels, in defaults": (
        "[defaults]\nchannels = [1]\n[[route]]\nchannels = []\n" + DATED,
        ["a:2:13 bad-value"],
    ),
    "tags that a route goes by": (
        '[[route]]\nmatch = { tags = ["legal"] }\nchannels = ["console"]\n[[route]]\nchannels = []\n'
        + DATED
        + "tags = [1]\n",
        ["a:10:9 bad-value"],
    ),
    "channels, of a critical one": (DATED + 'severity = "critical"\nchannels = [1]\n', ["a:6:13 bad-value"]),
    "fallback of the only channel of a critical one": (
        '[channels.x]\ntype = "console"\nfallback = 3\n' + DATED + 'severity = "critical"\n',
        ["a:3:12 bad-value"],
    ),
    "status": (DEADLINE + 'due = 2025-09-01\nstatus = "mte"\n', ["a:5:10 bad-value"]),
    "status, misspelt": (DEADLINE + 'due = 2025-09-01\nstatsu = "met"\n', ["a:5:1 unknown-key"]),
    "status, not TOML": (DEADLINE + "due = 2025-09-01\nstatus = met\n", ["a:5:10 syntax"]),
    "repeat": (DEADLINE + "due = 2025-09-01\nrepeat = 1\n", ["a:5:10 bad-value"]),
    "zone": (
        'timezone = "America/New_York"\n' + DEADLINE + 'due = 2027-11-07T01:30:00\ntimezone = "Mars"\n',
        ["a:6:12 unknown-timezone"],
    ),
    "zone, of all": ('timezone = "Mars"\n' + DEADLINE + "due = 2025-09-14\n", ["a:1:12 unknown-timezone"]),
    "due time": (
        DEADLINE + 'due = 2027-01-04\ndue_time = "12:00"\nleads = ["0d @ 23:59"]\n',
        ["a:5:12 bad-value"],
    ),
}
"""Of what could not be read: what else would be said if it were not there."""

SEVERAL = {
    "a channel without its address": (
        '[channels.x]\ntype = "webhook"\nfallback = "z"\ntimezone = "Mars"\n',
        ["a:1:1 missing-key", "a:3:12 unknown-channel", "a:4:12 unknown-timezone"],
    ),
    "a channel whose address is none": (
        '[channels.x]\ntype = "slack"\nurl = 3\nrate = "x"\nfallback = "z"\n',
        ["a:3:7 bad-value", "a:4:8 bad-value", "a:5:12 unknown-channel"],
    ),
    "a channel of no type": (
        '[channels.x]\ntype = "fax"\nnumber = 1\nrate = "x"\nfallback = "z"\n',
        ["a:2:8 bad-value", "a:4:8 bad-value", "a:5:12 unknown-channel"],
    ),
    "a key within a table that there is not": (
        DATED + OTHER + 'after = { id = "z", note = "x", offset = "1d" }\n',
        ["a:8:16 unknown-deadline", "a:8:21 unknown-key"],
    ),
    "a key within a table of a list that there is not": (
        DATED + 'escalate = [{ lead = "x", channels = ["z"] }, { lead = "1d", channels = ["z"], note = "x" }]\n',
        ["a:5:22 bad-value", "a:5:39 unknown-channel", "a:5:74 unknown-channel", "a:5:80 unknown-key"],
    ),
    "a deadline without a title": (
        '[[deadline]]\nid = "a"\ndue = 2027-01-04\nopens = 2027-02-01\nleads = ["0d @ 23:59"]\n',
        ["a:1:1 missing-key", "a:4:9 bad-value", "a:5:10 lead-after-due"],
    ),
}
"""Of several mistakes in one table all are told."""

_NO_TOML = frozenset(name for name, (_, found) in ERRORS.items() if found[0].endswith(("syntax", "encoding")))
"""Of what cannot be read as TOML a comment may become a part."""


@pytest.mark.parametrize("name", ERRORS)
def test_a_mistake_is_one_error_at_its_place(name: str, tmp_path: Path) -> None:
    """The load has exactly these problems, all errors, and no watch list."""
    text, expected = ERRORS[name]
    loaded = check(tmp_path, text)
    assert expected == places(loaded)
    assert {problem.severity for problem in loaded.problems} == {"error"}
    assert not loaded.is_usable


@pytest.mark.parametrize("name", UNREAD)
def test_what_rests_on_something_that_could_not_be_read_is_not_judged(name: str, tmp_path: Path) -> None:
    """The mistake alone is told."""
    text, expected = UNREAD[name]
    assert expected == places(check(tmp_path, text))


@pytest.mark.parametrize("name", WARNINGS)
def test_what_looks_wrong_is_one_warning_at_its_place(name: str, tmp_path: Path) -> None:
    """The load has exactly these problems, all warnings, and a watch list."""
    text, expected = WARNINGS[name]
    loaded = check(tmp_path, text)
    assert expected == places(loaded)
    assert {problem.severity for problem in loaded.problems} == {"warning"}
    assert loaded.is_usable


@pytest.mark.parametrize("name", [name for name in ERRORS if name not in _NO_TOML] + list(WARNINGS))
def test_a_comment_behind_what_is_wrong_has_no_part_in_it(name: str, tmp_path: Path) -> None:
    """The place is that of the key or value, and all words are the same."""
    text, expected = (ERRORS | WARNINGS)[name]
    assert isinstance(text, str)
    plain = check(tmp_path, text)
    commented = check(tmp_path, text.replace("\n", ' # [é] = "x", \n'))
    assert expected == places(commented)
    assert plain.problems == commented.problems


@pytest.mark.parametrize("name", SILENT)
def test_what_is_fine_is_silent(name: str, tmp_path: Path) -> None:
    """No problem at all."""
    assert places(check(tmp_path, SILENT[name])) == []


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    """Mistakes of every kind in several files are all reported, sorted by place."""
    first = 'timezone = "Mars"\n' + DATED + 'leads = ["x"]\nchannels = ["y"]\n'
    second = 'timezone = "UTC"\n' + OTHER + "due = 2025-13-01\nseverity = 5\n"
    assert places(check(tmp_path, first, second)) == [
        "a:1:12 unknown-timezone",
        "a:6:10 bad-value",
        "a:7:13 unknown-channel",
        "b:1:1 duplicate",
        "b:5:11 syntax",
        "b:6:12 bad-value",
    ]


@pytest.mark.parametrize("name", SEVERAL)
def test_a_mistake_in_a_table_hides_no_other_there(name: str, tmp_path: Path) -> None:
    """Neither what it lacks nor a key that there is not keeps the rest from being looked at."""
    text, expected = SEVERAL[name]
    assert expected == places(check(tmp_path, text))


def test_a_broken_file_hides_no_problem_of_another_and_makes_none(tmp_path: Path) -> None:
    """What a broken file may define is not said to be unknown elsewhere."""
    broken = '[channels.desk]\ntype = "console"\nurl = [[[\n'
    other = DATED + 'channels = ["desk"]\nseverity = "x"\n'
    assert places(check(tmp_path, broken, other)) == ["a:4:1 syntax", "b:6:12 bad-value"]


def test_a_key_set_in_two_files_names_both_places(tmp_path: Path) -> None:
    """The problem stands at the second place and its message names the first."""
    loaded = check(tmp_path, '[channels.x]\ntype = "console"\n', '\n[channels.x]\ntype = "console"\n')
    assert places(loaded) == ["b:2:1 duplicate"]
    assert f"{tmp_path}/a.toml:1:1" in loaded.problems[0].message


def test_a_table_set_in_two_files_stands_at_its_key(tmp_path: Path) -> None:
    """A value that is a table in one line is placed as any other value of that key."""
    first = '[service]\nlisten = ""\ntoken = { env = "TOKEN" }\n'
    second = '[service]\nlog_level = "info"\ntoken = { env = "TOKEN" }\n'
    loaded = check(tmp_path, DATED + first, second, secrets=False)
    assert places(loaded) == ["b:3:1 duplicate"]


def test_a_mistake_within_a_table_stands_in_the_file_that_has_the_table(tmp_path: Path) -> None:
    """Though another file has other keys of the same section."""
    loaded = check(tmp_path, DATED + '[defaults]\nleads = ["1d"]\n', '[defaults]\noverdue = { every = "x" }\n')
    assert places(loaded) == ["b:2:21 bad-value"]


def test_g5_an_id_in_two_files_names_both_places(tmp_path: Path) -> None:
    """Deadlines add up over files, their ids may not repeat."""
    loaded = check(tmp_path, DATED, "# comment\n" + DATED)
    assert places(loaded) == ["b:3:6 duplicate"]
    assert f"{tmp_path}/a.toml:2:6" in loaded.problems[0].message


@pytest.mark.parametrize("twin", ["A", "a ", "\u0430", "a\u0301", "\u00e1", "a\u200b"], ids=ascii)
def test_g5_what_only_looks_like_an_id_is_none(twin: str, tmp_path: Path) -> None:
    """Another case, a space, a letter of another alphabet, an accent in either form: refused, so none can be a twin."""
    loaded = check(tmp_path, DATED, DATED.replace('"a"', f'"{twin}"'))
    assert places(loaded) == ["b:2:6 bad-value"]


@pytest.mark.parametrize(
    "text",
    [
        DATED + 'lead_time = "7d"\n',
        DATED + "Leads = []\n",
        '[service]\nlistening = ""\n',
        '[defaults]\nlead = ["7d"]\n',
        '[channels.x]\ntype = "console"\nquite = { from = 22:00:00, until = 07:00:00 }\n',
        "[calendars.x]\nclose = [2027-01-04]\n",
        '[[route]]\nchannel = ["console"]\nchannels = ["console"]\n',
        '[[digest]]\nname = "x"\ncron = "0 8 * * *"\nchannels = ["console"]\nhorizont = "7d"\n',
    ],
)
def test_g14_a_misspelt_key_is_refused_wherever_it_stands(text: str, tmp_path: Path) -> None:
    """It is never passed over in silence, and the list is not used."""
    loaded = check(tmp_path, text)
    assert ([problem.code for problem in loaded.problems], loaded.is_usable) == (["unknown-key"], False)


def test_parts_of_a_table_may_stand_in_two_files(tmp_path: Path) -> None:
    """Different keys of one section are taken together, those of the heartbeat too."""
    loaded = check(
        tmp_path,
        '[service]\nlisten = ""\n[service.heartbeat]\nurl = "https://e.com"\n[defaults]\nowner = "me"\n',
        '[service]\nlog_level = "debug"\nheartbeat.every = "1m"\n[defaults]\nlink = "x"\n' + DATED,
    )
    assert places(loaded) == []
    assert (loaded.service.listen, loaded.service.log_level) == ("", "debug")
    assert loaded.service.heartbeat is not None
    assert loaded.service.heartbeat.every.total_seconds() == 60
    assert loaded.watch_list is not None
    assert (loaded.watch_list.deadlines["a"].owner, loaded.watch_list.deadlines["a"].link) == ("me", "x")


def test_what_a_table_lacks_is_said_where_it_stands(tmp_path: Path) -> None:
    """Also where another file has more of the table above it."""
    loaded = check(
        tmp_path, '[service]\nlisten = ""\n', '[service]\nretention = "9d"\n[service.heartbeat]\nevery = "1m"\n'
    )
    assert places(loaded) == ["b:3:1 missing-key"]


def test_columns_count_characters(tmp_path: Path) -> None:
    """Characters of several bytes count once, and a byte order mark not at all."""
    text = "\ufeff" + DATED + 'tags = ["äöü", "🙂", 5]\n'
    assert places(check(tmp_path, text.replace("\n", "\r\n"))) == ["a:5:21 bad-value"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (DATED + "lead = []\n", "leads"),
        (DATED + 'timezone = "Europe/Madird"\n', "Europe/Madrid"),
        (DATED + 'timezone = "europe/madrid"\n', "Europe/Madrid"),
        (DATED + 'calendar = "weekday"\n', "weekdays"),
        (DATED + 'channels = ["consle"]\n', "console"),
        ('[channels.x]\ntype = "webhok"\n', "webhook"),
        ('[channel.x]\ntype = "console"\n', "channels"),
        ('[channels.x]\ntype = "console"\nlanguage = "es-MX"\n', "es"),
        (DATED + OTHER + 'after = { id = "A", offset = "1d" }\n', "a"),
    ],
)
def test_a_near_miss_is_asked_after(text: str, meant: str, tmp_path: Path) -> None:
    """The message says which word was probably meant."""
    loaded = check(tmp_path, text)
    assert [problem.message.endswith(f'did you mean "{meant}"?') for problem in loaded.problems] == [True]


def test_a_place_in_a_list_is_named_where_there_is_a_list(tmp_path: Path) -> None:
    """One secret may stand for a list of one."""
    channel = '[channels.{name}]\ntype = "webhook"\nurl = "https://example.org"\nsecret = {secret}\n'
    one, several = '{ env = "NOT_SET" }', '[{ env = "NOT_SET" }, { env = "NOT_SET" }]'
    loaded = check(tmp_path, channel.format(name="x", secret=one) + channel.format(name="y", secret=several))
    keys = [problem.message.split(":")[0] for problem in loaded.problems]
    assert keys == ["channels.x.secret", "channels.y.secret[1]", "channels.y.secret[2]"]


def test_a_list_of_one_bad_item_is_one_problem(tmp_path: Path) -> None:
    """It is not called empty besides; one that is empty is."""
    digest = '[[digest]]\nname = "{0}"\ncron = "0 8 * * *"\nchannels = {1}\n'
    loaded = check(tmp_path, digest.format("x", "[5]") + digest.format("y", "[]"))
    assert [(problem.line, problem.message.split(": ")[-2:]) for problem in loaded.problems] == [
        (4, ["channels[1]", "should be a string"]),
        (8, ["channels", "should not be empty"]),
    ]


def test_a_problem_is_one_line(tmp_path: Path) -> None:
    """Line breaks and control characters from the file do not reach the terminal."""
    text = (
        '[[deadline]]\nid = "a\\nb\\u001b[2J"\ntitle = "A"\ndue = 2027-01-04\nchannels = ["\\r\\u0007"]\n"x\\ny" = 1\n'
    )
    loaded = check(tmp_path, text)
    assert [str(problem).isprintable() for problem in loaded.problems] == [True] * 3


def test_no_problem_shows_a_secret(tmp_path: Path) -> None:
    """Whatever is wrong with an address or secret, its value is not in the message."""
    text = "".join(
        f'[channels.c{index}]\ntype = "{kind}"\n{key} = {value}\n'
        for index, (kind, key, value) in enumerate(
            [
                ("webhook", "url", '"ht!tp://CANARY"'),
                ("webhook", "url", '"ftp://CANARY/x"'),
                ("webhook", "url", '["https://CANARY"]'),
                ("webhook", "url", '{ env = "X", value = "CANARY" }'),
                ("slack", "token", '{ secret = "CANARY" }'),
                ("slack", "url", '"https://169.254.169.254/CANARY"'),
            ]
        )
    )
    loaded = check(tmp_path, text + '[service]\nstore = "mysql://u:CANARY@h/d"\ntoken = ["CANARY"]\n')
    assert len(loaded.problems) >= 8
    assert "CANARY" not in "".join(map(str, loaded.problems)) + repr(loaded.service)
