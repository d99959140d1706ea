"""The security checklist, rule by rule: what is refused, what is escaped, and what code and image may not hold."""

from __future__ import annotations

import ast
import asyncio
import email
import email.policy
import io
import json
import os
import re
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import structlog
from standardwebhooks import Webhook

from alerter.channels.dialling import ForbiddenAddressError, dial, guard_all_sockets
from alerter.channels.http import Http
from alerter.channels.http_answer import Failure
from alerter.channels.registry import Context, build, channel_types
from alerter.config.addresses import is_refused_address
from alerter.config.load import Loaded, load
from alerter.config.log import configure_logging
from alerter.config.models import CalendarTable, DeadlineTable, DefaultsTable, DigestTable, RouteTable
from alerter.config.problems import problems_json
from alerter.config.settings import HeartbeatTable, ServiceTable
from alerter.config.sources import _why
from alerter.domain.notices.outcome import Refused
from tests.fuzz.renderers import SETTINGS, render
from tests.messages import deadline, message
from tests.servers import http_receiver, mail_server

ROOT = Path(__file__).parents[2]
NOW = datetime(2025, 9, 15, tzinfo=UTC)
CANARY = "CANARY-7f3a"
SCREEN = '[channels.screen]\ntype = "console"\n'
SECRETS = ("url", "secret", "token", "password", "signing_secret", "link_key", "calendar_key", "api_url")


