"""SignalR's JSON hub protocol, version 1, without any I/O: records in and out of text."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Any

SEPARATOR = "\x1e"
HANDSHAKE = '{"protocol":"json","version":1}' + SEPARATOR
MAX_RECORD = 16 * 1024 * 1024
"""Characters. A server's largest answer (a page of 1,000 sandboxes, 256 processes with long arguments) is far below."""


class Kind(IntEnum):
    INVOCATION = 1
    STREAM_ITEM = 2
    COMPLETION = 3
    STREAM_INVOCATION = 4
    CANCEL_INVOCATION = 5
    PING = 6
    CLOSE = 7


class ProtocolError(Exception):
    """The other side sent what the protocol does not allow."""


def encode(record: dict[str, Any]) -> str:
    return json.dumps(record, separators=(",", ":")) + SEPARATOR


def invocation(target: str, argument: dict[str, Any], invocation_id: str | None) -> str:
    """A call; without an id, one that nobody answers."""
    record: dict[str, Any] = {"type": Kind.INVOCATION, "target": target, "arguments": [argument]}
    if invocation_id is not None:
        record["invocationId"] = invocation_id
    return encode(record)


def stream_invocation(target: str, argument: dict[str, Any], invocation_id: str) -> str:
    return encode({"type": Kind.STREAM_INVOCATION, "target": target, "arguments": [argument], "invocationId": invocation_id})


def cancel_invocation(invocation_id: str) -> str:
    return encode({"type": Kind.CANCEL_INVOCATION, "invocationId": invocation_id})


PING = encode({"type": Kind.PING})
CLOSE = encode({"type": Kind.CLOSE})


class Decoder:
    """Joins what arrives into records. A message may hold several records, or a part of one."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, message: str | bytes) -> list[dict[str, Any]]:
        try:
            text = message if isinstance(message, str) else message.decode()
            *records, self._rest = (self._rest + text).split(SEPARATOR)
            decoded = [json.loads(record) for record in records]
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"not a JSON record: {error}") from error
        if len(self._rest) > MAX_RECORD:
            raise ProtocolError("a record is too long")
        for record in decoded:
            if not isinstance(record, dict):
                raise ProtocolError("a record is not an object")
        return decoded
