"""A client in the words of Cloud Run Sandbox, over the WebSocket that its clients speak.

sandbox = await Sandbox.create("wss://sandbox.example.com", use_google_auth=True)
process = await sandbox.exec("bash", "echo hello")
print(await process.stdout.read_all())
await sandbox.kill()
"""

from ._options import SandboxOptions
from ._process import SandboxProcess, SandboxStream
from ._sandbox import Sandbox
from ._wire import SandboxError

__all__ = ["Sandbox", "SandboxError", "SandboxOptions", "SandboxProcess", "SandboxStream"]