def loaded(folder: Path, content: bytes | str, **environ: str) -> Loaded:
    """What a load of this one file gives."""
    (folder / "alerter.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    return load([folder], channel_types=channel_types(), environ={"CANARY": CANARY, **environ}, now=NOW)


def codes(found: Loaded) -> list[str]:
    """The codes of the errors."""
    return [problem.code for problem in found.problems if problem.severity == "error"]


def tables() -> Iterator[tuple[str, Any]]:
    """The header and the model of every table that there is."""
    yield from {
        "[service]": ServiceTable,
        "[service.heartbeat]": HeartbeatTable,
        "[defaults]": DefaultsTable,
        "[calendars.us]": CalendarTable,
        "[[deadline]]": DeadlineTable,
        "[[route]]": RouteTable,
        "[[digest]]": DigestTable,
    }.items()
    for kind, model in channel_types().items():
        yield f'[channels.c]\ntype = "{kind}"', model
        if kind == "email":
            smtp = model.model_fields["smtp"].annotation
            assert isinstance(smtp, type)
            yield "[channels.c.smtp]", smtp


KEYS = [(header, info.alias or name) for header, model in tables() for name, info in model.model_fields.items()]


@pytest.mark.parametrize(("header", "key"), KEYS, ids=lambda value: str(value).replace("\n", " "))
def test_s3_no_mistake_of_any_key_shows_a_secret(header: str, key: str, tmp_path: Path) -> None:
    """A secret of the wrong shape, in the wrong place or beside a wrong word is in no problem, as text or JSON."""
    values = ['{ env = "CANARY" }', '[{ env = "CANARY" }]', '{ env = "CANARY", x = 1 }', '{ x = { env = "CANARY" } }']
    if key in SECRETS:
        values += [
            f'["{CANARY}", 1]',
            f'{{ x = "{CANARY}" }}',
            f'"ht!tp://{CANARY}"',
            f'"ftp://{CANARY}/"',
            f'[["{CANARY}"]]',
        ]
    for value in values:
        found = loaded(tmp_path, f"{header}\n{key} = {value}\n" if key != "type" else f"[channels.c]\ntype = {value}\n")
        shown = problems_json(found.problems) + "".join(map(str, found.problems)) + repr(found.service)
        assert CANARY not in shown, (value, shown)


@pytest.mark.parametrize(
    "name", ["TOKEN", "LINK_KEY", "CALENDAR_KEY", "HEARTBEAT_URL", "HEARTBEAT", "STORE", "RETENTION"]
)
def test_s3_no_mistake_in_a_variable_shows_it(name: str, tmp_path: Path) -> None:
    """What `ALERTER_…` holds is in no problem either."""
    found = loaded(tmp_path, SCREEN, **{f"ALERTER_{name}": f"ht!tp://user:{CANARY}@x y/{CANARY}"})
    assert CANARY not in problems_json(found.problems) + repr(found.service)


@pytest.mark.parametrize("form", ["json", "console"])
def test_s2_a_traceback_holds_no_local_variable(form: str) -> None:
    """Neither as JSON nor for people, though a library that would show them is installed."""
    out = io.StringIO()
    log_before = structlog.get_config()
    configure_logging(form=form, stream=out)
    try:
        _fail("".join(["only-in-", "a-local"]))
    except ValueError:
        structlog.get_logger("alerter").exception("broke")
    finally:
        structlog.configure(**log_before)
    assert ("Traceback" in out.getvalue(), "only-in-a-local" in out.getvalue()) == (True, False)


def _fail(password: str) -> None:
    raise ValueError(f"of length {len(password)}")


def test_s5_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    """It need not be in the environment, which other processes can read, nor in the TOML."""
    (tmp_path / "url").write_text(f"https://ops.example.com/{CANARY}\n")
    text = f'[channels.ops]\ntype = "webhook"\nurl = {{ file = "{tmp_path / "url"}" }}\n'
    settings: Any = loaded(tmp_path, text).channel_settings["ops"]
    assert settings.url.get_secret_value() == f"https://ops.example.com/{CANARY}"


def test_s6_a_secret_that_may_not_be_read_says_how_to_mend_it() -> None:
    """The error names the path, the user and what to change."""
    said = _why(Path("/run/secrets/token"), PermissionError())
    assert said == f"/run/secrets/token cannot be read by user id {os.getuid()}: change its owner or mode"


REFUSED = [
    "169.254.169.254", "169.254.0.0", "169.254.255.255", "fe80::1", "febf::1", "100.100.100.200", "192.0.0.192",
    "fd00:ec2::254", "fd20:ce::254", "::ffff:169.254.169.254", "::169.254.169.254", "::ffff:0:169.254.169.254",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1",
    "2001:0:1:2:3:4:5601:5601", "::ffff:100.100.100.200",
]  # fmt: skip
FINE = [
    "127.0.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "8.8.8.8",
    "169.253.1.1",
    "fec0::1",
]
SPELLINGS = [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.16689662",
    "0xA9.254.169.254",
]


@pytest.mark.parametrize("address", REFUSED)
def test_s8_refused_addresses_are_known_in_every_wrapping(address: str) -> None:
    """Link-local and metadata addresses, also mapped, translated (NAT64), 6to4 and Teredo."""
    assert is_refused_address(ip_address(address))


@pytest.mark.parametrize("address", FINE)
def test_s8_the_operators_own_networks_are_fine(address: str) -> None:
    """Private networks and loopback may be connected to."""
    assert not is_refused_address(ip_address(address))


@pytest.mark.parametrize(
    "host", [*SPELLINGS, "[fe80::1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]"]
)
def test_s9_no_spelling_gets_past_the_configuration(host: str, tmp_path: Path) -> None:
    """Decimal, octal, hexadecimal, short and wrapped: each is a bad value for every channel that names a host."""
    text = (
        f'[channels.a]\ntype = "webhook"\nurl = "http://{host}/"\n[channels.b]\ntype = "slack"\nurl = "https://x@{host}:1/"\n'
        f'[channels.c]\ntype = "email"\nto = ["a@example.com"]\nfrom = "a@example.com"\nsmtp = {{ host = "{host}" }}\n'
        f'[service]\nheartbeat = {{ url = "http://{host}" }}\n'
    )
    assert codes(loaded(tmp_path, text)) == ["bad-value"] * 4


@pytest.mark.parametrize("host", [*SPELLINGS, "::ffff:169.254.169.254", "fe80::1"])
async def test_s7_a_mail_server_is_judged_by_the_address_connected_to(host: str) -> None:
    """However the resolver is told, no connection is begun."""
    with pytest.raises(ForbiddenAddressError):
        await dial(host, 25)


class Rebinding(asyncio.SelectorEventLoop):
    """A loop whose resolver gives one address first and another from then on."""

    answers: list[list[str]]

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> list[Any]:
        """The next answer of the script, the last one for ever."""
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, int(port or 0))) for each in addresses]


