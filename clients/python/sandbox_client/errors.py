"""What can go wrong. Every error of this package is a `SandboxError` with a `code`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .models import Exit


class SandboxError(Exception):
    """The base of all errors here, and the error itself for a code that has no class of its own.

    `code` is the stable name of the fault (docs/hub.md lists them), `details` holds whatever else the server said about it.
    """

    code = "internal"

    def __init__(self, message: str, *, code: str | None = None, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details or {}
        self.repeated = False
        """True when the call had been sent before on a connection that was lost: the first try may have had its effect."""
        if code is not None:
            self.code = code


class InvalidRequestError(SandboxError):
    """The request cannot be; the message says which part of it, and what to do."""

    code = "invalid"


class PermissionDeniedError(SandboxError):
    """No valid key or token (`unauthorized`), or one that does not allow this (`forbidden`)."""

    code = "forbidden"


class NotFoundError(SandboxError):
    """There is no such sandbox or process, or it belongs to somebody else."""

    code = "not_found"


class ConflictError(SandboxError):
    """An id is taken by something else, or the state forbids it."""

    code = "conflict"

    @property
    def status(self) -> str | None:
        """The status that forbids it, where that is the reason."""
        status = self.details.get("status")
        return status if isinstance(status, str) else None

    @property
    def expected(self) -> int | None:
        """The input offset that the server expects, where a write left a gap."""
        expected = self.details.get("expected")
        return expected if isinstance(expected, int) else None


class UnknownOutcomeError(SandboxError):
    """It may or may not have happened, and nobody can tell any more. It was not tried again, so it did not happen twice."""

    code = "unknown"


class SandboxGoneError(SandboxError):
    """The sandbox was deleted, ran out its time, or has failed. `status` and `reason` say which."""

    code = "gone"

    @property
    def status(self) -> str | None:
        status = self.details.get("status")
        return status if isinstance(status, str) else None

    @property
    def reason(self) -> str | None:
        reason = self.details.get("reason")
        return reason if isinstance(reason, str) else None


class LimitError(SandboxError):
    """A limit of the operator or of the sandbox is reached."""

    code = "limit"


class UnavailableError(SandboxError):
    """No capacity now (`overloaded`), the host cannot do it now, or no connection could be made (`unavailable`)."""

    code = "unavailable"

    @property
    def retry_after(self) -> float | None:
        """Seconds after which it is worth trying again, where the server knows."""
        seconds = self.details.get("retryAfter")
        return float(seconds) if isinstance(seconds, (int, float)) else None


class CallTimeoutError(SandboxError, TimeoutError):
    """A call got no answer in time. What it asked for may still happen. The program and the sandbox go on."""

    code = "timeout"


class ProcessFailedError(SandboxError):
    """`Exit.check()`: the program ended in another way than with code 0. `exit` says how."""

    code = "process_failed"

    def __init__(self, message: str, exit_: Exit) -> None:
        super().__init__(message)
        self.exit = exit_


class ProcessTimeoutError(ProcessFailedError):
    """`Exit.check()`: the program reached its own `timeout` and was ended."""

    code = "process_timeout"


class GapError(SandboxError):
    """The bytes (or events) from `start` up to `end`, which is the first that can be had again, are lost.

    Reading an output again goes on at `end`; events are asked for anew, `since=error.end - 1`.
    """

    code = "gap"

    def __init__(self, message: str, *, start: int, end: int, lost: int, timeline: int | None = None) -> None:
        super().__init__(message)
        self.start = start
        self.end = end
        self.lost = lost
        """Bytes (or events) that are lost."""
        self.timeline = timeline


class RewoundError(GapError):
    """The sandbox went back to an older state, and two histories are not joined silently: reading goes on at `end` of the new `timeline`.

    What was read from `end` up to `start` never happened; and what was read before `end` is in the new history as well, unless that has
    grown by other bytes since.
    """

    code = "rewound"


_BY_CODE: dict[str, type[SandboxError]] = {
    "invalid": InvalidRequestError,
    "unauthorized": PermissionDeniedError,
    "forbidden": PermissionDeniedError,
    "not_found": NotFoundError,
    "conflict": ConflictError,
    "unknown": UnknownOutcomeError,
    "gone": SandboxGoneError,
    "limit": LimitError,
    "overloaded": UnavailableError,
    "unavailable": UnavailableError,
    "timeout": CallTimeoutError,
}


def from_wire(text: str) -> SandboxError:
    """The error in the text of a failed completion: a JSON object behind a prefix that SignalR puts before it."""
    start = text.find("{")
    if start >= 0:
        try:
            details, _ = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            details = None
        if isinstance(details, dict) and isinstance(details.get("code"), str):
            return of_details(details)
    return SandboxError(text)


def of_details(details: Mapping[str, Any]) -> SandboxError:
    """The error of what a server said, which has a code."""
    code = str(details["code"])
    return _BY_CODE.get(code, SandboxError)(str(details.get("message") or code), code=code, details=details)
