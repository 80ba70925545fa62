from __future__ import annotations

import unittest
from typing import Any

from sandbox_client import (
    CallTimeoutError,
    ConflictError,
    LimitError,
    NotFoundError,
    PermissionDeniedError,
    SandboxError,
    SandboxGoneError,
    UnavailableError,
    UnknownOutcomeError,
)
from sandbox_client._protocol import Decoder, ProtocolError, encode
from sandbox_client._websocket import hub_url
from sandbox_client.errors import from_wire
from sandbox_client.models import Exit


class Records(unittest.TestCase):
    def test_records_are_joined_from_whatever_pieces_they_come_in(self) -> None:
        records: list[dict[str, Any]] = [{"type": 6}, {"type": 2, "item": "ä\n"}, {"type": 3}]
        text = "".join(encode(record) for record in records)
        for size in (1, 2, 5, len(text)):
            decoder = Decoder()
            pieces = [text[start : start + size] for start in range(0, len(text), size)]
            self.assertEqual([record for piece in pieces for record in decoder.feed(piece)], records)

    def test_what_is_no_record_is_a_protocol_error(self) -> None:
        for text in ("nonsense\x1e", "[1]\x1e", "[" * 100_000 + "\x1e"):
            with self.assertRaises(ProtocolError):
                Decoder().feed(text)


class Errors(unittest.TestCase):
    def test_each_code_has_its_class(self) -> None:
        for code, kind in {
            "unauthorized": PermissionDeniedError, "forbidden": PermissionDeniedError, "not_found": NotFoundError, "conflict": ConflictError,
            "unknown": UnknownOutcomeError, "gone": SandboxGoneError, "limit": LimitError, "overloaded": UnavailableError,
            "unavailable": UnavailableError, "timeout": CallTimeoutError, "internal": SandboxError, "of_tomorrow": SandboxError,
        }.items():  # fmt: skip
            error = from_wire(f'An unexpected error occurred. HubException: {{"code": "{code}", "message": "why", "retryAfter": 2}}')
            self.assertIs(type(error), kind)
            self.assertEqual((error.code, error.message, error.details["retryAfter"]), (code, "why", 2))

    def test_an_error_that_is_no_json_is_kept_as_text(self) -> None:
        for text in ("Method does not exist.", "odd {not json}", 'odd {"no": "code"}'):
            error = from_wire(text)
            self.assertEqual((error.code, error.message), ("internal", text))

    def test_ends_of_a_program_are_told_apart(self) -> None:
        for reason, code in {"timeout": "process_timeout", "sandbox_ended": "gone", "killed": "process_failed", "exited": "process_failed"}.items():
            with self.assertRaises(SandboxError) as caught:
                Exit(reason=reason, code=1, signal=None, message=None, seconds=1, cpu_seconds=1).check()
            self.assertEqual(caught.exception.code, code)


class Addresses(unittest.TestCase):
    def test_the_hub_is_found_below_any_address_of_the_server(self) -> None:
        for url, hub in {
            "http://localhost:8080": "ws://localhost:8080/hub",
            "https://a.example/base/": "wss://a.example/base/hub",
            "wss://a.example/hub": "wss://a.example/hub",
        }.items():
            self.assertEqual(hub_url(url), hub)
        for wrong in ("localhost:8080", "ftp://a.example", "http://"):
            with self.assertRaises(ValueError):
                hub_url(wrong)