def _with_answers(*answers: list[str]) -> Rebinding:
    loop = Rebinding()
    loop.answers = list(answers)
    return loop


def test_s10_a_name_that_changes_its_address_is_judged_each_time() -> None:
    """It answers 127.0.0.1 first and 169.254.169.254 then: the second attempt connects nowhere, by HTTP and by mail."""

    async def attempts() -> list[Any]:
        async with http_receiver() as receiver:
            loop: Any = asyncio.get_running_loop()
            url = f"http://rebinding.example.com:{receiver.port}/"
            answers = []
            for _ in range(2):
                http = Http(limit=timedelta(seconds=5))
                answers.append(await http.post(url, {}, b""))
                await http.close()
            loop.answers = [["127.0.0.1"], ["169.254.169.254"]]
            (await dial("rebinding.example.com", receiver.port)).close()
            with pytest.raises(ForbiddenAddressError):
                await dial("rebinding.example.com", receiver.port)
            return answers

    with asyncio.Runner(loop_factory=lambda: _with_answers(["127.0.0.1"], ["169.254.169.254"])) as runner:
        first, second = runner.run(attempts())
    assert not isinstance(first, Failure)
    assert isinstance(second, Failure)
    assert "not connected to" in second.detail


def test_s10_of_several_addresses_only_the_allowed_are_tried() -> None:
    """A name with a link-local address among others is reached by the others."""

    async def attempt() -> str:
        async with mail_server() as server:
            connection = await dial("mixed.example.com", server.port)
            with connection:
                return str(connection.getpeername()[0])

    with asyncio.Runner(loop_factory=lambda: _with_answers(["169.254.169.254", "127.0.0.1"])) as runner:
        assert runner.run(attempt()) == "127.0.0.1"


@pytest.mark.parametrize(
    "url", ["json://169.254.169.254/", "json://2852039166/", "syslog://169.254.169.254", "json://[fe80::1]/"]
)
async def test_s7_apprise_connects_to_no_such_address(url: str) -> None:
    """Its libraries open sockets by themselves; the process refuses theirs."""
    sender = build(channel_types()["apprise"].model_validate({"type": "apprise", "url": url}), "ops", Context())
    try:
        outcome = await sender.send(message(), sender.render(message()))
    finally:
        await sender.close()
    assert "sent" not in outcome.detail


def test_s7_the_guard_of_the_process_judges_what_is_connected_to() -> None:
    """TCP and UDP to a link-local address are refused before a packet leaves, also where the library catches errors."""
    guard_all_sockets()
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as made, pytest.raises(ForbiddenAddressError):
            made.connect(("169.254.169.254", 9))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made, pytest.raises(ForbiddenAddressError):
        made.sendto(b"x", ("169.254.169.254", 9))


async def test_s7_a_refused_address_ends_the_notice() -> None:
    """It is no passing trouble: the outcome is a refusal for good."""
    settings = channel_types()["webhook"].model_validate({"type": "webhook", "url": "http://example.invalid/"})
    sender: Any = build(settings, "ops", Context())
    sender._url = "http://169.254.169.254/"
    try:
        outcome = await sender.send(message(), sender.render(message()))
    finally:
        await sender.close()
    assert outcome == Refused(detail="link-local and metadata addresses are not connected to")


@pytest.mark.parametrize("scheme", ["file", "ftp", "gopher", "data", "javascript", "unix"])
def test_s12_only_http_is_spoken(scheme: str, tmp_path: Path) -> None:
    """Another scheme is a bad value; plain http is warned of."""
    text = '[channels.a]\ntype = "webhook"\nurl = "{}://ops.example.com/"\n'
    assert codes(loaded(tmp_path, text.format(scheme))) == ["bad-value"]
    assert "insecure-url" in [problem.code for problem in loaded(tmp_path, text.format("http")).problems]


