from __future__ import annotations

import base64
import json
import sys
import time
import types
from unittest import mock

from sandbox_client import connect
from sandbox_client.auth import audience, headers_for

from .deadline import AsyncTest


def _token(expires: float) -> str:
    body = base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode().rstrip("=")
    return f"head.{body}.signature"


class GoogleAuth(AsyncTest):
    async def test_a_missing_google_auth_is_said_with_the_remedy(self) -> None:
        with mock.patch.dict(sys.modules, {"google.auth.transport.requests": None, "google.oauth2": None}):
            with self.assertRaisesRegex(ImportError, "pip install"):
                connect("https://a.example", use_google_auth=True)

    async def test_a_token_is_for_the_origin_of_the_server_and_renewed_before_its_end(self) -> None:
        lifetimes = [100.0, 3600.0, 3600.0]
        asked: list[str] = []

        def fetch_id_token(request: object, audience: str) -> str:
            asked.append(audience)
            return _token(time.time() + lifetimes[len(asked) - 1])

        with mock.patch.dict(sys.modules, _google(fetch_id_token)):
            headers = headers_for("https://a.example/base", None, True)
        first, second, third = await headers(), await headers(), await headers()
        self.assertEqual(asked, ["https://a.example"] * 2)
        self.assertNotEqual(first, second)
        self.assertEqual(second, third)
        self.assertTrue(second["Authorization"].startswith("Bearer head."))

    async def test_a_key_and_google_are_too_much(self) -> None:
        with self.assertRaises(ValueError):
            connect("https://a.example", key="key", use_google_auth=True)

    async def test_the_audience_is_the_https_origin(self) -> None:
        self.assertEqual(audience("wss://a.example:8443/base/hub"), "https://a.example:8443")


def _google(fetch_id_token: object) -> dict[str, types.ModuleType]:
    """The two modules of google-auth that are used, with what is used of them."""
    names = ("google", "google.auth", "google.auth.transport", "google.auth.transport.requests", "google.oauth2")
    modules = {name: types.ModuleType(name) for name in names}
    modules["google.auth.transport.requests"].Request = object  # type: ignore[attr-defined]
    modules["google.oauth2"].id_token = types.SimpleNamespace(fetch_id_token=fetch_id_token)  # type: ignore[attr-defined]
    return modules
