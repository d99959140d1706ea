"""Secrets are changed under the running daemon by the runbook's recipe (deploy/README.md, "Change secrets")."""

from __future__ import annotations

import base64
import os
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from standardwebhooks import Webhook

from tests.acceptance.harness import Bench, Daemon, deadline, soon
from tests.acceptance.inbox import HttpInbox
from tests.servers import Request


def keep(bench: Bench, name: str, *, form: str = "{}") -> str:
    """A new secret in the file of that name; returns it with what it is wrapped in."""
    secret = bench.secret(name.upper(), form=form)
    (bench.folder / name).write_text(f"{secret}\n")
    return secret


def signs(secret: str, request: Request) -> bool:
    """Whether the webhook is signed with this secret, as a receiver sees it."""
    try:
        Webhook(secret).verify(request.body, dict(request.headers))
    except Exception:  # noqa: BLE001 - whatever the library says of a signature that is not right
        return False
    return True


async def reload(bench: Bench, daemon: Daemon) -> None:
    """`alerter reload`, and the daemon has read its files."""
    count = len(daemon.events("config.loaded")) + 1
    ran = await bench.command("reload")
    assert ran.code == 0, ran.err
    await daemon.says("config.loaded", count=count)


async def test_both_secrets_sign_until_the_receiver_has_the_new_one(bench: Bench) -> None:
    """The old alone, then old and new, then the new alone; each change of the file is taken, and no notice is lost."""
    ops = await bench.receiver("ops")
    secrets = [f"whsec_{base64.b64encode(os.urandom(24)).decode()}" for _ in range(2)]
    for name, secret in zip(("old", "new"), secrets, strict=True):
        (bench.folder / name).write_text(secret)
    lists = ('{ file = "old" }', '[{ file = "old" }, { file = "new" }]', '{ file = "new" }')
    tables: list[str] = []
    seen: list[list[bool]] = []
    daemon: Daemon | None = None
    for number, listed in enumerate(lists):
        tables.append(deadline(f"d{number}", soon(minutes=30), ["1h"]))
        table = f'[channels.ops]\ntype = "webhook"\nurl = "{ops.receiver.url}/"\nsecret = {listed}\n'
        bench.write(*tables, more=table)
        daemon = daemon or await bench.start()
        await ops.until(number + 1)
        seen.append([signs(secret, ops.requests[-1]) for secret in secrets])
    assert seen == [[True, False], [True, True], [False, True]]
    bench.wants(*(f"ops d{number} upcoming 1h" for number in range(3)))


async def test_new_keys_and_a_new_token_hold_after_a_reload(bench: Bench) -> None:
    """Links, calendars and the token of before are refused, those made with the new ones work, notices go on."""
    ops = await bench.webhook("ops")
    keep(bench, "links")
    before = {name: keep(bench, name) for name in ("calendar", "token")}
    service = "".join(
        f'{key} = {{ file = "{name}" }}\n'
        for key, name in (("link_key", "links"), ("calendar_key", "calendar"), ("token", "token"))
    )
    service += 'base_url = "https://deadlines.example.com"\n'
    first, second = (deadline(name, soon(minutes=30), ["1h"]) for name in ("first", "second"))
    bench.write(first, service=service)
    daemon = await bench.start()
    await ops.until(1)
    old_link = link_of(ops, 0)
    assert await answers(daemon, old_link, **before) == (200, 200, 200)
    keep(bench, "links")
    after = {name: keep(bench, name) for name in before}
    await reload(bench, daemon)
    assert await answers(daemon, old_link, **before) == (404, 403, 401)
    bench.write(first, second, service=service)
    await ops.until(2)
    assert await answers(daemon, link_of(ops, 1), **after) == (200, 200, 200)
    bench.wants("ops first upcoming 1h", "ops second upcoming 1h")


async def test_on_postgresql_the_new_token_has_itself_taken(postgres_url: str, bench: Bench) -> None:
    """No lock says whom to signal: the daemon looks whether the token that it does not know is in the file by now."""
    bench.store = bench.environ["ALERTER_STORE"] = postgres_url
    before = keep(bench, "token")
    bench.write(deadline("far", soon(days=30), ["1h"]), service='token = { file = "token" }\n')
    daemon = await bench.start()
    await daemon.ready()
    bench.environ["ALERTER_LISTEN"] = f"127.0.0.1:{daemon.port}"
    after = keep(bench, "token")
    await reload(bench, daemon)
    assert [(await answers(daemon, "/livez", calendar="", token=token))[2] for token in (before, after)] == [401, 200]
    (bench.folder / "alien").write_text(bench.secret("ALIEN"))
    bench.environ["ALERTER_TOKEN_FILE"] = "alien"
    ran = await bench.command("reload")
    assert (ran.code, "401" in ran.err) == (1, True)


def link_of(inbox: HttpInbox, number: int) -> str:
    """The path of the link to acknowledge in a webhook."""
    return str(urlsplit(inbox.bodies[number]["data"]["links"]["ack"]).path)


async def answers(daemon: Daemon, link: str, *, calendar: str, token: str) -> tuple[int, ...]:
    """What the daemon answers to the link, to the calendar with its key, and to the API with its token."""
    connection = HTTPConnection("127.0.0.1", daemon.port, timeout=5)
    bearer = {"Authorization": f"Bearer {token}"}
    asked: list[tuple[str, dict[str, str]]] = [
        (link, {}),
        (f"/calendar.ics?key={calendar}", {}),
        ("/api/v1/deadlines", bearer),
    ]
    statuses = []
    for path, headers in asked:
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as answer:
            answer.read()
            statuses.append(answer.status)
    connection.close()
    return tuple(statuses)


@pytest.mark.fault
@pytest.mark.ci
async def test_a_new_address_and_a_new_password_are_used_after_a_reload(bench: Bench) -> None:
    """Slack's address and the mail server's password: what failed under the old ones goes out under the new."""
    desk = await bench.receiver("desk")
    desk.is_slack = True
    post = await bench.mail_receiver("post")
    server = post.server
    keep(bench, "slack", form=f"{desk.receiver.url}/services/{{}}")
    server.password = keep(bench, "smtp")
    more = (
        '[channels.desk]\ntype = "slack"\nurl = { file = "slack" }\n'
        '[channels.post]\ntype = "email"\nto = ["desk@example.com"]\nfrom = "alerter@example.com"\n'
        f'smtp = {{ host = "localhost", port = {server.port}, username = "alerter", '
        'password = { file = "smtp" }, ca = "ca.pem" }\n'
    )
    tables = [deadline("first", soon(minutes=30), ["1h"])]
    bench.write(*tables, more=more)
    daemon = await bench.start()
    await desk.until(1)
    await post.until(1)
    server.password = "changed at the server first"
    tables.append(deadline("second", soon(minutes=30), ["1h"]))
    bench.write(*tables, more=more)
    await daemon.says("notice.retried")
    new = keep(bench, "slack", form=f"{desk.receiver.url}/services/{{}}")
    server.password = keep(bench, "smtp")
    await reload(bench, daemon)
    await post.until(2)  # at once, though the channel would have rested for minutes
    tables.append(deadline("third", soon(minutes=30), ["1h"]))
    bench.write(*tables, more=more)
    await desk.until(3)
    await post.until(3)
    assert desk.requests[-1].path == urlsplit(new).path
    names = ("first", "second", "third")
    bench.wants(*(f"{channel} {name} upcoming 1h" for channel in ("desk", "post") for name in names))