def test_s12_certificates_cannot_go_unverified(tmp_path: Path) -> None:
    """No key turns verification off, and TLS is 1.2 or newer."""
    text = '[channels.a]\ntype = "webhook"\nurl = "https://ops.example.com/"\nverify = false\n'
    assert codes(loaded(tmp_path, text)) == ["unknown-key"]
    assert ssl.create_default_context().minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("value", ["a\\r\\nX-Evil: 1", "a\\nb", "a\\u0000b", "a\\u20acb", " a"])
def test_s13_a_header_is_one_header(value: str, tmp_path: Path) -> None:
    """What would begin another one, or is no header's text, is refused at load."""
    channel = '[channels.a]\ntype = "webhook"\nurl = "https://ops.example.com/"\n'
    assert codes(loaded(tmp_path, f'{channel}headers = {{ X-Team = "{value}" }}\n')) == ["bad-value"]
    assert codes(loaded(tmp_path, f'{channel}headers = {{ "X{value}:" = "a" }}\n')) == ["bad-value"]


async def test_s14_s15_s16_each_attempt_is_signed_over_its_bytes_by_every_key() -> None:
    """The reference library verifies both secrets of a rotation; id equal, timestamp that of the attempt."""
    keys = ["whsec_" + "A" * 32, "whsec_" + "B" * 32]
    async with http_receiver() as receiver:
        settings = {"type": "webhook", "url": receiver.url, "secret": keys}
        sender = build(channel_types()["webhook"].model_validate(settings), "ops", Context())
        now = datetime.now(UTC)
        for attempt, later in ((1, 0), (2, 4)):
            told = message(now=now + timedelta(seconds=later), attempt=attempt)
            await sender.send(told, sender.render(told))
        await sender.close()
    first, second = receiver.requests
    for request in (first, second):
        assert [bool(Webhook(key).verify(request.body, dict(request.headers))) for key in keys] == [True, True]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 4


TEMPLATES = ["{d.__class__}", "${__x__}", "{{7*7}}", "%s", "{% raw %}", "{0.__init__.__globals__}", "%(x)s"]


@pytest.mark.parametrize("kind", sorted(SETTINGS))
def test_s17_a_template_in_the_text_stays_text(kind: str) -> None:
    """Nothing of the configuration is expanded, in any channel's form."""
    told = message(deadline=deadline(title=" ".join(TEMPLATES), note=" ".join(TEMPLATES)))
    rendered = render(kind, told)
    assert [each for each in TEMPLATES if each not in rendered.text and each not in rendered.subject] == []
    assert "<class" not in str(rendered.body)


def test_s19_slack_pings_nobody_and_unfolds_nothing() -> None:
    """C6: every field full of marks gives only escaped ones; link names and previews are off."""
    marks = "<!channel> <@U1> <!date^1^x|y> <http://x|Click> &"
    told = message(deadline=deadline(title=marks, note=marks, owner=marks, link=marks, tags=(marks,)))
    body = render("slack", told).body
    text = json.dumps(body)
    assert re.findall(r"<[!@][^>]*>", text) == []
    assert "&lt;!channel&gt;" in text
    assert not body.get("link_names")
    assert (body.get("unfurl_links"), body.get("unfurl_media")) == (False, False)


