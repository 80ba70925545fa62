"""Who this client says it is."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

_RENEW_BEFORE = 300
"""Seconds before its end at which a token is renewed."""


def headers_for(url: str, key: str | None, use_google_auth: bool) -> Callable[[], Awaitable[Mapping[str, str]]]:
    """What gives the headers for each try to connect."""
    if use_google_auth:
        if key is not None:
            raise ValueError("give a key or use_google_auth, not both: they go into the same header")
        return GoogleIdToken(audience(url)).headers

    async def headers() -> Mapping[str, str]:
        return {} if key is None else {"Authorization": f"Bearer {key}"}

    return headers


def audience(url: str) -> str:
    """The https origin of a server, for which its ID tokens are made out."""
    parts = urlsplit(url)
    return f"https://{parts.netloc}"


class GoogleIdToken:
    """The ID token of the account that this machine or environment runs as, fetched where it is needed and kept while it is good."""

    def __init__(self, audience: str) -> None:
        self._audience = audience
        self._fetch = _google_fetch()
        self._token = ""
        self._expires = 0.0

    async def headers(self) -> Mapping[str, str]:
        if time.time() > self._expires - _RENEW_BEFORE:
            # google-auth blocks: it reads files and asks a metadata server.
            self._token = await asyncio.to_thread(self._fetch, self._audience)
            self._expires = _expiry(self._token)
        return {"Authorization": f"Bearer {self._token}"}


def _google_fetch() -> Callable[[str], str]:
    try:
        from google.auth.transport.requests import Request
        from google.oauth2 import id_token
    except ImportError as error:
        raise ImportError("use_google_auth needs the package google-auth: pip install 'sandbox-client[google]'") from error

    def fetch(audience: str) -> str:
        token: Any = id_token.fetch_id_token(Request(), audience)
        return str(token)

    return fetch


def _expiry(token: str) -> float:
    """The time of its end, as the token says. It is only read here: checking it is the server's work."""
    try:
        body = token.split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return 0.0
