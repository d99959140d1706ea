"""Who is logged in, and which forms are ours: signed values that a browser keeps and gives back.

Changing the token or the key ends every login.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from alerter.web.request.access import find_refusal, host_of

COOKIE = "alerter_login"
NAME_COOKIE = "alerter_name"
LOGGED_IN_FOR = 14 * 86_400  # seconds
FORM_GOOD_FOR = 86_400
REFUSAL_SECONDS = 0.5

MOST_WAITING = 8


class Turnstile:
    """Lets wrong tokens through one by one and slowly, so that guessing is of no use; a crowd is not let in at all."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._waiting_count = 0

    @property
    def is_crowded(self) -> bool:
        """Whether so many are guessing that nobody is looked at."""
        return self._waiting_count >= MOST_WAITING

    async def hold_up(self) -> None:
        """Wait one's turn."""
        self._waiting_count += 1
        try:
            async with self._one:
                await asyncio.sleep(REFUSAL_SECONDS)
        finally:
            self._waiting_count -= 1


class Gate:
    """Logins and forms under one key and token; `base_url` says where people come from."""

    def __init__(self, key: str, token: str | None, base_url: str | None) -> None:
        self._token = token
        self._base_url = base_url or ""
        self._logins = _serializer(key, "alerter.login")
        self._forms = _serializer(key, "alerter.form")
        self._digest = hashlib.blake2b((token or "").encode(), digest_size=16).hexdigest()

    def find_refusal(self, request: Request) -> tuple[int, str] | None:
        """Why the page is refused, as status and sentence; 401 where logging in would help."""
        if self._token is not None and self.is_logged_in(request):
            return None
        return find_refusal(request, self._token)

    def is_logged_in(self, request: Request) -> bool:
        """Whether the request brings a login that still holds."""
        try:
            digest = self._logins.loads(request.cookies.get(COOKIE, ""), max_age=LOGGED_IN_FOR)
        except BadData:
            return False
        return isinstance(digest, str) and hmac.compare_digest(digest, self._digest)

    async def is_right(self, given: str, turnstile: Turnstile) -> bool:
        """Whether this is the token; saying no takes its time."""
        if turnstile.is_crowded:
            return False
        if self._token is not None and hmac.compare_digest(given.strip().encode(), self._token.encode()):
            return True
        await turnstile.hold_up()
        return False

    def log_in(self, response: Response) -> None:
        """Have the browser keep the login."""
        self._keep(response, COOKIE, str(self._logins.dumps(self._digest)), LOGGED_IN_FOR)

    def log_out(self, response: Response) -> None:
        """Have the browser forget it."""
        self._keep(response, COOKIE, "", 0)

    def keep_name(self, response: Response, name: str) -> None:
        """Have the browser remember who acted, to fill the form next time."""
        self._keep(response, NAME_COOKIE, str(self._forms.dumps(name)), LOGGED_IN_FOR)

    def name_of(self, request: Request) -> str:
        """Who acted last from this browser; "" where nobody has."""
        try:
            return str(self._forms.loads(request.cookies.get(NAME_COOKIE, ""), max_age=LOGGED_IN_FOR))
        except BadData:
            return ""

    def form_token(self, request: Request) -> str:
        """What a form of ours carries: it belongs to the login of the browser."""
        return str(self._forms.dumps(["form", request.cookies.get(COOKIE, "")]))

    def is_ours(self, request: Request, form_token: str) -> bool:
        """Whether the form was made by us for this browser, and sent from a page of ours."""
        try:
            value = self._forms.loads(form_token, max_age=FORM_GOOD_FOR)
        except BadData:
            return False
        return value == ["form", request.cookies.get(COOKIE, "")] and self.is_same_site(request)

    def is_same_site(self, request: Request) -> bool:
        """Whether the request was made by a page of ours, as far as the browser says.

        It knows which address it asked; `Host`, where a proxy may have put another, counts where it does not say.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None:
            return site in ("same-origin", "none")
        hosts = (request.headers.get("host"), host_of(self._base_url))
        return origin is None or host_of(origin) in filter(None, hosts)

    def _keep(self, response: Response, name: str, value: str, seconds: int) -> None:
        is_secure = self._base_url.startswith("https://")
        response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=is_secure)


def _serializer(key: str, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=salt, signer_kwargs={"digest_method": hashlib.sha256})
