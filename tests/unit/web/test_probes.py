"""Probes and the reload endpoint, asked as an HTTP client would."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from alerter.web.metrics import Gauges, Metrics
from alerter.web.probes import make_app
from tests.unit.web.daemon_state import State

LOOPBACK = ("127.0.0.1", 50000)


async def ask(
    state: State, method: str, path: str, *, client: tuple[str, int] = LOOPBACK, host: str = "127.0.0.1", **headers: str
) -> httpx.Response:
    transport = httpx.ASGITransport(make_app(state, Metrics()), client=client, raise_app_exceptions=False)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
        return await http.request(method, path, headers=named)


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_a_healthy_daemon_answers_200(path: str) -> None:
    """No reasons means ok."""
    answer = await ask(State(), "GET", path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "reasons": []})


@pytest.mark.parametrize(
    ("state", "path"), [(State(dead_because=["stuck"]), "/livez"), (State(idle_because=["stuck"]), "/readyz")]
)
async def test_an_unhealthy_daemon_answers_503_with_reasons(state: State, path: str) -> None:
    """The reasons are listed, so that a person knows what to mend."""
    answer = await ask(state, "GET", path)
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "reasons": ["stuck"]})


async def test_probes_are_open_to_everybody() -> None:
    """A load balancer elsewhere may ask, token or not."""
    answer = await ask(State(token="t"), "GET", "/livez", client=("203.0.113.9", 1), x_forwarded_for="203.0.113.9")
    assert answer.status_code == 200


async def test_metrics_show_what_is_true_now() -> None:
    """Gauges are asked of the daemon at each scrape."""
    answer = await ask(State(now_true=Gauges(queue_depth={"desk": 3}, overdue_unsent=1)), "GET", "/metrics")
    assert 'alerter_queue_depth{channel="desk"} 3.0' in answer.text
    assert "alerter_overdue_unsent 1.0" in answer.text


async def test_metrics_answer_while_the_ledger_cannot() -> None:
    """Counters do not need the ledger, and somebody is to be called who mends it."""
    state = State(now_true=OSError("disk gone"), idle_because=["disk gone"])
    answer = await ask(state, "GET", "/metrics")
    assert (answer.status_code, "alerter_notices_total" in answer.text) == (200, True)
    assert "alerter_ready 0.0" in answer.text
    state.idle_because = []
    assert "alerter_ready 1.0" in (await ask(state, "GET", "/metrics")).text


@pytest.mark.parametrize(("query", "expected"), [("", False), ("?accept_removals=true", True)])
async def test_loopback_may_reload_without_a_token(query: str, expected: bool) -> None:
    """Where no token is set, this machine may ask."""
    state = State()
    answer = await ask(state, "POST", f"/api/v1/reload{query}")
    assert (202, [expected]) == (answer.status_code, state.reloads)


@pytest.mark.parametrize(
    "asked",
    [
        {"client": ("203.0.113.9", 1)},
        {"client": ("203.0.113.9", 1), "host": "localhost"},
        {"x_forwarded_for": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"x_real_ip": "127.0.0.1"},
        {"host": "rebound.example"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
async def test_nobody_else_may_reload_without_a_token(asked: dict[str, Any]) -> None:
    """Neither other machines, nor proxies, nor pages in a browser on this machine."""
    state = State()
    answer = await ask(state, "POST", "/api/v1/reload", **asked)
    assert (answer.status_code, state.reloads) == (403, [])
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("client", ["::1", "127.9.9.9", "::ffff:127.0.0.1"])
async def test_every_loopback_address_counts(client: str) -> None:
    """IPv6, the rest of 127/8 and mapped addresses are this machine too."""
    assert (await ask(State(), "POST", "/api/v1/reload", client=(client, 1))).status_code == 202


async def test_with_a_token_it_is_needed_and_enough() -> None:
    """Loopback alone no longer does, and the token works from anywhere."""
    state = State(token="s3cret")
    away = ("203.0.113.9", 1)
    refused = await ask(state, "POST", "/api/v1/reload")
    wrong = await ask(state, "POST", "/api/v1/reload", authorization="Bearer other")
    right = await ask(state, "POST", "/api/v1/reload", client=away, authorization="Bearer s3cret")
    assert [refused.status_code, wrong.status_code, right.status_code] == [401, 401, 202]
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_the_next_token_may_have_itself_taken() -> None:
    """It opens the reload alone, and nothing where there is no token yet."""
    state, without = State(token="s3cret", next_token="n3w"), State(next_token="n3w")
    new = await ask(state, "POST", "/api/v1/reload", authorization="Bearer n3w")
    away = await ask(without, "POST", "/api/v1/reload", client=("203.0.113.9", 1), authorization="Bearer n3w")
    assert [new.status_code, away.status_code] == [202, 403]
    assert (state.reloads, without.reloads) == ([False], [])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/reload", 405), ("GET", "/nothing", 404), ("POST", "/api/v1/reload?accept_removals=x", 400)],
)
async def test_errors_are_problem_details(method: str, path: str, status: int) -> None:
    """Whatever goes wrong is told in one form."""
    answer = await ask(State(), method, path)
    assert (status, status) == (answer.status_code, answer.json()["status"])
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_fault_of_ours_tells_strangers_nothing() -> None:
    """The answer to an unforeseen error does not quote it."""

    class Broken(State):
        async def reload(self, accept_removals: bool) -> None:
            raise RuntimeError("postgresql://user:hunter2@db")

    answer = await ask(Broken(), "POST", "/api/v1/reload")
    assert (answer.status_code, "hunter2" in answer.text) == (500, False)
