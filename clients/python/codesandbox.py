"""The name under which programs for Cloud Run Sandbox import their client: `sandbox_client.cloud_run`."""

from sandbox_client.cloud_run import Sandbox, SandboxError, SandboxProcess, SandboxStream

__all__ = ["Sandbox", "SandboxError", "SandboxProcess", "SandboxStream"]
