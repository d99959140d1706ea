"""Logins: what a browser keeps opens the pages as long as token and key stay."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from alerter.web.signed.login import COOKIE, Gate, Turnstile

BASE = "https://deadlines.example.com"


def request(**headers: str) -> Request:
    """A request from another machine."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": named}
    return Request({**scope, "client": ("203.0.113.9", 1), "server": ("deadlines.example.com", 443), "scheme": "https"})


def logged_in(gate: Gate) -> Request:
    answer = Response()
    gate.log_in(answer)
    return request(cookie=answer.headers["set-cookie"].partition(";")[0])


def test_a_login_holds_for_its_key_and_token_alone() -> None:
    """Changing either ends it, and nothing made up begins one."""
    kept = logged_in(Gate("key", "token", BASE))
    gates = [Gate("key", "token", BASE), Gate("other", "token", BASE), Gate("key", "other", BASE)]
    assert [gate.find_refusal(kept) is None for gate in gates] == [True, False, False]
    made_up = request(cookie=f"{COOKIE}=WyJhIl0.aaaa.bbbb")
    assert gates[0].find_refusal(made_up) is not None
    assert gates[0].find_refusal(request()) is not None


def test_a_form_belongs_to_one_login() -> None:
    """A form token of another browser, or another use of the key, is not ours."""
    gate = Gate("key", "token", BASE)
    mine, other = logged_in(gate), request()
    token = gate.form_token(mine)
    assert (gate.is_ours(mine, token), gate.is_ours(other, token)) == (True, False)
    answer = Response()
    gate.keep_name(answer, "Ana")
    named = answer.headers["set-cookie"].partition("=")[2].partition(";")[0].strip('"')
    assert not gate.is_ours(mine, named)


def test_what_comes_from_another_site_is_not_ours() -> None:
    """By Origin and by what browsers say of the fetch; the address behind a proxy counts as ours."""
    gate = Gate("key", "token", BASE)
    ours = [request(host="127.0.0.1:8080", origin=BASE), request(sec_fetch_site="same-origin"), request()]
    others = [
        *(request(origin=origin) for origin in ("https://evil.example", "null", "http://[")),
        request(sec_fetch_site="same-site"),
    ]
    assert [gate.is_same_site(one) for one in [*ours, *others]] == [True] * 3 + [False] * 4
    nowhere = Gate("key", "token", None)
    assert not any(nowhere.is_same_site(one) for one in others)


def test_what_a_proxy_writes_as_host_keeps_nobody_out() -> None:
    """Many put the address of the daemon there; the browser says of the one that it asked that the page is its own."""
    gate, facts = Gate("key", "token", None), {"host": "127.0.0.1:8080", "origin": BASE}
    sites = ("same-origin", "same-site", "cross-site")
    assert [gate.is_same_site(request(**facts, sec_fetch_site=site)) for site in sites] == [True, False, False]


async def test_guessing_is_slow_and_a_crowd_learns_nothing() -> None:
    """Wrong tokens wait their turn; while many do, nobody is told anything, not even the one who is right."""
    gate, turnstile = Gate("key", "token", BASE), Turnstile()
    assert await gate.is_right(" token\n", turnstile)
    guesses = [asyncio.create_task(gate.is_right("guess", turnstile)) for _ in range(8)]
    await asyncio.sleep(0)
    assert turnstile.is_crowded
    assert not await gate.is_right("token", turnstile)
    for guess in guesses:
        guess.cancel()
    await asyncio.gather(*guesses, return_exceptions=True)
    assert (turnstile.is_crowded, await gate.is_right("token", turnstile)) == (False, True)
