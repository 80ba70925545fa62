"""How a sandbox is made or taken up, in the words of Cloud Run Sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict


class SandboxOptions(TypedDict, total=False):
    """None, like what is left out, is the default."""

    idle_timeout: float | None
    """Seconds without activity until it ends. Default 300."""
    enable_sandbox_checkpoint: bool | None
    """Whether it may be put to storage."""
    enable_checkpoint: bool | None
    """The older name of the same."""
    enable_sandbox_handoff: bool | None
    """Whether a client that comes to another server is told of the lock that it takes. Needs checkpoints."""
    enable_idle_timeout_auto_checkpoint: bool | None
    """Whether it is put to storage when it was idle for too long, instead of deleted. Needs checkpoints."""
    filesystem_snapshot_name: str | None
    """The snapshot to start from."""
    enable_auto_reconnect: bool | None
    """Whether a connection that is lost is sought again, and the program's output goes on."""
    use_google_auth: bool | None
    """Sends a Google ID token for the server's https origin; needs the package `google-auth`."""
    enable_debug: bool | None
    """Logs what comes and goes, by the logger `sandbox_client.cloud_run`."""
    debug_label: str | None
    """Before each line of that."""
    ws_options: Mapping[str, Any] | None
    """What `websockets.connect` takes, such as `ssl`; and `headers`."""


def check(options: SandboxOptions) -> None:
    """Refuses an option that there is not, which would do nothing.

    Raises:
        TypeError: it says which there are.
    """
    for name in options:
        if name not in SandboxOptions.__annotations__:
            raise TypeError(f"there is no option {name!r}, but {', '.join(SandboxOptions.__annotations__)}")


def creation(options: SandboxOptions) -> dict[str, Any]:
    """The first message of a creation."""
    checkpoint = options.get("enable_sandbox_checkpoint")
    return {
        name: value
        for name, value in {
            "idle_timeout": options.get("idle_timeout"),
            "enable_checkpoint": options.get("enable_checkpoint") if checkpoint is None else checkpoint,
            "enable_sandbox_handoff": options.get("enable_sandbox_handoff"),
            "enable_idle_timeout_auto_checkpoint": options.get("enable_idle_timeout_auto_checkpoint"),
            "filesystem_snapshot_name": options.get("filesystem_snapshot_name"),
        }.items()
        if value is not None
    }