def test_s20_mail_in_html_holds_words_only() -> None:
    """Markup in any field is escaped, nothing is fetched from elsewhere, and the text part is there."""
    marks = '<script>alert(1)</script><img src=x> "onx='
    told = message(deadline=deadline(title=marks, note=marks, owner=marks, link=marks))
    mail = email.message_from_bytes(render("email", told).body, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    pages = {part.get_content_type(): str(part.get_content()) for part in mail.walk() if not part.is_multipart()}
    assert "alert(1)" in pages["text/plain"]
    assert "&lt;script&gt;" in pages["text/html"]
    assert not re.search(r"<(script|img|iframe|link)\b", pages["text/html"])


@pytest.mark.parametrize("mark", ["\\r\\nBcc: x@example.com", "\\n", "\\u0000", "\\u0085", "\\u2028", "\\u2029"])
def test_s21_an_address_is_one_address(mark: str, tmp_path: Path) -> None:
    """D12: control characters and line separators in sender, recipient or a name are refused at load."""
    for sender, recipient in (
        (f"Desk{mark} <a@example.com>", "b@example.com"),
        ("a@example.com", f"b@example.com{mark}"),
    ):
        people = f'to = ["{recipient}"]\nfrom = "{sender}"\n'
        text = f'[channels.a]\ntype = "email"\n{people}smtp = {{ host = "mail.example.com" }}\n'
        assert codes(loaded(tmp_path, text)) == ["bad-value"]


def test_s25_the_image_runs_as_nobody_in_particular() -> None:
    """Its user is not root, no file of it raises to root, and it needs no shell to start."""
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"(?m)^USER (\d+)$", text.split("FROM")[-1]) is not None
    assert "-perm /6000" in text
    assert re.search(r'(?m)^ENTRYPOINT \["alerter"\]$', text) is not None


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-build.lock", "requirements-sbom.lock"])
def test_s27_every_package_of_the_image_is_pinned_by_hash(lock: str) -> None:
    """Each line is an exact version with hashes; no index, address or folder is named; only wheels are installed."""
    text = (ROOT / "deploy" / lock).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    assert [
        line for line in lines if not re.match(r"[a-zA-Z0-9._\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ] == []
    assert "--require-hashes --only-binary :all:" in (ROOT / "Dockerfile").read_text()


DANGEROUS = frozenset({"pickle", "shelve", "marshal", "dill", "jsonpickle", "yaml", "subprocess", "pty"})


def test_s31_nothing_is_unpickled_or_evaluated() -> None:
    """No module of ours imports what runs data as code, or calls eval, exec or a shell."""
    found = []
    for path in sorted((ROOT / "alerter").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if called in ("eval", "exec") or any(name.partition(".")[0] in DANGEROUS for name in names):
                found.append(f"{path.name}:{getattr(node, 'lineno', 0)}")
    assert found == []


def test_s32_g10_what_is_too_much_is_refused_in_words(tmp_path: Path) -> None:
    """A string of 5 kB, a nesting without end and an absurd number are problems; BOM and CRLF are none."""
    plain = f'{SCREEN}[[deadline]]\nid = "a"\ntitle = "A"\ndue = 2027-01-04\n'
    assert codes(loaded(tmp_path, plain + f'note = "{"x" * 5000}"\n')) == ["bad-value"]
    assert codes(loaded(tmp_path, plain + f"x = {'[' * 5000}\n")) == ["syntax"]
    assert codes(loaded(tmp_path, plain + f"x = {'9' * 5000}\n")) == ["syntax"]
    assert codes(loaded(tmp_path, plain.encode("utf-16"))) == ["encoding"]
    assert codes(loaded(tmp_path, plain.encode() + b'note = "caf\xe9"\n')) == ["encoding"]
    assert codes(loaded(tmp_path, plain.encode() + b'note = "\x00"\n')) == ["syntax"]
    assert codes(loaded(tmp_path, b"\xef\xbb\xbf" + plain.replace("\n", "\r\n").encode())) == []


def test_g10_ten_megabytes_are_read_or_refused_in_time(tmp_path: Path) -> None:
    """A file of ten megabytes of comments is no problem."""
    assert codes(loaded(tmp_path, SCREEN + "# " + "x" * 10_000_000 + "\n")) == []


ZONES = [
    "America",
    "x" * 5000,
    "localtime",
    "posixrules",
    "../../etc/passwd",
    "/etc/localtime",
    "",
    "utc ",
    "Europe/../Europe/Madrid",
    "x\\u0000y",
]


@pytest.mark.parametrize("zone", ZONES)
def test_s33_e19_a_zone_is_a_name_and_no_path(zone: str, tmp_path: Path) -> None:
    """What is not in the zone table is a problem at its line, however much it looks like a file."""
    text = f'{SCREEN}[[deadline]]\nid = "a"\ntitle = "A"\ndue = 2027-01-04\ntimezone = "{zone}"\n'
    problems = [problem for problem in loaded(tmp_path, text).problems if problem.severity == "error"]
    assert [(problem.line, problem.code in ("unknown-timezone", "bad-value")) for problem in problems] == [(7, True)]
